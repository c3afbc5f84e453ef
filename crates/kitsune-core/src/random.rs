//! Counter-based randomness: a draw is a hash of its purpose and its address, so it depends on no order, no thread and no backend.
//!
//! Burn's own seed is one lock for the whole process, and its dropout differs by backend. With these draws a seed gives one model.

/// The purpose of a draw. Draws for different purposes are independent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    TailWeights = 1,
    HeadWeights = 2,
    TailDropout = 3,
    HeadDropout = 4,
    Sample = 5,
    RowOrder = 6,
    Bootstrap = 7,
    BodyWeights = 9,
    Prototypes = 10,
    HoldOut = 11,
    Axes = 12,
}

/// The draws for one purpose in one step, addressed by row and feature.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draws {
    key: u64,
}

impl Draws {
    pub(crate) fn new(seed: u64, purpose: Purpose, step: u64) -> Self {
        Self { key: mix64(mix64(mix64(seed).wrapping_add(purpose as u64)).wrapping_add(step)) }
    }

    /// 64 bits for a row.
    pub(crate) fn row_bits(self, row: u64) -> u64 {
        mix64(self.key ^ mix64(row))
    }

    /// The draws of one row, addressed by feature.
    pub(crate) fn row(self, row: u64) -> RowDraws {
        let bits = self.row_bits(row);
        RowDraws { low: bits as u32, high: (bits >> 32) as u32 }
    }
}

/// The draws of one row. They use 32-bit arithmetic only, so that they fit SIMD lanes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowDraws {
    low: u32,
    high: u32,
}

impl RowDraws {
    /// 32 bits for a word of this row.
    fn bits(self, word: u32) -> u32 {
        word_bits(self.low, self.high, word)
    }

    /// The two words that [`word_bits`] makes the draws from, for code that draws several rows at once.
    pub(crate) fn words(self) -> [u32; 2] {
        [self.low, self.high]
    }

    /// Uniform in [0, 1), 24 bits.
    pub(crate) fn uniform(self, feature: usize) -> f32 {
        (self.bits(feature as u32) >> 8) as f32 / 16_777_216.0
    }

    /// Writes `scale` for features that are kept and 0 for those that are dropped. A word serves two features, 16 bits each. This halves
    /// the work, and the rate is exact to 1/65,536.
    pub(crate) fn keep(self, dropout: Dropout, kept: &mut [f32]) {
        for (word, pair) in kept.chunks_mut(2).enumerate() {
            let factors = dropout.factors(self.bits(word as u32));
            pair.iter_mut().zip(factors).for_each(|(value, factor)| *value = factor);
        }
    }
}

/// A dropout rate in the form of the draws.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dropout {
    threshold: u32,
    scale: f32,
}

impl Dropout {
    /// `None` for a rate that drops nothing. The scale is that of the rounded rate, so the expectation is exact.
    pub(crate) fn new(rate: f64) -> Option<Self> {
        let threshold = (rate * 65_536.0).round().clamp(0.0, 65_535.0);
        (threshold > 0.0).then(|| Self { threshold: threshold as u32, scale: (65_536.0 / (65_536.0 - threshold)) as f32 })
    }

    /// The bound of the 16-bit draws, below which a feature is dropped, and the factor of the features that are kept.
    #[cfg(any(feature = "wgpu", feature = "cuda"))]
    pub(crate) fn parts(self) -> (u32, f32) {
        (self.threshold, self.scale)
    }

    /// The factors of the two features that a word serves.
    #[expect(clippy::inline_always, reason = "what is not inlined into a loop is not compiled for its vector registers")]
    #[inline(always)]
    pub(crate) fn factors(self, bits: u32) -> [f32; 2] {
        let factor = |draw| if draw < self.threshold { 0.0 } else { self.scale };
        [factor(bits & 0xFFFF), factor(bits >> 16)]
    }
}

/// A number below the bound from 64 random bits: the high half of their product, uniform to within 2⁻⁶⁴.
pub(crate) fn below(bound: usize, bits: u64) -> usize {
    ((u128::from(bits) * bound as u128) >> 64) as usize
}

/// The finalizer of `SplitMix64` (Steele, Lea and Flood, 2014), after its increment.
pub(crate) fn mix64(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// 32 bits for a word of the row with the given two words.
#[expect(clippy::inline_always, reason = "as above")]
#[inline(always)]
pub(crate) fn word_bits(low: u32, high: u32, word: u32) -> u32 {
    mix32(low.wrapping_add(word.wrapping_mul(0x9E37_79B9))) ^ high
}

/// A 32-bit finalizer of low bias, with constants found by search (Wellons, "Prospecting for hash functions").
#[expect(clippy::inline_always, reason = "as above")]
#[inline(always)]
fn mix32(value: u32) -> u32 {
    let mut x = value;
    x = (x ^ (x >> 16)).wrapping_mul(0x21F0_AAAD);
    x = (x ^ (x >> 15)).wrapping_mul(0x735A_2D97);
    x ^ (x >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_uniform_and_do_not_repeat_between_rows_features_purposes_and_steps() {
        let mut seen = std::collections::HashSet::new();
        let mut sum = 0.0;
        for purpose in [Purpose::TailDropout, Purpose::HeadDropout] {
            for step in 0..4 {
                let draws = Draws::new(7, purpose, step);
                for row in 0..50 {
                    for feature in 0..25 {
                        seen.insert(draws.row(row).bits(feature));
                        sum += f64::from(draws.row(row).uniform(feature as usize));
                    }
                }
            }
        }
        assert!(seen.len() > 9_990, "{} of 10,000 draws differ", seen.len());
        assert!((sum / 10_000.0 - 0.5).abs() < 0.015, "mean {}", sum / 10_000.0);
    }

    #[test]
    fn dropout_drops_its_rate_and_keeps_the_expectation() {
        let dropout = Dropout::new(0.1).unwrap();
        let draws = Draws::new(0, Purpose::TailDropout, 3);
        let mut kept = vec![0.0; 101];
        let (mut dropped, mut sum) = (0, 0.0);
        for row in 0..1_000 {
            draws.row(row).keep(dropout, &mut kept);
            dropped += kept.iter().filter(|&&k| k == 0.0).count();
            sum += kept.iter().map(|&k| f64::from(k)).sum::<f64>();
        }
        assert!((dropped as f64 / 101_000.0 - 0.1).abs() < 0.004, "dropped {dropped}");
        assert!((sum / 101_000.0 - 1.0).abs() < 0.005, "mean {}", sum / 101_000.0);
        assert!(Dropout::new(0.0).is_none());
    }
}
