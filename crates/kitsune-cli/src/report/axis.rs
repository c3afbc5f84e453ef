//! An axis: its range, its ticks, and the positions of values on it.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, ValueFormatter};
use plotters::prelude::Ranged;

use super::numbers::short;
use super::{clock, ticks};

/// A linear or a logarithmic axis, or one of time. The logarithmic axis of plotters has ticks at powers of ten only, and scores seldom span several.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    pub(super) title: &'static str,
    pub(super) low: f64,
    pub(super) high: f64,
    ticks: Vec<f64>,
    scale: Scale,
}

/// How values are placed on an axis and told at its ticks.
#[derive(Debug, Clone, Copy)]
enum Scale {
    Linear,
    Logarithmic,
    /// Seconds since 1970, with so many between two ticks.
    Time {
        step: f64,
    },
}

impl Axis {
    /// A linear axis from `low` to `high` with at most `most` ticks.
    pub(super) fn linear(title: &'static str, low: f64, high: f64, most: usize) -> Self {
        Self { title, low, high, ticks: ticks::linear(low, high, most), scale: Scale::Linear }
    }

    /// A logarithmic axis from `low`, which is above 0, to `high`, with at most `most` ticks.
    pub(super) fn logarithmic(title: &'static str, low: f64, high: f64, most: usize) -> Self {
        Self { title, low, high, ticks: ticks::logarithmic(low, high, most), scale: Scale::Logarithmic }
    }

    /// An axis of time from `low` to `high`, in seconds since 1970, with at most `most` ticks.
    pub(super) fn time(title: &'static str, low: f64, high: f64, most: usize) -> Self {
        let (ticks, step) = ticks::clock(low, high, most);
        Self { title, low, high, ticks, scale: Scale::Time { step } }
    }

    /// An axis that goes on below its lowest tick, down to `low`.
    pub(super) fn down_to(self, low: f64) -> Self {
        Self { low, ..self }
    }

    pub(super) fn ticks(&self) -> &[f64] {
        &self.ticks
    }

    /// The position of a value between the ends, 0-1. A value outside is on the edge.
    pub(super) fn share(&self, value: f64) -> f64 {
        let value = value.clamp(self.low, self.high);
        match self.scale {
            Scale::Logarithmic => (value / self.low).ln() / (self.high / self.low).ln(),
            Scale::Linear | Scale::Time { .. } => (value - self.low) / (self.high - self.low),
        }
    }
}

impl Ranged for Axis {
    type ValueType = f64;
    type FormatOption = NoDefaultFormatting;

    fn map(&self, value: &f64, (start, end): (i32, i32)) -> i32 {
        start + (self.share(*value) * f64::from(end - start)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() { Vec::new() } else { self.ticks.clone() }
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        match self.scale {
            Scale::Time { step } => clock::at_a_tick(*value, step),
            Scale::Linear | Scale::Logarithmic => short(*value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_placed_between_the_ends_and_never_outside() {
        let linear = Axis::linear("", 10.0, 20.0, 5);
        let logarithmic = Axis::logarithmic("", 0.1, 1000.0, 5);
        let cases = [(&linear, 12.5, 0.25), (&linear, -7.0, 0.0), (&linear, 1e9, 1.0), (&logarithmic, 1.0, 0.25), (&logarithmic, 0.0, 0.0)];
        for (axis, value, share) in cases {
            assert!((axis.share(value) - share).abs() < 1e-12, "{value}: {}", axis.share(value));
            assert_eq!(axis.map(&value, (400, 0)), 400 - (share * 400.0) as i32);
        }
    }
}
