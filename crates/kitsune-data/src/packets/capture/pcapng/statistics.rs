//! What a section says of the packets that an interface has lost.

use pcap_parser::{OptionCode, parse_interfacestatisticsblock_be, parse_interfacestatisticsblock_le};

use super::super::byte_order::ByteOrder;
use super::options::{MOST_BYTES, option};

/// What an interface has lost since the capture began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Statistics {
    /// The number of the interface in its section.
    pub(super) interface: u32,
    /// Packets that it, or the system behind it, had no room for.
    pub(super) lost: u64,
}

impl Statistics {
    /// Reads an Interface Statistics Block; `None` if it makes no sense.
    pub(super) fn described(block: &[u8], order: ByteOrder) -> Option<Self> {
        if block.len() > MOST_BYTES {
            return None;
        }
        let parsed = match order {
            ByteOrder::Little => parse_interfacestatisticsblock_le(block),
            ByteOrder::Big => parse_interfacestatisticsblock_be(block),
        };
        let (_, block) = parsed.ok()?;
        let count = |code| option(&block.options, code).map_or(0, |bytes| order.u64(bytes));
        let lost = count(OptionCode::IsbIfDrop).saturating_add(count(OptionCode::IsbOsDrop));
        Some(Self { interface: block.if_id, lost })
    }
}
