//! The values at which an axis has ticks.

/// Round numbers within `low..=high`, at most `most` of them.
pub(crate) fn linear(low: f64, high: f64, most: usize) -> Vec<f64> {
    let span = high - low;
    if span <= 0.0 || !span.is_finite() {
        return vec![low];
    }
    let power = 10f64.powi((span / most as f64).log10().floor() as i32);
    let fits = |step: &f64| span / step < most as f64;
    let step = [1.0, 2.0, 5.0, 10.0, 20.0].map(|round| round * power).into_iter().find(fits).unwrap_or(span);
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last).map(|n| n as f64 * step).collect()
}

/// Round numbers within `low..=high` for a logarithmic axis, at most `most` of them; `low` is above 0.
pub(crate) fn logarithmic(low: f64, high: f64, most: usize) -> Vec<f64> {
    let within = |value: &f64| (low..=high).contains(value);
    let first = low.log10().floor() as i32;
    let last = high.log10().floor() as i32;
    let decades = |digits: &[f64], every: usize| -> Vec<f64> {
        let powers = (first..=last).step_by(every).map(|power| 10f64.powi(power));
        powers.flat_map(|power| digits.iter().map(move |digit| digit * power)).filter(within).collect()
    };
    // Within less than a decade, evenly spaced round numbers are easier to tell apart than 1, 2 and 5.
    let narrow = linear(low, high, most).into_iter().filter(|tick| *tick > 0.0).collect::<Vec<_>>();
    let candidates = [decades(&[1.0, 2.0, 5.0], 1), decades(&[1.0, 3.0], 1), decades(&[1.0], 1)];
    let sparse = (2..).map(|every| decades(&[1.0], every));
    let fits = |ticks: &Vec<f64>| ticks.len() <= most;
    if high / low < 6.0 { narrow } else { candidates.into_iter().chain(sparse).find(fits).unwrap_or(narrow) }
}

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3_600.0;
pub(crate) const DAY: f64 = 86_400.0;
/// Steps at which a person reads a clock, in seconds.
const CLOCK_STEPS: [f64; 20] = [
    0.1,
    0.2,
    0.5,
    1.0,
    2.0,
    5.0,
    10.0,
    15.0,
    30.0,
    MINUTE,
    2.0 * MINUTE,
    5.0 * MINUTE,
    10.0 * MINUTE,
    15.0 * MINUTE,
    30.0 * MINUTE,
    HOUR,
    2.0 * HOUR,
    3.0 * HOUR,
    6.0 * HOUR,
    12.0 * HOUR,
];

/// Times within `low..=high`, in seconds since 1970, at which a clock shows something round, at most `most` of them; and their step in seconds.
pub(crate) fn clock(low: f64, high: f64, most: usize) -> (Vec<f64>, f64) {
    let fits = |step: &f64| (high - low) / step < most as f64;
    if let Some(step) = CLOCK_STEPS.into_iter().find(fits) {
        let numbers = (low / step).ceil() as i64..=(high / step).floor() as i64;
        return (numbers.map(|number| number as f64 * step).collect(), step);
    }
    let days = linear(low / DAY, high / DAY, most);
    let step = days.get(1).map_or(DAY, |second| (second - days[0]) * DAY);
    (days.into_iter().map(|day| day * DAY).collect(), step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_range_has_some_round_ticks_and_not_too_many() {
        let cases = [
            (1e-9, 1e9),
            (0.5, 0.6),
            (0.69, 12.0),
            (1.0, 1e30),
            (3.0, 3.1),
            (f64::from(f32::MIN_POSITIVE), f64::from(f32::MAX)),
            (0.8, 900.0),
        ];
        for (low, high) in cases {
            for most in [4, 6, 8] {
                for ticks in [linear(low, high, most), logarithmic(low, high, most)] {
                    assert!(!ticks.is_empty() && ticks.len() <= most, "{low} to {high}: {ticks:?}");
                    assert!(ticks.iter().all(|tick| (low..=high * (1.0 + 1e-12)).contains(tick)), "{low} to {high}: {ticks:?}");
                    assert!(ticks.is_sorted(), "{ticks:?}");
                }
            }
        }
        assert_eq!(logarithmic(0.5, 200.0, 6), [1.0, 3.0, 10.0, 30.0, 100.0]);
        assert_eq!(linear(0.0, 100_000.0, 6), [0.0, 20_000.0, 40_000.0, 60_000.0, 80_000.0, 100_000.0]);
    }

    #[test]
    fn times_are_told_where_a_clock_shows_something_round() {
        let start = 1_700_000_003.25;
        for (seconds, step) in [
            (0.125, 0.1),
            (3.0, 0.5),
            (8.0, 2.0),
            (47.0, 10.0),
            (400.0, 60.0),
            (3_600.0, 600.0),
            (80_000.0, 3.0 * HOUR),
            (5.0 * DAY, DAY),
            (90.0 * DAY, 20.0 * DAY),
        ] {
            let (ticks, found) = clock(start, start + seconds, 8);
            assert_eq!(found.round(), f64::round(step), "{seconds} s: {ticks:?}");
            assert!(!ticks.is_empty() && ticks.len() <= 8 && ticks.is_sorted(), "{ticks:?}");
            let is_round = |tick: &f64| ((tick / step).round() * step - tick).abs() < 1e-6;
            assert!(ticks.iter().all(|tick| (start..=start + seconds).contains(tick) && is_round(tick)), "{seconds} s: {ticks:?}");
        }
    }

    #[test]
    fn an_empty_range_has_one_tick() {
        assert_eq!(linear(2.0, 2.0, 5), [2.0]);
    }
}
