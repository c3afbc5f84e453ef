//! The options for the backend.

use clap::Args;

use super::choices::choice;
use crate::backend::BackendKind;

#[derive(Debug, Args)]
#[command(next_help_heading = "Backend")]
pub(super) struct BackendArgs {
    /// Processor or graphics card to compute on.
    #[arg(long, value_parser = choice::<BackendKind>(), default_value = "ndarray")]
    pub(super) backend: BackendKind,
    /// Number of the device, from 0: see kitsune devices.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = 0)]
    pub(super) device: usize,
}
