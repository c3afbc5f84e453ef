//! Rows that are scored side by side, with a row in each lane of a vector register.
//!
//! A single row has clusters in the lanes, of which few tables have as many as fill the registers, and each layer waits for the one before. Rows that
//! nothing is learned from do not wait for each other. Each has the additions that it has by itself, in the same order, and so the same bits.

use pulp::{Arch, Simd, WithSimd};

use super::aligned::Aligned;
use super::head::{CHAINS, Head};
use super::lanes::scaled_error;
use super::layers::Layer;
use super::tails::{Tail, Tails};
use crate::compute::cpu::simd::{self, Pair, WIDEST};

/// The number of rows side by side: those of a pair of the widest registers.
pub(super) const SIDE_BY_SIDE: usize = 2 * WIDEST;

/// Some rows, their errors, and buffers.
#[derive(Debug, Clone)]
pub(super) struct SideBySide {
    arch: Arch,
    /// Scaled values: [features, rows].
    values: Aligned,
    /// The errors of the tails, by position: [tails, rows].
    errors: Aligned,
    /// The errors of the head: `[rows]`.
    heads: Aligned,
    /// The units of one autoencoder, of a pair of registers of rows: inputs, hidden units and reconstructions.
    units: Aligned,
}

/// What scales the errors of the tails for the head: their lowest and highest ones, by position, and the floors of
/// [`scaled_error`].
#[derive(Debug, Clone, Copy)]
pub(super) struct ErrorRanges<'a> {
    pub(super) lowest: &'a [f32],
    pub(super) highest: &'a [f32],
    pub(super) floors: [f32; 2],
}

impl SideBySide {
    pub(super) fn new(features: usize, tails: &Tails, head: &Head) -> Self {
        let sizes = (0..tails.order().len()).map(|position| {
            let Tail { units, hidden, .. } = tails.tail(position);
            2 * units.len() + hidden.units
        });
        let [hidden, visible] = head.layers();
        let units = sizes.max().unwrap_or(0).max(2 * visible.units + hidden.units);
        Self {
            arch: Arch::new(),
            values: Aligned::zeros(features * SIDE_BY_SIDE),
            errors: Aligned::zeros(tails.order().len() * SIDE_BY_SIDE),
            heads: Aligned::zeros(SIDE_BY_SIDE),
            units: Aligned::zeros(units * SIDE_BY_SIDE),
        }
    }

    /// Puts a scaled row, `[features]`, at a place.
    pub(super) fn put(&mut self, place: usize, row: &[f32]) {
        for (values, &value) in self.values.chunks_exact_mut(SIDE_BY_SIDE).zip(row) {
            values[place] = value;
        }
    }

    /// Computes the errors of all rows. Those of places where no row was put have no meaning.
    pub(super) fn run(&mut self, tails: &Tails, head: &Head, ranges: ErrorRanges<'_>) {
        self.arch.dispatch(Run { rows: self, tails, head, ranges });
    }

    /// The errors of the tails, by position: [tails, rows].
    pub(super) fn errors(&self) -> &[f32] {
        &self.errors
    }

    /// The errors of the head: `[rows]`.
    pub(super) fn heads(&self) -> &[f32] {
        &self.heads
    }
}

struct Run<'a> {
    rows: &'a mut SideBySide,
    tails: &'a Tails,
    head: &'a Head,
    ranges: ErrorRanges<'a>,
}

