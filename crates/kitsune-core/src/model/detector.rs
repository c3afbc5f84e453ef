//! The detector: a trained ensemble with the figures that turn its errors into scores.

use burn::module::Module;
use burn::tensor::backend::Backend;

use crate::error::Error;
use crate::kinds::ScoreKind;
use crate::model::calibration::{Calibration, ScoreRule};
use crate::model::ensemble::Ensemble;
use crate::model::marginals::Marginals;
use crate::model::neighbours::Neighbours;
use crate::model::parts::{Parts, ScorePart};
use crate::model::prototypes::Prototypes;
use crate::model::residuals::Residuals;
use crate::model::score::counts;

/// Number of nearest prototypes whose mean distance makes a score. A burst of equal training rows captures some prototypes; the mean over
/// several keeps these from hiding other rows of the same kind.
pub(crate) const NEAREST: usize = 4;

/// A trained ensemble, the whitening of its residuals, prototypes, some of the training rows, marginals, and the calibration over a sample of the training rows. Its
/// inputs are in 0-1.
#[derive(Module, Debug)]
pub(crate) struct Detector<B: Backend> {
    pub(crate) ensemble: Ensemble<B>,
    /// Neutral where the [rule](super::calibration::ScoreRule) needs no residuals, as is the body's without a body.
    pub(crate) tail_residuals: Residuals<B>,
    pub(crate) body_residuals: Residuals<B>,
    pub(crate) prototypes: Prototypes<B>,
    pub(crate) neighbours: Neighbours<B>,
    pub(crate) marginals: Marginals<B>,
    pub(crate) calibration: Calibration<B>,
}

impl<B: Backend> Detector<B> {
    /// The parts that a score is computed from.
    pub(crate) fn parts_of(&self, kind: ScoreKind) -> Parts {
        let with_head = kind == ScoreKind::Combined && self.calibration.weights()[ScorePart::Head.column()] > 0.0;
        let parts = Parts::of(kind);
        self.known(Parts { head: parts.head || with_head, ..parts })
    }

    /// All parts.
    pub(crate) fn all_parts(&self) -> Parts {
        self.known(Parts::ALL)
    }

    /// Without the residuals where the rule needs none.
    fn known(&self, parts: Parts) -> Parts {
        Parts { residuals: parts.residuals && self.calibration.rule() == ScoreRule::Surprise, ..parts }
    }

    /// The share of the tails among the weights of the parts of a score that the model has.
    pub(crate) fn share_of_tails(&self, kind: ScoreKind) -> f64 {
        if kind == ScoreKind::Head {
            return 1.0;
        }
        let is_there = |part| match part {
            ScorePart::Body | ScorePart::BodyResiduals => self.ensemble.body().is_some(),
            ScorePart::Prototypes => self.prototypes.nearest() > 0,
            ScorePart::Neighbours => self.neighbours.count() > 0,
            ScorePart::Marginals => self.marginals.is_there(),
            ScorePart::Tails | ScorePart::TailResiduals | ScorePart::Combined | ScorePart::Head => true,
        };
        let weights = |of_tails: bool| {
            let parts = ScorePart::ALL.into_iter().zip(self.calibration.weights());
            let counted = parts.filter(|&(part, _)| counts(part, kind) && is_there(part));
            let counted = counted.filter(|&(part, _)| !of_tails || matches!(part, ScorePart::Tails | ScorePart::TailResiduals));
            counted.map(|(_, &weight)| f64::from(weight)).sum::<f64>()
        };
        let all = weights(false);
        if all > 0.0 { weights(true) / all } else { 1.0 }
    }

    /// Checks that the model has the part that a score is computed from.
    ///
    /// # Errors
    /// [`Error::NoSuchScore`].
    pub(crate) fn check(&self, kind: ScoreKind) -> Result<(), Error> {
        match kind {
            ScoreKind::Body if self.ensemble.body().is_none() => Err(Error::NoSuchScore { part: "body" }),
            ScoreKind::Prototypes if self.prototypes.nearest() == 0 => Err(Error::NoSuchScore { part: "prototypes" }),
            ScoreKind::Neighbours if self.neighbours.count() == 0 => Err(Error::NoSuchScore { part: "neighbours" }),
            ScoreKind::Marginals if !self.marginals.is_there() => Err(Error::NoSuchScore { part: "marginals" }),
            _ => Ok(()),
        }
    }
}
