//! Notations that people read as numbers, and that are not read as numbers here.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// How a text is written that people read as a number, a date or a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Notation {
    /// A decimal comma: `1,5`.
    DecimalComma,
    /// A decimal point where decimals have a comma: `1.5`.
    DecimalPoint,
    /// A comma before three digits, which may be a decimal comma or stand after the thousands: `1,234`.
    DecimalOrThousands,
    /// Separators of thousands: `1,234,567`, `1.234,5`, `1 234` or `1'234`.
    Thousands,
    /// A percent sign: `45 %`.
    Percent,
    /// A number with a unit or a currency: `12 kB`, `$5`.
    Unit,
    /// A date: `2026-01-31`, `31.01.2026`, perhaps with a time.
    Date,
    /// A time of the day, or a duration: `12:30`.
    Time,
}

/// The characters that separate thousands.
const SEPARATORS: [char; 8] = [' ', '\'', '’', '_', '\u{a0}', '\u{202f}', ',', '.'];
/// The longest unit or name of a month.
const LONGEST_WORD: usize = 9;

impl Notation {
    /// The notation of a text that is no number.
    pub(crate) fn of(text: &str, decimal_comma: bool) -> Option<Self> {
        let text = text.trim();
        if text.parse::<IpAddr>().is_ok() {
            return None;
        }
        if is_date(text) {
            return Some(Self::Date);
        }
        if is_time(text) {
            return Some(Self::Time);
        }
        let number = text.trim_start_matches(['+', '-', '−']);
        if let Some(number) = number.strip_suffix(['%', '‰']) {
            return is_numeric(number.trim_end()).then_some(Self::Percent);
        }
        if has_decimal(number, ',') {
            // No number of thousands begins with a zero, or with more than three digits.
            let is_unclear = without_separators(number).is_some() && !number.starts_with('0');
            return Some(if is_unclear { Self::DecimalOrThousands } else { Self::DecimalComma });
        }
        if decimal_comma && has_decimal(number, '.') {
            return Some(Self::DecimalPoint);
        }
        if without_separators(number).is_some() {
            return Some(Self::Thousands);
        }
        let before = number.trim_start_matches(|letter: char| !letter.is_ascii()).trim_start_matches('$').trim_start();
        let after = before.trim_end_matches(|letter: char| !letter.is_ascii_digit());
        let unit = before[after.len()..].trim();
        let has_unit = before.len() < number.len() || !unit.is_empty();
        (has_unit && unit.chars().count() <= LONGEST_WORD && is_unit(unit) && is_numeric(after)).then_some(Self::Unit)
    }

    /// Whether the text is a number to people, which can be written as one.
    pub(crate) fn is_number(self) -> bool {
        !matches!(self, Self::Date | Self::Time)
    }

    /// What is said of a text, which is quoted already, in this notation.
    pub(crate) fn said(self, quoted: &str, text: &str) -> String {
        match self {
            Self::DecimalComma => format!("{quoted} has a decimal comma: say that decimals have commas, or write a point"),
            Self::DecimalPoint => format!("{quoted} has a decimal point, but decimals were said to have a comma: write them in one way"),
            Self::DecimalOrThousands => {
                format!("{quoted} has a comma: say that decimals have commas, or write it as {} if it is one of thousands", plain(text))
            }
            Self::Thousands => format!("{quoted} has separators of thousands: write it as {}", plain(text)),
            Self::Percent => format!("{quoted} has a percent sign: write the number alone, in all rows"),
            Self::Unit => format!("{quoted} seems to have a unit: write the number alone, in one unit in all rows"),
            Self::Date => format!("{quoted} is a date, which is no feature: leave the column out"),
            Self::Time => format!("{quoted} is a time, which is no feature: leave the column out, or write it in seconds"),
        }
    }
}

/// A number without the separators of its thousands.
fn plain(text: &str) -> String {
    without_separators(text.trim().trim_start_matches(['+', '-', '−'])).map_or_else(String::new, |number| {
        let sign = if text.trim().starts_with(['-', '−']) { "-" } else { "" };
        format!("{sign}{number}")
    })
}

/// The number whose digits before the decimals are separated in threes: `1,234.5` is `1234.5`.
fn without_separators(number: &str) -> Option<String> {
    let separator = *SEPARATORS.iter().find(|&&separator| number.contains(separator))?;
    let separator = if separator == ',' && number.find('.').is_some_and(|point| Some(point) < number.find(',')) { '.' } else { separator };
    let (whole, decimals) = match number.rsplit_once(['.', ',']) {
        Some((whole, decimals)) if !number[whole.len()..].starts_with(separator) => (whole, Some(decimals)),
        _ => (number, None),
    };
    let mut groups = whole.split(separator);
    let first = groups.next().filter(|first| is_integer(first) && first.len() <= 3)?;
    let groups: Vec<_> = groups.collect();
    let are_threes = !groups.is_empty() && groups.iter().all(|group| group.len() == 3 && is_integer(group));
    let decimals = decimals.filter(|decimals| is_integer(decimals));
    let is_whole = whole.len() == number.len();
    (are_threes && (is_whole || decimals.is_some())).then(|| format!("{first}{}{}", groups.concat(), &number[whole.len()..]))
}

/// Whether a text without a sign is a number with this character between whole and decimals.
fn has_decimal(number: &str, point: char) -> bool {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let is_exponent = is_integer(exponent.strip_prefix(['+', '-']).unwrap_or(exponent));
    let parts = mantissa.split_once(point);
    is_exponent && parts.is_some_and(|(whole, decimals)| is_integer(&format!("{whole}{decimals}")) && !decimals.contains(point))
}

