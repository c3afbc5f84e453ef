//! The options for the rows that are read.

use std::ffi::OsString;
use std::num::NonZeroUsize;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use kitsune_data::{Header, Location, SourceOptions};

use super::choices::FormatArg;
use crate::failure::Failure;
use crate::input::{Input, OnMissing};

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(super) struct SourceArgs {
    /// Format of the files [default: by their extensions; standard input is looked at].
    #[arg(long, value_enum)]
    pub(super) file_format: Option<FormatArg>,
    /// The first row of each CSV file holds the column names [default: found out].
    #[arg(long, conflicts_with = "no_header")]
    has_header: bool,
    /// The first row of each CSV file is data.
    #[arg(long)]
    no_header: bool,
    /// What separates the cells of CSV files: one character, or tab.
    #[arg(long, value_name = "CHARACTER", default_value = ",", value_parser = character)]
    delimiter: char,
    /// Rows of CSV files that begin with this character are skipped.
    #[arg(long, value_name = "CHARACTER", value_parser = character)]
    comment: Option<char>,
    /// A column that is no feature: 0 for normal rows. In CSV files without names its number, from 0.
    #[arg(long, value_name = "NAME")]
    pub(super) label_column: Option<String>,
    /// Take these columns as features and no others: names, globs (flow_*), numbers or ranges of numbers from 0 (0-3).
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    columns: Vec<String>,
    /// Leave these columns out.
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    exclude: Vec<String>,
    /// What becomes of missing and non-finite values: error, drop (the row), fill=NUMBER, or mean (of the training rows).
    #[arg(long, value_name = "POLICY", default_value = "error", value_parser = on_missing)]
    on_missing: OnMissing,
    /// Threads of each part that computes in parallel [default: one for each core].
    #[arg(long, value_name = "N")]
    pub(super) threads: Option<NonZeroUsize>,
}

impl SourceArgs {
    /// `spool` is for rows that are read more than once.
    pub(super) fn resolve(self, locations: Vec<OsString>, spool: bool) -> Result<Input, Failure> {
        let mut options = SourceOptions::new().delimiter(self.delimiter).map_err(Failure::usage)?;
        if let Some(comment) = self.comment {
            options = options.comment(comment).map_err(Failure::usage)?;
        }
        if let Some(format) = self.file_format {
            options = options.format(format.into());
        }
        options = match (self.has_header, self.no_header) {
            (true, _) => options.header(Header::Present),
            (_, true) => options.header(Header::Absent),
            _ => options,
        };
        if spool {
            options = options.spool();
        }
        let locations: Result<Vec<_>, _> = locations.into_iter().map(Location::parse).collect();
        Ok(Input {
            locations: locations.map_err(Failure::usage)?,
            options,
            label: self.label_column,
            columns: self.columns,
            exclude: self.exclude,
            on_missing: self.on_missing,
        })
    }
}

fn character(text: &str) -> Result<char, String> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) => Ok(character),
        _ if matches!(text, "tab" | "\\t") => Ok('\t'),
        _ => Err("give one character, or tab".into()),
    }
}

fn on_missing(text: &str) -> Result<OnMissing, String> {
    match text {
        "error" => Ok(OnMissing::Error),
        "drop" => Ok(OnMissing::Drop),
        "mean" => Ok(OnMissing::Mean),
        _ => {
            let number = text.strip_prefix("fill=").and_then(|number| number.parse().ok()).filter(|number: &f64| number.is_finite());
            number.map(OnMissing::Fill).ok_or_else(|| "give error, drop, fill=NUMBER or mean".into())
        }
    }
}
