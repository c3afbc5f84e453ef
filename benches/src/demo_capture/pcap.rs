//! The file of a capture, in the classic format of libpcap.

use super::frame::{Frame, SNAPLEN};

/// Microseconds, in the byte order of the writer.
const MAGIC: u32 = 0xa1b2_c3d4;

const ETHERNET: u32 = 1;

/// When the capture began: Monday, 15 January 2024, 9:00 UTC.
const BEGAN_S: u64 = 1_705_309_200;

/// The bytes of the file.
pub(super) fn pcap(frames: &[Frame]) -> Vec<u8> {
    let mut file = Vec::with_capacity(24 + frames.len() * (16 + SNAPLEN));
    file.extend(MAGIC.to_le_bytes());
    file.extend([2, 0, 4, 0]);
    file.extend([0; 8]);
    file.extend((SNAPLEN as u32).to_le_bytes());
    file.extend(ETHERNET.to_le_bytes());
    for frame in frames {
        let seconds = (BEGAN_S + frame.at / 1_000_000) as u32;
        let micros = (frame.at % 1_000_000) as u32;
        for field in [seconds, micros, frame.bytes.len() as u32, frame.length] {
            file.extend(field.to_le_bytes());
        }
        file.extend(&frame.bytes);
    }
    file
}
