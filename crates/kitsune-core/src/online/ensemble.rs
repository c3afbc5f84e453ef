//! Scaling, tails and head of a detector that learns row by row.

use pulp::{Arch, Simd, WithSimd};

use super::aligned::Aligned;
use super::autoencoder::{Autoencoder, Step};
use super::head::Head;
use super::lanes::scaled_error;
use super::ranges::Ranges;
use super::side_by_side::{ErrorRanges, SideBySide};
use super::tails::Tails;
use crate::features::map::FeatureMap;
use crate::model::ensemble::HEAD_RANGE_FLOOR;
use crate::online::config::{OnlineConfig, OnlineScaling};
use crate::random::Purpose;

/// What the original adds to the width of a range.
const ORIGINAL_FLOOR: f32 = 1e-16;

/// The autoencoders, and the ranges that scale what they see. Positions of tails are those of [`Tails::order`].
#[derive(Debug, Clone)]
pub(super) struct OnlineEnsemble {
    arch: Arch,
    map: FeatureMap,
    step: Step,
    /// Added to the width of the head's ranges, and the least width.
    floors: [f32; 2],
    ranges: Ranges,
    tails: Tails,
    head: Head,
    /// The lowest and the highest error of each tail, by position; the lowest is above the highest before the first row.
    lowest: Aligned,
    highest: Aligned,
    head_input: Aligned,
    side_by_side: SideBySide,
}

/// The state of an ensemble, cluster by cluster.
#[derive(Debug, Clone)]
pub(super) struct EnsembleState {
    /// `None` before the first row.
    pub(super) ranges: Option<[Vec<f64>; 2]>,
    pub(super) tails: Vec<Autoencoder>,
    pub(super) head: Autoencoder,
    /// The lowest and the highest error of each tail; `None` before the first row.
    pub(super) errors: Option<[Vec<f32>; 2]>,
}

impl OnlineEnsemble {
    /// An ensemble that has seen no row.
    pub(super) fn new(config: &OnlineConfig, map: FeatureMap) -> Self {
        let drawn = |visible, purpose, number| Autoencoder::drawn(visible, config.hidden_size, (config.seed, purpose, number));
        let tails = map.sizes().iter().enumerate().map(|(cluster, &visible)| drawn(visible, Purpose::TailWeights, cluster)).collect();
        let head = drawn(map.clusters().len(), Purpose::HeadWeights, 0);
        Self::of(config, map, EnsembleState { ranges: None, tails, head, errors: None })
    }

    /// An ensemble of a state that fits the map.
    pub(super) fn of(config: &OnlineConfig, map: FeatureMap, state: EnsembleState) -> Self {
        let tails = Tails::new(map.clusters(), &state.tails);
        let padded = tails.errors().len();
        let mut errors = [Aligned::zeros(padded), Aligned::zeros(padded)];
        for (side, errors) in errors.iter_mut().enumerate() {
            // The padding has no error and an empty range.
            errors[..tails.order().len()].fill([f32::INFINITY, f32::NEG_INFINITY][side]);
            if let Some(saved) = &state.errors {
                tails.order().iter().zip(&mut errors[..]).for_each(|(&cluster, error)| *error = saved[side][cluster]);
            }
        }
        let [lowest, highest] = errors;
        let head = Head::new(&state.head.with_visible(tails.order().iter().copied()));
        Self {
            arch: Arch::new(),
            step: Step { rate: config.learning_rate as f32, bias: config.bias },
            floors: match config.scaling {
                OnlineScaling::Bounded => [0.0, HEAD_RANGE_FLOOR as f32],
                OnlineScaling::Original => [ORIGINAL_FLOOR, 0.0],
            },
            ranges: match state.ranges {
                Some([lowest, highest]) => Ranges::of(lowest, highest, config.scaling),
                None => Ranges::new(map.features(), config.scaling),
            },
            head_input: Aligned::zeros(padded),
            side_by_side: SideBySide::new(map.features(), &tails, &head),
            map,
            tails,
            head,
            lowest,
            highest,
        }
    }

