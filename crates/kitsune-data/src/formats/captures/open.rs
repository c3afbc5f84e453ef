//! A capture that is being read.

use super::arrivals::{Arrivals, Held};
use super::line::Seen;
use crate::locations::input::Input;
use crate::packets::capture::{CaptureCounts, CaptureError, CaptureReader, RawPacket};

/// A capture that is being read. Packets that the reader leaves out are found between the others, so that each packet has its place.
pub(super) struct Open {
    capture: CaptureReader<Arrivals>,
    pub(super) held: Held,
    /// The number of packets in the captures before this one.
    pub(super) before: u64,
    /// The number of packets that the reader has left out, as far as it is known here.
    left_out: u64,
    /// How many of these come before the next packet, and have no place yet.
    missing: u64,
    /// The packet behind these.
    next: Option<Seen>,
    /// What the reading ended with, once the packets before have their places.
    pub(super) problem: Option<CaptureError>,
}

/// What comes next in a capture.
pub(super) enum Next {
    Packet(Seen),
    /// A packet that could not be read.
    LeftOut,
    /// The end of what is there.
    End,
}

impl Open {
    pub(super) fn new(input: Input, before: u64) -> Result<Self, CaptureError> {
        let (arrivals, held) = Arrivals::new(input);
        let capture = CaptureReader::new(arrivals)?;
        Ok(Self { capture, held, before, left_out: 0, missing: 0, next: None, problem: None })
    }

    /// What comes next. `see` looks at a packet where it was read to.
    pub(super) fn next(&mut self, see: impl FnOnce(RawPacket<'_>) -> Seen) -> Result<Next, CaptureError> {
        if self.missing == 0 && self.next.is_none() {
            let seen = self.capture.next_packet()?.map(see);
            let left_out = left_out(self.capture.counts());
            (self.missing, self.next) = (left_out - self.left_out, seen);
            self.left_out = left_out;
        }
        if self.missing > 0 {
            self.missing -= 1;
            return Ok(Next::LeftOut);
        }
        Ok(self.next.take().map_or(Next::End, Next::Packet))
    }

    pub(super) fn counts(&self) -> &CaptureCounts {
        self.capture.counts()
    }
}

/// The number of packets that have a place in the capture, but were not read.
fn left_out(counts: &CaptureCounts) -> u64 {
    counts.too_large + counts.malformed + counts.unknown_interface
}
