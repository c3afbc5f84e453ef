//! Packets over time, in bins: the trivial baseline that alerts are seen beside.

use std::collections::BTreeMap;

/// The most bins that hold packets.
const BINS: usize = 2048;
/// The seconds of the narrowest bins.
const NARROWEST: f64 = 0.125;
/// Seconds without a packet after which another stretch of time begins.
const APART: f64 = 86_400.0;
/// A stretch with fewer than one of so many packets has wrong times, such as 1970 or the far future.
const STRAY: u64 = 100;

/// Counts packets by their times, in any order.
///
/// At most [`BINS`] bins hold packets: when they are used up, neighbours are joined in pairs, and each bin takes twice the time. Bins without packets take no
/// memory, so a wrong time does not make the others wider.
#[derive(Debug, PartialEq)]
pub(crate) struct Traffic {
    /// The bins that hold packets, by the number of their widths since 1970.
    bins: BTreeMap<i64, Packets>,
    /// The seconds of a bin.
    width: f64,
}

/// Packets of some time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Packets {
    pub(crate) all: u64,
    /// Those above the threshold.
    pub(crate) flagged: u64,
    /// Those that are labelled as anomalies.
    pub(crate) anomalies: u64,
}

/// The time that a figure shows, in bins of equal width.
#[derive(Debug, PartialEq)]
pub(crate) struct Shown {
    /// Seconds since 1970 at which the first bin begins.
    pub(crate) start: f64,
    /// The seconds of a bin.
    pub(crate) width: f64,
    pub(crate) bins: Vec<Packets>,
    /// Packets of other times.
    pub(crate) left_out: u64,
}

impl Packets {
    fn add(&mut self, other: Self) {
        self.all += other.all;
        self.flagged += other.flagged;
        self.anomalies += other.anomalies;
    }
}

impl Traffic {
    pub(crate) fn new() -> Self {
        Self { bins: BTreeMap::new(), width: NARROWEST }
    }

    /// Takes a packet that came so many seconds after the beginning of 1970.
    pub(crate) fn take(&mut self, seconds: f64, is_flagged: bool, is_anomaly: bool) {
        let packet = Packets { all: 1, flagged: u64::from(is_flagged), anomalies: u64::from(is_anomaly) };
        self.bins.entry((seconds / self.width).floor() as i64).or_default().add(packet);
        while self.bins.len() > BINS {
            self.width *= 2.0;
            let narrow = std::mem::take(&mut self.bins);
            for (at, packets) in narrow {
                self.bins.entry(at.div_euclid(2)).or_default().add(packets);
            }
        }
    }

    /// The time from the first to the last packet in at most `most` bins, without stretches of few packets that lie days apart from the others; `None` without
    /// packets.
    pub(crate) fn shown(&self, most: usize) -> Option<Shown> {
        let (first, last) = self.stretch()?;
        // A width that is a power of two as well, so that no bin is cut.
        let mut joined: i128 = 1;
        let number = |at: i64, joined: i128| i128::from(at).div_euclid(joined);
        while number(last, joined) - number(first, joined) >= most.max(1) as i128 {
            joined *= 2;
        }
        let start = number(first, joined);
        let mut bins = vec![Packets::default(); (number(last, joined) - start) as usize + 1];
        for (&at, &packets) in self.bins.range(first..=last) {
            bins[(number(at, joined) - start) as usize].add(packets);
        }
        let width = self.width * joined as f64;
        let sum = |packets: &[Packets]| packets.iter().map(|packets| packets.all).sum::<u64>();
        let left_out = self.bins.values().map(|packets| packets.all).sum::<u64>() - sum(&bins);
        Some(Shown { start: start as f64 * width, width, bins, left_out })
    }

    /// The first and the last bin that are shown.
    fn stretch(&self) -> Option<(i64, i64)> {
        let mut stretches: Vec<(i64, i64, u64)> = Vec::new();
        for (&at, packets) in &self.bins {
            match stretches.last_mut() {
                Some((_, last, sum)) if (at as f64 - *last as f64 - 1.0) * self.width <= APART => (*last, *sum) = (at, *sum + packets.all),
                _ => stretches.push((at, at, packets.all)),
            }
        }
        let all: u64 = stretches.iter().map(|(_, _, sum)| sum).sum();
        let is_many = |(_, _, sum): &&(i64, i64, u64)| sum.saturating_mul(STRAY) >= all;
        // If all of them have few packets, none is stray.
        let first = stretches.iter().find(is_many).or(stretches.first())?.0;
        let last = stretches.iter().rfind(is_many).or(stretches.last())?.1;
        Some((first, last))
    }
}

