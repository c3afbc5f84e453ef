//! The arguments of `kitsune calibrate`.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueHint};
use kitsune_core::ThresholdKind;

use super::backend::BackendArgs;
use super::choices::choice;
use super::source::SourceArgs;
use crate::commands::calibrate::Calibrate;
use crate::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct CalibrateArgs {
    /// The model file.
    #[arg(value_hint = ValueHint::FilePath)]
    model: PathBuf,
    #[arg(
        help = "Normal rows: files, folders (read recursively), globs, URLs such as s3://bucket/prefix, or - for standard input",
        value_name = "INPUT_PATH",
        required = true,
        value_hint = ValueHint::AnyPath
    )]
    input_paths: Vec<OsString>,
    /// The file to write [default: the model itself is replaced].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,
    /// How the threshold is found [default: as in the model].
    #[arg(long, value_parser = choice::<ThresholdKind>())]
    threshold: Option<ThresholdKind>,
    /// Share of normal rows that may be called anomalies [default: as in the model].
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    alert_rate: Option<f64>,
    /// No progress, only errors.
    #[arg(long, short)]
    quiet: bool,
    // These come last, since options after them would be listed below their headings.
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    backend: BackendArgs,
}

impl CalibrateArgs {
    pub(crate) fn threads(&self) -> Option<NonZeroUsize> {
        self.source.threads
    }

    pub(crate) fn resolve(self) -> Result<Calibrate, Failure> {
        Ok(Calibrate {
            model: self.model,
            output: self.output,
            input: self.source.resolve(self.input_paths, false)?,
            threshold: self.threshold,
            alert_rate: self.alert_rate,
            backend: self.backend.backend,
            device: self.backend.device,
            quiet: self.quiet,
        })
    }
}
