//! The packets of a section.

use super::super::super::timestamp::Timestamp;
use super::super::byte_order::ByteOrder;
use super::super::counts::CaptureCounts;
use super::super::raw_packet::Located;
use super::block::{Kind, LENGTH_BYTES};
use super::interface::Interface;
use super::statistics::Statistics;

/// The interfaces of a section that are kept, so that a capture of nothing else takes little memory.
const MOST_INTERFACES: usize = 1 << 16;
/// Where the data of packets begin, and those of simple ones.
const DATA: usize = 28;
const SIMPLE_DATA: usize = 12;

/// What is needed to read the packets of a section.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) order: ByteOrder,
    /// The interfaces so far. Those whose description makes no sense have a number all the same.
    interfaces: Vec<Option<Interface>>,
}

/// The fields of a packet that has a time.
struct Fields {
    time: u64,
    captured: usize,
    length: u32,
}

impl Section {
    pub(super) fn new(order: ByteOrder) -> Self {
        Self { order, interfaces: Vec::new() }
    }

    /// Adds the next interface; `None` if its description makes no sense.
    pub(super) fn add(&mut self, interface: Option<Interface>, counts: &mut CaptureCounts) {
        let is_kept = self.interfaces.len() < MOST_INTERFACES;
        counts.unread_interfaces += u64::from(!is_kept || interface.is_none());
        if is_kept {
            self.interfaces.push(interface);
        }
    }

    /// A packet that has a time and two lengths. Its data are where the block has them.
    #[inline]
    pub(super) fn timed(&self, kind: Kind, block: &[u8], counts: &mut CaptureCounts) -> Option<Located> {
        let Some(Fields { time, captured, length }) = self.fields(block) else {
            counts.malformed += 1;
            return None;
        };
        // The older kind has a count of lost packets in the other half.
        let number = if kind == Kind::Obsolete { self.order.u16(block, 8).map(u32::from) } else { self.order.u32(block, 8) };
        let interface = self.interface(number?, counts)?;
        Some(Located { time: interface.clock.time(time), link_type: interface.link_type, length, data: DATA..DATA + captured })
    }

    /// A packet of the first interface that has its length on the wire and nothing else, after one that was seen at `last`.
    pub(super) fn simple(&self, block: &[u8], last: Timestamp, counts: &mut CaptureCounts) -> Option<Located> {
        let room = block.len().checked_sub(SIMPLE_DATA + LENGTH_BYTES);
        let (Some(room), Some(length)) = (room, self.order.u32(block, 8)) else {
            counts.malformed += 1;
            return None;
        };
        let interface = self.interface(0, counts)?;
        let snaplen = if interface.snaplen == 0 { u32::MAX } else { interface.snaplen };
        let captured = room.min(length.min(snaplen) as usize);
        counts.without_time += 1;
        Some(Located { time: last, link_type: interface.link_type, length, data: SIMPLE_DATA..SIMPLE_DATA + captured })
    }

    /// Counts what an interface has lost since it told so last. Statistics that make no sense, or are those of no interface, tell nothing.
    pub(super) fn count_lost(&mut self, statistics: Option<Statistics>, counts: &mut CaptureCounts) {
        let Some(Statistics { interface, lost }) = statistics else { return };
        if let Some(Some(interface)) = self.interfaces.get_mut(interface as usize) {
            counts.lost = counts.lost.saturating_add(lost.saturating_sub(interface.lost));
            interface.lost = interface.lost.max(lost);
        }
    }

    /// The fields of a packet that has a time; `None` if they or the data are beyond the block.
    #[inline]
    fn fields(&self, block: &[u8]) -> Option<Fields> {
        let room = block.len().checked_sub(DATA + LENGTH_BYTES)?;
        let field = |at| self.order.u32(block, at);
        let time = u64::from(field(12)?) << 32 | u64::from(field(16)?);
        let (captured, length) = (field(20)? as usize, field(24)?);
        (captured <= room).then_some(Fields { time, captured, length })
    }

    #[inline]
    fn interface(&self, number: u32, counts: &mut CaptureCounts) -> Option<&Interface> {
        let interface = self.interfaces.get(number as usize).and_then(Option::as_ref);
        counts.unknown_interface += u64::from(interface.is_none());
        interface
    }
}
