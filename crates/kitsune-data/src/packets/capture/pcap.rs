//! The format pcap: a header, then records that each have a time, two lengths and the bytes.
//!
//! pcap-parser reads the header. The records' fields are taken here: it does not know the big-endian form of the "modified" format, and
//! gives no lengths before the whole record is in memory.

use std::io::{Read, Result};

use pcap_parser::parse_pcap_header;

use super::super::link_type::LinkType;
use super::super::timestamp::Timestamp;
use super::buffer::Buffer;
use super::byte_order::ByteOrder;
use super::counts::CaptureCounts;
use super::error::CaptureError;
use super::raw_packet::Located;

/// The header of a file.
pub(super) const HEADER_BYTES: usize = 24;

const PLAIN: u32 = 0xa1b2_c3d4;
/// Each magic number with the bytes of a record's header and the picoseconds of a unit of its fractions. The last one is the "modified"
/// format of patched libpcaps, whose records have the interface and the protocol besides.
const FORMATS: [(u32, usize, u64); 3] = [(PLAIN, 16, 1_000_000), (0xa1b2_3c4d, 16, 1_000), (0xa1b2_cd34, 24, 1_000_000)];
const PICOSECONDS: u64 = 1_000_000_000_000;

/// Twice the largest snaplen of libpcap (that of D-Bus). A length above it is no length: the record is damaged.
const MOST_BYTES: u32 = 256 << 20;

/// What the header of a file says of its records.
#[derive(Debug)]
pub(super) struct Pcap {
    order: ByteOrder,
    record_header: usize,
    picoseconds: u64,
    /// The first versions had the two lengths in the other order; in 2.3 it was either.
    swapped: Swapped,
    link_type: LinkType,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Swapped {
    Never,
    WhereTheFirstIsLarger,
    Always,
}

/// Whether a stream begins with the magic number of a file.
pub(super) fn begins_file(bytes: &[u8]) -> bool {
    format(bytes).is_some()
}

fn format(bytes: &[u8]) -> Option<(ByteOrder, usize, u64)> {
    let magic = *bytes.first_chunk()?;
    FORMATS.into_iter().find_map(|(number, header, picoseconds)| Some((ByteOrder::of(magic, number)?, header, picoseconds)))
}

impl Pcap {
    /// Reads the header of a file.
    pub(super) fn new(header: &[u8; HEADER_BYTES]) -> std::result::Result<Self, CaptureError> {
        let (order, record_header, picoseconds) = format(header).ok_or_else(|| CaptureError::not_a_capture(header))?;
        // The rest of the header is that of the plain format in all of them.
        let mut plain = *header;
        plain[..4].copy_from_slice(&order.bytes(PLAIN));
        let (_, header) = parse_pcap_header(&plain).map_err(|_| CaptureError::not_a_capture(header))?;
        let swapped = match (header.version_major, header.version_minor) {
            (2, ..3) | (543, _) => Swapped::Always,
            (2, 3) => Swapped::WhereTheFirstIsLarger,
            (2, _) => Swapped::Never,
            (major, minor) => return Err(CaptureError::UnknownVersion { format: "pcap", major, minor, known: "2.4" }),
        };
        // The upper bits are the length of the frame check sequences, and whether they say so.
        let link_type = u16::try_from(header.network.0 & 0x03ff_ffff).map_or(LinkType::BEYOND, LinkType);
        Ok(Self { order, record_header, picoseconds, swapped, link_type })
    }

    /// The next packet; `None` at the end of what can be read.
    pub(super) fn next<R: Read>(&mut self, buffer: &mut Buffer<R>, counts: &mut CaptureCounts) -> Result<Option<Located>> {
        loop {
            if !buffer.ahead(self.record_header)? {
                counts.cut += u64::from(buffer.has_rest());
                return Ok(None);
            }
            let Some([seconds, fraction, captured, length]) = self.fields(buffer.bytes()) else { return Ok(None) };
            if (captured, length) == (0, 0) && begins_file(buffer.bytes()) {
                // No packet: empty, and in 2055. It is the header of a file that was put behind the other.
                if !buffer.ahead(HEADER_BYTES)? {
                    counts.cut += 1;
                    return Ok(None);
                }
                if let Some(Ok(next)) = buffer.bytes().first_chunk().map(Self::new) {
                    *self = next;
                    counts.joined_files += 1;
                    buffer.consume(HEADER_BYTES as u64);
                    continue;
                }
            }
            if captured > MOST_BYTES {
                counts.damaged_from = Some(buffer.position());
                return Ok(None);
            }
            let whole = self.record_header + captured as usize;
            if whole > Buffer::<R>::LARGEST {
                counts.too_large += 1;
                buffer.consume(whole as u64);
                continue;
            }
            if !buffer.ahead(whole)? {
                counts.cut += 1;
                return Ok(None);
            }
            let fraction = u64::from(fraction) * self.picoseconds;
            counts.carried_fractions += u64::from(fraction >= PICOSECONDS);
            let data = buffer.range(self.record_header, captured as usize);
            buffer.consume(whole as u64);
            return Ok(Some(Located { time: Timestamp::new(seconds.into(), fraction), link_type: self.link_type, length, data }));
        }
    }

    /// Seconds, fraction, captured length and length on the wire.
    #[inline]
    fn fields(&self, record: &[u8]) -> Option<[u32; 4]> {
        let header: &[u8; 16] = record.first_chunk()?;
        let field = |at| self.order.u32(header, at);
        let (captured, length) = (field(8)?, field(12)?);
        let is_swapped = match self.swapped {
            Swapped::Never => false,
            Swapped::WhereTheFirstIsLarger => captured > length,
            Swapped::Always => true,
        };
        let (captured, length) = if is_swapped { (length, captured) } else { (captured, length) };
        Some([field(0)?, field(4)?, captured, length])
    }
}
