//! Floats as decimals.

use std::fmt::Debug;
use std::io::Write;
use std::ops::Range;

use serde::Serialize;

/// Sizes at which `serde_json` and `Debug` both write decimals without an exponent, and at which a float has places after the point.
const PLAIN: Range<f64> = 1e-4..1e6;

/// The most places that the shortest decimal of such a float has.
const MOST_PLACES: i32 = 21;

/// Appends a finite float as `Debug` writes it, which unlike `Display` writes a decimal point or an exponent, by which readers know a float: the shortest
/// decimal that no other float is nearer to. `serde_json` finds it four times as fast, but where two of them are equally near, it may choose the other.
pub(super) fn put_float(value: impl Into<f64> + Copy + Debug + Serialize, out: &mut Vec<u8>) {
    let (start, exact) = (out.len(), value.into());
    if PLAIN.contains(&exact.abs()) {
        // Writing to memory cannot fail.
        serde_json::to_writer(&mut *out, &value).ok();
        let places = places(exact);
        if places > MOST_PLACES + 1 || out[start..].iter().rev().position(|&byte| byte == b'.') != usize::try_from(places - 1).ok() {
            return;
        }
        // All of it needs one place more, which is a 5.
        out.truncate(start);
    }
    write!(out, "{value:?}").ok();
}

/// The places after the point of a whole number times a power of two, all of them: one for each of its bits there. Of a multiple of two it is less than 1.
fn places(value: f64) -> i32 {
    const MANTISSA: u32 = f64::MANTISSA_DIGITS - 1;
    let bits = value.to_bits();
    let mantissa = bits & ((1 << MANTISSA) - 1) | 1 << MANTISSA;
    let exponent = (bits >> MANTISSA) as i32 & 0x7ff;
    0x3ff + MANTISSA as i32 - exponent - mantissa.trailing_zeros() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: impl Into<f64> + Copy + Debug + Serialize) -> String {
        let mut out = b"x ".to_vec();
        put_float(value, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn floats_are_written_as_debug_writes_them() {
        for bits in (0..f32::INFINITY.to_bits()).step_by(9_973) {
            for value in [f32::from_bits(bits), -f32::from_bits(bits)] {
                assert_eq!(written(value), format!("x {value:?}"));
                assert_eq!(written(f64::from(value)), format!("x {:?}", f64::from(value)));
            }
        }
        for rank in 1..40_000 {
            let share = f64::from(rank) / 16_385.0;
            assert_eq!(written(share), format!("x {share:?}"));
            // Many of these are halfway between two decimals of eight digits.
            let ties = f64::from(rank) / 4_096.0;
            assert_eq!(written(ties as f32), format!("x {:?}", ties as f32));
            assert_eq!(written(ties), format!("x {ties:?}"));
        }
        assert_eq!(written(10.0_f32 / 4_096.0), "x 0.0024414063");
    }
}
