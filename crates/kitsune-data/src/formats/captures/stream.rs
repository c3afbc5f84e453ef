//! A pass over captures.

use std::path::Path;
use std::sync::atomic::Ordering;

use super::counts::Counts;
use super::damaged::damaged;
use super::met::LinkTypes;
use super::open::Open;
use super::packets::Packets;
use super::piece::Pieces;
use crate::error::Error;
use crate::format::Format;
use crate::formats::catch_panic::catch_panic;
use crate::formats::columns::Columns;
use crate::formats::read_ahead::read_ahead;
use crate::formats::table::{Deliver, FileStream, Request};
use crate::locations::data_file::DataFile;
use crate::packets::afterimage::FeatureExtractor;
use crate::packets::layers::Tunnels;
use crate::remark::Remark;

/// A pass over captures, of which each goes on where the one before it ended.
pub(super) struct PacketStream<'a> {
    pieces: Pieces<'a>,
    packets: Packets,
    counts: Counts,
}

impl<'a> PacketStream<'a> {
    pub(super) fn new(
        request: &'a Request,
        columns: &'a Columns,
        extractor: FeatureExtractor,
        tunnels: Tunnels,
        link_types: LinkTypes,
    ) -> Self {
        let pieces = Pieces::new(request, columns);
        let packets = Packets::new(extractor, tunnels, link_types, pieces.needs());
        Self { pieces, packets, counts: Counts::default() }
    }
}

impl FileStream for PacketStream<'_> {
    fn read(&mut self, file: &DataFile, deliver: &mut Deliver<'_>) -> Result<(), Error> {
        let name: &Path = file.name();
        let input = file.open_for_pass()?;
        let consumed = input.counter();
        let mut open = Open::new(input, self.packets.number()).map_err(damaged(name))?;
        let (pieces, packets) = (&self.pieces, &mut self.packets);
        let next_block = || {
            let block = catch_panic(name, Format::Capture, || packets.next_block(&mut open).map_err(damaged(name)))?;
            Ok(block.map(|block| block.with_bytes(consumed.load(Ordering::Relaxed))))
        };
        let read = read_ahead(next_block, |block| pieces.piece(name, block).map(&mut *deliver));
        self.counts.add_file(name, open.counts());
        read
    }

    fn remarks(&self) -> Vec<Remark> {
        self.counts.remarks(&self.packets)
    }
}
