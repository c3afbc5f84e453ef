//! Models whose threshold is one of pooled scores.

use burn::tensor::backend::Backend;

use crate::error::Error;
use crate::kitsune::Kitsune;
use crate::pool::Pool;

impl<B: Backend> Kitsune<B> {
    /// Half-life in seconds with which the scores of a sender are to be [pooled](Pool) before the model's threshold says anything about them. `None` if
    /// threshold and normal scores are those of rows by themselves. [`score_rows`](Self::score_rows) knows no senders and pools nothing.
    pub fn pool(&self) -> Option<f64> {
        self.card.get().pool
    }

    /// Returns the model for scores that are pooled with a half-life in seconds, or for scores of rows by themselves. If that was otherwise before, the model has
    /// neither normal scores nor a threshold, until [`with_normal_scores`](Self::with_normal_scores) gives it such scores.
    ///
    /// # Errors
    /// [`Error::Hyperparameter`] unless the half-life is above 0 and finite.
    pub fn with_pool(self, half_life: Option<f64>) -> Result<Self, Error> {
        half_life.map(Pool::new).transpose()?;
        if half_life == self.pool() {
            return Ok(self);
        }
        Ok(self.with_card(|card| (card.pool, card.normal_scores, card.threshold) = (half_life, None, None)))
    }
}
