//! Captures: packet after packet becomes a row of statistics, beside what its headers say.
//!
//! The statistics of a packet depend on all packets before it. So the files are one stream: they have one order in every pass, that of their
//! first packets, and each goes on where the one before it ended. One thread reads packets and computes their statistics, while another makes
//! pieces of those before.

mod arrivals;
mod block;
mod column;
mod counts;
mod damaged;
mod field;
mod kept;
mod line;
mod met;
mod open;
mod order;
mod packets;
mod piece;
mod stream;

use polars::prelude::{Column, DataFrame, PolarsResult};

use self::column::{Column as CaptureColumn, columns};
use self::met::LinkTypes;
use self::stream::PacketStream;
use crate::error::{Error, SchemaError};
use crate::fault::Files;
use crate::format::Format;
use crate::formats::columns::Columns;
use crate::formats::table::{Deliver, FileStream, Request, Table};
use crate::locations::data_file::DataFile;
use crate::note::Note;
use crate::packets::afterimage::{FeatureExtractor, FeatureExtractorConfig, Statistics};
use crate::packets::layers::Tunnels;
use crate::packets::link_type::LinkType;
use crate::reading::PacketReading;

/// Captures that are one stream of packets.
#[derive(Debug)]
pub(crate) struct CaptureTable {
    columns: Columns,
    reading: PacketReading,
    config: FeatureExtractorConfig,
    link_types: LinkTypes,
    notes: Vec<Note>,
}

impl CaptureTable {
    /// Looks at the first packet of each file, and puts the files into the order of these. `reading` is how captures are to be read, with the
    /// link types of those that were read before.
    pub(crate) fn open(files: &mut [DataFile], reading: Option<&PacketReading>) -> Result<Self, Error> {
        let reading = reading.cloned().unwrap_or_default();
        let statistics = match reading.statistics {
            100 => Statistics::Hundred,
            115 => Statistics::WithSourceHost,
            found => return Err(SchemaError::Statistics { found }.into()),
        };
        let config = FeatureExtractorConfig::new().with_statistics(statistics).with_max_streams(reading.max_streams);
        let link_types = LinkTypes::default();
        for first in order::by_time(files)? {
            link_types.meet(first);
        }
        let found = link_types.numbers();
        let names = |numbers: &[u16]| numbers.iter().map(|&number| LinkType(number).to_string()).collect();
        let is_other = !reading.link_types.is_empty() && found.iter().any(|found| !reading.link_types.contains(found));
        let notes =
            if is_other { vec![Note::OtherLinkTypes { before: names(&reading.link_types), found: names(&found) }] } else { Vec::new() };
        let columns = columns(Files::of(files), FeatureExtractor::new(config).feature_names());
        Ok(Self { columns, reading, config, link_types, notes })
    }

    fn tunnels(&self) -> Tunnels {
        if self.reading.inner { Tunnels::Inner } else { Tunnels::Outer }
    }

    fn new_stream<'a>(&'a self, request: &'a Request) -> PacketStream<'a> {
        let extractor = FeatureExtractor::new(self.config);
        PacketStream::new(request, &self.columns, extractor, self.tunnels(), self.link_types.clone())
    }
}

impl Table for CaptureTable {
    fn format(&self) -> Format {
        Format::Capture
    }

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn no_rows(&self, kept: &[usize]) -> PolarsResult<DataFrame> {
        let statistics = self.reading.statistics;
        let column = |&column: &usize| {
            Column::new_empty(self.columns.stored[column].name.as_str().into(), &CaptureColumn::of(column, statistics).kept_type())
        };
        DataFrame::new(0, kept.iter().map(column).collect())
    }

    fn notes(&self) -> Vec<Note> {
        self.notes.clone()
    }

    fn packets(&self) -> Option<PacketReading> {
        Some(PacketReading { link_types: self.link_types.numbers(), ..self.reading.clone() })
    }

    fn is_stream(&self) -> bool {
        true
    }

    fn stream<'a>(&'a self, request: &'a Request) -> Option<Box<dyn FileStream + 'a>> {
        Some(Box::new(self.new_stream(request)))
    }

    fn read(&self, file: &DataFile, request: &Request, deliver: &mut Deliver<'_>) -> Result<(), Error> {
        self.new_stream(request).read(file, deliver)
    }
}
