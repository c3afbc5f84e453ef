//! The options for the rows that are read.

use std::ffi::OsString;
use std::num::NonZeroUsize;

use anyhow::anyhow;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use kitsune_data::{Format, Header, Location, Missing, SourceOptions};

use super::choices::format;
use super::model_file::is_model_file;
use crate::failure::Failure;
use crate::input::Input;

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(super) struct SourceArgs {
    /// Format of the files [default: by extension; of standard input by its first bytes].
    #[arg(long, value_parser = format())]
    pub(super) file_format: Option<Format>,
    /// The first row of each CSV file has the column names [default: detected].
    #[arg(long, conflicts_with = "no_header")]
    has_header: bool,
    /// The first row of each CSV file is data.
    #[arg(long)]
    no_header: bool,
    /// Character between the cells of CSV files, or tab.
    #[arg(long, value_name = "CHARACTER", default_value = ",", value_parser = character)]
    delimiter: char,
    /// Skip rows of CSV files that begin with this character.
    #[arg(long, value_name = "CHARACTER", value_parser = character)]
    comment: Option<char>,
    /// Column of the labels: 0 for normal rows, anything else for anomalies.
    ///
    /// The labels are no feature. In CSV files without column names, give the number of the column, from 0.
    #[arg(long, value_name = "NAME")]
    pub(super) label_column: Option<String>,
    /// Use only these columns: names, globs (flow_*), or numbers from 0 (0-3).
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    columns: Vec<String>,
    /// Leave out these columns, such as row numbers and times.
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    exclude: Vec<String>,
    /// Treat missing and infinite values: error, drop (the row), fill=NUMBER, or mean (of the training rows).
    #[arg(long, value_name = "POLICY", default_value = "error")]
    on_missing: Missing,
    /// Number of threads for each part that computes in parallel [default: one per core].
    #[arg(long, value_name = "N")]
    pub(super) threads: Option<NonZeroUsize>,
}

impl SourceArgs {
    /// `spool` is for rows that are read more than once.
    pub(super) fn resolve(self, locations: Vec<OsString>, spool: bool) -> Result<Input, Failure> {
        if let Some(model) = locations.iter().find(|location| is_model_file(location)) {
            let model = model.display();
            return Err(Failure::usage(anyhow!(
                "{model} is a model file, which has no rows: --model names it, or --from to train it further"
            )));
        }
        let mut options = SourceOptions::new().with_delimiter(self.delimiter).map_err(Failure::usage)?;
        if let Some(comment) = self.comment {
            options = options.with_comment(comment).map_err(Failure::usage)?;
        }
        if let Some(format) = self.file_format {
            options = options.with_format(format);
        }
        options = match (self.has_header, self.no_header) {
            (true, _) => options.with_header(Header::Present),
            (_, true) => options.with_header(Header::Absent),
            _ => options,
        };
        if spool {
            options = options.with_spooling();
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