/// Whether a text without a sign is a number in any notation with digits.
fn is_numeric(text: &str) -> bool {
    is_integer(text) || has_decimal(text, '.') || has_decimal(text, ',') || without_separators(text).is_some()
}

fn is_integer(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `kB`, `°C`, `km/h`, `m^2`, and nothing at all after a currency.
fn is_unit(text: &str) -> bool {
    text.chars().all(|letter| letter.is_alphabetic() || "°µ/^²³$€£\"'".contains(letter))
}

/// `2026-01-31`, `31.1.2026`, `1/31/26`, `31-Jan-2026`, `Jan 31 2026`, and these with a time.
fn is_date(text: &str) -> bool {
    let date = match text.split_once(['T', ' ']) {
        Some((date, time)) if is_time(time) => date,
        _ => text,
    };
    // Where numbers stand between blanks, a month has a name.
    let separators: &[char] = if date.contains(char::is_alphabetic) { &['-', '/', '.', ' ', ','] } else { &['-', '/', '.'] };
    let parts: Vec<_> = date.split(separators).filter(|part| !part.is_empty()).collect();
    let [first, second, third] = parts[..] else { return false };
    let is_day = |part: &str| is_integer(part) && part.len() <= 2;
    let is_year = |part: &str| is_integer(part) && (part.len() == 4 || part.len() == 2);
    let is_month = |part: &str| part.chars().all(char::is_alphabetic) && (3..=LONGEST_WORD).contains(&part.len());
    let is_long_year = |part: &str| is_integer(part) && part.len() == 4;
    is_long_year(first) && (is_day(second) || is_month(second)) && is_day(third)
        || is_day(first) && (is_day(second) && is_year(third) || is_month(second) && is_year(third))
        || is_month(first) && is_day(second) && is_year(third)
}

/// `12:30`, `12:30:05.123`, with an offset (`Z`, `+01:00`) or half of the day (`PM`).
fn is_time(text: &str) -> bool {
    let text = text.trim();
    let text = text.strip_suffix("AM").or_else(|| text.strip_suffix("PM")).unwrap_or(text).trim_end();
    let text = text.strip_suffix('Z').or_else(|| text.strip_suffix(" UTC")).unwrap_or(text);
    let text = text.split_once(['+', '-']).map_or(text, |(time, _)| time.trim_end());
    let parts: Vec<_> = text.split(':').collect();
    let Some((last, others)) = parts.split_last().filter(|(_, others)| (1..=2).contains(&others.len())) else { return false };
    let seconds = last.split_once(['.', ',']).map_or(*last, |(seconds, _)| seconds);
    others.iter().all(|part| is_integer(part) && part.len() <= 3) && is_integer(seconds) && seconds.len() == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notation_is_seen_in_one_text() {
        use Notation as N;
        for (text, expected) in [
            ("1,5", Some(N::DecimalComma)),
            ("-0,25", Some(N::DecimalComma)),
            ("1,5e-3", Some(N::DecimalComma)),
            ("1234,5", Some(N::DecimalComma)),
            ("1,234", Some(N::DecimalOrThousands)),
            ("1,234.5", Some(N::Thousands)),
            ("1,234,567", Some(N::Thousands)),
            ("1.234,5", Some(N::Thousands)),
            ("1.234.567", Some(N::Thousands)),
            ("1 234", Some(N::Thousands)),
            ("1\u{202f}234,5", Some(N::Thousands)),
            ("1'234.5", Some(N::Thousands)),
            ("1_000", Some(N::Thousands)),
            ("45%", Some(N::Percent)),
            ("-4.5 %", Some(N::Percent)),
            ("12 kB", Some(N::Unit)),
            ("3.5ms", Some(N::Unit)),
            ("20 °C", Some(N::Unit)),
            ("$5", Some(N::Unit)),
            ("€ 1,234.50", Some(N::Unit)),
            ("5 €", Some(N::Unit)),
            ("2026-01-31", Some(N::Date)),
            ("2026-01-31T12:30:05.123Z", Some(N::Date)),
            ("2026-01-31 12:30:05+01:00", Some(N::Date)),
            ("31.01.2026", Some(N::Date)),
            ("1/31/26", Some(N::Date)),
            ("03/07/2017 08:55:58 AM", Some(N::Date)),
            ("31-Jan-2026", Some(N::Date)),
            ("Jan 31, 2026", Some(N::Date)),
            ("12:30", Some(N::Time)),
            ("12:30:05.5", Some(N::Time)),
            ("00:00:01 PM", Some(N::Time)),
            ("Graz", None),
            ("192.168.1.1", None),
            ("192.168.100.103", None),
            ("0,123", Some(N::DecimalComma)),
            ("1 2 34", None),
            ("1,2,34", None),
            ("1.2.3", None),
            ("12.34.56.78", None),
            ("00:1a:2b:3c", None),
            ("x12", None),
            ("12,34", Some(N::DecimalComma)),
            ("1,2,3", None),
            ("1-2", None),
            ("", None),
            ("%", None),
            ("$", None),
            ("kB", None),
            ("a1b2c3", None),
        ] {
            assert_eq!(Notation::of(text, false), expected, "{text:?}");
        }
        assert_eq!(Notation::of("1.5", true), Some(N::DecimalPoint));
        assert_eq!(Notation::of("1.234", true), Some(N::DecimalPoint));
    }

    #[test]
    fn thousands_are_written_without_their_separators() {
        for (text, expected) in
            [("1,234.5", "1234.5"), ("-1.234.567", "-1234567"), ("1.234,5", "1234,5"), ("1 234", "1234"), ("1,234", "1234")]
        {
            assert_eq!(plain(text), expected);
        }
    }
}