impl Shown {
    /// Seconds since 1970 at which the last bin ends.
    pub(crate) fn end(&self) -> f64 {
        self.start + self.bins.len() as f64 * self.width
    }

    /// Packets per second in each bin, of those that are counted.
    pub(crate) fn rates(&self, counted: impl Fn(&Packets) -> u64) -> Vec<f64> {
        self.bins.iter().map(|packets| counted(packets) as f64 / self.width).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: f64 = 1_700_000_000.0;

    fn traffic(times: impl IntoIterator<Item = f64>) -> Traffic {
        let mut traffic = Traffic::new();
        for (at, time) in times.into_iter().enumerate() {
            traffic.take(time, at % 5 == 0, at % 7 == 0);
        }
        traffic
    }

    #[test]
    fn bins_are_bounded_and_hold_the_packets_of_their_time() {
        for (packets, seconds) in [(1_u32, 1.0), (1_000, 0.001), (5_000, 0.3), (20_000, 17.0), (300_000, 3_600.0)] {
            let times: Vec<f64> = (0..packets).map(|packet| NOW + f64::from(packet) * seconds).collect();
            let traffic = traffic(times.iter().copied());
            assert!(traffic.bins.len() <= BINS);
            for most in [1, 90, 5_000] {
                let shown = traffic.shown(most).unwrap();
                assert!(shown.bins.len() <= most && shown.left_out == 0);
                assert!(shown.start <= times[0] && times[times.len() - 1] < shown.end());
                let mut expected = vec![0; shown.bins.len()];
                for time in &times {
                    expected[((time - shown.start) / shown.width).floor() as usize] += 1;
                }
                assert_eq!(shown.bins.iter().map(|bin| bin.all).collect::<Vec<_>>(), expected, "{packets} packets");
                let sum = |count: fn(&Packets) -> u64| shown.bins.iter().map(count).sum::<u64>();
                assert_eq!((sum(|bin| bin.flagged), sum(|bin| bin.anomalies)), (packets.div_ceil(5).into(), packets.div_ceil(7).into()));
            }
        }
        assert_eq!(Traffic::new().shown(10), None);
    }

    #[test]
    fn packets_of_any_order_are_counted_alike() {
        let times: Vec<f64> = (0..9_973).map(|packet| NOW + f64::from(packet * 7_919 % 9_973)).collect();
        let mut sorted = times.clone();
        sorted.sort_by(f64::total_cmp);
        let counted = |times: Vec<f64>| {
            let mut traffic = Traffic::new();
            for time in times {
                traffic.take(time, false, false);
            }
            traffic
        };
        assert_eq!(counted(times), counted(sorted));
    }

    #[test]
    fn a_rate_is_told_per_second() {
        let shown = traffic((0..4_000).map(|packet| NOW + f64::from(packet) * 0.01)).shown(10).unwrap();
        assert_eq!(shown.width, 4.0);
        assert_eq!(shown.rates(|bin| bin.all), [100.0; 10]);
    }

    #[test]
    fn wrong_times_do_not_hide_the_others() {
        let ordinary = (0..10_000).map(|packet| NOW + f64::from(packet) * 0.01);
        let wrong = [0.0, 0.0, 4.2e9, -1e300, f64::MAX];
        let shown = traffic(wrong.into_iter().chain(ordinary)).shown(100).unwrap();
        assert_eq!((shown.start, shown.end(), shown.left_out), (NOW, NOW + 100.0, 5));
        // Two days, each of which has many packets, are both shown.
        let days = (0..1_000).map(|packet| NOW + f64::from(packet % 2) * 2.0 * APART + f64::from(packet));
        assert_eq!(traffic(days).shown(100).unwrap().left_out, 0);
        // Of a few packets that lie apart, none is stray.
        let apart = (0..150).map(|packet| NOW + f64::from(packet) * 2.0 * APART);
        assert_eq!(traffic(apart).shown(100).unwrap().left_out, 0);
    }
}
