//! Times as the page tells them, in UTC.

use super::ticks::DAY;
use crate::alerts::Moment;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A time to the second: `2023-11-14 22:13:20`. Outside the years 0 to 9999 it is told in seconds since 1970.
pub(super) fn to_the_second(time: Moment) -> String {
    match time.date() {
        Some((year, month, day)) => format!("{year:04}-{month:02}-{day:02} {}", time.time_of_day()),
        None => time.to_string(),
    }
}

/// The shortest form, for the ticks of an axis that are `step` seconds apart: `22:13:20.5`, `22:13:20`, `22:13`, and `Nov 15` at midnight.
pub(super) fn at_a_tick(seconds: f64, step: f64) -> String {
    let time = Moment::at_seconds(seconds);
    let Some((year, month, day)) = time.date() else { return time.to_string() };
    let (of_day, fraction) = (time.time_of_day(), time.fraction());
    let month = usize::try_from(month - 1).ok().and_then(|month| MONTHS.get(month)).unwrap_or(&"");
    match step {
        step if step < 1.0 => format!("{of_day}{}", &fraction[..2]),
        step if step < 60.0 => of_day,
        step if step < DAY && of_day != "00:00:00" => of_day[..5].to_owned(),
        step if step < 300.0 * DAY => format!("{month} {day}"),
        _ => format!("{month} {year}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_says_what_differs_from_the_next() {
        for (seconds, step, text) in [
            (1_700_000_000.5, 0.5, "22:13:20.5"),
            (1_700_000_000.1, 0.1, "22:13:20.1"),
            (1_700_000_000.0, 5.0, "22:13:20"),
            (1_699_999_980.0, 60.0, "22:13"),
            (1_700_006_400.0, 7_200.0, "Nov 15"),
            (1_700_006_400.0, DAY, "Nov 15"),
            (1_700_006_400.0, 500.0 * DAY, "Nov 2023"),
            (4e11, 1.0, "400000000000.000000"),
        ] {
            assert_eq!(at_a_tick(seconds, step), text);
        }
    }

    #[test]
    fn a_time_is_told_with_its_date() {
        assert_eq!(to_the_second(Moment::at_seconds(1_700_000_000.75)), "2023-11-14 22:13:20");
        assert_eq!(to_the_second(Moment::at_seconds(4e11)), "400000000000.000000");
    }
}
