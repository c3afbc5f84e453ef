//! A packet as a capture holds it.

use std::ops::Range;

use super::super::link_type::LinkType;
use super::super::timestamp::Timestamp;

/// A packet as a capture holds it: bytes that nobody has looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RawPacket<'a> {
    /// When it was seen, cut to picoseconds.
    pub time: Timestamp,
    /// What its bytes begin with.
    pub link_type: LinkType,
    /// The bytes that were captured: all of them, or the first ones.
    pub data: &'a [u8],
    /// Bytes on the wire: at least as many as were captured.
    pub length: u32,
}

/// A packet whose bytes are still in the buffer.
#[derive(Clone, Debug)]
pub(super) struct Located {
    pub(super) time: Timestamp,
    pub(super) link_type: LinkType,
    pub(super) length: u32,
    /// Where the buffer has the bytes.
    pub(super) data: Range<usize>,
}
