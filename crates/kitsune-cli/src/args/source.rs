//! The options for the rows that are read.

use std::ffi::OsString;
use std::num::{NonZeroUsize, ParseIntError};
use std::path::PathBuf;

use anyhow::anyhow;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueHint};
use kitsune_data::input::{Input, ReadingOptions};
use kitsune_data::{Condition, Format, Header, Location, Missing, SourceOptions, UnknownName};

use super::choices::format;
use super::model_file::is_model_file;
use super::packets::PacketArgs;
use crate::failure::Failure;
use crate::process::{standard_input, threads};

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(super) struct SourceArgs {
    /// Format of the files; Zeek's own logs are csv [default: by extension; of standard input and logs by the first bytes].
    #[arg(long, value_parser = format())]
    pub(super) file_format: Option<Format>,
    /// The first row of each CSV file has the column names [default: detected].
    #[arg(long, conflicts_with = "no_header")]
    has_header: bool,
    /// The first row of each CSV file is data.
    #[arg(long)]
    no_header: bool,
    /// Character between the cells of CSV files, or tab [default: a comma; with --decimal-comma a semicolon].
    #[arg(long, value_name = "CHARACTER", value_parser = character)]
    delimiter: Option<char>,
    /// Decimals of CSV files have a comma: 1,5 is one and a half.
    #[arg(long)]
    decimal_comma: bool,
    /// Skip rows of CSV files that begin with this character.
    #[arg(long, value_name = "CHARACTER", value_parser = character)]
    comment: Option<char>,
    /// Column of the labels, which say what kind of row each is. It is no feature.
    ///
    /// In CSV files without column names, give the number of the column, from 0.
    #[arg(long, value_name = "NAME")]
    pub(super) label_column: Option<String>,
    /// File of labels, if they are no column: one on each line, or one column; one for each row.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["label_column", "conditions"])]
    labels: Option<PathBuf>,
    /// Labels of normal rows, in any case [default: the one of benign, normal, 0 and false that occurs].
    #[arg(
        long,
        value_name = "LABELS",
        value_delimiter = ',',
        allow_hyphen_values = true,
        value_parser = NonEmptyStringValueParser::new()
    )]
    normal_label: Vec<String>,
    /// Use only rows that meet this condition: COLUMN=VALUE or COLUMN!=VALUE. It may be given several times.
    ///
    /// A row must meet all conditions, except that equalities on one column are alternatives. Rows that are left out are counted, and have no line in
    /// the output. A model remembers its conditions; an empty one lets all rows in.
    #[arg(long = "where", value_name = "CONDITION", allow_hyphen_values = true)]
    conditions: Option<Vec<String>>,
    /// Add the columns of the N rows before each row as columns.
    ///
    /// The columns of the row before are called `NAME_lag_1`, and so on. The first N rows of each file have too few rows before them: they train
    /// nothing, and their score is null. A model remembers its lags.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    lags: Option<u32>,
    /// Use only these columns: names, globs (flow_*), or numbers from 0 (0-3).
    ///
    /// The fields of an object inside a JSON row are columns such as flow.bytes. A name that the first JSON rows do not have is a column as
    /// well, which is missing until a row has it.
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    columns: Vec<String>,
    /// Leave out these columns, such as row numbers and times.
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    exclude: Vec<String>,
    /// Treat missing and infinite values: error, drop (the row), fill=NUMBER, or mean (of the training rows).
    #[arg(long, value_name = "POLICY", default_value = "error")]
    on_missing: Missing,
    /// Further words and numbers that stand for a missing value, such as -9999,n.d.
    ///
    /// These always do: empty cells, NA, N/A, NaN, null, nil, None, a dash or question mark alone, \N, (empty), the errors of spreadsheets
    /// such as #N/A, and others like them. The case of letters does not matter. Numbers match by value, in every format.
    #[arg(long, value_name = "WORDS", value_delimiter = ',', allow_hyphen_values = true)]
    missing_values: Option<Vec<String>>,
    /// Number of threads for each part that computes in parallel [default: one per core, and some more beside a stream].
    ///
    /// At most 1,024, or 16 per core if that is more.
    #[arg(long, value_name = "N", value_parser = number_of_threads)]
    pub(super) threads: Option<NonZeroUsize>,
    // These come last, since options after them would be listed below their heading.
    #[command(flatten)]
    packets: PacketArgs,
}

/// A number of threads that systems can be expected to have.
pub(super) fn number_of_threads(text: &str) -> Result<NonZeroUsize, String> {
    let number: NonZeroUsize = text.parse().map_err(|error: ParseIntError| error.to_string())?;
    let most = threads::most();
    if number.get() > most { Err(format!("there may be at most {most} threads")) } else { Ok(number) }
}

impl SourceArgs {
    /// Whether the labels have to be counted before the rows are read.
    pub(super) fn counts_labels(&self) -> bool {
        self.labels.is_some() || self.label_column.is_some()
    }

    /// `spool` is for rows that are read more than once.
    pub(super) fn resolve(self, locations: Vec<OsString>, spool: bool) -> Result<Input, Failure> {
        if let Some(model) = locations.iter().find(|location| is_model_file(location)) {
            let model = model.display();
            return Err(Failure::usage(anyhow!(
                "{model} is a model file, which has no rows: --model names it, or --from to train it further"
            )));
        }
        if !self.normal_label.is_empty() && self.label_column.is_none() && self.labels.is_none() {
            return Err(Failure::usage(anyhow!("--normal-label names labels of --label-column or of --labels: give one of these")));
        }
        let reading = ReadingOptions {
            missing_values: self.missing_values.map(|words| words.into_iter().filter(|word| !word.trim().is_empty()).collect()),
            decimal_comma: self.decimal_comma,
            conditions: self.conditions.as_deref().map(conditions).transpose()?,
            normal_labels: (!self.normal_label.is_empty()).then_some(self.normal_label),
            lags: self.lags.map(|lags| lags as usize),
            packets: self.packets.resolve(),
        };
        let mut options = SourceOptions::new();
        if let Some(delimiter) = self.delimiter {
            options = options.with_delimiter(delimiter).map_err(Failure::usage)?;
        }
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
        let locations: Result<Vec<_>, _> = locations.into_iter().map(location).collect();
        let mut input = Input::new(locations?);
        (input.options, input.reading) = (options, reading);
        (input.label, input.label_file) = (self.label_column, self.labels);
        (input.columns, input.exclude) = (self.columns, self.exclude);
        input.on_missing = self.on_missing;
        Ok(input)
    }
}

/// The conditions of `--where`. An empty one lets all rows in.
pub(super) fn conditions(texts: &[String]) -> Result<Vec<Condition>, Failure> {
    let parsed: Result<_, UnknownName> = texts.iter().filter(|text| !text.trim().is_empty()).map(|text| text.parse()).collect();
    parsed.map_err(|error| Failure::usage(anyhow!("--where: {error}")))
}

pub(super) fn location(text: OsString) -> Result<Location, Failure> {
    if text == "-" {
        return Ok(Location::standard_input(standard_input::reader()?));
    }
    Location::parse(text).map_err(Failure::usage)
}

fn character(text: &str) -> Result<char, String> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) => Ok(character),
        _ if matches!(text, "tab" | "\\t") => Ok('\t'),
        _ => Err("give one character, or tab".into()),
    }
}
