//! Options for scoring host rows.

use std::fmt;
use std::ops::ControlFlow;

use crate::kinds::ScoreKind;

/// Options of [`Kitsune::score_host`](crate::Kitsune::score_host).
pub struct Scoring<'a> {
    pub(super) kind: ScoreKind,
    pub(super) with_errors: bool,
    pub(super) batch_rows: Option<usize>,
    pub(super) check: Option<&'a mut dyn FnMut() -> ControlFlow<()>>,
}

impl fmt::Debug for Scoring<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, with_errors, batch_rows, .. } = self;
        f.debug_struct("Scoring")
            .field("kind", kind)
            .field("with_errors", with_errors)
            .field("batch_rows", batch_rows)
            .finish_non_exhaustive()
    }
}

impl<'a> Scoring<'a> {
    /// Scores by `kind`, all rows in one batch, without row errors.
    pub fn new(kind: ScoreKind) -> Self {
        Self { kind, with_errors: false, batch_rows: None, check: None }
    }

    /// Returns the row errors as well: those that the score is computed from, and those of tails and head.
    #[must_use]
    pub fn with_errors(self) -> Self {
        Self { with_errors: true, ..self }
    }

    /// Scores `rows` rows at once (0 counts as 1). This bounds the memory of a device and changes no score.
    #[must_use]
    pub fn with_batch_rows(self, rows: usize) -> Self {
        Self { batch_rows: Some(rows), ..self }
    }

    /// Calls `check` before each batch. If it breaks, scoring ends with [`Error::Stopped`](crate::Error::Stopped).
    #[must_use]
    pub fn with_check(self, check: &'a mut dyn FnMut() -> ControlFlow<()>) -> Self {
        Self { check: Some(check), ..self }
    }
}
