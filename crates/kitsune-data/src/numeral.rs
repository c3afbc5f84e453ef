//! The numbers that texts are: decimal, hexadecimal, and not finite in the spellings of all languages.

/// The number that a text is, from its first byte to its last, without blanks around it: `-1.5e3`, `0x1f`, `inf`, `nan`, `1.#INF`.
///
/// With `decimal_comma` it is `-1,5e3`, and a point is no part of a number.
pub(crate) fn number(text: &[u8], decimal_comma: bool) -> Option<f64> {
    let decimal = if decimal_comma { with_comma(text) } else { fast_float2::parse(text).ok() };
    decimal.or_else(|| hexadecimal(text)).or_else(|| infinity(text))
}

/// A number that has a comma where others have a point.
fn with_comma(text: &[u8]) -> Option<f64> {
    // No number of this length needs more digits.
    const LONGEST: usize = 400;
    if text.contains(&b'.') || text.len() > LONGEST {
        return None;
    }
    let mut copy = [0; LONGEST];
    let copy = &mut copy[..text.len()];
    copy.copy_from_slice(text);
    if let Some(comma) = memchr::memchr(b',', copy) {
        copy[comma] = b'.';
    }
    fast_float2::parse(copy).ok()
}

/// A number as programmers write it: `0x1F`, with a sign or without.
fn hexadecimal(text: &[u8]) -> Option<f64> {
    let (negative, unsigned) = signed(text);
    let digits = unsigned.strip_prefix(b"0x").or_else(|| unsigned.strip_prefix(b"0X"))?;
    // `from_str_radix` would take a sign here.
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let magnitude = u128::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()? as f64;
    Some(if negative { -magnitude } else { magnitude })
}

/// An infinity in a spelling that [`fast_float2`] does not know: that of Microsoft's C library, and the sign of mathematics.
fn infinity(text: &[u8]) -> Option<f64> {
    let (negative, unsigned) = signed(text);
    let is_infinity = unsigned == "∞".as_bytes()
        || after_ignoring_case(unsigned, b"1.#inf").or_else(|| after_ignoring_case(unsigned, b"1,#inf")).is_some_and(are_zeros);
    is_infinity.then_some(if negative { f64::NEG_INFINITY } else { f64::INFINITY })
}

/// Whether a text stands for a number, without a sign, and the rest of it.
pub(crate) fn signed(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

/// What follows a beginning, whose case does not matter.
pub(crate) fn after_ignoring_case<'a>(text: &'a [u8], beginning: &[u8]) -> Option<&'a [u8]> {
    let (head, rest) = text.split_at_checked(beginning.len())?;
    head.eq_ignore_ascii_case(beginning).then_some(rest)
}

/// Whether there is nothing but zeros: `printf` fills `1.#INF` with them up to its precision.
pub(crate) fn are_zeros(text: &[u8]) -> bool {
    text.iter().all(|&byte| byte == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_many_spellings() {
        for (text, expected) in [
            ("-1.5e3", Some(-1500.0)),
            ("0x1f", Some(31.0)),
            ("0X1F", Some(31.0)),
            ("-0xFf", Some(-255.0)),
            ("+0x0", Some(0.0)),
            ("0xffffffffffffffff", Some(18_446_744_073_709_551_615.0)),
            ("0x20000000000001", Some(9_007_199_254_740_993_u64 as f64)),
            ("0x", None),
            ("0x+1", None),
            ("0x-1", None),
            ("0x1g", None),
            ("0x1.8p3", None),
            ("x1f", None),
            ("1f", None),
            ("0x123456789012345678901234567890123", None),
            ("inf", Some(f64::INFINITY)),
            ("-Infinity", Some(f64::NEG_INFINITY)),
            ("1.#INF", Some(f64::INFINITY)),
            ("-1.#INF00", Some(f64::NEG_INFINITY)),
            ("1,#inf", Some(f64::INFINITY)),
            ("∞", Some(f64::INFINITY)),
            ("-∞", Some(f64::NEG_INFINITY)),
            ("1.#INF5", None),
            ("1.#IND", None),
            ("1,5", None),
            ("", None),
            (" 1", None),
        ] {
            assert_eq!(number(text.as_bytes(), false), expected, "{text:?}");
        }
        assert!(number(b"nan", false).is_some_and(f64::is_nan));
    }

    #[test]
    fn a_decimal_may_have_a_comma_instead_of_a_point() {
        for (text, expected) in [
            ("1,5", Some(1.5)),
            ("-0,25e-3", Some(-0.000_25)),
            (",5", Some(0.5)),
            ("5,", Some(5.0)),
            ("12", Some(12.0)),
            ("1e3", Some(1000.0)),
            ("0x1f", Some(31.0)),
            ("1,#INF", Some(f64::INFINITY)),
            ("1.5", None),
            ("1.234,5", None),
            ("1,234,5", None),
            (",", None),
            ("", None),
        ] {
            assert_eq!(number(text.as_bytes(), true), expected, "{text:?}");
        }
        assert_eq!(number(&b"1".repeat(401), true), None, "no such number is written");
    }
}
