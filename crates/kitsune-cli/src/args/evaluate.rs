//! The arguments of `kitsune evaluate`.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueHint};
use kitsune_core::Bootstrap;

use super::backend::BackendArgs;
use super::scoring::ScoringArgs;
use super::source::SourceArgs;
use crate::commands::evaluate::Evaluate;
use crate::failure::Failure;

#[derive(Debug, Args)]
#[command(mut_arg("label_column", |label| label.required(true)))]
pub(crate) struct EvaluateArgs {
    #[arg(
        help = "Files, folders (read recursively), globs, URLs such as s3://bucket/prefix, or - for standard input: each is a set of its own",
        value_name = "PATH",
        required = true,
        value_hint = ValueHint::AnyPath
    )]
    paths: Vec<OsString>,
    /// Print JSON, with every digit.
    #[arg(long)]
    json: bool,
    /// Times the rows are drawn anew for the intervals; 0 for none.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = Bootstrap::default().replicates)]
    bootstrap: u32,
    /// Seed of these draws.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = Bootstrap::default().seed)]
    seed: u64,
    /// Write a page about each set, report.html: into this folder, or, of several sets, each into a folder below that has its name.
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
        Ok(Evaluate {
            sets: self.source.resolve(self.paths, false)?.each_location(),
            scoring: self.scoring.resolve(self.backend)?,
            bootstrap: Bootstrap { replicates: self.bootstrap, seed: self.seed },
            json: self.json,
            report: self.report,
        })
    }
}
