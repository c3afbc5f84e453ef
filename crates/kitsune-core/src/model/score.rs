//! The formulas of the scores: from the errors of rows and a calibration to one number for each row.

use burn::tensor::{Tensor, backend::Backend};

use crate::kinds::ScoreKind;
use crate::model::calibration::Calibration;
use crate::model::parts::{PartErrors, ScorePart};

impl<B: Backend> Calibration<B> {
    /// The score of a kind: `[rows]`, higher is stranger, never negative. If the model lacks the part, the score is that of the tails;
    /// [`Detector::check`](super::detector::Detector::check) detects this case.
    pub(crate) fn score(&self, errors: &PartErrors<B>, kind: ScoreKind) -> Tensor<B, 1> {
        if let (ScoreKind::Head, Some(head)) = (kind, &errors.head) {
            return head.clone();
        }
        let tails = || self.part(ScorePart::Tails, self.standardised_tails(errors.tails.clone()).mean_dim(1).squeeze_dim(1));
        let body = || errors.body.clone().map(|error| self.part(ScorePart::Body, error));
        let prototypes = || errors.prototypes.clone().map(|distance| self.part(ScorePart::Prototypes, distance));
        let score = match kind {
            ScoreKind::Head | ScoreKind::Tails => None,
            ScoreKind::Body => body(),
            ScoreKind::Prototypes => prototypes(),
            ScoreKind::Combined => {
                let others: Vec<_> = [body(), prototypes()].into_iter().flatten().collect();
                let count = 1.0 + others.len() as f64;
                Some(self.part(ScorePart::Combined, others.into_iter().fold(tails(), |sum, part| sum + part) / count))
            }
        };
        softplus(score.unwrap_or_else(tails))
    }

    fn part(&self, part: ScorePart, values: Tensor<B, 1>) -> Tensor<B, 1> {
        let column = part.column();
        let standard = |row| self.parts.val().slice([row..row + 1, column..column + 1]).reshape([1]);
        (values - standard(0)) / standard(1)
    }
}

/// `ln(1 + exp(x))` without overflow. It is positive and preserves the order of `x`.
fn softplus<B: Backend>(x: Tensor<B, 1>) -> Tensor<B, 1> {
    let magnitude = x.clone().max_pair(x.clone().neg());
    x.clamp_min(0.0) + magnitude.neg().exp().log1p()
}
