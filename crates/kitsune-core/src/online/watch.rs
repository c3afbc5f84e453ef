//! What a detector does after its grace period: scores, verdicts, and whether what comes has changed.

use super::calibration::{KeptRows, OnlineCalibration};
use super::config::{OnlineConfig, OnlineScaling};
use super::drift::Adwin;
use super::ensemble::OnlineEnsemble;
use super::observation::{Observation, OnlineCounts};
use super::side_by_side::SIDE_BY_SIDE;
use crate::error::Error;
use crate::kinds::ThresholdKind;
use crate::model::standard::{DEVIATION_FLOOR, Standard};
use crate::pool::{Pool, Sender};
use crate::threshold::indexed_scores::IndexedScores;
use crate::threshold::{NormalScores, RecentThreshold, Threshold};

/// Minimum deviation of the distance of a feature from its reconstruction, as in the batch detector.
const FLOOR: f64 = DEVIATION_FLOOR;

/// How far each feature of the kept rows is from its reconstruction.
fn standards_of_features(ensemble: &mut OnlineEnsemble, kept: &KeptRows) -> Vec<Standard> {
    let features = ensemble.map().features();
    let mut distances = Vec::new();
    for row in kept.sample().chunks_exact(features) {
        ensemble.scale(row);
        ensemble.error();
        distances.extend(off(ensemble.ranges().scaled(), &ensemble.reconstruction()));
    }
    (0..features).map(|feature| Standard::of(distances[feature..].iter().step_by(features).copied(), FLOOR)).collect()
}

/// How far each feature of the last row is from its reconstruction.
pub(super) fn off(scaled: &[f32], reconstruction: &[f32]) -> impl Iterator<Item = f64> {
    scaled.iter().zip(reconstruction).map(|(scaled, reconstruction)| f64::from((scaled - reconstruction).abs()))
}

/// Figures of the end of the grace period, and what follows the stream since.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    pub(super) calibration: OnlineCalibration,
    /// Scores of the kept rows, pooled if scores are.
    pub(super) normal: IndexedScores,
    pub(super) rule: Rule,
    pub(super) drift: Adwin,
    /// How far features usually are from their reconstructions: `[features]`.
    pub(super) features: Vec<Standard>,
    pub(super) counts: OnlineCounts,
    /// The scores of senders, if scores are pooled.
    pub(super) pool: Option<Pool>,
    /// The detector as it was before it learned from observed rows, if it did: scores of a detector that changes say nothing about changes of the rows.
    pub(super) unchanged: Option<Box<Unchanged>>,
    bounded: bool,
}

/// A detector as it was, and the scores of senders by it.
#[derive(Debug, Clone)]
pub(super) struct Unchanged {
    pub(super) ensemble: OnlineEnsemble,
    pub(super) pool: Option<Pool>,
}

/// A row that was scored.
pub(super) struct Observed<'a> {
    pub(super) row: &'a [f64],
    pub(super) sender: Option<Sender>,
    /// Its score by itself.
    pub(super) score: f64,
    /// The tail probability of the score that counts, if it is known.
    pub(super) tail_probability: Option<f64>,
}

/// Which scores are anomalies.
#[derive(Debug, Clone)]
pub(super) enum Rule {
    /// There were too few rows for a threshold.
    None,
    Fixed(f64),
    Recent(RecentThreshold),
}

impl Rule {
    pub(super) fn new(config: &OnlineConfig, normal: &NormalScores) -> Self {
        if let Some(threshold) = config.threshold {
            return Self::Fixed(threshold);
        }
        let fitted = Threshold::fit(normal, ThresholdKind::Quantile, config.alert_rate);
        fitted.and_then(|threshold| RecentThreshold::new(threshold, normal)).map_or(Self::None, Self::Recent)
    }
}

impl Watch {
    /// Fits the figures to the kept rows.
    pub(super) fn fit(config: &OnlineConfig, ensemble: &mut OnlineEnsemble, kept: &KeptRows) -> Result<Self, Error> {
        let mut calibration = OnlineCalibration::fit(kept, config.score, ensemble.tails().errors().len());
        let mut pool = config.pool.map(Pool::new).transpose()?;
        let mut scores = calibration.scores(kept, config.score);
        for (score, &sender) in scores.iter_mut().zip(kept.senders().unwrap_or_default()) {
            *score = pooled(&mut pool, sender, f64::from(*score)) as f32;
        }
        let normal = NormalScores::new(scores)?;
        calibration.fit_scales(kept, config)?;
        let features = standards_of_features(ensemble, kept);
        let rule = Rule::new(config, &normal);
        Ok(Self::of(config, (calibration, normal, rule), (Adwin::new(), features, OnlineCounts::default()), (pool, None)))
    }

