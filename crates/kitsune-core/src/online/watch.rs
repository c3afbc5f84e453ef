//! What a detector does after its grace period: scores, verdicts, and whether what comes has changed.

use super::calibration::{KeptRows, OnlineCalibration};
use super::config::{OnlineConfig, OnlineScaling};
use super::drift::Adwin;
use super::ensemble::OnlineEnsemble;
use super::observation::{Observation, OnlineCounts};
use crate::error::Error;
use crate::kinds::ThresholdKind;
use crate::model::standard::{DEVIATION_FLOOR, Standard};
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
    /// Scores of the kept rows.
    pub(super) normal: IndexedScores,
    pub(super) rule: Rule,
    pub(super) drift: Adwin,
    /// How far features usually are from their reconstructions: `[features]`.
    pub(super) features: Vec<Standard>,
    pub(super) counts: OnlineCounts,
    /// The detector as it was before it learned from observed rows, if it did: scores of a detector that changes say nothing about changes of the rows.
    pub(super) unchanged: Option<Box<OnlineEnsemble>>,
    bounded: bool,
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
        let normal = calibration.scores(kept, config.score)?;
        calibration.fit_scales(kept, config)?;
        let features = standards_of_features(ensemble, kept);
        let rule = Rule::new(config, &normal);
        Ok(Self::of(config, (calibration, normal, rule), (Adwin::new(), features, OnlineCounts::default()), None))
    }

    /// Figures, and what has followed the stream.
    pub(super) fn of(
        config: &OnlineConfig,
        (calibration, normal, rule): (OnlineCalibration, NormalScores, Rule),
        (drift, features, counts): (Adwin, Vec<Standard>, OnlineCounts),
        unchanged: Option<Box<OnlineEnsemble>>,
    ) -> Self {
        let (normal, bounded) = (IndexedScores::new(normal), config.scaling == OnlineScaling::Bounded);
        Self { calibration, normal, rule, drift, features, counts, unchanged, bounded }
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

    /// The score of a row of finite values that was scaled: `beyond` is what that has returned.
    pub(super) fn score(&self, ensemble: &mut OnlineEnsemble, row: &[f64], beyond: bool) -> f64 {
        let head = ensemble.error();
        let powers = if beyond && self.bounded { ensemble.ranges().beyond(row) } else { 0.0 };
        self.calibration.score(ensemble.tails().errors(), head, powers)
    }

    /// Learns from a row because it is told to.
    pub(super) fn learn(&mut self, ensemble: &mut OnlineEnsemble, row: &[f64]) {
        self.unchanged.get_or_insert_with(|| Box::new(ensemble.clone()));
        ensemble.learn(row);
        self.counts.learned += 1;
    }

    /// Says what a row with this score is, and learns from it if it is to be learned: only rows below the threshold are, and at most the stated share of all.
    pub(super) fn observe(&mut self, ensemble: &mut OnlineEnsemble, row: &[f64], score: f64, adapt: Option<f64>) -> Observation {
        let is_anomaly = match &mut self.rule {
            Rule::None => None,
            Rule::Fixed(threshold) => Some(score >= *threshold),
            Rule::Recent(threshold) => Some(threshold.observe(score as f32)),
        };
        let tail_probability = self.normal.tail_probability(score as f32);
        let watched = match self.unchanged.take() {
            Some(mut unchanged) => {
                let beyond = unchanged.scale(row);
                let score = self.score(&mut unchanged, row, beyond);
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
            self.unchanged.get_or_insert_with(|| Box::new(ensemble.clone()));
            ensemble.adapt(row);
        }
        Observation { score, is_anomaly, tail_probability, drift }
    }
}
