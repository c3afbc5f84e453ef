//! A detector that learned row by row as an ordinary model.

use burn::tensor::{Tensor, TensorData, backend::Backend};

use super::autoencoder::Autoencoder;
use super::config::OnlineScaling;
use super::ranges::is_constant;
use super::watch::{Rule, Watch};
use super::{OnlineKitsune, Phase};
use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::features::map::FeatureMap;
use crate::kinds::{
    Activation, CorrelationDistance, ErrorMetric, HeadInput, InputScaling, OptimizerKind, Outside, Schedule, ThresholdKind,
};
use crate::kitsune::{Card, Kitsune, TrainingSummary};
use crate::model::calibration::{Calibration, CalibrationValues, ScoreRule};
use crate::model::cluster_weights::ClusterWeights;
use crate::model::detector::{Detector, NEAREST};
use crate::model::ensemble::HEAD_RANGE_FLOOR;
use crate::model::excess::Excess;
use crate::model::marginals::Marginals;
use crate::model::neighbours::{NeighbourValues, Neighbours};
use crate::model::parts::ScorePart;
use crate::model::prototypes::{PrototypeValues, Prototypes};
use crate::model::residuals::Residuals;
use crate::model::standard::Standard;
use crate::model::tied_autoencoder::replace;
use crate::scaler::{Scaler, TrainingRange};
use crate::threshold::Threshold;

/// A range that is narrower is another one where the original adds 1e-16 to it.
const NARROW: f64 = 1e-10;

impl OnlineKitsune {
    /// Makes an ordinary model, which scores rows in batches on any backend. Its scores are those of this detector, as far as it stands, within 1e-5; its
    /// threshold is that of the end of the grace period, or the fixed number, for scores that are [pooled](crate::Kitsune::pool) as those of this detector are. By the original's scaling, values count up to a million ranges away.
    ///
    /// # Errors
    /// [`Error::InGrace`] before the grace period is over, [`Error::NotExportable`] if the original's scaling divides by less than a batch model does.
    pub fn to_kitsune<B: Backend>(&self, device: &B::Device) -> Result<Kitsune<B>, Error> {
        let missing = self.check_ready();
        let Phase::Executing { ensemble, watch } = &self.phase else {
            return Err(missing.err().unwrap_or(Error::InGrace { rows: self.rows, missing: 1 }));
        };
        let map = ensemble.map();
        let state = ensemble.state();
        let (Some([lowest, highest]), Some(errors)) = (&state.ranges, &state.errors) else {
            return Err(Error::InGrace { rows: self.rows, missing: 1 });
        };
        if self.config.scaling == OnlineScaling::Original {
            let narrow = |(low, high): (&f32, &f32)| f64::from(high - low) < HEAD_RANGE_FLOOR;
            let is_narrow = |(&low, &high): (&f64, &f64)| is_constant(low, high) || high - low < NARROW;
            if lowest.iter().zip(highest).any(is_narrow) || errors[0].iter().zip(&errors[1]).any(narrow) {
                let reason = "by the original's scaling, a constant feature or error is divided by 1e-16";
                return Err(Error::NotExportable { reason });
            }
        }
        let config = self.batch_config();
        let mut made = config.init::<B>(map, device)?;
        made.tails = made.tails.with_cluster_weights(&weights(&state.tails), device)?;
        made.head = made.head.with_cluster_weights(&weights(std::slice::from_ref(&state.head)), device)?;
        let of_errors = |values: &[f32]| Tensor::from_data(TensorData::new(values.to_vec(), [1, values.len()]), device);
        replace(&mut made.head_minimum, of_errors(&errors[0]));
        replace(&mut made.head_maximum, of_errors(&errors[1]));
        let (features, width) = (map.features(), map.features() + map.sizes().iter().sum::<usize>());
        let detector = Detector {
            ensemble: made,
            tail_residuals: Residuals::neutral(map, device),
            body_residuals: Residuals::neutral(map, device),
            prototypes: Prototypes::from_values(PrototypeValues { centres: Vec::new(), middle: vec![0.0; features] }, NEAREST, device),
            neighbours: Neighbours::from_values(NeighbourValues::none(width), device),
            marginals: Marginals::from_values(Vec::new(), device),
            calibration: Calibration::from_values(calibration(watch, map, ensemble.tails().order()), device),
        };
        let bounded = self.config.scaling == OnlineScaling::Bounded;
        let (tolerant_lowest, tolerant_highest) = ensemble.ranges().tolerant();
        let range = TrainingRange::new(tolerant_lowest.collect(), tolerant_highest.collect())?;
        let card = Card {
            scaler: scaler(lowest, highest, if bounded { Outside::Clamp } else { Outside::Extend })?,
            columns: self.columns.clone(),
            means: None,
            normal_scores: Some(watch.normal.scores().clone()),
            threshold: match &watch.rule {
                Rule::None => None,
                Rule::Fixed(value) => Some(Threshold::fixed(*value as f32)?),
                Rule::Recent(threshold) => Some(*threshold.start()),
            },
            pool: self.config.pool,
            excess: bounded.then_some(Excess { range, scales: watch.calibration.scales }),
            reading: self.reading.clone(),
            summary: self.summary(watch),
        };
        Ok(Kitsune::assemble(detector, card, device))
    }

