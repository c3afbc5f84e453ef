//! Blocks: what they are, and how long.

use super::super::byte_order::ByteOrder;

/// The shortest block: its kind, its length, and its length again.
pub(super) const SHORTEST: usize = 12;
/// The length behind a block.
pub(super) const LENGTH_BYTES: usize = 4;
/// The shortest header of a section.
pub(in super::super) const SECTION_BYTES: usize = 28;

/// The kind of section headers, which is the same in both orders.
const SECTION: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
/// How a section header writes the order of its numbers.
const ORDER_MARK: u32 = 0x1a2b_3c4d;

/// What a block is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The start of a section whose numbers have this order.
    Section(ByteOrder),
    Interface,
    Enhanced,
    Simple,
    /// What there was before Enhanced Packet Blocks.
    Obsolete,
    /// What an interface has seen and lost.
    Statistics,
    /// A known kind that has no packets: names, secrets, what vendors add.
    Aside,
    Unknown,
}

/// The head of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) kind: Kind,
    /// Bytes of the whole block.
    pub(super) length: u32,
}

impl Head {
    /// Reads the first bytes of a block in a section of `order`; `None` if no block begins with them.
    #[inline]
    pub(super) fn read(bytes: &[u8], order: ByteOrder) -> Option<Self> {
        let is_section = bytes.starts_with(&SECTION);
        let (kind, order) = if is_section {
            let order = section_order(bytes)?;
            (Kind::Section(order), order)
        } else {
            (kind(order.u32(bytes, 0)?), order)
        };
        let length = order.u32(bytes, 4)?;
        let least = if is_section { SECTION_BYTES } else { SHORTEST };
        (length.is_multiple_of(4) && length as usize >= least).then_some(Self { kind, length })
    }
}

/// Whether a stream begins with the header of a section, as far as its first bytes tell.
pub(in super::super) fn begins_section(bytes: &[u8]) -> bool {
    bytes.starts_with(&SECTION) && (bytes.len() < SHORTEST || section_order(bytes).is_some())
}

/// The order of the numbers in a section that begins with `header`.
pub(in super::super) fn section_order(header: &[u8]) -> Option<ByteOrder> {
    ByteOrder::of(*header.get(8..)?.first_chunk()?, ORDER_MARK)
}

fn kind(number: u32) -> Kind {
    match number {
        1 => Kind::Interface,
        2 => Kind::Obsolete,
        3 => Kind::Simple,
        5 => Kind::Statistics,
        6 => Kind::Enhanced,
        // Name resolution, systemd journal, decryption secrets, custom ones, Apple's process information.
        4 | 9 | 10 | 0x0bad | 0x4000_0bad | 0x8000_0001 => Kind::Aside,
        _ => Kind::Unknown,
    }
}
