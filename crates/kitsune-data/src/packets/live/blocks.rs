//! The blocks of a capture of one interface, in the format pcapng: little end first, times in microseconds.

use std::collections::VecDeque;

use super::super::link_type::LinkType;

/// The kinds of blocks.
const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const STATISTICS: u32 = 5;
const PACKET: u32 = 6;

/// How a section says in which order its numbers are.
const ORDER_MARK: u32 = 0x1a2b_3c4d;
const VERSION: [u8; 4] = [1, 0, 0, 0];
/// A section whose length is not known.
const UNKNOWN_LENGTH: [u8; 8] = [0xff; 8];

/// The options of statistics.
const LOST_BY_INTERFACE: u16 = 5;
const LOST_BY_SYSTEM: u16 = 7;

/// Kind, length, and the length again.
const AROUND: usize = 12;

/// Puts the beginning of a capture whose packets begin with this link layer, and of which so many bytes are kept at most.
pub(super) fn put_start(bytes: &mut VecDeque<u8>, link_type: LinkType, kept_bytes: u32) {
    put(bytes, SECTION, &[&ORDER_MARK.to_le_bytes(), &VERSION, &UNKNOWN_LENGTH]);
    put(bytes, INTERFACE, &[&link_type.0.to_le_bytes(), &[0; 2], &kept_bytes.to_le_bytes()]);
}

/// Puts a packet that was seen so many microseconds after 1970 and had so many bytes on the wire, of which `data` are kept.
pub(super) fn put_packet(bytes: &mut VecDeque<u8>, microseconds: u64, length: u32, data: &[u8]) {
    let [high, low] = [(microseconds >> 32) as u32, microseconds as u32].map(u32::to_le_bytes);
    let [kept, length] = [data.len() as u32, length].map(u32::to_le_bytes);
    put(bytes, PACKET, &[&[0; 4], &high, &low, &kept, &length, data]);
}

/// Puts the number of packets that were lost since the beginning.
pub(super) fn put_lost(bytes: &mut VecDeque<u8>, by_interface: u64, by_system: u64) {
    let [interface, system] = [LOST_BY_INTERFACE, LOST_BY_SYSTEM].map(u16::to_le_bytes);
    let length = 8_u16.to_le_bytes();
    let (by_interface, by_system) = (by_interface.to_le_bytes(), by_system.to_le_bytes());
    // Interface and time come first, and an option of nothing ends the options.
    put(bytes, STATISTICS, &[&[0; 12], &interface, &length, &by_interface, &system, &length, &by_system, &[0; 4]]);
}

fn put(bytes: &mut VecDeque<u8>, kind: u32, parts: &[&[u8]]) {
    let body: usize = parts.iter().map(|part| part.len()).sum();
    let padded = body.next_multiple_of(4);
    let length = ((padded + AROUND) as u32).to_le_bytes();
    bytes.extend(kind.to_le_bytes());
    bytes.extend(length);
    for part in parts {
        bytes.extend(*part);
    }
    bytes.extend(std::iter::repeat_n(0, padded - body));
    bytes.extend(length);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packets::capture::{CaptureCounts, CaptureReader, RawPacket};
    use crate::packets::timestamp::Timestamp;

    #[test]
    fn what_is_written_is_read_again() {
        let mut bytes = VecDeque::new();
        put_start(&mut bytes, LinkType::LINUX_SLL, 256);
        put_packet(&mut bytes, 1_700_000_000_000_001, 1_514, b"seven b");
        put_packet(&mut bytes, 5_000_000_000_000_000, 4, b"four");
        put_packet(&mut bytes, 0, 9, b"");
        put_lost(&mut bytes, 1, u64::from(u32::MAX));
        let mut capture = CaptureReader::new(bytes).unwrap();
        for (seconds, picoseconds, length, data) in
            [(1_700_000_000, 1_000_000, 1_514, &b"seven b"[..]), (5_000_000_000, 0, 4, b"four"), (0, 0, 9, b"")]
        {
            let expected = RawPacket { time: Timestamp::new(seconds, picoseconds), link_type: LinkType::LINUX_SLL, data, length };
            assert_eq!(capture.next_packet().unwrap(), Some(expected));
        }
        assert_eq!(capture.next_packet().unwrap(), None);
        assert_eq!(*capture.counts(), CaptureCounts { packets: 3, lost: 1 << 32, ..CaptureCounts::default() });
    }
}
