//! The check that all values are finite. Every batch passes it, so it runs at the speed of memory.

use pulp::{Arch, Simd, WithSimd};

use crate::rows::number::Number;

/// Values that are checked together: several vector registers.
const LANES: usize = 64;

/// Values between two tests for a bad value.
const PART: usize = 64 * LANES;

/// The index of the first value that is NaN or infinite.
pub(crate) fn first_not_finite<T: Number>(values: &[T]) -> Option<usize> {
    if values.len() < LANES {
        return values.iter().position(|&value| !value.into().is_finite());
    }
    let arch = Arch::new();
    let (part, start) = values.chunks(PART).zip((0..).step_by(PART)).find(|(part, _)| !arch.dispatch(AllFinite(part)))?;
    part.iter().position(|&value| !value.into().is_finite()).map(|at| start + at)
}

struct AllFinite<'a, T>(&'a [T]);

impl<T: Number> WithSimd for AllFinite<'_, T> {
    type Output = bool;

    /// A finite value times 0 is 0. Any other is NaN, which stays in the sum. This needs no branch and no order among the lanes.
    #[expect(clippy::inline_always, reason = "what is not inlined is not compiled for the vector registers at hand")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> bool {
        let (chunks, rest) = self.0.as_chunks::<LANES>();
        let mut sums = [T::default(); LANES];
        for chunk in chunks {
            for lane in 0..LANES {
                sums[lane] = sums[lane] + chunk[lane] * T::default();
            }
        }
        for lane in 0..rest.len() {
            sums[lane] = sums[lane] + rest[lane] * T::default();
        }
        let mut all = true;
        for sum in sums {
            all &= sum == T::default();
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bad_value_is_found_wherever_it_stands() {
        for length in [0, 1, 63, 64, 65, PART - 1, PART, 2 * PART + 77] {
            let values: Vec<f64> = (0..length).map(|at| if at % 2 == 0 { f64::MAX } else { -5e-324 }).collect();
            assert_eq!(first_not_finite(&values), None, "{length}");
            for at in [0, length / 2, length.saturating_sub(1)].into_iter().filter(|&at| at < length) {
                for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                    let mut spoilt = values.clone();
                    spoilt[at..].fill(bad);
                    assert_eq!(first_not_finite(&spoilt), Some(at));
                    let spoilt: Vec<f32> = spoilt.iter().map(|&value| if value.is_finite() { f32::MIN } else { value as f32 }).collect();
                    assert_eq!(first_not_finite(&spoilt), Some(at));
                }
            }
        }
    }
}
