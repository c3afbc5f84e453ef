//! The arguments of `kitsune anomaly-scores`.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueHint};

use super::backend::BackendArgs;
use super::choices::FormatArg;
use super::scoring::ScoringArgs;
use super::source::SourceArgs;
use crate::commands::anomaly_scores::AnomalyScores;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct AnomalyScoresArgs {
    // Input and output are one argument: clap takes no option between two arguments if the first has many values.
    #[arg(
        help = "Files, folders (read recursively), globs, URLs such as s3://bucket/prefix, or - for standard input; and last of all where the \
                scores go: a folder for files of JSON lines, one file (.ndjson, .csv, .parquet, .arrow), or - for standard output",
        value_name = "PATH",
        required = true,
        value_hint = ValueHint::AnyPath
    )]
    paths: Vec<OsString>,
    #[command(flatten)]
    scoring: ScoringArgs,
    /// Files that the scores are cut into.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value = "4", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    n_scores_partition: u32,
    /// Format of the only file, or of standard output [default: by the extension; that of the input where it is ipc, or ndjson].
    #[arg(long, value_enum)]
    output_format: Option<FormatArg>,
    /// Write these columns of the input beside the scores: names, globs or numbers. Those of CSV files are written as text.
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    keep: Vec<String>,
    /// Write the number of each row, from 1, as row.
    #[arg(long)]
    with_row_numbers: bool,
    /// Write the errors of all clusters as tails.
    #[arg(long)]
    with_tails: bool,
    /// Write the K columns that made each flagged row look strangest: the name, the value, what the model expected instead, and how far that is off,
    /// in deviations of the same over the training rows. Without a threshold, of every row.
    #[arg(long, value_name = "K", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..))]
    explain: Option<u32>,
    /// Write a page about the rows that are flagged, report.html, into this folder.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    report: Option<PathBuf>,
    // These come last, since options after them would be listed below their headings.
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    backend: BackendArgs,
}

impl AnomalyScoresArgs {
    pub(crate) fn threads(&self) -> Option<NonZeroUsize> {
        self.source.threads
    }

    /// Whether the path of the scores is missing.
    pub(super) fn lacks_output(&self) -> bool {
        self.paths.len() < 2
    }

    pub(crate) fn resolve(mut self) -> Result<AnomalyScores, Failure> {
        let format = self.output_format.map(Into::into);
        let output = self.paths.pop().unwrap_or_default();
        Ok(AnomalyScores {
            input: self.source.resolve(self.paths, false)?,
            output: Output { path: output.into(), format, parts: self.n_scores_partition as usize },
            scoring: self.scoring.resolve(self.backend)?,
            keep: self.keep,
            with_row_numbers: self.with_row_numbers,
            with_tails: self.with_tails,
            explain: self.explain.map(|count| count as usize),
            report: self.report,
        })
    }
}
