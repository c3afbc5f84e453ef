//! Numbers in a form that people read.

use crate::console::thousands;

/// The blank between a number and its unit, at which no line breaks.
const NARROW: char = '\u{a0}';

/// Whole numbers in full, others with four significant digits: `54,540`, `0.3100`, `1.234 × 10⁻⁷`.
pub(crate) fn readable(value: f64) -> String {
    shown(value, 4)
}

/// Both ends of an interval; empty without one.
pub(crate) fn interval(interval: Option<(f64, f64)>) -> String {
    interval.map_or_else(String::new, |(low, high)| format!("{} – {}", readable(low), readable(high)))
}

/// The shortest form, for the ticks of an axis: `0.2`, `1,000`, `10⁷`.
pub(crate) fn short(value: f64) -> String {
    let text = shown(value, 3);
    match text.split_once(" × ") {
        Some((mantissa, power)) if without_zeros(mantissa) == "1" => power.to_owned(),
        Some((mantissa, power)) => format!("{} × {power}", without_zeros(mantissa)),
        None => without_zeros(&text).to_owned(),
    }
}

/// A share of 0-1 in percent, with two digits that count: `1.2 %`, `0.013 %`, `87 %`.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent == 0.0 || percent.is_nan() {
        return format!("{}{NARROW}%", readable(percent));
    }
    if percent < 1e-4 {
        return format!("{}{NARROW}%", scientific(percent, 2));
    }
    // 99.97 must not be rounded to 100, which means all.
    let digits = if (99.0..100.0).contains(&percent) { 2 } else { usize::try_from(1 - exponent(percent, 2)).unwrap_or(0) };
    let text = format!("{percent:.digits$}");
    let text = without_zeros(&text);
    let text = if text == "100" && percent < 100.0 { "over 99.99" } else { text };
    format!("{text}{NARROW}%")
}

fn shown(value: f64, digits: usize) -> String {
    if value.is_nan() {
        return "–".into();
    }
    let sign = if value < 0.0 { "−" } else { "" };
    let size = value.abs();
    if size.is_infinite() {
        return format!("{sign}∞");
    }
    // Larger numbers have no digits behind the point in f64, and more digits before it than a person can use.
    let whole = size.fract() == 0.0 && size < 1e12;
    let power = exponent(size, digits);
    if whole && (digits > 3 || size < 1e7) {
        format!("{sign}{}", thousands(size as u64))
    } else if !(-4..9).contains(&power) || whole {
        format!("{sign}{}", scientific(size, digits))
    } else if power >= 3 {
        format!("{sign}{}", thousands(size.round() as u64))
    } else {
        let decimals = usize::try_from(digits as i32 - 1 - power).unwrap_or(0);
        format!("{sign}{size:.decimals$}")
    }
}

fn scientific(size: f64, digits: usize) -> String {
    let text = format!("{:.*e}", digits - 1, size);
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, ""));
    format!("{mantissa} × 10{}", superscript(power))
}

/// The text without the zeros at the end of a fraction.
fn without_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// The power of ten of a size that is rounded to `digits` digits: 9.996 with three digits is 10.0.
fn exponent(size: f64, digits: usize) -> i32 {
    let text = format!("{:.*e}", digits - 1, size);
    text.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0)
}

fn superscript(power: &str) -> String {
    let raised = |letter| match letter {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32('⁰' as u32 + (digit as u32 - '0' as u32)).unwrap_or(digit),
    };
    power.chars().map(raised).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_four_digits_that_count_and_whole_ones_all() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (3.0, "3"),
            (54_540.0, "54,540"),
            (-1_700_000_000.0, "−1,700,000,000"),
            (0.31, "0.3100"),
            (-12.345_678, "−12.35"),
            (9.999_9, "10.00"),
            (12_345.678, "12,346"),
            (0.000_1, "0.0001000"),
            (1.234e-7, "1.234 × 10⁻⁷"),
            (9.876e30, "9.876 × 10³⁰"),
            (f64::INFINITY, "∞"),
            (f64::NAN, "–"),
        ];
        for (value, text) in cases {
            assert_eq!(readable(value), text, "{value:e}");
        }
    }

    #[test]
    fn ticks_are_short() {
        let cases =
            [(0.2, "0.2"), (1000.0, "1,000"), (1e7, "10⁷"), (2e7, "2 × 10⁷"), (1e-5, "10⁻⁵"), (0.125, "0.125"), (0.0, "0"), (50.0, "50")];
        for (value, text) in cases {
            assert_eq!(short(value), text, "{value:e}");
        }
    }

    #[test]
    fn shares_are_told_in_percent_and_nearly_all_is_not_all() {
        let cases = [
            (0.0, "0 %"),
            (1.0, "100 %"),
            (0.012, "1.2 %"),
            (0.000_134, "0.013 %"),
            (0.874, "87 %"),
            (0.999_7, "99.97 %"),
            (2e-9, "2.0 × 10⁻⁷ %"),
        ];
        for (share, text) in cases {
            assert_eq!(percent(share), text.replace(" %", "\u{a0}%"), "{share}");
        }
        assert_eq!(percent(1.0 - 1e-9), "over 99.99\u{a0}%");
    }
}
