//! The end of the grace period: how the errors of its last rows make a score.

use pulp::{Arch, Simd, WithSimd};

use super::aligned::Aligned;
use super::lanes;
use super::side_by_side::{SIDE_BY_SIDE, SideBySide, total};
use crate::compute::cpu::scores::quick_softplus;
use crate::compute::cpu::simd::{self, WIDEST};
use crate::error::Error;
use crate::kinds::{ScoreKind, ThresholdKind};
use crate::model::excess::{Excess, KINDS};
use crate::model::standard::{MEAN_FLOOR, Standard};
use crate::online::config::{OnlineConfig, OnlineScaling};
use crate::pool::Sender;
use crate::threshold::{NormalScores, Threshold};

/// Most rows of the grace period that are kept for the calibration.
const MOST_ROWS: u64 = 16_384;

/// Most bytes that their errors may take.
const MOST_BYTES: u64 = 16 << 20;

/// Minimum deviation that divides an error. It is far below that of the batch detector: the errors are those of rows that were not trained on yet, and
/// constant features are no part of them.
const DEVIATION_FLOOR: f64 = 1e-4;

/// Most raw rows that are kept to see how far features are from their reconstructions.
const MOST_SAMPLED: u64 = 1_024;

/// What is kept of the last rows of the grace period.
#[derive(Debug, Clone)]
pub(super) struct KeptRows {
    width: usize,
    /// The first row that is kept, counted from the beginning of the training.
    first: u64,
    /// Kept rows from one sampled row to the next.
    stride: u64,
    /// The errors of each row before it was learned: [rows, tails + 1], by position, that of the head last.
    errors: Vec<f32>,
    /// Some raw rows: [rows, features].
    sample: Vec<f64>,
    /// Who sent each row that is kept, if scores are pooled.
    senders: Option<Vec<Option<Sender>>>,
}

impl KeptRows {
    /// Room for the last half of a grace period, as far as the limits allow.
    pub(super) fn new(config: &OnlineConfig, tails: usize, features: usize) -> Self {
        let train_grace = config.train_grace;
        let width = tails + 1;
        let fitting = (MOST_BYTES / (4 * width as u64)).max(2);
        let rows = train_grace.div_ceil(2).min(MOST_ROWS).min(fitting);
        let stride = rows.div_ceil(MOST_SAMPLED.min((MOST_BYTES / (8 * features as u64)).max(2)));
        Self {
            width,
            first: train_grace - rows,
            stride,
            errors: Vec::with_capacity(rows as usize * width),
            sample: Vec::with_capacity(rows.div_ceil(stride) as usize * features),
            senders: config.pool.map(|_| Vec::new()),
        }
    }

    /// Puts what was saved back.
    pub(super) fn fill(&mut self, errors: &[f32], sample: &[f64], senders: Option<Vec<Option<Sender>>>) {
        self.errors.extend_from_slice(errors);
        self.sample.extend_from_slice(sample);
        self.senders = senders;
    }

    /// The rows that are kept of the first `rows` of the training, and those of them that are sampled.
    pub(super) fn counts(&self, rows: u64) -> [usize; 2] {
        let kept = rows.saturating_sub(self.first);
        [kept as usize, kept.div_ceil(self.stride) as usize]
    }

    pub(super) fn errors(&self) -> &[f32] {
        &self.errors
    }

    pub(super) fn sample(&self) -> &[f64] {
        &self.sample
    }

    pub(super) fn senders(&self) -> Option<&[Option<Sender>]> {
        self.senders.as_deref()
    }

    /// Keeps a row of the training, if it is one of the last.
    pub(super) fn push(&mut self, number: u64, row: &[f64], sender: Option<Sender>, tails: &[f32], head: f32) {
        let Some(at) = number.checked_sub(self.first) else { return };
        self.errors.extend_from_slice(&tails[..self.width - 1]);
        self.errors.push(head);
        if let Some(senders) = &mut self.senders {
            senders.push(sender);
        }
        if at.is_multiple_of(self.stride) {
            self.sample.extend_from_slice(row);
        }
    }

    fn rows(&self) -> impl Iterator<Item = &[f32]> + Clone {
        self.errors.chunks_exact(self.width)
    }
}