    pub(super) fn state(&self) -> EnsembleState {
        let (lowest, highest) = self.ranges.ends();
        let is_new = lowest.iter().any(|lowest| lowest.is_infinite());
        let by_cluster = |by_position: &[f32]| {
            let mut by_cluster = vec![0.0; self.tails.order().len()];
            self.tails.order().iter().zip(by_position).for_each(|(&cluster, &value)| by_cluster[cluster] = value);
            by_cluster
        };
        let mut positions = vec![0; self.tails.order().len()];
        self.tails.order().iter().enumerate().for_each(|(position, &cluster)| positions[cluster] = position);
        EnsembleState {
            ranges: (!is_new).then(|| [lowest.to_vec(), highest.to_vec()]),
            tails: self.tails.autoencoders(),
            head: self.head.autoencoder().with_visible(positions.into_iter()),
            errors: (!is_new).then(|| [by_cluster(&self.lowest), by_cluster(&self.highest)]),
        }
    }

    pub(super) fn map(&self) -> &FeatureMap {
        &self.map
    }

    pub(super) fn ranges(&self) -> &Ranges {
        &self.ranges
    }

    pub(super) fn tails(&self) -> &Tails {
        &self.tails
    }

    /// Learns from a row of finite values. Returns the error of the head before that.
    pub(super) fn learn(&mut self, row: &[f64]) -> f32 {
        self.ranges.learn(row);
        self.run(Some(self.step), true)
    }

    /// Learns from a row of finite values within the ranges that are known: whoever could widen a range by a row could double it with every row.
    pub(super) fn adapt(&mut self, row: &[f64]) {
        self.ranges.scale(row);
        self.run(Some(self.step), false);
    }

    /// Scales a row that is to be measured. Returns whether a value is beyond its range; one that is missing or infinite is.
    pub(super) fn scale(&mut self, row: &[f64]) -> bool {
        self.ranges.scale(row)
    }

    /// The error of the head, of the scaled row.
    pub(super) fn error(&mut self) -> f32 {
        self.run(None, false)
    }

    /// Puts a row at a place among the rows side by side. Returns whether a value is beyond its range; one that is missing or infinite is.
    pub(super) fn put(&mut self, place: usize, row: &[f64]) -> bool {
        let beyond = self.ranges.scale(row);
        self.side_by_side.put(place, self.ranges.scaled());
        beyond
    }

    /// The rows side by side, with their errors.
    pub(super) fn run_side_by_side(&mut self) -> &SideBySide {
        let Self { tails, head, lowest, highest, floors, side_by_side, .. } = self;
        side_by_side.run(tails, head, ErrorRanges { lowest, highest, floors: *floors });
        side_by_side
    }

    /// The tails' reconstruction of the last row, scaled: `[features]`. A feature in several clusters has the mean of theirs; one in no cluster is its own.
    pub(super) fn reconstruction(&self) -> Vec<f32> {
        let mut found = vec![(0.0, 0_u32); self.map.features()];
        self.tails.reconstruct(|feature, value| {
            found[feature].0 += value;
            found[feature].1 += 1;
        });
        let scaled = self.ranges.scaled();
        found.into_iter().zip(scaled).map(|((sum, count), &own)| if count == 0 { own } else { sum / count as f32 }).collect()
    }

    fn run(&mut self, step: Option<Step>, widen: bool) -> f32 {
        let Self { arch, ranges, tails, head, lowest, highest, head_input, floors, .. } = self;
        tails.run(ranges.scaled(), step);
        arch.dispatch(ScaleErrors { errors: tails.errors(), lowest, highest, floors: *floors, widen, scaled: head_input });
        head.run(head_input, step)
    }
}

struct ScaleErrors<'a> {
    errors: &'a [f32],
    lowest: &'a mut [f32],
    highest: &'a mut [f32],
    floors: [f32; 2],
    widen: bool,
    scaled: &'a mut [f32],
}

impl WithSimd for ScaleErrors<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { errors, lowest, highest, floors, widen, scaled } = self;
        let (errors, lowest, highest) = (S::as_simd_f32s(errors).0, S::as_mut_simd_f32s(lowest).0, S::as_mut_simd_f32s(highest).0);
        let floors = [simd.splat_f32s(floors[0]), simd.splat_f32s(floors[1])];
        for (((scaled, error), low), high) in S::as_mut_simd_f32s(scaled).0.iter_mut().zip(errors).zip(lowest).zip(highest) {
            if widen {
                *low = simd.min_f32s(*low, *error);
                *high = simd.max_f32s(*high, *error);
            }
            *scaled = scaled_error(simd, *error, [*low, *high], floors);
        }
    }
}
