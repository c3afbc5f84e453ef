//! The format pcapng: sections, each with an order of bytes and interfaces of its own, made of blocks that say how long they are.
//!
//! pcap-parser reads the descriptions and the statistics of interfaces. The packets' fields are taken here: its Enhanced Packet Blocks make a list of their
//! options, an allocation for each packet; its times are cut to 32 bits; and it does not know the obsolete Packet Block.

mod block;
mod clock;
mod interface;
mod options;
mod section;
mod statistics;
#[cfg(test)]
mod tests;

use std::io::{Read, Result};
use std::ops::ControlFlow;

use self::block::{Head, Kind, LENGTH_BYTES, SHORTEST};
pub(super) use self::block::{SECTION_BYTES, begins_section};
use self::interface::Interface;
use self::section::Section;
use self::statistics::Statistics;
use super::super::timestamp::Timestamp;
use super::buffer::Buffer;
use super::byte_order::ByteOrder;
use super::counts::CaptureCounts;
use super::error::CaptureError;
use super::raw_packet::Located;

/// A capture that is being read.
#[derive(Debug)]
pub(super) struct Pcapng {
    section: Section,
    /// The time of the packet before, in whatever section.
    last: Timestamp,
    /// The length of a block that was passed over but for its end, and where it began.
    unclosed: Option<(u32, u64)>,
}

impl Pcapng {
    /// Reads the start of the first section, which stays where it is.
    pub(super) fn new(section: &[u8; SECTION_BYTES]) -> std::result::Result<Self, CaptureError> {
        let order = block::section_order(section).ok_or_else(|| CaptureError::not_a_capture(section))?;
        match version(section, order) {
            Some((1, _)) | None => Ok(Self { section: Section::new(order), last: Timestamp::new(0, 0), unclosed: None }),
            Some((major, minor)) => Err(CaptureError::UnknownVersion { format: "pcapng", major, minor, known: "1.0" }),
        }
    }

    /// The next packet; `None` at the end of what can be read.
    pub(super) fn next<R: Read>(&mut self, buffer: &mut Buffer<R>, counts: &mut CaptureCounts) -> Result<Option<Located>> {
        loop {
            if let ControlFlow::Break(packet) = self.block(buffer, counts)? {
                return Ok(packet);
            }
        }
    }

    /// Reads a block: a packet, nothing, or the end.
    fn block<R: Read>(&mut self, buffer: &mut Buffer<R>, counts: &mut CaptureCounts) -> Result<ControlFlow<Option<Located>>> {
        if let Some((length, start)) = self.unclosed {
            if !buffer.ahead(LENGTH_BYTES)? {
                return Ok(cut(counts));
            }
            if self.section.order.u32(buffer.bytes(), 0) != Some(length) {
                return Ok(damaged(start, counts));
            }
            self.unclosed = None;
            buffer.consume(LENGTH_BYTES as u64);
        }
        if !buffer.ahead(SHORTEST)? {
            return Ok(if buffer.has_rest() { cut(counts) } else { ControlFlow::Break(None) });
        }
        let start = buffer.position();
        let Some(Head { kind, length }) = Head::read(buffer.bytes(), self.section.order) else { return Ok(damaged(start, counts)) };
        let whole = length as usize;
        if whole > Buffer::<R>::LARGEST {
            return Ok(self.pass_over(kind, length, buffer, counts));
        }
        if !buffer.ahead(whole)? {
            return Ok(cut(counts));
        }
        let block = buffer.bytes().get(..whole).unwrap_or_default();
        let order = if let Kind::Section(order) = kind { order } else { self.section.order };
        if order.u32(block, whole - LENGTH_BYTES) != Some(length) {
            return Ok(damaged(start, counts));
        }
        let mut packet = None;
        match kind {
            Kind::Section(_) => {
                if version(block, order).is_none_or(|(major, _)| major != 1) {
                    return Ok(damaged(start, counts));
                }
                self.section = Section::new(order);
            }
            Kind::Interface => self.section.add(Interface::described(block, order), counts),
            Kind::Enhanced | Kind::Obsolete => packet = self.section.timed(kind, block, counts),
            Kind::Simple => packet = self.section.simple(block, self.last, counts),
            Kind::Statistics => self.section.count_lost(Statistics::described(block, order), counts),
            Kind::Unknown => counts.unknown_blocks += 1,
            Kind::Aside => {}
        }
        if let Some(packet) = &mut packet {
            packet.data = buffer.range(packet.data.start, packet.data.len());
            self.last = packet.time;
        }
        buffer.consume(whole as u64);
        Ok(packet.map_or(ControlFlow::Continue(()), |packet| ControlFlow::Break(Some(packet))))
    }

    /// Leaves out a block that is too large for the buffer.
    fn pass_over<R: Read>(
        &mut self,
        kind: Kind,
        length: u32,
        buffer: &mut Buffer<R>,
        counts: &mut CaptureCounts,
    ) -> ControlFlow<Option<Located>> {
        match kind {
            Kind::Section(_) => return damaged(buffer.position(), counts),
            Kind::Interface => self.section.add(None, counts),
            Kind::Enhanced | Kind::Simple | Kind::Obsolete => counts.too_large += 1,
            Kind::Unknown => counts.unknown_blocks += 1,
            Kind::Statistics | Kind::Aside => {}
        }
        self.unclosed = Some((length, buffer.position()));
        buffer.consume(u64::from(length) - LENGTH_BYTES as u64);
        ControlFlow::Continue(())
    }
}

/// The version of the format that a section has.
fn version(section: &[u8], order: ByteOrder) -> Option<(u16, u16)> {
    Some((order.u16(section, 12)?, order.u16(section, 14)?))
}

fn cut(counts: &mut CaptureCounts) -> ControlFlow<Option<Located>> {
    counts.cut += 1;
    ControlFlow::Break(None)
}

fn damaged(start: u64, counts: &mut CaptureCounts) -> ControlFlow<Option<Located>> {
    counts.damaged_from = Some(start);
    ControlFlow::Break(None)
}
