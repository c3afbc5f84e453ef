//! Fits residuals, prototypes, neighbours, marginals and calibration of a detector to a sample of training rows.

use std::borrow::Cow;

use burn::tensor::{Tensor, TensorData, backend::Backend};

use crate::compute::engine::Engine;
use crate::compute::scoring;
use crate::error::Error;
use crate::features::map::FeatureMap;
use crate::model::calibration::{Calibration, CalibrationValues, ScoreRule};
use crate::model::detector::Detector;
use crate::model::ensemble::Ensemble;
use crate::model::marginals::{Marginals, rarities};
use crate::model::neighbours::{NeighbourValues, Neighbours};
use crate::model::parts::ScorePart;
use crate::model::prototypes::{FIT_ROWS, PrototypeValues, Prototypes, thinned};
use crate::model::residuals::{Explained, ResidualValues, Residuals};
use crate::model::row_major::{host_values, on_device};
use crate::model::standard::{DEVIATION_FLOOR, MEAN_FLOOR, Standard};
use crate::rows::host_rows::HostRows;

/// Number of sample rows that go through the ensemble at once.
const BATCH_ROWS: usize = 1_024;

/// Number of sample rows that say how far each feature usually is from its reconstructions. More tell little more about a deviation.
const REASON_ROWS: usize = 1_024;

/// Minimum deviation that divides the head's error, in models that learned row by row.
const HEAD_FLOOR: f64 = 1e-4;

/// The floor of the body's deviation, to be divided by the number of features. With it, a change of one feature by a tenth of its range
/// counts as one deviation, as in a tail of ten features.
const BODY_FLOOR: f64 = 1e-1;

impl<B: Backend> Detector<B> {
    /// Fits residuals, prototypes, neighbours, marginals and calibration to a sample of training rows in 0-1, F32 [rows, features]. A distance is the mean
    /// over the `nearest` prototypes. A score by [`ScoreRule::Mean`] has neither residuals nor neighbours nor marginals.
    ///
    /// # Errors
    /// [`Error::TooFewRows`] for an empty sample, [`Error::Diverged`] if an error is not finite.
    pub(crate) fn fit(
        ensemble: Ensemble<B>,
        sample: TensorData,
        nearest: usize,
        rule: ScoreRule,
        device: &B::Device,
    ) -> Result<Self, Error> {
        let (config, map) = (ensemble.config(), ensemble.feature_map());
        let features = map.features();
        let rows: Cow<'_, [f32]> = sample.as_slice().map_or_else(|_| Cow::Owned(host_values(&sample)), Cow::Borrowed);
        let prototypes = || PrototypeValues::fit(&rows, features, config.prototypes, config.seed);
        let (prototypes, known) = match rule {
            ScoreRule::Mean => (prototypes(), None),
            ScoreRule::Surprise => {
                let (prototypes, known) = rayon::join(prototypes, || Known::of(&rows, map));
                (prototypes, Some(known))
            }
        };
        let mut detector = Self {
            tail_residuals: Residuals::neutral(map, device),
            body_residuals: Residuals::neutral(map, device),
            prototypes: Prototypes::from_values(prototypes, nearest, device),
            neighbours: Neighbours::from_values(NeighbourValues::none(features), device),
            marginals: Marginals::from_values(Vec::new(), device),
            calibration: Calibration::neutral(map, rule, device),
            ensemble,
        };
        let apart = known.map(|known| detector.fit_surprising(&rows, known, device)).transpose()?;
        drop(rows);
        let calibration = Calibration::fit(&detector, &sample, apart, device)?;
        Ok(Self { calibration, ..detector })
    }

    /// Fits residuals, neighbours and marginals to rows in 0-1, [rows, features], of which something is known. Returns the distances of the stored rows to
    /// their own neighbours.
    fn fit_surprising(&mut self, rows: &[f32], known: Known, device: &B::Device) -> Result<Vec<f64>, Error> {
        let features = self.ensemble.feature_map().features();
        let Known { few, rarities, scale } = known;
        let shape = [few.len() / features.max(1), features];
        self.marginals = Marginals::from_values(rarities, device);
        [self.tail_residuals, self.body_residuals] = residuals(&self.ensemble, on_device(TensorData::new(few, shape), device), device)?;
        let (neighbours, apart) = self.fit_neighbours(rows, scale, device)?;
        self.neighbours = Neighbours::from_values(neighbours, device);
        Ok(apart)
    }

