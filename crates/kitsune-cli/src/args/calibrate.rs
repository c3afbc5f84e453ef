//! The arguments of `kitsune calibrate`.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueHint};
use kitsune_core::kinds::ThresholdKind;

use super::backend::BackendArgs;
use super::choices::{choice, pool};
use super::model_file::ModelFileArgs;
use super::source::SourceArgs;
use crate::commands::calibrate::Calibrate;
use crate::failure::Failure;
use crate::scoring::pooling::PoolBy;

#[derive(Debug, Args)]
pub(crate) struct CalibrateArgs {
    #[arg(
        help = "Normal rows: files, folders (read recursively), globs, URLs such as s3://bucket/prefix, or - for standard input",
        value_name = "INPUT_PATH",
        required = true,
        value_hint = ValueHint::AnyPath
    )]
    input_paths: Vec<OsString>,
    #[command(flatten)]
    model: ModelFileArgs,
    /// The file to write [default: the model file, which is replaced].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,
    /// How the threshold is fitted to the scores of the rows [default: as in the model].
    #[arg(long, value_parser = choice::<ThresholdKind>())]
    threshold: Option<ThresholdKind>,
    /// Share of normal rows that the threshold flags [default: as in the model].
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    alert_rate: Option<f64>,
    /// Whose scores the threshold is for [default: as in the model].
    ///
    /// With host, they are those of the packets of a source: see anomaly-scores. The rows are read twice, in the order in which packets came.
    #[arg(long, value_parser = pool())]
    pool: Option<PoolBy>,
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

    pub(crate) fn resolve(mut self) -> Result<Calibrate, Failure> {
        let spool = self.source.counts_labels() || self.pool == Some(PoolBy::Host);
        Ok(Calibrate {
            model: self.model.or_first_of(&mut self.input_paths),
            output: self.output,
            input: self.source.resolve(self.input_paths, spool)?,
            threshold: self.threshold,
            alert_rate: self.alert_rate,
            pool: self.pool,
            spools: spool,
            backend: self.backend.backend,
            device: self.backend.device,
            quiet: self.quiet,
        })
    }
}
