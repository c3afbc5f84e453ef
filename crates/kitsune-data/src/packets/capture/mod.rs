//! Files to packets: captures in the formats pcap and pcapng.
//!
//! Everything that can be wrong in a capture is counted and passed over, or ends it. Only a stream that is no capture, and one that cannot
//! be read, are errors.

mod buffer;
mod byte_order;
mod counts;
mod error;
mod pcap;
#[cfg(test)]
mod pcap_tests;
mod pcapng;
mod raw_packet;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod written;

use std::io::Read;

pub use self::counts::CaptureCounts;
pub use self::error::CaptureError;
pub use self::raw_packet::RawPacket;

use self::buffer::Buffer;
use self::pcap::Pcap;
use self::pcapng::Pcapng;

/// What tells the formats from each other and from everything else.
const LOOK_BYTES: usize = 12;

/// Whether a stream begins as captures do: with the magic number of any kind of pcap, or with a section of pcapng. Twelve bytes are enough;
/// by four a pcapng file cannot be told from a text of line ends.
pub fn is_capture(first_bytes: &[u8]) -> bool {
    pcap::begins_file(first_bytes) || pcapng::begins_section(first_bytes)
}

/// Reads the packets of one capture, pcap or pcapng, from anything that can be read and is not compressed.
///
/// Packets are looked at where they were read to, so that they cost neither a copy nor an allocation. Memory is some
/// MiB, and at most some 100 MiB whatever the capture says: packets above 64 MiB are left out.
///
/// Times are those of the file: pcap's time zone, which is 0 in practice, is not added.
#[derive(Debug)]
pub struct CaptureReader<R> {
    buffer: Buffer<R>,
    format: Format,
    counts: CaptureCounts,
    has_ended: bool,
}

#[derive(Debug)]
enum Format {
    Pcap(Pcap),
    Pcapng(Pcapng),
}

impl<R: Read> CaptureReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// If the stream is empty or no capture, ends within the header or cannot be read.
    pub fn new(reader: R) -> Result<Self, CaptureError> {
        let mut buffer = Buffer::new(reader);
        // No more than is there before the first packet: a live capture may have none for a while.
        buffer.ahead(LOOK_BYTES)?;
        if buffer.bytes().is_empty() {
            return Err(CaptureError::Empty);
        }
        if !is_capture(buffer.bytes()) {
            return Err(CaptureError::not_a_capture(buffer.bytes()));
        }
        let format = if pcapng::begins_section(buffer.bytes()) {
            Format::Pcapng(Pcapng::new(header(&mut buffer)?)?)
        } else {
            let pcap = Pcap::new(header(&mut buffer)?)?;
            buffer.consume(pcap::HEADER_BYTES as u64);
            Format::Pcap(pcap)
        };
        Ok(Self { buffer, format, counts: CaptureCounts::default(), has_ended: false })
    }

    /// The next packet; `None` at the end of what can be read, which `counts` tells from the end of the capture.
    ///
    /// # Errors
    ///
    /// If the stream cannot be read. Where that passes, the next call goes on as if it had not been.
    #[inline]
    pub fn next_packet(&mut self) -> Result<Option<RawPacket<'_>>, CaptureError> {
        if self.has_ended {
            return Ok(None);
        }
        let located = match &mut self.format {
            Format::Pcap(pcap) => pcap.next(&mut self.buffer, &mut self.counts)?,
            Format::Pcapng(pcapng) => pcapng.next(&mut self.buffer, &mut self.counts)?,
        };
        let Some(located) = located else {
            self.has_ended = true;
            return Ok(None);
        };
        let data = self.buffer.within(located.data);
        // No block is as long as 4 GiB.
        let captured = data.len() as u32;
        self.counts.packets += 1;
        self.counts.understated_lengths += u64::from(located.length < captured);
        Ok(Some(RawPacket { time: located.time, link_type: located.link_type, data, length: located.length.max(captured) }))
    }

    /// What was found so far.
    pub fn counts(&self) -> &CaptureCounts {
        &self.counts
    }

    /// The bytes of the stream that were used so far.
    pub fn position(&self) -> u64 {
        self.buffer.position()
    }
}

/// The first bytes of a stream.
fn header<const BYTES: usize>(buffer: &mut Buffer<impl Read>) -> Result<&[u8; BYTES], CaptureError> {
    buffer.ahead(BYTES)?;
    let bytes = buffer.bytes();
    bytes.first_chunk().ok_or(CaptureError::HeaderCut { length: bytes.len() })
}
