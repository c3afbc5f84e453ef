//! The arguments of `kitsune extract`.

use std::ffi::OsString;
use std::num::NonZeroUsize;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueHint};
use kitsune_data::input::{Input, ReadingOptions};
use kitsune_data::{Format, SourceOptions};

use super::choices::output_format;
use super::packets::PacketArgs;
use super::source::{conditions, location, number_of_threads};
use crate::commands::extract::Extract;
use crate::failure::Failure;
use crate::output::Output;
use crate::output::content::Content;

#[derive(Debug, Args)]
pub(crate) struct ExtractArgs {
    // Input and output are one argument: clap takes no option between two arguments if the first has many values.
    #[arg(
        help = "The captures: files (pcap, pcapng, also .gz and .zst), folders (read recursively), globs, URLs such as s3://bucket/prefix, or - for \
                standard input; and as the last path the output: one file (.csv, .parquet, .arrow, .ndjson, .json), or - for standard output",
        value_name = "PATH",
        required = true,
        value_hint = ValueHint::AnyPath
    )]
    paths: Vec<OsString>,
    /// Format of the output file or of standard output [default: by extension; on standard output ndjson].
    #[arg(long, value_parser = output_format())]
    output_format: Option<Format>,
    /// Write these columns before the statistics, such as time,source,destination: names, globs or numbers.
    ///
    /// A packet has a time, packet (its number), source, destination, protocol, length, and ports and MACs, such as *_port and *_mac. They tell which
    /// packet a line is, and are no features.
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    keep: Vec<String>,
    /// Write only packets that meet this condition, such as protocol=udp: COLUMN=VALUE or COLUMN!=VALUE. It may be given several times.
    ///
    /// A packet must meet all conditions, except that equalities on one column are alternatives. All packets count in the statistics of the others.
    #[arg(long = "where", value_name = "CONDITION", allow_hyphen_values = true)]
    conditions: Vec<String>,
    /// Number of threads for each part that computes in parallel [default: one per core].
    #[arg(long, value_name = "N", value_parser = number_of_threads)]
    threads: Option<NonZeroUsize>,
    /// No progress, only errors.
    #[arg(long, short)]
    quiet: bool,
    // These come last, since options after them would be listed below their heading.
    #[command(flatten)]
    packets: PacketArgs,
}

impl ExtractArgs {
    pub(crate) fn threads(&self) -> Option<NonZeroUsize> {
        self.threads
    }

    /// Whether the path of the statistics is missing.
    pub(super) fn lacks_output(&self) -> bool {
        self.paths.len() < 2
    }

    pub(crate) fn resolve(mut self) -> Result<Extract, Failure> {
        let output = self.paths.pop().unwrap_or_default();
        let reading = ReadingOptions {
            conditions: Some(conditions(&self.conditions)?),
            packets: self.packets.resolve(),
            ..ReadingOptions::default()
        };
        let locations: Result<Vec<_>, _> = self.paths.into_iter().map(location).collect();
        let mut input = Input::new(locations?);
        (input.options, input.reading) = (SourceOptions::new().with_format(Format::Capture), reading);
        let output = Output { path: output.into(), format: self.output_format, parts: 1, content: Content::Statistics };
        Ok(Extract { input, output, keep: self.keep, quiet: self.quiet })
    }
}
