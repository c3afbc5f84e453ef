//! The detector: a trained ensemble with the figures that turn its errors into scores.

use burn::module::Module;
use burn::tensor::backend::Backend;

use crate::error::Error;
use crate::kinds::ScoreKind;
use crate::model::calibration::Calibration;
use crate::model::ensemble::Ensemble;
use crate::model::prototypes::Prototypes;

/// Number of nearest prototypes whose mean distance makes a score. A burst of equal training rows captures some prototypes; the mean over
/// several keeps these from hiding other rows of the same kind.
pub(crate) const NEAREST: usize = 4;

/// A trained ensemble, prototypes of the training rows, and the calibration over a sample of them. Its inputs are in 0-1.
#[derive(Module, Debug)]
pub(crate) struct Detector<B: Backend> {
    pub(crate) ensemble: Ensemble<B>,
    pub(crate) prototypes: Prototypes<B>,
    pub(crate) calibration: Calibration<B>,
}

impl<B: Backend> Detector<B> {
    /// Checks that the model has the part that a score is computed from.
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
}
