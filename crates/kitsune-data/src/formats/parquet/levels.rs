//! Repetition levels, which tell where the rows of lists begin.

use super::varint::varint;

/// The number of rows that begin in a page: that of its repetition levels of 0.
///
/// See "Encodings", the hybrid of run lengths and packed bits, in the specification of Parquet. Bytes that end early end the count.
pub(super) fn rows(mut bytes: &[u8], max_level: i16, values: usize) -> usize {
    let width = (i16::BITS - max_level.leading_zeros()) as usize;
    let (mut rows, mut left) = (0, values);
    while left > 0 {
        let Some(head) = varint(&mut bytes) else { break };
        let count = usize::try_from(head >> 1).unwrap_or(usize::MAX);
        if head & 1 == 0 {
            let Some((level, rest)) = bytes.split_at_checked(width.div_ceil(8)) else { break };
            let count = count.min(left);
            rows += if level.iter().all(|&byte| byte == 0) { count } else { 0 };
            (bytes, left) = (rest, left - count);
        } else {
            let (packed, rest) = bytes.split_at(count.saturating_mul(width).min(bytes.len()));
            let count = (packed.len() * 8 / width).min(left);
            let bit = |at: usize| packed[at / 8] >> (at % 8) & 1 == 1;
            rows += (0..count).filter(|value| !(value * width..(value + 1) * width).any(bit)).count();
            (bytes, left) = (rest, left - count);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_0_begin_rows() {
        // Five times 0, three times 1; then eight packed bits: 0, 1, 1, 0, 1, 1, 1, 1.
        let runs = [10, 0, 6, 1];
        let packed = [3, 0b1111_0110];
        assert_eq!(rows(&runs, 1, 8), 5);
        assert_eq!(rows(&runs, 1, 3), 3);
        assert_eq!(rows(&[&runs[..], &packed].concat(), 1, 16), 7);
        assert_eq!(rows(&[&runs[..], &packed].concat(), 1, 11), 6);
        // Levels of two bits: 0, 1, 2, 0 and again.
        assert_eq!(rows(&[3, 0b0010_0100, 0b0010_0100], 2, 8), 4);
        assert_eq!(rows(&[3, 0b0010_0100, 0b0010_0100], 2, 7), 3);
        for broken in [&[][..], &[0xff], &[10], &[0, 0], &[1]] {
            assert_eq!(rows(broken, 1, 8), 0, "{broken:?}");
        }
    }
}
