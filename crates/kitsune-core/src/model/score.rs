//! The formulas of the scores: from the errors of rows and a calibration to one number for each row.

use burn::tensor::{Tensor, backend::Backend};

use crate::kinds::ScoreKind;
use crate::model::calibration::{Calibration, ScoreRule};
use crate::model::parts::{PartErrors, ScorePart};

/// A surprise beyond which none is larger, so that its fourth power is finite.
pub(crate) const MOST_SURPRISE: f32 = 1e9;

/// Whether a part belongs to a score of a kind that is not the head's.
pub(crate) fn counts(part: ScorePart, kind: ScoreKind) -> bool {
    match part {
        _ if kind == ScoreKind::Combined => part != ScorePart::Combined,
        ScorePart::Tails | ScorePart::TailResiduals => kind == ScoreKind::Tails,
        ScorePart::Body | ScorePart::BodyResiduals => kind == ScoreKind::Body,
        ScorePart::Prototypes => kind == ScoreKind::Prototypes,
        ScorePart::Neighbours => kind == ScoreKind::Neighbours,
        ScorePart::Marginals => kind == ScoreKind::Marginals,
        ScorePart::Combined | ScorePart::Head => false,
    }
}

impl<B: Backend> Calibration<B> {
    /// The score of a kind: `[rows]`, higher is stranger, never negative. If the model lacks the part, the score is that of the tails;
    /// [`Detector::check`](super::detector::Detector::check) detects this case.
    pub(crate) fn score(&self, errors: &PartErrors<B>, kind: ScoreKind) -> Tensor<B, 1> {
        if let (ScoreKind::Head, Some(head)) = (kind, &errors.head) {
            return head.clone();
        }
        match self.rule() {
            ScoreRule::Mean => self.mean_score(errors, kind),
            ScoreRule::Surprise => self.surprise_score(errors, kind),
        }
    }

    /// The fourth root of the weighted mean fourth power of the surprises `ln(1 + exp((value - origin) / unit))` of the parts that the kind names.
    fn surprise_score(&self, errors: &PartErrors<B>, kind: ScoreKind) -> Tensor<B, 1> {
        let value = |part| match part {
            ScorePart::Tails => Some(self.mean_of_tails(errors)),
            ScorePart::TailResiduals => errors.tail_residuals.clone(),
            ScorePart::BodyResiduals => errors.body_residuals.clone(),
            ScorePart::Prototypes => errors.prototypes.clone(),
            ScorePart::Neighbours => errors.neighbours.clone(),
            ScorePart::Marginals => errors.marginals.clone(),
            ScorePart::Body | ScorePart::Combined | ScorePart::Head => None,
        };
        let (mut sum, mut weights) = (None, 0.0);
        for (part, &weight) in ScorePart::ALL.into_iter().zip(self.weights()).filter(|&(part, _)| counts(part, kind)) {
            if let Some(value) = value(part).filter(|_| weight > 0.0) {
                let surprise = self.surprise(part, value);
                let square = surprise.clone() * surprise;
                let power = square.clone() * square * weight;
                sum = Some(match sum {
                    Some(sum) => sum + power,
                    None => power,
                });
                weights += weight;
            }
        }
        match sum {
            Some(sum) => (sum / weights).sqrt().sqrt(),
            None => self.surprise(ScorePart::Tails, self.mean_of_tails(errors)),
        }
    }

    /// The softplus of the weighted mean of the standardised parts that the kind names.
    fn mean_score(&self, errors: &PartErrors<B>, kind: ScoreKind) -> Tensor<B, 1> {
        let tails = || self.part(ScorePart::Tails, self.mean_of_tails(errors));
        let body = || errors.body.clone().map(|error| self.part(ScorePart::Body, error));
        let prototypes = || errors.prototypes.clone().map(|distance| self.part(ScorePart::Prototypes, distance));
        let score = match kind {
            ScoreKind::Head | ScoreKind::Tails | ScoreKind::Neighbours | ScoreKind::Marginals => None,
            ScoreKind::Body => body(),
            ScoreKind::Prototypes => prototypes(),
            ScoreKind::Combined => {
                let weight = self.weights()[ScorePart::Head.column()];
                let head = errors.head.clone().filter(|_| weight > 0.0).map(|error| self.part(ScorePart::Head, error) * weight);
                let weights =
                    1.0 + f32::from(errors.body.is_some()) + f32::from(errors.prototypes.is_some()) + head.as_ref().map_or(0.0, |_| weight);
                let others = [body(), prototypes(), head].into_iter().flatten();
                Some(self.part(ScorePart::Combined, others.fold(tails(), |sum, part| sum + part) / weights))
            }
        };
        softplus(score.unwrap_or_else(tails))
    }

    fn mean_of_tails(&self, errors: &PartErrors<B>) -> Tensor<B, 1> {
        self.standardised_tails(errors.tails.clone()).mean_dim(1).squeeze_dim(1)
    }

    fn surprise(&self, part: ScorePart, values: Tensor<B, 1>) -> Tensor<B, 1> {
        softplus(self.part(part, values)).clamp_max(MOST_SURPRISE)
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
