//! Short decimals, all bytes of which are looked at together.

/// The bytes that are looked at: a cell and its end.
const BYTES: usize = 16;

/// The powers of ten that as many places as fit take. All are exact.
const POWERS: [f64; BYTES] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// The number in the cell at the start of `text`, and the length of the cell, if that is up to 15 bytes long and nothing but digits with perhaps a point
/// and a minus: nearly all cells are, and are read without a loop over bytes whose length nobody can foresee. A number of so few digits is exact before it is
/// divided by an exact power of ten, so that it is the nearest to what is written.
#[inline]
pub(super) fn short_decimal(text: &[u8], delimiter: u8) -> Option<(f64, usize)> {
    let text = text.first_chunk::<BYTES>()?;
    let bytes = u128::from_le_bytes(*text);
    let ends = zeros(bytes ^ each(delimiter)) | zeros(bytes ^ each(b'\n'));
    let length = ends.trailing_zeros() as usize / 8;
    if length == 0 || length == BYTES {
        return None;
    }
    let is_negative = text[0] == b'-';
    let minus = if is_negative { b'-' ^ b'0' } else { 0 };
    // The cell moves to the end, behind zeros, and its digits become their values.
    let cell = (bytes ^ each(b'0') ^ u128::from(minus)) << (8 * (BYTES - length));
    let point = zeros(cell ^ each(b'.' ^ b'0'));
    let (digits, places) = if point == 0 {
        (cell, 0)
    } else {
        let to_point = point ^ (point - 1);
        ((cell & !to_point) | ((cell << 8) & to_point), BYTES - 1 - point.trailing_zeros() as usize / 8)
    };
    // A sum that overflows its byte comes from one that is no digit itself.
    let others = (digits.wrapping_add(each(0x80 - 10)) | digits) & each(0x80);
    if others != 0 || length == usize::from(is_negative) + usize::from(point != 0) {
        return None;
    }
    let number = eight_digits(digits as u64) * 100_000_000 + eight_digits((digits >> 64) as u64);
    // As the conversion of signed numbers is one instruction.
    let size = number.cast_signed() as f64 / POWERS[places];
    Some((if is_negative { -size } else { size }, length))
}

/// A byte in each place.
fn each(byte: u8) -> u128 {
    u128::from_le_bytes([byte; BYTES])
}

/// The high bit of each byte that is 0.
fn zeros(bytes: u128) -> u128 {
    let low = each(0x7f);
    !(((bytes & low) + low) | bytes | low)
}

/// The number of eight digits, the first of which is in the lowest byte.
fn eight_digits(digits: u64) -> u64 {
    const PAIRS: u64 = 0x0000_00ff_0000_00ff;
    // Of what overflows nothing is in the result.
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let hundreds = (pairs & PAIRS).wrapping_mul(100 + (1_000_000 << 32));
    hundreds.wrapping_add(((pairs >> 16) & PAIRS).wrapping_mul(1 + (10_000 << 32))) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_decimals_are_the_numbers_that_a_parser_finds() {
        let mut state = 1_u64;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut short = 0;
        for _ in 0..200_000 {
            let length = 1 + next(17);
            // Mostly digits, so that many are numbers.
            let cell: String =
                (0..length).map(|_| char::from(b"0123456789012345678901234567890123456789.-+e \"x\xff"[next(46) as usize])).collect();
            for end in [",", "\n", "\r\n", ";"] {
                let text = format!("{cell}{end}0123456789abcdef");
                let Some((number, length)) = short_decimal(text.as_bytes(), b',') else { continue };
                let expected: f64 = text[..length].parse().unwrap();
                assert_eq!(number.to_bits(), expected.to_bits(), "{text}");
                assert!(text[length..].starts_with([',', '\n']), "{text}");
                short += 1;
            }
        }
        assert!(short > 10_000, "{short}");
    }

    #[test]
    fn what_is_no_short_decimal_is_left_to_a_parser() {
        for cell in
            ["", "-", ".", "-.", "1e5", "+1", " 1", "1 ", "--1", "1.2.3", "1-", "0123456789012345", "\"1\"", "nan", "1\r", "1\0", "\u{ff}"]
        {
            assert_eq!(short_decimal(format!("{cell},0123456789abcdef").as_bytes(), b','), None, "{cell:?}");
        }
        for (cell, expected) in
            [("0", 0.0), ("-0", -0.0_f64), ("5.", 5.0), (".5", 0.5), ("-.25", -0.25), ("012345678901234", 12_345_678_901_234.0)]
        {
            let (number, length) = short_decimal(format!("{cell}\t0123456789abcdef").as_bytes(), b'\t').unwrap();
            assert_eq!((number.to_bits(), length), (expected.to_bits(), cell.len()), "{cell}");
        }
        // A text that ends too soon is read byte by byte.
        assert_eq!(short_decimal(b"1,2,3,4\n", b','), None);
    }
}
