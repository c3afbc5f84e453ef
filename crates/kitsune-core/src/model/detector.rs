//! From scaled rows to scores.

use burn::module::Module;
use burn::tensor::{Tensor, TensorData, backend::Backend};

use crate::rows::batches::Batches;
use crate::model::calibration::Calibration;
use crate::config::ScoreKind;
use crate::scaler::device::DeviceScaler;
use crate::model::ensemble::{Ensemble, Errors};
use crate::error::Error;
use crate::compute::cpu::{HostDetector, HostValues, Input, Measured};
use crate::model::prototypes::{PrototypeValues, Prototypes};
use crate::model::row_major::on_device;
use crate::rows::HostRows;
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

/// Errors that are asked for.
#[expect(clippy::struct_excessive_bools, reason = "a part is asked for or not, whatever the others are")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) tails: bool,
    pub(crate) head: bool,
    pub(crate) body: bool,
    pub(crate) prototypes: bool,
}

impl Parts {
    pub(crate) const ALL: Self = Self { tails: true, head: true, body: true, prototypes: true };

    /// What a score is made of.
    pub(crate) fn of(kind: ScoreKind) -> Self {
        let needs = |part| kind == part || kind == ScoreKind::Combined;
        Self {
            tails: needs(ScoreKind::Tails) || kind == ScoreKind::Head,
            head: kind == ScoreKind::Head,
            body: needs(ScoreKind::Body),
            prototypes: needs(ScoreKind::Prototypes),
        }
    }
}

/// The errors of those parts that were asked for.
#[derive(Debug)]
pub(crate) struct PartErrors<B: Backend> {
    /// [rows, clusters].
    pub(crate) tails: Tensor<B, 2>,
    /// `[rows]`, like those that follow.
    pub(crate) head: Option<Tensor<B, 1>>,
    pub(crate) body: Option<Tensor<B, 1>>,
    pub(crate) prototypes: Option<Tensor<B, 1>>,
}

impl<B: Backend> PartErrors<B> {
    /// As users know them, if the head was asked for.
    pub(crate) fn with_head(self) -> Option<Errors<B>> {
        let Self { tails, head, body, prototypes } = self;
        Some(Errors { tails, head: head?, body, prototypes })
    }
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
        match self.on_host(&rows, Some(scaler), Parts::ALL, None) {
            Some(measured) => measured.into_errors(&rows.device()),
            None => self.forward(device_scaler.forward(rows)),
        }
    }

    /// Scores likewise, of a kind that was checked.
    ///
    /// # Shapes
    /// - rows: [rows, features]
    /// - output: `[rows]`
    pub(crate) fn score_raw(&self, rows: Tensor<B, 2>, scaler: &Scaler, device_scaler: &DeviceScaler<B>, kind: ScoreKind) -> Tensor<B, 1> {
        match self.on_host(&rows, Some(scaler), Parts::of(kind), Some(kind)) {
            Some(Measured { scores, .. }) => {
                let shape = [scores.len()];
                Tensor::from_data(TensorData::new(scores, shape), &rows.device())
            }
            None => self.calibration.score(&self.errors_of(device_scaler.forward(rows), Parts::of(kind)), kind),
        }
    }

    /// # Shapes
    /// - x: [rows, features], in 0-1
    pub(crate) fn forward(&self, x: Tensor<B, 2>) -> Errors<B> {
        if let Some(measured) = self.on_host(&x, None, Parts::ALL, None) {
            return measured.into_errors(&x.device());
        }
        let prototypes = self.prototypes.distance(x.clone());
        Errors { prototypes, ..self.ensemble.forward(x) }
    }

    /// Scores of a kind, or errors without one, of rows [rows, features] that are in 0-1 or that a scaler brings there, whatever they are;
    /// `None` where the numbers do not lie on the host.
    fn on_host(&self, rows: &Tensor<B, 2>, scaler: Option<&Scaler>, parts: Parts, kind: Option<ScoreKind>) -> Option<Measured> {
        let host = HostDetector::of(self, parts)?;
        let values = HostValues::of(rows.clone())?;
        let [_, features] = rows.dims();
        assert_eq!(features, self.ensemble.feature_map().features(), "rows have as many features as the model");
        let input = match scaler {
            Some(scaler) => Input::Unchecked(HostRows::of_f32(values.as_slice(), features), scaler),
            None => Input::Scaled(values.as_slice()),
        };
        host.measure(input, kind, kind.is_none()).ok()
    }

    /// The errors of some parts, and of the tails in any case.
    ///
    /// # Shapes
    /// - x: [rows, features], in 0-1
    pub(crate) fn errors_of(&self, x: Tensor<B, 2>, parts: Parts) -> PartErrors<B> {
        let prototypes = if parts.prototypes { self.prototypes.distance(x.clone()) } else { None };
        let body = if parts.body { self.ensemble.body_error(x.clone(), None) } else { None };
        let tails = self.ensemble.tail_errors(x, None);
        let head = parts.head.then(|| self.ensemble.head_error(tails.clone(), None));
        PartErrors { tails, head, body, prototypes }
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
    pub(crate) fn score(&self, errors: &PartErrors<B>, kind: ScoreKind) -> Result<Tensor<B, 1>, Error> {
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
            let errors = self.errors_of(on_device(batch?, device), Parts::of(kind));
            scores.extend(self.score(&errors, kind)?.into_data().iter::<f32>());
        }
        Ok(scores)
    }
}
