//! When a packet was seen.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A moment: whole seconds since 1970-01-01 00:00 UTC, and picoseconds. It lasts beyond every time that a capture can hold.
///
/// As text it is a decimal number of seconds, `1700000000.500001`, and so it is with serde.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    seconds: i64,
    /// Below 10^12.
    picoseconds: u64,
}

const PICOSECONDS: u64 = 1_000_000_000_000;

/// A text is no moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no time in seconds since 1970, such as 1700000000.25")]
#[non_exhaustive]
pub struct NoTimestamp;

impl Timestamp {
    /// A moment from seconds and picoseconds. Picoseconds of a second or more carry into the seconds.
    pub fn new(seconds: i64, picoseconds: u64) -> Self {
        let carried = (picoseconds / PICOSECONDS) as i64;
        Self { seconds: seconds.saturating_add(carried), picoseconds: picoseconds % PICOSECONDS }
    }

    /// Whole seconds since 1970-01-01 00:00 UTC, rounded down.
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// What is beyond the whole seconds, in picoseconds.
    pub fn picoseconds(self) -> u64 {
        self.picoseconds
    }

    /// Seconds since 1970-01-01 00:00 UTC. A number of today has steps of 0.24 microseconds.
    pub fn as_seconds(self) -> f64 {
        self.seconds as f64 + self.picoseconds as f64 / PICOSECONDS as f64
    }

    /// Nanoseconds since 1970-01-01 00:00 UTC, rounded down; `None` outside the years 1677 to 2262.
    pub fn as_nanoseconds(self) -> Option<i64> {
        let nanoseconds = i128::from(self.seconds) * 1_000_000_000 + i128::from(self.picoseconds / 1_000);
        nanoseconds.try_into().ok()
    }

    /// The seconds from `earlier` to this moment; negative if it is later.
    pub fn seconds_since(self, earlier: Self) -> f64 {
        let seconds = i128::from(self.seconds) - i128::from(earlier.seconds);
        let picoseconds = self.picoseconds as i64 - earlier.picoseconds as i64;
        seconds as f64 + picoseconds as f64 / PICOSECONDS as f64
    }
}

impl fmt::Display for Timestamp {
    /// Seconds since 1970-01-01 00:00 UTC as a decimal number: `1700000000.500001`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut seconds, mut fraction) = (i128::from(self.seconds), self.picoseconds);
        if seconds < 0 {
            formatter.write_str("-")?;
            seconds = -seconds;
            if fraction > 0 {
                seconds -= 1;
                fraction = PICOSECONDS - fraction;
            }
        }
        // Microseconds are what most captures have; more digits only where there is more.
        let mut digits = 12;
        while digits > 6 && fraction.is_multiple_of(10) {
            fraction /= 10;
            digits -= 1;
        }
        write!(formatter, "{seconds}.{fraction:0digits$}")
    }
}

impl FromStr for Timestamp {
    type Err = NoTimestamp;

    /// Takes seconds since 1970-01-01 00:00 UTC as a decimal number. Digits beyond picoseconds are left out.
    fn from_str(text: &str) -> Result<Self, NoTimestamp> {
        let (is_before, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|digit| digit.is_ascii_digit()) {
            return Err(NoTimestamp);
        }
        let whole: u64 = whole.parse().map_err(|_| NoTimestamp)?;
        let fraction = fraction.bytes().chain(std::iter::repeat(b'0')).take(12).fold(0, |sum, digit| 10 * sum + i128::from(digit - b'0'));
        let size = i128::from(whole) * i128::from(PICOSECONDS) + fraction;
        let picoseconds = if is_before { -size } else { size };
        let seconds = picoseconds.div_euclid(PICOSECONDS.into()).try_into().map_err(|_| NoTimestamp)?;
        Ok(Self { seconds, picoseconds: picoseconds.rem_euclid(PICOSECONDS.into()) as u64 })
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picoseconds_carry_and_differences_are_exact() {
        let time = Timestamp::new(1, 2_500_000_000_000);
        assert_eq!((time.seconds(), time.picoseconds()), (3, 500_000_000_000));
        assert_eq!(time.seconds_since(Timestamp::new(3, 0)), 0.5);
        assert_eq!(Timestamp::new(1_700_000_000, 1).seconds_since(Timestamp::new(1_700_000_000, 0)), 1e-12);
        assert_eq!(Timestamp::new(2, 0).seconds_since(time), -1.5);
    }

    #[test]
    fn moments_are_printed_as_decimal_seconds() {
        for (seconds, picoseconds, printed) in [
            (1_700_000_000, 500_001_000_000, "1700000000.500001"),
            (1_700_000_000, 0, "1700000000.000000"),
            (0, 1, "0.000000000001"),
            (5_000_000_000, 123_456_789_000, "5000000000.123456789"),
            (-1, 750_000_000_000, "-0.250000"),
            (-2, 0, "-2.000000"),
        ] {
            assert_eq!(Timestamp::new(seconds, picoseconds).to_string(), printed);
        }
    }

    #[test]
    fn every_moment_can_be_read_back() {
        for seconds in [i64::MIN, i64::MIN + 1, -1_000, -1, 0, 1, 1_700_000_000, i64::MAX] {
            for picoseconds in [0, 1, 500_000_000_000, PICOSECONDS - 1] {
                let time = Timestamp::new(seconds, picoseconds);
                assert_eq!(time.to_string().parse(), Ok(time));
                assert_eq!(serde_json::from_str::<Timestamp>(&serde_json::to_string(&time).unwrap()).unwrap(), time);
            }
        }
        for (text, seconds, picoseconds) in
            [("7", 7, 0), ("7.", 7, 0), ("-0.25", -1, 750_000_000_000), ("1.0000000000019", 1, 1), ("-0", 0, 0)]
        {
            assert_eq!(text.parse(), Ok(Timestamp::new(seconds, picoseconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        let texts = ["", "-", ".5", "x", "1e9", "1.2.3", "--1", "+1", "1. 5", "2026-01-01"];
        let beyond = ["99999999999999999999", "9223372036854775808", "-9223372036854775808.000000000001"];
        for text in texts.into_iter().chain(beyond) {
            assert_eq!(text.parse::<Timestamp>(), Err(NoTimestamp), "{text}");
        }
    }

    #[test]
    fn nanoseconds_are_what_64_bits_hold() {
        assert_eq!(Timestamp::new(1, 2_999).as_nanoseconds(), Some(1_000_000_002));
        assert_eq!(Timestamp::new(i64::MAX, 0).as_nanoseconds(), None);
    }
}
