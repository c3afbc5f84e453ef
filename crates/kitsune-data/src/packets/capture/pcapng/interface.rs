//! What a section says of an interface.

use pcap_parser::{OptionCode, parse_interfacedescriptionblock_be, parse_interfacedescriptionblock_le};

use super::super::super::link_type::LinkType;
use super::super::byte_order::ByteOrder;
use super::clock::Clock;
use super::options::{MOST_BYTES, option};

const MICROSECONDS: u8 = 6;

/// What is needed to read the packets of an interface.
#[derive(Clone, Copy, Debug)]
pub(super) struct Interface {
    pub(super) link_type: LinkType,
    /// The most bytes that are kept of a packet; 0 is no limit. Simple packets say how long they are only by this.
    pub(super) snaplen: u32,
    pub(super) clock: Clock,
    /// The packets that it has lost so far.
    pub(super) lost: u64,
}

impl Interface {
    /// Reads an Interface Description Block; `None` if it makes no sense.
    pub(super) fn described(block: &[u8], order: ByteOrder) -> Option<Self> {
        if block.len() > MOST_BYTES {
            return None;
        }
        let parsed = match order {
            ByteOrder::Little => parse_interfacedescriptionblock_le(block),
            ByteOrder::Big => parse_interfacedescriptionblock_be(block),
        };
        let (_, block) = parsed.ok()?;
        let resolution = option(&block.options, OptionCode::IfTsresol).map_or(MICROSECONDS, |[resolution]| resolution);
        // pcap-parser takes the offset for little-endian in all sections.
        let offset = option(&block.options, OptionCode::IfTsoffset).map_or(0, |bytes| order.i64(bytes));
        Some(Self {
            link_type: u16::try_from(block.linktype.0).map_or(LinkType::BEYOND, LinkType),
            snaplen: block.snaplen,
            clock: Clock::new(resolution, offset),
            lost: 0,
        })
    }
}
