//! The scores of a pass over rows, batch by batch.

use std::path::PathBuf;

use anyhow::Result;
use burn::tensor::backend::Backend;
use kitsune_core::scoring::Pool;
use kitsune_data::{Batch, Source};

use super::pooling::senders;
use super::{RowScores, Scorer};
use crate::input::packet_clock::{PacketClock, RowTimes};

/// Scores the batches of a pass in their order.
#[derive(Debug)]
pub(crate) struct ScoredPass<'a, B: Backend> {
    scorer: &'a Scorer<B>,
    files: Vec<PathBuf>,
    /// The scores of hosts, if they are pooled.
    pool: Option<Pool>,
    /// `None` where nobody asks when rows came.
    clock: Option<PacketClock>,
}

impl<'a, B: Backend> ScoredPass<'a, B> {
    /// For the rows of a source. `needs_times` if not only a pool goes by the times of rows.
    pub(crate) fn new(scorer: &'a Scorer<B>, source: &Source, needs_times: bool) -> Result<Self> {
        let pool = scorer.model().pool().map(Pool::new).transpose()?;
        let clock = (pool.is_some() || needs_times).then(PacketClock::default);
        Ok(Self { scorer, files: source.files().to_vec(), pool, clock })
    }

    /// The scores of the next batch and the verdicts, and the errors of all clusters if `with_tails`; and when its rows came, if that was asked for.
    pub(crate) fn score(&mut self, batch: &Batch, with_tails: bool) -> Result<(RowScores, Option<RowTimes>)> {
        let rows = 0..batch.rows();
        let times = self.clock.as_mut().map(|clock| clock.take(batch, rows.clone(), &self.files)).transpose()?;
        let mut scored = self.scorer.scored(batch.data(), with_tails)?;
        if let (Some(pool), Some(times)) = (&mut self.pool, &times) {
            for (score, sender) in scored.scores.iter_mut().zip(senders(batch, rows, times)?) {
                *score = pool.mean(sender, f64::from(*score)) as f32;
            }
        }
        Ok((self.scorer.judged(scored), times))
    }
}