    /// Picks the rows to store of rows in 0-1, [rows, features], and measures them. Also returns their own distances.
    fn fit_neighbours(&self, rows: &[f32], scale: f32, device: &B::Device) -> Result<(NeighbourValues, Vec<f64>), Error> {
        let map = self.ensemble.feature_map();
        let (features, width) = (map.features(), map.features() + map.sizes().iter().sum::<usize>());
        let available = rows.len() / features.max(1);
        let config = self.ensemble.config();
        let positions = NeighbourValues::positions(available, config.neighbours);
        let mut picked = Vec::new();
        positions.for_each(|at| picked.extend_from_slice(&rows[at * features..][..features]));
        if picked.is_empty() {
            return Ok((NeighbourValues::none(width), Vec::new()));
        }
        let comparing = NeighbourValues::comparing(width, scale, config.seed);
        let none = Neighbours::from_values(comparing.clone(), device);
        let count = picked.len() / features;
        let x = on_device(TensorData::new(picked, [count, features]), device);
        let compared = finite(Some(none.compared(x.clone(), scoring::whitened(self, x), map)), "the residuals are")?;
        Ok(comparing.store(compared.into_iter().map(|value| value as f32).collect()))
    }

    /// Refits the calibration to the errors of another sample, F32 [rows, features] in 0-1.
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit).
    pub(crate) fn recalibrated(self, sample: TensorData, device: &B::Device) -> Result<Self, Error> {
        let calibration = Calibration::fit(&self, &sample, None, device)?;
        Ok(Self { calibration, ..self })
    }
}

/// What rows in 0-1 tell before any residual is known.
struct Known {
    /// Some of the rows: [rows, features].
    few: Vec<f32>,
    /// The values of the marginals.
    rarities: Vec<f32>,
    /// What values are multiplied by, beside residuals.
    scale: f32,
}

impl Known {
    fn of(rows: &[f32], map: &FeatureMap) -> Self {
        let features = map.features();
        let few = thinned(rows, features, FIT_ROWS).into_owned();
        let Explained { repeated, unexplained } = Explained::of(&few, features, map.clusters());
        let rarities = rarities(&few, features, map.clusters(), &repeated);
        let scale = NeighbourValues::scale_of(&few, features, NeighbourValues::share_of_residuals(unexplained));
        Self { few, rarities, scale }
    }
}

/// Fits the whitening of the residuals of tails and body to rows in 0-1, [rows, features].
fn residuals<B: Backend>(ensemble: &Ensemble<B>, x: Tensor<B, 2>, device: &B::Device) -> Result<[Residuals<B>; 2], Error> {
    let map = ensemble.feature_map();
    let (tails, body) = scoring::residuals(ensemble, x);
    let shape = [map.clusters().len(), map.visible()];
    let fit = |residuals: Tensor<B, 3>| {
        let values: Vec<f32> = host_values(&residuals.into_data());
        if !values.iter().all(|value| value.is_finite()) {
            return Err(Error::Diverged { what: "the reconstructions are" });
        }
        Ok(Residuals::from_values(ResidualValues::fit(&values, &map.sizes(), map.visible()), shape, device))
    };
    Ok([fit(tails)?, body.map_or_else(|| Ok(Residuals::neutral(map, device)), fit)?])
}

