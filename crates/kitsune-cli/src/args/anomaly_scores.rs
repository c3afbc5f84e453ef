//! The arguments of `kitsune anomaly-scores`.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueHint};
use kitsune_data::Format;

use super::backend::BackendArgs;
use super::choices::output_format;
use super::scoring::ScoringArgs;
use super::source::SourceArgs;
use crate::commands::anomaly_scores::AnomalyScores;
use crate::failure::Failure;
use crate::output::Output;
use crate::output::content::Content;

#[derive(Debug, Args)]
pub(crate) struct AnomalyScoresArgs {
    // Input and output are one argument: clap takes no option between two arguments if the first has many values.
    #[arg(
        help = "The rows: files, folders (read recursively), globs, URLs such as s3://bucket/prefix, or - for standard input; and as the last \
                path the output: a folder for files of JSON lines, one file (.ndjson, .json, .csv, .parquet, .arrow), or - for standard output",
        value_name = "PATH",
        required = true,
        value_hint = ValueHint::AnyPath
    )]
    paths: Vec<OsString>,
    #[command(flatten)]
    scoring: ScoringArgs,
    /// Number of files in an output folder.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value = "4", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    n_scores_partition: u32,
    /// Format of the output file or of standard output [default: by extension; on standard output ipc for ipc rows, else ndjson].
    #[arg(long, value_parser = output_format())]
    output_format: Option<Format>,
    /// Copy these columns of the rows to the output: names, globs or numbers. Columns of CSV files are copied as text.
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    keep: Vec<String>,
    /// Add the number of each row, from 1, as the column row. Rows that --where leaves out count.
    #[arg(long)]
    with_row_numbers: bool,
    /// Add the errors of all tails, the autoencoders of the clusters, as the column tails.
    #[arg(long)]
    with_tails: bool,
    /// Add the K strongest reasons for each flagged row: the columns that contribute most to its score.
    ///
    /// A reason has the name of the column, its value, the value that the model expected, their difference in standard deviations of that difference
    /// over the training rows, and the cluster. Without a threshold, every row has reasons.
    #[arg(long, value_name = "K", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..))]
    explain: Option<u32>,
    /// Write alerts into this file: a line of JSON for each source and destination while packets above the threshold last.
    ///
    /// A line has the first and the last time, the packets above the threshold, the highest score, and its strongest reason in words. An alert is over when no
    /// such packet has come for 60 seconds of the capture. The scores get the time, the addresses and the ports of
    /// packets as columns, by which they are found again.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    alerts: Option<PathBuf>,
    /// Write a page about the rows and their scores, report.html, into this folder.
    ///
    /// Of packets it shows the alerts as well, beside the packets per second.
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
        let output = self.paths.pop().unwrap_or_default();
        Ok(AnomalyScores {
            input: self.source.resolve(self.paths, false)?,
            output: Output {
                path: output.into(),
                format: self.output_format,
                parts: self.n_scores_partition as usize,
                content: Content::Scores,
            },
            scoring: self.scoring.resolve(self.backend)?,
            keep: self.keep,
            with_row_numbers: self.with_row_numbers,
            with_tails: self.with_tails,
            explain: self.explain.map(|count| count as usize),
            report: self.report,
            alerts: self.alerts,
        })
    }
}