/// How errors make a score, as [`ScoreRule::Mean`](crate::model::calibration::ScoreRule) has it: the mean of the standardised tails' errors and the head's
/// error, each standardised, then their weighted mean, and the softplus of that. The head has the weight `(tails - 1) / tails`, since it says how tails go
/// together: over few of them it says little, and nothing over a single one.
#[derive(Debug, Clone)]
pub(super) struct OnlineCalibration {
    arch: Arch,
    kind: ScoreKind,
    /// Of each tail's error, by position.
    pub(super) of_tails: Vec<Standard>,
    /// Their means and one over their deviations, padded with zeros: [2, padded].
    tails: Aligned,
    count: usize,
    /// The standards of the mean of tails, of the head's error, and of their mean.
    pub(super) parts: [Standard; 3],
    /// For each kind of score the highest of the kept rows, or the threshold if that is higher; 0 for other kinds and without an excess: `[kinds]`.
    pub(super) scales: [f32; KINDS],
}

impl OnlineCalibration {
    /// Fits everything but the scale to the kept errors. `padded` are the positions with their padding.
    pub(super) fn fit(kept: &KeptRows, kind: ScoreKind, padded: usize) -> Self {
        let count = kept.width - 1;
        let column = |at: usize| kept.rows().map(move |row| f64::from(row[at]));
        let tails: Vec<Standard> = (0..count).map(|at| Standard::of(column(at), DEVIATION_FLOOR)).collect();
        let neutral = Standard { mean: 0.0, deviation: 1.0 };
        let mut calibration = Self::of(kind, tails, [neutral; 3], [0.0; KINDS], padded);
        let mut errors = Aligned::zeros(padded);
        let means: Vec<f64> = kept
            .rows()
            .map(|row| {
                errors[..count].copy_from_slice(&row[..count]);
                f64::from(calibration.mean_of_tails(&errors))
            })
            .collect();
        let of_tails = Standard::of(means.iter().copied(), MEAN_FLOOR);
        let of_head = Standard::of(column(count), DEVIATION_FLOOR);
        calibration.parts = [of_tails, of_head, neutral];
        let both = means.iter().zip(column(count)).map(|(&mean, head)| calibration.combined(mean, head));
        let combined = Standard::of(both, MEAN_FLOOR);
        calibration.parts = [of_tails, of_head, combined];
        calibration
    }

    /// The calibration of these standards; those of the tails are by position.
    pub(super) fn of(kind: ScoreKind, of_tails: Vec<Standard>, parts: [Standard; 3], scales: [f32; KINDS], padded: usize) -> Self {
        let mut values = Aligned::zeros(2 * padded);
        for (at, standard) in of_tails.iter().enumerate() {
            values[at] = standard.mean as f32;
            values[padded + at] = 1.0 / standard.deviation as f32;
        }
        Self { arch: Arch::new(), kind, count: of_tails.len(), of_tails, tails: values, parts, scales }
    }

    /// Sets what the excess of a row is multiplied with, if values are scaled so that there is one.
    pub(super) fn fit_scales(&mut self, kept: &KeptRows, config: &OnlineConfig) -> Result<(), Error> {
        if config.scaling == OnlineScaling::Bounded {
            for kind in [ScoreKind::Combined, ScoreKind::Tails, ScoreKind::Head] {
                let normal = NormalScores::new(self.scores(kept, kind))?;
                let highest = normal.as_slice()[normal.rows() - 1];
                let threshold = Threshold::fit(&normal, ThresholdKind::Quantile, config.alert_rate).ok();
                self.scales[kind as usize] = threshold.map_or(highest, |threshold| highest.max(threshold.value()));
            }
        }
        Ok(())
    }

    /// The scores of the kept rows, in their order, which no excess raised.
    pub(super) fn scores(&self, kept: &KeptRows, kind: ScoreKind) -> Vec<f32> {
        let mut errors = Aligned::zeros(self.tails.len() / 2);
        let score = |row: &[f32]| {
            errors[..self.count].copy_from_slice(&row[..self.count]);
            self.score_as(kind, &errors, row[self.count])
        };
        kept.rows().map(score).collect()
    }

    /// The score of a row by the errors of tails, padded, and head, and the fourth powers of what is beyond the ranges.
    pub(super) fn score(&self, tails: &[f32], head: f32, powers: f64) -> f64 {
        let score = f64::from(self.score_as(self.kind, tails, head));
        if powers > 0.0 { score + f64::from(self.scales[self.kind as usize]) * Excess::share_of(powers) } else { score }
    }

