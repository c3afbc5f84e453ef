//! Options for scoring rows.

use std::fmt;
use std::ops::ControlFlow;

use crate::kinds::ScoreKind;

/// Options of [`Kitsune::score`](crate::Kitsune::score) and [`Kitsune::score_rows`](crate::Kitsune::score_rows).
#[derive(Clone, Copy)]
pub struct ScoreOptions<'a> {
    pub(super) score: Option<ScoreKind>,
    pub(super) errors: bool,
    pub(super) batch_rows: usize,
    pub(super) check: Option<&'a dyn Fn() -> ControlFlow<()>>,
}

impl fmt::Debug for ScoreOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { score, errors, batch_rows, .. } = self;
        let mut shown = f.debug_struct("ScoreOptions");
        shown.field("score", score).field("errors", errors).field("batch_rows", batch_rows).finish_non_exhaustive()
    }
}

impl Default for ScoreOptions<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> ScoreOptions<'a> {
    /// The model's default score, 1,024 rows at once, without row errors.
    pub fn new() -> Self {
        Self { score: None, errors: false, batch_rows: 1_024, check: None }
    }

    /// Scores by `score` instead of the model's default.
    #[must_use]
    pub fn with_score(self, score: ScoreKind) -> Self {
        Self { score: Some(score), ..self }
    }

    /// Returns the row errors as well: those that the score is computed from, and those of tails and head.
    #[must_use]
    pub fn with_errors(self) -> Self {
        Self { errors: true, ..self }
    }

    /// Scores `rows` rows at once (0 counts as 1). This bounds the memory of a device and changes no score.
    #[must_use]
    pub fn with_batch_rows(self, rows: usize) -> Self {
        Self { batch_rows: rows.max(1), ..self }
    }

    /// Calls `check` before each batch. If it breaks, scoring ends with [`Error::Stopped`](crate::Error::Stopped).
    #[must_use]
    pub fn with_check(self, check: &'a dyn Fn() -> ControlFlow<()>) -> Self {
        Self { check: Some(check), ..self }
    }
}
