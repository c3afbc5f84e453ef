//! The clock of the statistics, which never goes back.

use serde::{Deserialize, Serialize};

use super::timestamp::Timestamp;

/// A time further ahead of the latest one is not believed.
const AHEAD: f64 = 86_400.0;

/// A time further behind the latest one may be that of a clock that was set back.
const BEHIND: f64 = 1.0;

/// So many packets in a row with a time that is not believed show that the clock of the capture was set anew, or as many as were believed before, if these are fewer
/// and time goes ahead.
const SET_ANEW: u32 = 1_000;

/// As many at least.
const FEWEST: u32 = 3;

/// Turns the times of packets into seconds that never go back.
///
/// A packet that is older than the latest one counts at the latest time, and so does one that is more than a day ahead of it, so that a single packet from
/// the future does not let everything fade for ever. After 1,000 packets in a row that are more than a second behind or more than a day ahead, the clock of the
/// capture was set anew: the last of them counts at the latest time, and time goes on from there. Where fewer packets were believed before, as many suffice to go ahead, but at least three:
/// a capture may begin with packets without a time.
///
/// [`FeatureExtractor`](super::FeatureExtractor) has such a clock. What else goes by the times of packets takes another one over the same packets, so that it goes by the same time. A clock can be saved,
/// but for its counts, and goes on to the bit.
///
/// ```
/// use kitsune_data::packets::{Clock, Timestamp};
///
/// let mut clock = Clock::default();
/// // The third packet is from the year 2096, and the fourth is late.
/// let times = [1_700_000_000, 1_700_000_005, 4_000_000_000, 1_700_000_004, 1_700_000_006];
/// assert_eq!(times.map(|seconds| clock.at(Timestamp::new(seconds, 0))), [0.0, 5.0, 5.0, 5.0, 6.0]);
/// ```
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Clock {
    /// What the seconds are counted from; `None` before the first packet.
    origin: Option<Timestamp>,
    /// What is added to the seconds since the origin.
    offset: f64,
    latest: f64,
    /// Whether seconds are those since 1970, with their steps of a quarter of a microsecond.
    since_1970: bool,
    /// Packets whose time was believed since the clock was set, up to 1,000.
    believed: u32,
    /// Packets in a row whose time is not believed.
    unbelieved: u32,
    /// Whether the next packet may be ahead by any time.
    #[serde(skip)]
    trusts_next: bool,
    #[serde(skip)]
    counts: ClockCounts,
}

/// Packets whose own time did not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClockCounts {
    /// Packets that are older than one before them.
    pub stepped_back: u64,
    /// Packets that are more than a day ahead of those before them.
    pub ahead: u64,
    /// Times that the clock of the capture was set anew.
    pub set_anew: u64,
}

impl Default for Clock {
    /// A clock whose seconds are those since the first packet.
    fn default() -> Self {
        Self::new(false)
    }
}

impl Clock {
    pub(super) fn new(since_1970: bool) -> Self {
        Self {
            origin: None,
            offset: 0.0,
            latest: 0.0,
            since_1970,
            believed: 1,
            unbelieved: 0,
            trusts_next: false,
            counts: ClockCounts::default(),
        }
    }

    /// The packets so far whose own time did not count.
    pub fn counts(&self) -> ClockCounts {
        self.counts
    }

    /// Believes the time of the next packet however far ahead it is, since nobody looked at packets meanwhile.
    ///
    /// ```
    /// use kitsune_data::packets::{Clock, Timestamp};
    ///
    /// let mut clock = Clock::default();
    /// clock.at(Timestamp::new(1_700_000_000, 0));
    /// clock.trust_next();
    /// assert_eq!([1_700_259_200, 1_700_604_800].map(|seconds| clock.at(Timestamp::new(seconds, 0))), [259_200.0, 259_200.0]);
    /// ```
    pub fn trust_next(&mut self) {
        self.trusts_next = true;
    }

    /// The time at which the next packet counts, in seconds since the first one.
    #[inline]
    pub fn at(&mut self, time: Timestamp) -> f64 {
        let Some(origin) = self.origin else { return self.begin(time) };
        let seconds = if self.since_1970 { time.as_seconds() } else { time.seconds_since(origin) } + self.offset;
        let ahead = seconds - self.latest;
        let most = if std::mem::take(&mut self.trusts_next) { f64::INFINITY } else { AHEAD };
        if (0.0..=most).contains(&ahead) {
            self.believed = SET_ANEW.min(self.believed.saturating_add(1));
            self.unbelieved = 0;
            self.latest = seconds;
        } else {
            self.doubt(time, ahead);
        }
        self.latest
    }

