//! From scaled rows to scores.

use burn::module::Module;
use burn::tensor::{Tensor, TensorData, backend::Backend};

use crate::calibration::Calibration;
use crate::config::ScoreKind;
use crate::device_scaler::DeviceScaler;
use crate::ensemble::{Ensemble, Errors};
use crate::error::Error;
use crate::fused::{HostDetector, Input, Measured, Parts, Values};
use crate::prototypes::{PrototypeValues, Prototypes};
use crate::rows::{Batches, HostRows};
use crate::scaler::Scaler;

/// Rows that are scored at once.
const BATCH_ROWS: usize = 1_024;

/// Prototypes whose distances make a score: of several, so that a burst of equal rows among the training rows, which has some prototypes of
/// its own, does not hide others of its kind.
pub(crate) const NEAREST: usize = 4;

/// A trained ensemble with what a sample of training rows tells: their prototypes, and where their errors lie. Sees inputs in 0-1.
#[derive(Module, Debug)]
pub(crate) struct Detector<B: Backend> {
    pub(crate) ensemble: Ensemble<B>,
    pub(crate) prototypes: Prototypes<B>,
    pub(crate) calibration: Calibration<B>,
}

impl<B: Backend> Detector<B> {
    /// Of a sample of training rows in 0-1, F32 [rows, features]; a distance is the mean of those to the `nearest` prototypes.
    pub(crate) fn fit(ensemble: Ensemble<B>, sample: TensorData, nearest: usize, device: &B::Device) -> Result<Self, Error> {
        let config = ensemble.config();
        let features = ensemble.feature_map().features();
        let rows: Vec<f32> = sample.iter::<f32>().collect();
        let prototypes = PrototypeValues::fit(&rows, features, config.prototypes, config.seed);
        let prototypes = Prototypes::from_values(prototypes, nearest, device);
        let calibration = Calibration::neutral(ensemble.feature_map(), device);
        Self { ensemble, prototypes, calibration }.recalibrated(sample, device)
    }

    /// The same with the errors of another sample, F32 [rows, features] in 0-1.
    pub(crate) fn recalibrated(self, sample: TensorData, device: &B::Device) -> Result<Self, Error> {
        let calibration = Calibration::fit(&self, sample, device)?;
        Ok(Self { calibration, ..self })
    }

    /// All errors of raw rows that are a tensor on the device, which are scaled whatever they are.
    ///
    /// # Shapes
    /// - rows: [rows, features]
    pub(crate) fn forward_raw(&self, rows: Tensor<B, 2>, scaler: &Scaler, device_scaler: &DeviceScaler<B>) -> Errors<B> {
        let lent = Values::of(rows.clone());
        match lent.and_then(|values| self.measure(Input::Unchecked(self.view(values.as_slice(), &rows), scaler), Parts::ALL, None)) {
            Some((measured, there)) => measured.into_errors(there, self.clusters(), &rows.device()),
            None => self.forward(device_scaler.forward(rows)),
        }
    }

    /// Scores likewise, of a kind that was checked.
    ///
    /// # Shapes
    /// - rows: [rows, features]
    /// - output: `[rows]`
    pub(crate) fn score_raw(&self, rows: Tensor<B, 2>, scaler: &Scaler, device_scaler: &DeviceScaler<B>, kind: ScoreKind) -> Tensor<B, 1> {
        let lent = Values::of(rows.clone());
        let parts = Parts::of(kind);
        match lent.and_then(|values| self.measure(Input::Unchecked(self.view(values.as_slice(), &rows), scaler), parts, Some(kind))) {
            Some((Measured { scores, .. }, _)) => {
                let shape = [scores.len()];
                Tensor::from_data(TensorData::new(scores, shape), &rows.device())
            }
            None => self.calibration.score(&self.forward_for(device_scaler.forward(rows), kind), kind),
        }
    }

