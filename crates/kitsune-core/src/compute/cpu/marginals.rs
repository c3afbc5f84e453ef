//! Marginals of the rows of a block: how rare each value is in its own feature.

use pulp::{Simd, WithSimd};

use super::block::Block;
use crate::model::marginals::BINS;

/// Number of segments in the table of a feature: a power of two, so that the lowest bits of any number are a place in it.
const PLACES: usize = BINS.next_power_of_two();

/// Rows whose places are found before their segments are looked up, so that the former is done in vector registers.
const AT_ONCE: usize = 64;

/// The rarities of a model, as segments of lines between the centres of the bins.
#[derive(Debug)]
pub(crate) struct HostMarginals {
    /// Of each feature the value at the beginning of each segment, and by how much it rises to its end.
    tables: Vec<[[f32; 2]; PLACES]>,
}

impl HostMarginals {
    /// Of rarities [features, [`BINS`]].
    pub(crate) fn of(rarities: &[f32]) -> Self {
        let table = |rarities: &[f32]| {
            let mut table = [[0.0; 2]; PLACES];
            table.iter_mut().zip(rarities.windows(2)).for_each(|(segment, ends)| *segment = [ends[0], ends[1] - ends[0]]);
            table
        };
        Self { tables: rarities.chunks_exact(BINS).map(table).collect() }
    }

    /// Computes the rarity of each row, as [`Marginals::rarity`](crate::model::marginals::Marginals::rarity) has it, padding included.
    pub(crate) fn rarities(&self, arch: pulp::Arch, x: &Block, into: &mut [f32]) {
        into.fill(0.0);
        for (feature, table) in self.tables.iter().enumerate() {
            arch.dispatch(AddRarities { table, x: x.column(feature), into });
        }
    }
}

/// Adds the rarities of the values of a feature.
struct AddRarities<'a> {
    table: &'a [[f32; 2]; PLACES],
    x: &'a [f32],
    into: &'a mut [f32],
}

impl WithSimd for AddRarities<'_> {
    type Output = ();

    /// Plain loops without calls or branches, which the compiler turns into the vector instructions at hand.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        const LAST: f32 = (BINS - 1) as f32;
        // Added to a number between 0 and the last bin, it leaves the nearest integer in the lowest bits.
        const ROUND: f32 = 12_582_912.0;
        let Self { table, x, into } = self;
        let (mut segments, mut shares) = ([0_u32; AT_ONCE], [0.0_f32; AT_ONCE]);
        for (sums, x) in into.chunks_mut(AT_ONCE).zip(x.chunks(AT_ONCE)) {
            for ((segment, share), x) in segments.iter_mut().zip(&mut shares).zip(x) {
                // Counted from the centre of the first bin. NaN stays, unlike by `f32::clamp` on some machines.
                let place = x * BINS as f32 - 0.5;
                let place = if place < 0.0 { 0.0 } else { place };
                let place = if place > LAST { LAST } else { place };
                // The segment begins at the integer below, which is the nearest one to the place less a half.
                let below = place - 0.5;
                let below = if below < 0.0 { 0.0 } else { below };
                let below = if below > LAST - 1.0 { LAST - 1.0 } else { below };
                let rounded = below + ROUND;
                *segment = rounded.to_bits() % PLACES as u32;
                *share = place - (rounded - ROUND);
            }
            for ((sum, segment), share) in sums.iter_mut().zip(&segments).zip(&shares) {
                let [value, rise] = table[*segment as usize % PLACES];
                *sum += value + rise * share;
            }
        }
    }
}