impl WithSimd for Run<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { rows: SideBySide { values, errors, heads, units, .. }, tails, head, ranges: ErrorRanges { lowest, highest, floors } } =
            self;
        let vectors = SIDE_BY_SIDE / S::F32_LANES;
        let (values, errors) = (S::as_simd_f32s(values).0, S::as_mut_simd_f32s(errors).0);
        let (heads, units) = (S::as_mut_simd_f32s(heads).0, S::as_mut_simd_f32s(units).0.as_chunks_mut::<2>().0);
        let floors = [simd.splat_f32s(floors[0]), simd.splat_f32s(floors[1])];
        for at in (0..vectors).step_by(2) {
            for position in 0..tails.order().len() {
                let Tail { units: of_tail, hidden, visible, share } = tails.tail(position);
                let (x, rest) = units.split_at_mut(of_tail.len());
                let (h, rest) = rest.split_at_mut(hidden.units);
                let y = &mut rest[..of_tail.len()];
                for (x, &(feature, _)) in x.iter_mut().zip(of_tail) {
                    *x = simd::load::<S, 2>(values, feature as usize * vectors + at);
                }
                layer::<S, 1>(simd, hidden, x, h);
                layer::<S, 1>(simd, visible, h, y);
                let mut squares = simd::splat(simd, 0.0);
                for (x, y) in x.iter().zip(&*y) {
                    let off = simd::sub(simd, *x, *y);
                    squares = simd::mul_add(simd, off, off, squares);
                }
                let error = simd::sqrt(simd, simd::mul(simd, squares, simd::splat(simd, share)));
                simd::store::<S, 2>(errors, position * vectors + at, error);
            }

            let [hidden, visible] = head.layers();
            let (x, rest) = units.split_at_mut(visible.units);
            let (h, rest) = rest.split_at_mut(hidden.units);
            let y = &mut rest[..visible.units];
            for (position, x) in x.iter_mut().enumerate() {
                let ends = [simd.splat_f32s(lowest[position]), simd.splat_f32s(highest[position])];
                let error = simd::load::<S, 2>(errors, position * vectors + at);
                *x = [scaled_error(simd, error[0], ends, floors), scaled_error(simd, error[1], ends, floors)];
            }
            layer::<S, CHAINS>(simd, hidden, x, h);
            layer::<S, CHAINS>(simd, visible, h, y);
            let mut sums = [simd::splat(simd, 0.0); WIDEST];
            for (unit, (x, y)) in x.iter().zip(&*y).enumerate() {
                let off = simd::sub(simd, *x, *y);
                let sum = &mut sums[unit % S::F32_LANES];
                *sum = simd::mul_add(simd, off, off, *sum);
            }
            let count = simd::splat(simd, visible.units as f32);
            simd::store::<S, 2>(heads, at, simd::sqrt(simd, simd::div(simd, total(simd, sums), count)));
        }
    }
}

/// The sum of what a single row has in the lanes of one register, in the order of [`lanes::total`](super::lanes::total).
#[inline(always)]
pub(super) fn total<S: Simd>(simd: S, mut sums: [Pair<S>; WIDEST]) -> Pair<S> {
    let mut half = S::F32_LANES / 2;
    while half > 0 {
        for at in 0..half {
            sums[at] = simd::add(simd, sums[at], sums[at + half]);
        }
        half /= 2;
    }
    sums[0]
}

/// Computes the units of a layer. The products of a unit are added up in so many chains.
#[inline(always)]
fn layer<S: Simd, const CHAINS: usize>(simd: S, layer: Layer<'_>, inputs: &[Pair<S>], outputs: &mut [Pair<S>]) {
    let mut first = 0;
    // As many sums as hide the time of an addition, and as few as are registers.
    while CHAINS == 1 && first + 4 <= outputs.len() {
        tile::<S, 4, CHAINS>(simd, layer, inputs, first, outputs);
        first += 4;
    }
    while first + 2 <= outputs.len() {
        tile::<S, 2, CHAINS>(simd, layer, inputs, first, outputs);
        first += 2;
    }
    if first < outputs.len() {
        tile::<S, 1, CHAINS>(simd, layer, inputs, first, outputs);
    }
}

