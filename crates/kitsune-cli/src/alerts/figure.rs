//! Figures of a sentence: as many digits as a person reads.

use crate::console::thousands;

/// Three digits that count, and whole numbers from 100 on: `0.0144`, `3.5`, `812`, `54,540`.
pub(super) fn figure(value: f64) -> String {
    const LEAST: f64 = 1e-9;
    let size = value.abs();
    if size < LEAST || !size.is_finite() {
        return if size.is_finite() { "0".into() } else { "very large".into() };
    }
    if size >= 1e15 {
        return format!("{value:.2e}");
    }
    let sign = if value < 0.0 { "-" } else { "" };
    if size >= 99.95 {
        return format!("{sign}{}", thousands(size.round() as u64));
    }
    let digits = (2 - size.log10().floor() as i32).max(0) as usize;
    let text = format!("{size:.digits$}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{sign}{text}")
}

/// A time in the unit that needs the fewest digits: `2.5 s`, `12 ms`, `300 µs`.
pub(crate) fn duration(seconds: f64) -> String {
    let seconds = seconds.max(0.0);
    match seconds {
        0.0 => "0 s".into(),
        seconds if seconds < 1e-3 => format!("{} µs", figure(1e6 * seconds)),
        seconds if seconds < 1.0 => format!("{} ms", figure(1e3 * seconds)),
        seconds => format!("{} s", figure(seconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_has_three_digits_that_count() {
        for (value, text) in [
            (0.0, "0"),
            (1e-20, "0"),
            (0.014_41, "0.0144"),
            (-0.5, "-0.5"),
            (3.0, "3"),
            (3.456, "3.46"),
            (9.999, "10"),
            (99.94, "99.9"),
            (99.96, "100"),
            (812.4, "812"),
            (-54_540.2, "-54,540"),
            (1.5e18, "1.50e18"),
            (f64::INFINITY, "very large"),
        ] {
            assert_eq!(figure(value), text);
        }
    }

    #[test]
    fn a_time_has_the_unit_that_suits_it() {
        for (seconds, text) in [(0.0, "0 s"), (-1.0, "0 s"), (2.5, "2.5 s"), (0.012, "12 ms"), (0.000_3, "300 µs"), (3_600.0, "3,600 s")] {
            assert_eq!(duration(seconds), text);
        }
    }
}