    /// Figures, and what has followed the stream.
    pub(super) fn of(
        config: &OnlineConfig,
        (calibration, normal, rule): (OnlineCalibration, NormalScores, Rule),
        (drift, features, counts): (Adwin, Vec<Standard>, OnlineCounts),
        (pool, unchanged): (Option<Pool>, Option<Box<Unchanged>>),
    ) -> Self {
        let (normal, bounded) = (IndexedScores::new(normal), config.scaling == OnlineScaling::Bounded);
        Self { calibration, normal, rule, drift, features, counts, pool, unchanged, bounded }
    }

    pub(super) fn set_threshold(&mut self, config: &OnlineConfig) {
        self.rule = Rule::new(config, self.normal.scores());
    }

    pub(super) fn threshold(&self) -> Option<f64> {
        match &self.rule {
            Rule::None => None,
            Rule::Fixed(threshold) => Some(*threshold),
            Rule::Recent(threshold) => Some(f64::from(threshold.value())),
        }
    }

    /// The score of a row by itself, of finite values that were scaled: `beyond` is what that has returned.
    pub(super) fn score(&self, ensemble: &mut OnlineEnsemble, row: &[f64], beyond: bool) -> f64 {
        let head = ensemble.error();
        let powers = if beyond && self.bounded { ensemble.ranges().beyond(row) } else { 0.0 };
        self.calibration.score(ensemble.tails().errors(), head, powers)
    }

    /// The scores of the rows side by side, by themselves, as those have whose values are within their ranges.
    pub(super) fn scores_side_by_side(&self, ensemble: &mut OnlineEnsemble) -> [f64; SIDE_BY_SIDE] {
        self.calibration.scores_side_by_side(ensemble.run_side_by_side())
    }

    /// Learns from a row because it is told to.
    pub(super) fn learn(&mut self, ensemble: &mut OnlineEnsemble, row: &[f64]) {
        self.keep_unchanged(ensemble);
        ensemble.learn(row);
        self.counts.learned += 1;
    }

    /// Says what a row is that has this score by itself, and learns from it if it is to be learned: only rows below the threshold are, and at most the
    /// stated share of all.
    pub(super) fn observe(&mut self, ensemble: &mut OnlineEnsemble, observed: Observed<'_>, adapt: Option<f64>) -> Observation {
        let Observed { row, sender, score, tail_probability } = observed;
        let score = pooled(&mut self.pool, sender, score);
        let is_anomaly = match &mut self.rule {
            Rule::None => None,
            Rule::Fixed(threshold) => Some(score >= *threshold),
            Rule::Recent(threshold) => Some(threshold.observe(score as f32)),
        };
        let tail_probability = tail_probability.unwrap_or_else(|| self.normal.tail_probability(score as f32));
        let watched = match self.unchanged.take() {
            Some(mut unchanged) => {
                let beyond = unchanged.ensemble.scale(row);
                let score = self.score(&mut unchanged.ensemble, row, beyond);
                let score = pooled(&mut unchanged.pool, sender, score);
                self.unchanged = Some(unchanged);
                self.normal.tail_probability(score as f32)
            }
            None => tail_probability,
        };
        let drift = self.drift.push(watched);
        let counts = &mut self.counts;
        counts.observed += 1;
        counts.flagged += u64::from(is_anomaly == Some(true));
        counts.drifts += u64::from(drift);
        let learns = is_anomaly == Some(false) && adapt.is_some_and(|share| (counts.learned as f64) < share * counts.observed as f64);
        counts.learned += u64::from(learns);
        if learns {
            self.keep_unchanged(ensemble);
            ensemble.adapt(row);
        }
        Observation { score, is_anomaly, tail_probability, drift }
    }

    /// Keeps the detector as it is, before it learns for the first time.
    fn keep_unchanged(&mut self, ensemble: &OnlineEnsemble) {
        let pool = &self.pool;
        self.unchanged.get_or_insert_with(|| Box::new(Unchanged { ensemble: ensemble.clone(), pool: pool.clone() }));
    }
}

/// The score that counts for a row: that of its sender, if scores are pooled and the sender is known.
fn pooled(pool: &mut Option<Pool>, sender: Option<Sender>, score: f64) -> f64 {
    pool.as_mut().zip(sender).map_or(score, |(pool, sender)| pool.mean(sender, score))
}
