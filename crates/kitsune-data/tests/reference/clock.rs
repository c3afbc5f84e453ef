//! The time by which the statistics decay.

use kitsune_data::packets::Timestamp;

/// How far ahead a packet is believed, in seconds.
const DAY: f64 = 86_400.0;

/// How far back a packet is still one of this clock, in seconds.
const BACK: f64 = 1.0;

/// So many packets in a row that are of another clock prove that there is one, or as many as were of this one, but three at least, if these are fewer
/// and the other one is ahead.
const PROOF: u32 = 1_000;

/// A clock that never goes back, and that no packet from the future stops.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    /// Whether seconds are those since 1970, whose steps are of 0.24 microseconds, instead of those since the first packet.
    since_1970: bool,
    /// A moment of the packets' clock, and the same one of ours: the first packet's, or the latest proof's of another clock.
    anchor: Option<(Timestamp, f64)>,
    /// The latest time, which is that of the statistics.
    latest: f64,
    /// Packets of this clock, all in all.
    own: u32,
    /// Packets in a row that are of another clock.
    strays: u32,
}

impl Clock {
    pub(crate) fn new(since_1970: bool) -> Self {
        Self { since_1970, anchor: None, latest: 0.0, own: 1, strays: 0 }
    }

    /// The time that the next packet counts for, in seconds.
    pub(crate) fn tick(&mut self, time: Timestamp) -> f64 {
        let Some((theirs, ours)) = self.anchor else {
            self.latest = if self.since_1970 { time.as_seconds() } else { 0.0 };
            self.anchor = Some((time, self.latest));
            return self.latest;
        };
        let now = if self.since_1970 { time.as_seconds() + (ours - theirs.as_seconds()) } else { time.seconds_since(theirs) + ours };
        let ahead = now - self.latest;

        let is_stray = !(-BACK..=DAY).contains(&ahead);
        self.strays = if is_stray { self.strays + 1 } else { 0 };
        // A packet that is a little late proves neither.
        self.own += u32::from(!is_stray && ahead >= 0.0);
        if self.strays >= if ahead > 0.0 { self.own.clamp(3, PROOF) } else { PROOF } {
            (self.own, self.strays) = (1, 0);
            self.anchor = Some((time, self.latest));
        }
        if !is_stray && ahead > 0.0 {
            self.latest = now;
        }
        self.latest
    }
}