    /// The scores of rows side by side, which no excess raises.
    pub(super) fn scores_side_by_side(&self, rows: &SideBySide) -> [f64; SIDE_BY_SIDE] {
        self.arch.dispatch(Scores { calibration: self, rows })
    }

    fn score_as(&self, kind: ScoreKind, tails: &[f32], head: f32) -> f32 {
        let mean = if kind == ScoreKind::Head { 0.0 } else { self.mean_of_tails(tails) };
        self.score_by(kind, mean, head)
    }

    /// The score by the mean of the tails' standardised errors and the head's error.
    #[inline(always)]
    fn score_by(&self, kind: ScoreKind, mean_of_tails: f32, head: f32) -> f32 {
        match kind {
            ScoreKind::Head => head,
            ScoreKind::Tails => quick_softplus(self.parts[0].apply(f64::from(mean_of_tails)) as f32),
            _ => quick_softplus(self.combined(f64::from(mean_of_tails), f64::from(head)) as f32),
        }
    }

    /// The weight of the head beside that of the tails, which is 1.
    #[inline(always)]
    pub(super) fn head_weight(&self) -> f64 {
        (self.count - 1) as f64 / self.count as f64
    }

    /// The combined parts of a row, standardised.
    #[inline(always)]
    fn combined(&self, mean_of_tails: f64, head: f64) -> f64 {
        let ([of_tails, of_head, of_both], weight) = (self.parts, self.head_weight());
        of_both.apply((of_tails.apply(mean_of_tails) + weight * of_head.apply(head)) / (1.0 + weight))
    }

    fn mean_of_tails(&self, errors: &[f32]) -> f32 {
        let (means, inverses) = self.tails.split_at(self.tails.len() / 2);
        self.arch.dispatch(SumOfStandardised { errors, means, inverses }) / self.count as f32
    }
}

struct SumOfStandardised<'a> {
    errors: &'a [f32],
    means: &'a [f32],
    inverses: &'a [f32],
}

impl WithSimd for SumOfStandardised<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let mut sum = simd.splat_f32s(0.0);
        let (errors, means, inverses) = (S::as_simd_f32s(self.errors).0, S::as_simd_f32s(self.means).0, S::as_simd_f32s(self.inverses).0);
        for ((error, mean), inverse) in errors.iter().zip(means).zip(inverses) {
            sum = simd.mul_add_e_f32s(simd.sub_f32s(*error, *mean), *inverse, sum);
        }
        lanes::total(simd, sum)
    }
}

struct Scores<'a> {
    calibration: &'a OnlineCalibration,
    rows: &'a SideBySide,
}

impl WithSimd for Scores<'_> {
    type Output = [f64; SIDE_BY_SIDE];

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> [f64; SIDE_BY_SIDE] {
        let Self { calibration, rows } = self;
        let vectors = SIDE_BY_SIDE / S::F32_LANES;
        let (errors, count) = (S::as_simd_f32s(rows.errors()).0, simd::splat(simd, calibration.count as f32));
        let (of_tails, inverses) = calibration.tails.split_at(calibration.tails.len() / 2);
        let mut means = [0.0; SIDE_BY_SIDE];
        for at in (0..vectors).step_by(2) {
            let mut sums = [simd::splat(simd, 0.0); WIDEST];
            for (position, (&mean, &inverse)) in of_tails.iter().zip(inverses).take(calibration.count).enumerate() {
                let error = simd::load::<S, 2>(errors, position * vectors + at);
                let sum = &mut sums[position % S::F32_LANES];
                *sum = simd::mul_add(simd, simd::sub(simd, error, simd::splat(simd, mean)), simd::splat(simd, inverse), *sum);
            }
            let mean = simd::div(simd, total(simd, sums), count);
            simd::store::<S, 2>(S::as_mut_simd_f32s(&mut means).0, at, mean);
        }
        let mut scores = [0.0; SIDE_BY_SIDE];
        for ((score, mean), &head) in scores.iter_mut().zip(means).zip(rows.heads()) {
            *score = f64::from(calibration.score_by(calibration.kind, mean, head));
        }
        scores
    }
}
