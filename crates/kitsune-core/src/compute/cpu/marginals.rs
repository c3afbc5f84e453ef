//! Marginals of the rows of a block: how rare each value is in its own feature.

use pulp::{Simd, WithSimd};

use super::block::Block;
use crate::model::marginals::BINS;

/// Length of a table of a feature: a power of two, so that the lowest bits of any number are a place in it.
const PLACES: usize = BINS.next_power_of_two();

/// The rarities of a model, [features, places], the bins of each feature filled up with zeros.
#[derive(Debug)]
pub(crate) struct HostMarginals {
    tables: Vec<[f32; PLACES]>,
}

impl HostMarginals {
    /// Of rarities [features, [`BINS`]].
    pub(crate) fn of(rarities: &[f32]) -> Self {
        let table = |rarities: &[f32]| {
            let mut table = [0.0; PLACES];
            table[..BINS].copy_from_slice(rarities);
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
    table: &'a [f32; PLACES],
    x: &'a [f32],
    into: &'a mut [f32],
}

impl WithSimd for AddRarities<'_> {
    type Output = ();

    /// A plain loop without calls or branches, which the compiler turns into the vector instructions at hand.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        const LAST: f32 = (BINS - 1) as f32;
        // Added to a number between 0 and the last bin, it leaves the nearest integer in the lowest bits.
        const ROUND: f32 = 12_582_912.0;
        let Self { table, x, into } = self;
        for (sum, x) in into.iter_mut().zip(x) {
            // Counted from the centre of the first bin. NaN stays, unlike by `f32::clamp` on some machines.
            let place = x * BINS as f32 - 0.5;
            let place = if place < 0.0 { 0.0 } else { place };
            let place = if place > LAST { LAST } else { place };
            // The bin below is the nearest to the place less a half, but of the first and the last there is none beyond.
            let below = place - 0.5;
            let below = if below < 0.0 { 0.0 } else { below };
            let below = if below > LAST - 1.0 { LAST - 1.0 } else { below };
            let rounded = below + ROUND;
            let at = rounded.to_bits() as usize;
            let (low, high) = (table[at % PLACES], table[(at + 1) % PLACES]);
            *sum += low + (high - low) * (place - (rounded - ROUND));
        }
    }
}