    fn begin(&mut self, time: Timestamp) -> f64 {
        self.origin = Some(time);
        if self.since_1970 {
            self.latest = time.as_seconds();
        }
        self.latest
    }

    #[cold]
    fn doubt(&mut self, time: Timestamp, ahead: f64) {
        let is_ahead = ahead > 0.0;
        *(if is_ahead { &mut self.counts.ahead } else { &mut self.counts.stepped_back }) += 1;
        self.unbelieved = if is_ahead || ahead < -BEHIND { self.unbelieved.saturating_add(1) } else { 0 };
        if self.unbelieved >= if is_ahead { self.believed.max(FEWEST) } else { SET_ANEW } {
            (self.believed, self.unbelieved) = (1, 0);
            self.counts.set_anew += 1;
            // Exact differences go on from this packet.
            self.origin = Some(time);
            self.offset = if self.since_1970 { self.latest - time.as_seconds() } else { self.latest };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(seconds: &[i64]) -> (Vec<f64>, ClockCounts) {
        let mut clock = Clock::new(false);
        let times = seconds.iter().map(|&seconds| clock.at(Timestamp::new(1_700_000_000 + seconds, 0))).collect();
        (times, clock.counts())
    }

    #[test]
    fn time_goes_on_and_never_back() {
        let (times, counts) = times(&[0, 1, 2, 5, 3, 6, 86_407, 7, 86_406]);
        assert_eq!(times, [0.0, 1.0, 2.0, 5.0, 5.0, 6.0, 6.0, 7.0, 86_406.0]);
        assert_eq!((counts.stepped_back, counts.ahead, counts.set_anew), (1, 1, 0));
    }

    #[test]
    fn a_clock_that_is_set_is_followed_after_a_thousand_packets() {
        for (set_to, back, ahead) in [(-7_200, 1_000, 0), (900_000, 0, 1_000)] {
            let mut seconds: Vec<i64> = (0..2_000).collect();
            seconds.extend((0..1_001).map(|step| set_to + step));
            let (times, counts) = times(&seconds);
            assert_eq!(times[2_000..3_000], [1_999.0; 1_000]);
            assert_eq!(times[3_000], 2_000.0);
            assert_eq!((counts.stepped_back, counts.ahead, counts.set_anew), (back, ahead, 1));
        }
    }

    #[test]
    fn packets_without_a_time_at_the_beginning_do_not_stop_the_clock() {
        let (times, counts) = times(&[-1_700_000_000, -1_700_000_000, 0, 1, 2, 4]);
        assert_eq!(times, [0.0, 0.0, 0.0, 0.0, 0.0, 2.0]);
        assert_eq!((counts.ahead, counts.set_anew), (3, 1));
    }

    #[test]
    fn a_clock_that_was_saved_goes_on_to_the_bit() {
        let seconds: Vec<_> = (0..40).map(|packet| [packet, packet - 5_000, packet + 900_000, packet][packet as usize % 4]).collect();
        let at = |clock: &mut Clock, seconds: i64| clock.at(Timestamp::new(1_700_000_000 + seconds, 300_000_000_001)).to_bits();
        let (mut whole, mut parts) = (Clock::default(), Clock::default());
        for seconds in seconds {
            parts = serde_json::from_str(&serde_json::to_string(&parts).unwrap()).unwrap();
            assert_eq!(at(&mut parts, seconds), at(&mut whole, seconds));
        }
    }

    #[test]
    fn packets_of_two_cards_do_not_set_the_clock() {
        let seconds: Vec<i64> = (0..5_000).map(|packet| packet / 2 - 3 * (packet % 2)).collect();
        let (times, counts) = times(&seconds);
        assert!(times.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!((times[4_998], counts.set_anew), (2_499.0, 0));
    }

    #[test]
    fn nanoseconds_count() {
        let mut clock = Clock::new(false);
        clock.at(Timestamp::new(1_700_000_000, 0));
        assert_eq!(clock.at(Timestamp::new(1_700_000_000, 1_000)), 1e-9);
        let mut clock = Clock::new(true);
        clock.at(Timestamp::new(1_700_000_000, 0));
        assert_eq!(clock.at(Timestamp::new(1_700_000_000, 1_000)), 1_700_000_000.0);
    }
}
