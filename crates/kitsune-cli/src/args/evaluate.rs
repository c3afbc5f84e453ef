//! The arguments of `kitsune evaluate`.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueHint};
use kitsune_core::evaluation::Bootstrap;

use super::backend::BackendArgs;
use super::scoring::ScoringArgs;
use super::source::SourceArgs;
use crate::commands::evaluate::Evaluate;
use crate::failure::Failure;

#[derive(Debug, Args)]
#[command(mut_arg("label_column", |label| label.required_unless_present("labels")))]
pub(crate) struct EvaluateArgs {
    #[arg(
        help = "Files, folders (read recursively), globs, URLs such as s3://bucket/prefix, or - for standard input: each is a set of its own",
        value_name = "PATH",
        required = true,
        value_hint = ValueHint::AnyPath
    )]
    paths: Vec<OsString>,
    /// Print JSON, with all digits.
    #[arg(long)]
    json: bool,
    /// Number of bootstrap resamples for the intervals of the figures; 0 for no intervals.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = Bootstrap::default().replicates)]
    bootstrap: u32,
    /// Seed of the resamples.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = Bootstrap::default().seed)]
    seed: u64,
    /// Write a page about the rows and their scores, report.html, into this folder.
    ///
    /// With several sets, each page goes into a folder below that is called like its set. Of packets it shows the alerts as well, beside the packets per second.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    report: Option<PathBuf>,
    #[command(flatten)]
    scoring: ScoringArgs,
    // These come last, since options after them would be listed below their headings.
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    backend: BackendArgs,
}

impl EvaluateArgs {
    pub(crate) fn threads(&self) -> Option<NonZeroUsize> {
        self.source.threads
    }

    pub(crate) fn resolve(self) -> Result<Evaluate, Failure> {
        let spool = self.source.counts_labels();
        Ok(Evaluate {
            sets: self.source.resolve(self.paths, spool)?.each_location(),
            scoring: self.scoring.resolve(self.backend)?,
            bootstrap: Bootstrap::new(self.bootstrap).with_seed(self.seed),
            json: self.json,
            report: self.report,
        })
    }
}
