//! The loop of a training by the recipe over the batches of a pass.

use burn::tensor::backend::AutodiffBackend;

use crate::compute::step::TakeBatch;
use crate::error::Error;
use crate::optimizer::by_engine::ByEngine;
use crate::rows::batch_rows::BatchRows;
use crate::rows::batches::Batches;
use crate::rows::source::Chunk;
use crate::training::trainer::{Trainer, check, settings, step_rows};

/// What a loop of steps does beside them.
pub(super) struct StepLoop<'a> {
    /// Maximum number of steps.
    pub(super) most: u64,
    /// The learning rate of a step, by the number of steps before it.
    pub(super) learning_rate: &'a dyn Fn(u64) -> f64,
    /// A call for each batch, in the order of the batches, before its step is taken.
    pub(super) batch: &'a mut dyn FnMut(&BatchRows<'_>),
    /// A call after each step, with the number of steps so far and of rows in them. Its error ends the loop.
    pub(super) taken: &'a mut dyn FnMut(u64, u64) -> Result<(), Error>,
}

impl<B: AutodiffBackend> Trainer<B, ByEngine> {
    /// Takes a step over each batch, as far as the loop goes. Batches are read, and on the CPU made ready, while the steps before them are taken. So the recipe
    /// needs no code that scales tensors.
    ///
    /// # Errors
    /// Those of [`step`](Self::step), of the batches, and of the loop.
    pub(super) fn take_steps<C: Into<Chunk>, I: Iterator<Item = Result<C, Error>>>(
        &mut self,
        batches: &mut Batches<I>,
        StepLoop { most, learning_rate, batch, taken }: StepLoop<'_>,
    ) -> Result<(), Error> {
        let Self { engine, scaler, limit, steps, rows, .. } = self;
        let (config, end, mut read) = (engine.config().clone(), steps.saturating_add(most), *steps);
        let next = |take: TakeBatch<'_>| {
            let Some(found) = (if read < end { batches.next_rows()? } else { None }) else { return Ok(false) };
            check(scaler, [found.rows(), found.features()])?;
            batch(&found);
            take(&found, settings(&config, read, learning_rate(read)))?;
            read += 1;
            Ok(true)
        };
        engine.steps(&step_rows(scaler, limit.as_ref()), next, |count| {
            *steps += 1;
            *rows += count as u64;
            taken(*steps, *rows)
        })
    }
}
