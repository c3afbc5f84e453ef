//! The alerts with the highest scores.

use super::text::shortened;
use crate::alerts::{Alert, Moment};

/// The most alerts that a page shows.
pub(crate) const ALERTS: usize = 100;

/// An alert of the page.
#[derive(Debug, Clone)]
pub(crate) struct ShownAlert {
    pub(crate) source: String,
    pub(crate) destination: String,
    pub(crate) first: Moment,
    pub(crate) last: Moment,
    /// Packets above the threshold.
    pub(crate) packets: u64,
    /// The highest of their scores, and the time of the packet that has it.
    pub(crate) score: f64,
    pub(crate) strongest: Moment,
    /// The strongest reason for the packet with this score, in words.
    pub(crate) reason: Option<String>,
}

/// The alerts with the highest scores, and the number of all of them.
#[derive(Debug, Default)]
pub(crate) struct Strongest {
    /// The highest score first.
    alerts: Vec<ShownAlert>,
    total: u64,
}

impl ShownAlert {
    /// An alert whose names, which come from files, are cut to a bounded length.
    pub(crate) fn of(alert: &Alert) -> Self {
        let ([source, destination], [first, last]) = (alert.ends().map(shortened), alert.times());
        let (packets, score, strongest, reason) = (alert.packets(), alert.score(), alert.strongest(), alert.reason().map(str::to_owned));
        Self { source, destination, first, last, packets, score, strongest, reason }
    }
}

impl Strongest {
    /// Takes an alert that is over. Among equal scores, earlier alerts are stronger.
    pub(crate) fn take(&mut self, alert: ShownAlert) {
        self.total += 1;
        let at = self.alerts.partition_point(|other| other.score >= alert.score);
        self.alerts.insert(at, alert);
        self.alerts.truncate(ALERTS);
    }

    /// The alerts from the highest score down.
    pub(crate) fn alerts(&self) -> &[ShownAlert] {
        &self.alerts
    }

    pub(crate) fn total(&self) -> u64 {
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hundred_strongest_of_any_number_are_kept_in_order() {
        let time = Moment::at_seconds(0.0);
        // Every score occurs three times, so some are tied across the limit.
        let score = |number: u64| (number * 7919 % 10_007 / 3) as f64;
        let mut strongest = Strongest::default();
        for number in 0..10_007 {
            let (source, destination, score) = (number.to_string(), String::new(), score(number));
            let alert = ShownAlert { source, destination, first: time, last: time, packets: 1, score, strongest: time, reason: None };
            strongest.take(alert);
        }
        let mut all: Vec<_> = (0..10_007).map(|number| (u64::MAX - score(number) as u64, number)).collect();
        all.sort_unstable();
        let kept: Vec<_> = strongest.alerts().iter().map(|alert| alert.source.clone()).collect();
        assert_eq!(kept, all[..ALERTS].iter().map(|(_, number)| number.to_string()).collect::<Vec<_>>());
        assert_eq!(strongest.total(), 10_007);
    }
}
