//! When a packet was seen, as alerts tell it.

use std::fmt;
use std::str::FromStr;

use kitsune_data::packets::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment. It is saved as seconds since 1970, and shown as RFC 3339 has it: `2023-11-14T22:13:20.500001Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(Timestamp);

const PICOSECONDS: u64 = 1_000_000_000_000;
const DAY: i64 = 86_400;

impl Moment {
    /// Seconds between two moments, whichever is earlier.
    pub(super) fn seconds_from(self, other: Self) -> f64 {
        self.0.seconds_since(other.0).abs()
    }
}

impl FromStr for Moment {
    type Err = String;

    /// Takes seconds since 1970 as a decimal number.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no time in seconds since 1970");
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() || !(whole.bytes().chain(fraction.bytes())).all(|digit| digit.is_ascii_digit()) {
            return Err(wrong());
        }
        let whole: i64 = whole.parse().map_err(|_| wrong())?;
        let fraction = fraction.bytes().chain(std::iter::repeat(b'0')).take(12).fold(0, |sum, digit| 10 * sum + u64::from(digit - b'0'));
        Ok(Self(match (sign, fraction) {
            (1, _) => Timestamp::new(whole, fraction),
            (_, 0) => Timestamp::new(-whole, 0),
            _ => Timestamp::new(-whole - 1, PICOSECONDS - fraction),
        }))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.seconds();
        let (days, of_day) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        let Some((year, month, day)) = date(days) else { return self.0.fmt(f) };
        let fraction = Timestamp::new(0, self.0.picoseconds()).to_string();
        let fraction = fraction.trim_start_matches('0');
        write!(f, "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}{fraction}Z", of_day / 3_600, of_day / 60 % 60, of_day % 60)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
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
        ] {
            assert_eq!(seconds.parse::<Moment>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn a_moment_is_saved_to_its_last_digit() {
        for text in ["1700000000.123456789012", "-1.500000", "0.000000"] {
            let moment: Moment = text.parse().unwrap();
            let saved = serde_json::to_string(&moment).unwrap();
            assert_eq!(saved, format!("{text:?}"));
            assert_eq!(serde_json::from_str::<Moment>(&saved).unwrap(), moment);
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", ".5", "x", "1e9", "1.2.3", "--1", "2026-01-01", "99999999999999999999"] {
            assert!(text.parse::<Moment>().unwrap_err().contains("no time"), "{text}");
        }
    }
}