/// Computes `N` units from this one on.
#[inline(always)]
fn tile<S: Simd, const N: usize, const CHAINS: usize>(
    simd: S,
    layer: Layer<'_>,
    inputs: &[Pair<S>],
    first: usize,
    outputs: &mut [Pair<S>],
) {
    let Layer { weights, steps: [of_input, of_unit], biases, bias_step, bias_first, .. } = layer;
    let weights = &weights[first * of_unit..];
    let mut bias = [simd::splat(simd, 0.0); N];
    let mut sums = [[simd::splat(simd, 0.0); CHAINS]; N];
    for k in 0..N {
        bias[k] = simd::splat(simd, biases[(first + k) * bias_step]);
        if bias_first {
            sums[k][0] = bias[k];
        }
    }
    let (groups, rest) = inputs.as_chunks::<CHAINS>();
    for (group, x) in groups.iter().enumerate() {
        for chain in 0..CHAINS {
            for k in 0..N {
                let weight = simd::splat(simd, weights[(group * CHAINS + chain) * of_input + k * of_unit]);
                sums[k][chain] = simd::mul_add(simd, x[chain], weight, sums[k][chain]);
            }
        }
    }
    for (input, x) in (groups.len() * CHAINS..).zip(rest) {
        for k in 0..N {
            sums[k][0] = simd::mul_add(simd, *x, simd::splat(simd, weights[input * of_input + k * of_unit]), sums[k][0]);
        }
    }
    for k in 0..N {
        let mut chains = CHAINS;
        while chains > 1 {
            chains /= 2;
            for chain in 0..chains {
                sums[k][chain] = simd::add(simd, sums[k][2 * chain], sums[k][2 * chain + 1]);
            }
        }
        let sum = if bias_first { sums[k][0] } else { simd::add(simd, sums[k][0], bias[k]) };
        outputs[first + k] = simd::sigmoid(simd, sum);
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::SIDE_BY_SIDE;
    use crate::features::{Coverage, FeatureMap};
    use crate::kinds::{HiddenSize, ScoreKind};
    use crate::online::{OnlineConfig, OnlineKitsune, OnlineScaling};
    use crate::random::{Draws, Purpose};

    const FEATURES: usize = 120;
    const GRACE: usize = 80;

    /// Rows of factors and noise; those after the grace period are seldom beyond what it had.
    fn rows(count: usize) -> Vec<Vec<f64>> {
        let draws = Draws::new(3, Purpose::Sample, 0);
        let row = |row: u64| {
            let draws = draws.row(row);
            let scale = if row < GRACE as u64 { 1.0 } else { 0.9 };
            (0..FEATURES)
                .map(|at| scale * (f64::from(draws.uniform(at % 7)) - 0.5 + 0.2 * (f64::from(draws.uniform(7 + at)) - 0.5)))
                .collect()
        };
        (0..count as u64).map(row).collect()
    }

    /// Clusters of one to forty features, more than a register has lanes, some features in two of them and the last in none.
    fn map() -> FeatureMap {
        let sizes = [40, 1, 13, 2, 10, 10, 9, 7, 7, 5, 3, 3, 2, 1, 1, 1, 6, 8, 4, 11];
        let mut first = 0;
        let clusters = sizes.map(|size| {
            let cluster = (0..size).map(|at| (first + at) % (FEATURES - 1)).collect();
            first += size;
            cluster
        });
        FeatureMap::new(FEATURES, clusters.to_vec(), Coverage::Free).unwrap()
    }

    #[test]
    fn scores_of_batches_are_those_of_single_rows_to_the_bit() {
        let rows = rows(GRACE + 5 * SIDE_BY_SIDE);
        for (kind, scaling, ratio) in [
            (ScoreKind::Combined, OnlineScaling::Bounded, 0.75),
            (ScoreKind::Tails, OnlineScaling::Bounded, 0.3),
            (ScoreKind::Head, OnlineScaling::Original, 1.0),
        ] {
            let config = OnlineConfig::new().with_feature_map(Some(map())).with_train_grace(GRACE as u64);
            let config = config.with_score(kind).with_scaling(scaling).with_hidden_size(HiddenSize::HiddenRatio(ratio));
            let mut trained = OnlineKitsune::new(config, FEATURES).unwrap();
            rows[..GRACE].iter().for_each(|row| trained.learn(row).unwrap());
            let mut single = trained.clone();
            let expected: Vec<Option<f64>> = rows[GRACE..].iter().map(|row| single.process(row).unwrap()).collect();
            for size in [1, 7, 8, SIDE_BY_SIDE - 1, SIDE_BY_SIDE, SIDE_BY_SIDE + 9, 5 * SIDE_BY_SIDE] {
                let mut detector = trained.clone();
                let mut found = Vec::new();
                for rows in rows[GRACE..].chunks(size) {
                    found.extend(detector.process_batch(&TensorData::new(rows.concat(), [rows.len(), FEATURES])).unwrap());
                }
                let bits = |scores: &[Option<f64>]| scores.iter().map(|score| score.unwrap().to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&found), bits(&expected), "{kind:?}, {size} rows at once");
                assert_eq!(detector.to_bytes().unwrap(), single.to_bytes().unwrap());
            }
            // Most rows are scored side by side.
            let mut ahead = 0;
            let batch = TensorData::new(rows[GRACE..].concat(), [5 * SIDE_BY_SIDE, FEATURES]);
            let batch = crate::rows::host_rows::HostRows::new(&batch).unwrap();
            for first in (0..5 * SIDE_BY_SIDE).step_by(SIDE_BY_SIDE) {
                let scores = trained.scores_ahead(&batch, first..first + SIDE_BY_SIDE, &mut [0.0; FEATURES]);
                ahead += scores.iter().filter(|score| score.is_finite()).count();
            }
            assert!(ahead > 3 * SIDE_BY_SIDE, "{ahead}");
        }
    }
}