    /// Hyper-parameters of the batch model.
    fn batch_config(&self) -> KitsuneConfig {
        let bounded = self.config.scaling == OnlineScaling::Bounded;
        KitsuneConfig::new()
            .with_max_features_per_cluster(self.config.max_features_per_cluster)
            .with_min_features_per_cluster(1)
            .with_map_distance(CorrelationDistance::Signed)
            .with_hidden_size(self.config.hidden_size)
            .with_activation(Activation::Sigmoid)
            .with_error(ErrorMetric::RootMeanSquare)
            .with_dropout(0.0)
            .with_head_input(HeadInput::MinMax)
            .with_body_ratio(None)
            .with_prototypes(0)
            .with_neighbours(0)
            .with_trim(0.0)
            .with_inputs(InputScaling::MinMax)
            .with_clamp(bounded)
            .with_excess(bounded)
            .with_score(self.config.score)
            .with_threshold(ThresholdKind::Quantile)
            .with_hold_out(0.0)
            .with_alert_rate(self.config.alert_rate)
            .with_optimizer(OptimizerKind::Sgd)
            .with_learning_rate(Some(self.config.learning_rate))
            .with_schedule(Schedule::Constant)
            .with_momentum(0.0)
            .with_batch_size(Some(1))
            .with_epochs(Some(1))
            .with_seed(self.config.seed)
            .with_mapper_rows(self.config.feature_map.is_none().then_some(self.config.mapper_grace))
    }

    fn summary(&self, watch: &Watch) -> TrainingSummary {
        let trained = self.config.train_grace.saturating_add(watch.counts.learned);
        TrainingSummary { steps: trained, rows_seen: trained, rows: Some(self.rows), epochs: Some(1), ..TrainingSummary::default() }
    }
}

/// The scaler by these ranges. A constant feature is 0, whatever it becomes: its change is an excess.
fn scaler(lowest: &[f64], highest: &[f64], outside: Outside) -> Result<Scaler, Error> {
    let features = lowest.len();
    let ends = || lowest.iter().zip(highest).map(|(&low, &high)| (low, high));
    let tops = ends().map(|(low, high)| if is_constant(low, high) { low } else { high });
    let knots = lowest.iter().copied().chain(tops).collect();
    let values = std::iter::repeat_n(0.0, features).chain(ends().map(|(low, high)| f32::from(!is_constant(low, high)))).collect();
    Scaler::from_parts(features, knots, values, outside)
}

/// Means and deviations of the scores' parts; `order` is the cluster at each position.
fn calibration(watch: &Watch, map: &FeatureMap, order: &[usize]) -> CalibrationValues {
    let clusters = map.clusters().len();
    let mut tails = vec![Standard { mean: 0.0, deviation: 1.0 }; clusters];
    order.iter().zip(&watch.calibration.of_tails).for_each(|(&cluster, &standard)| tails[cluster] = standard);
    let mut parts = [Standard { mean: 0.0, deviation: 1.0 }; ScorePart::COUNT];
    let [of_tails, of_head, of_both] = watch.calibration.parts;
    parts[ScorePart::Tails.column()] = of_tails;
    parts[ScorePart::Head.column()] = of_head;
    parts[ScorePart::Combined.column()] = of_both;
    let mut weights = ScoreRule::Mean.weights();
    weights[ScorePart::Head.column()] = watch.calibration.head_weight() as f32;
    CalibrationValues {
        tails: Standard::flat(&tails),
        features: Standard::flat(&watch.features),
        parts: Standard::flat(&parts),
        rule: ScoreRule::Mean,
        weights,
    }
}

/// The parameters of autoencoders, cluster by cluster.
fn weights(of: &[Autoencoder]) -> Vec<ClusterWeights<'_>> {
    of.iter().map(|Autoencoder { weight, hidden_bias, visible_bias }| ClusterWeights { weight, hidden_bias, visible_bias }).collect()
}
