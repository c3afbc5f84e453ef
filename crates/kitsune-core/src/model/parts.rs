//! The parts of a model, and their errors.

use burn::tensor::{Tensor, backend::Backend};

use crate::kinds::ScoreKind;

/// An autoencoder of the ensemble, in the order of its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EnsemblePart {
    Tails,
    Head,
    Body,
}

/// A part of a score, in the order of the columns of [`Calibration::parts`](super::calibration::Calibration::parts).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScorePart {
    Tails,
    Body,
    Prototypes,
    Combined,
    /// The whitened residuals of the tails.
    TailResiduals,
    /// The whitened residuals of the body.
    BodyResiduals,
    Neighbours,
    Marginals,
    /// The head, which counts in models that learned row by row only.
    Head,
}

impl ScorePart {
    /// How many parts have a mean and a deviation.
    pub(crate) const COUNT: usize = 9;

    /// All parts, in the order of their columns.
    pub(crate) const ALL: [Self; Self::COUNT] = [
        Self::Tails,
        Self::Body,
        Self::Prototypes,
        Self::Combined,
        Self::TailResiduals,
        Self::BodyResiduals,
        Self::Neighbours,
        Self::Marginals,
        Self::Head,
    ];

    /// The column of this part.
    pub(crate) const fn column(self) -> usize {
        self as usize
    }
}

/// The parts whose errors a caller asks for.
#[expect(clippy::struct_excessive_bools, reason = "each part is asked for or not, independently of the others")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) tails: bool,
    pub(crate) head: bool,
    pub(crate) body: bool,
    pub(crate) prototypes: bool,
    pub(crate) neighbours: bool,
    pub(crate) marginals: bool,
    /// The whitened residuals of the tails and the body, as far as these are asked for.
    pub(crate) residuals: bool,
}

impl Parts {
    pub(crate) const ALL: Self =
        Self { tails: true, head: true, body: true, prototypes: true, neighbours: true, marginals: true, residuals: true };

    /// The parts that a score is computed from.
    pub(crate) fn of(kind: ScoreKind) -> Self {
        let needs = |part| kind == part || kind == ScoreKind::Combined;
        Self {
            // The neighbours compare the residuals of the body, or without a body those of the tails.
            tails: needs(ScoreKind::Tails) || matches!(kind, ScoreKind::Head | ScoreKind::Neighbours),
            head: kind == ScoreKind::Head,
            body: needs(ScoreKind::Body) || kind == ScoreKind::Neighbours,
            prototypes: needs(ScoreKind::Prototypes),
            neighbours: needs(ScoreKind::Neighbours),
            marginals: needs(ScoreKind::Marginals),
            residuals: !matches!(kind, ScoreKind::Head | ScoreKind::Marginals),
        }
    }
}

/// The errors of the parts that a caller asked for.
#[derive(Debug)]
pub(crate) struct PartErrors<B: Backend> {
    /// [rows, clusters].
    pub(crate) tails: Tensor<B, 2>,
    /// `[rows]`, like the fields below.
    pub(crate) head: Option<Tensor<B, 1>>,
    pub(crate) body: Option<Tensor<B, 1>>,
    pub(crate) prototypes: Option<Tensor<B, 1>>,
    /// Sizes of the whitened residuals of the tails, in a model that has them.
    pub(crate) tail_residuals: Option<Tensor<B, 1>>,
    pub(crate) body_residuals: Option<Tensor<B, 1>>,
    pub(crate) neighbours: Option<Tensor<B, 1>>,
    pub(crate) marginals: Option<Tensor<B, 1>>,
}