    /// Errors or, of a kind, scores of rows that cannot be refused, and by which parts; `None` where the numbers do not lie on the host.
    fn measure(&self, input: Input<'_>, parts: Parts, kind: Option<ScoreKind>) -> Option<(Measured, Parts)> {
        let host = HostDetector::of(self, parts)?;
        Some((host.measure(input, kind, kind.is_none()).ok()?, host.parts()))
    }

    fn view<'a>(&self, values: &'a [f32], rows: &Tensor<B, 2>) -> HostRows<'a> {
        let features = self.ensemble.feature_map().features();
        assert_eq!(rows.dims()[1], features, "rows have as many features as the model");
        HostRows::of_f32(values, features)
    }

    fn clusters(&self) -> usize {
        self.ensemble.feature_map().clusters().len()
    }

    /// # Shapes
    /// - x: [rows, features], in 0-1
    pub(crate) fn forward(&self, x: Tensor<B, 2>) -> Errors<B> {
        let lent = Values::of(x.clone());
        if let Some((measured, there)) = lent.and_then(|values| self.measure(Input::Scaled(values.as_slice()), Parts::ALL, None)) {
            return measured.into_errors(there, self.clusters(), &x.device());
        }
        let prototypes = self.prototypes.distance(x.clone());
        Errors { prototypes, ..self.ensemble.forward(x) }
    }

    /// The errors that a score of that kind is made of, and those of tails and head in any case.
    ///
    /// # Shapes
    /// - x: [rows, features], in 0-1
    pub(crate) fn forward_for(&self, x: Tensor<B, 2>, kind: ScoreKind) -> Errors<B> {
        let needs = |part| kind == part || kind == ScoreKind::Combined;
        let prototypes = if needs(ScoreKind::Prototypes) { self.prototypes.distance(x.clone()) } else { None };
        let body = if needs(ScoreKind::Body) { self.ensemble.body_error(x.clone(), None) } else { None };
        let tails = self.ensemble.tail_errors(x, None);
        let head = self.ensemble.head_error(tails.clone(), None);
        Errors { tails, head, body, prototypes }
    }

    /// Errs where the model lacks the part that the score is made of.
    ///
    /// # Errors
    /// [`Error::NoSuchScore`].
    pub(crate) fn check(&self, kind: ScoreKind) -> Result<(), Error> {
        match kind {
            ScoreKind::Body if self.ensemble.body().is_none() => Err(Error::NoSuchScore { part: "body" }),
            ScoreKind::Prototypes if self.prototypes.nearest() == 0 => Err(Error::NoSuchScore { part: "prototypes" }),
            _ => Ok(()),
        }
    }

    /// The score of that kind: `[rows]`.
    ///
    /// # Errors
    /// [`Error::NoSuchScore`].
    pub(crate) fn score(&self, errors: &Errors<B>, kind: ScoreKind) -> Result<Tensor<B, 1>, Error> {
        self.check(kind)?;
        Ok(self.calibration.score(errors, kind))
    }

    /// The scores of rows in 0-1 on the host, F32 [rows, features].
    pub(crate) fn score_host(&self, rows: TensorData, kind: ScoreKind, device: &B::Device) -> Result<Vec<f32>, Error> {
        self.check(kind)?;
        if let Some(host) = HostDetector::of(self, Parts::of(kind)) {
            let values = rows.as_slice().map_err(|_| Error::NotRows { found: format!("{:?}", rows.dtype) })?;
            return Ok(host.measure(Input::Scaled(values), Some(kind), false)?.scores);
        }
        let mut scores = Vec::with_capacity(rows.shape[0]);
        for batch in Batches::new(std::iter::once(Ok(rows)), BATCH_ROWS) {
            let errors = self.forward_for(Tensor::from_data(batch?, device), kind);
            scores.extend(self.score(&errors, kind)?.into_data().iter::<f32>());
        }
        Ok(scores)
    }
}