impl<B: Backend> Calibration<B> {
    /// Fits the calibration to a sample of training rows in 0-1, F32 [rows, features]. `apart` are the distances to the neighbours, where the sample has
    /// the stored rows themselves.
    fn fit(detector: &Detector<B>, sample: &TensorData, apart: Option<Vec<f64>>, device: &B::Device) -> Result<Self, Error> {
        let ensemble = &detector.ensemble;
        let rule = detector.calibration.rule();
        let (clusters, features) = (ensemble.feature_map().clusters().len(), ensemble.feature_map().features());
        let (mut tails, mut body, mut distances) = (Vec::new(), Vec::new(), Vec::new());
        let (mut tail_residuals, mut body_residuals) = (Vec::new(), Vec::new());
        let (mut neighbours, mut marginals, mut head) = (Vec::new(), Vec::new(), Vec::new());
        let mut off = vec![Running::default(); features];
        if sample.num_elements() == 0 {
            return Err(Error::TooFewRows { found: 0 });
        }
        let few = match sample.as_slice() {
            Ok(rows) => thinned(rows, features, REASON_ROWS).into_owned(),
            Err(_) => thinned(&host_values::<f32>(sample), features, REASON_ROWS).into_owned(),
        };
        let shape = [few.len() / features.max(1), features];
        let x = on_device(TensorData::new(few, shape), device);
        for row in finite(Some(scoring::reconstruct(detector, x).1), "the reconstructions are")?.chunks_exact(features) {
            off.iter_mut().zip(row).for_each(|(running, &value)| running.push(value));
        }
        // The CPU engine takes one small block after another anyway.
        let batch_rows = if scoring::engine(detector) == Engine::Cpu { usize::MAX } else { BATCH_ROWS };
        for (_, batch) in HostRows::new(sample)?.batches(batch_rows) {
            let x = on_device(batch.to_data(), device);
            let errors = scoring::forward(detector, x);
            distances.extend(finite(errors.prototypes, "the distances to the prototypes are")?);
            tails.extend(finite(Some(errors.tails), "the tails' errors are")?);
            body.extend(finite(errors.body, "the body's errors are")?);
            head.extend(finite(Some(errors.head), "the head's errors are")?);
            tail_residuals.extend(finite(errors.tail_residuals, "the tails' residuals are")?);
            body_residuals.extend(finite(errors.body_residuals, "the body's residuals are")?);
            neighbours.extend(finite(errors.neighbours, "the distances to the neighbours are")?);
            marginals.extend(finite(errors.marginals, "the marginals are")?);
        }

        let of_tails: Vec<Standard> =
            (0..clusters).map(|cluster| Standard::of(tails[cluster..].iter().step_by(clusters).copied(), DEVIATION_FLOOR)).collect();
        let means: Vec<f64> = tails
            .chunks_exact(clusters)
            .map(|row| row.iter().zip(&of_tails).map(|(&error, standard)| standard.apply(error)).sum::<f64>() / clusters as f64)
            .collect();
        let body_floor = BODY_FLOOR / features as f64;
        let mut parts = [Standard { mean: 0.0, deviation: 1.0 }; ScorePart::COUNT];
        let (mut sums, mut count) = (vec![0.0; means.len()], 0.0);
        let of_parts = [
            (ScorePart::Tails, means, MEAN_FLOOR),
            (ScorePart::Body, body, body_floor),
            (ScorePart::Prototypes, distances, DEVIATION_FLOOR),
            (ScorePart::TailResiduals, tail_residuals, MEAN_FLOOR),
            (ScorePart::BodyResiduals, body_residuals, MEAN_FLOOR),
            (ScorePart::Neighbours, apart.unwrap_or(neighbours), MEAN_FLOOR),
            (ScorePart::Marginals, marginals, MEAN_FLOOR),
        ];
        for (part, values, floor) in of_parts.into_iter().filter(|(_, values, _)| !values.is_empty()) {
            match rule {
                ScoreRule::Mean => {
                    parts[part.column()] = Standard::of(values.iter().copied(), floor);
                    sums.iter_mut().zip(&values).for_each(|(sum, &value)| *sum += parts[part.column()].apply(value));
                    count += 1.0;
                }
                ScoreRule::Surprise => parts[part.column()] = Standard::of_surprise(values, floor),
            }
        }
        let head_weight = f64::from(detector.calibration.weights()[ScorePart::Head.column()]);
        if rule == ScoreRule::Mean && head_weight > 0.0 {
            let standard = Standard::of(head.iter().copied(), HEAD_FLOOR);
            sums.iter_mut().zip(&head).for_each(|(sum, &error)| *sum += head_weight * standard.apply(error));
            parts[ScorePart::Head.column()] = standard;
            count += head_weight;
        }
        if rule == ScoreRule::Mean {
            parts[ScorePart::Combined.column()] = Standard::of(sums.iter().map(|sum| sum / count), MEAN_FLOOR);
        }
        let of_features: Vec<Standard> = off.into_iter().map(|running| running.standard(DEVIATION_FLOOR)).collect();
        let values = CalibrationValues {
            tails: Standard::flat(&of_tails),
            features: Standard::flat(&of_features),
            parts: Standard::flat(&parts),
            rule,
            weights: *detector.calibration.weights(),
        };
        Ok(Self::from_values(values, device))
    }
}

/// Running mean and sum of squared differences (Welford, 1962), which needs no stored values.
#[derive(Debug, Clone, Copy, Default)]
struct Running {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Running {
    fn push(&mut self, value: f64) {
        self.count += 1.0;
        let before = value - self.mean;
        self.mean += before / self.count;
        self.squares += before * (value - self.mean);
    }

    fn standard(self, floor: f64) -> Standard {
        Standard { mean: self.mean, deviation: (self.squares / self.count.max(1.0)).sqrt().max(floor) }
    }
}

/// The values of a tensor, if there is one. They must be finite.
fn finite<B: Backend, const D: usize>(tensor: Option<Tensor<B, D>>, what: &'static str) -> Result<Vec<f64>, Error> {
    let values: Vec<f64> = tensor.map_or_else(Vec::new, |tensor| host_values(&tensor.into_data()));
    if values.iter().all(|value| value.is_finite()) { Ok(values) } else { Err(Error::Diverged { what }) }
}
