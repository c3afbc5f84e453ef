//! When a packet was seen, as alerts tell it.

use std::fmt;

use kitsune_data::packets::Timestamp;
use serde::{Deserialize, Serialize};

/// A moment of the capture. It is saved as seconds since 1970, and shown as RFC 3339 has it: `2023-11-14T22:13:20.500001Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Moment(pub(super) Timestamp);

const DAY: i64 = 86_400;

impl Moment {
    /// The moment so many seconds after the beginning of 1970, to the microsecond.
    pub(crate) fn at_seconds(seconds: f64) -> Self {
        let microseconds = (1e6 * seconds).round() as i64;
        Self(Timestamp::new(microseconds.div_euclid(1_000_000), microseconds.rem_euclid(1_000_000) as u64 * 1_000_000))
    }

    /// Seconds since the beginning of 1970. A number of today has steps of 0.24 microseconds.
    pub(crate) fn seconds(self) -> f64 {
        self.0.as_seconds()
    }

    /// Seconds between two moments, whichever is earlier.
    pub(crate) fn seconds_from(self, other: Self) -> f64 {
        self.0.seconds_since(other.0).abs()
    }

    /// Year, month and day in UTC; `None` outside the years 0 to 9999.
    pub(crate) fn date(self) -> Option<(i64, i64, i64)> {
        date(self.0.seconds().div_euclid(DAY))
    }

    /// The time of the day in UTC, to the second: `22:13:20`.
    pub(crate) fn time_of_day(self) -> String {
        let of_day = self.0.seconds().rem_euclid(DAY);
        format!("{:02}:{:02}:{:02}", of_day / 3_600, of_day / 60 % 60, of_day % 60)
    }

    /// What is beyond the whole seconds, with its point: `.500001`. It has six digits, or more where there is more.
    pub(crate) fn fraction(self) -> String {
        Timestamp::new(0, self.0.picoseconds()).to_string().trim_start_matches('0').to_owned()
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((year, month, day)) = self.date() else { return self.0.fmt(f) };
        write!(f, "{year:04}-{month:02}-{day:02}T{}{}Z", self.time_of_day(), self.fraction())
    }
}

/// The date that is so many days after 1970-01-01; `None` outside the years 0 to 9999, which RFC 3339 has.
fn date(days: i64) -> Option<(i64, i64, i64)> {
    /// Days of 400, 100, 4 years and of one, from a 1 March on, so that leap days come last.
    const YEARS: [(i64, i64); 4] = [(400, 146_097), (100, 36_524), (4, 1_461), (1, 365)];
    /// Days from 0000-03-01 to 1970-01-01.
    const BEFORE: i64 = 719_468;
    let mut left = days.checked_add(BEFORE)?;
    let mut year = left.div_euclid(146_097) * 400;
    left = left.rem_euclid(146_097);
    for (years, of_years) in &YEARS[1..] {
        // The leap day at the end of four centuries, and of four years, belongs to the last of them.
        let most = if *years == 4 { 24 } else { 3 };
        let whole = (left / of_years).min(most);
        year += whole * years;
        left -= whole * of_years;
    }
    // From March on, months have 31, 30, 31, 30, 31 days, over and over.
    let month = (5 * left + 2) / 153;
    let day = left - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
    (0..=9_999).contains(&year).then_some((year, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_shown_as_rfc_3339_has_it() {
        for (seconds, shown) in [
            ("0", "1970-01-01T00:00:00.000000Z"),
            ("1700000000.500001", "2023-11-14T22:13:20.500001Z"),
            ("951782400", "2000-02-29T00:00:00.000000Z"),
            ("1709164800.123456789", "2024-02-29T00:00:00.123456789Z"),
            ("1735689599.999999999999", "2024-12-31T23:59:59.999999999999Z"),
            ("4107542400", "2100-03-01T00:00:00.000000Z"),
            ("4107542399", "2100-02-28T23:59:59.000000Z"),
            ("-0.25", "1969-12-31T23:59:59.750000Z"),
            ("-62167219200", "0000-01-01T00:00:00.000000Z"),
            ("253402300799", "9999-12-31T23:59:59.000000Z"),
            ("253402300800", "253402300800.000000"),
            ("9223372036854775807", "9223372036854775807.000000"),
            ("-9223372036854775808", "-9223372036854775808.000000"),
        ] {
            assert_eq!(Moment(seconds.parse().unwrap()).to_string(), shown);
        }
    }

    #[test]
    fn a_number_of_seconds_is_a_moment_to_the_microsecond() {
        for (seconds, shown) in [
            (1_700_000_000.1, "2023-11-14T22:13:20.100000Z"),
            (1_700_000_000.999_999_9, "2023-11-14T22:13:21.000000Z"),
            (-0.25, "1969-12-31T23:59:59.750000Z"),
        ] {
            let moment = Moment::at_seconds(seconds);
            assert_eq!(moment.to_string(), shown);
            assert!((moment.seconds() - seconds).abs() < 1e-6, "{}", moment.seconds());
        }
    }
}
