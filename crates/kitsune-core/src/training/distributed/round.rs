//! A round, as a part sees it.

use std::ops::{ControlFlow, Range};

use burn::backend::Autodiff;
use burn::tensor::backend::Backend;

use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::features::map::FeatureMap;
use crate::progress::{Observer, Progress, observe};
use crate::random::mix64;
use crate::rows::batches::Batches;
use crate::rows::hold_out::HoldOutRule;
use crate::rows::source::RowSource;
use crate::scaler::Scaler;
use crate::training::checkpoint::State;
use crate::training::distributed::part_rows::PartRows;
use crate::training::distributed::part_weights::PartWeights;
use crate::training::distributed::plan::{Part, PartPlan, Plan};
use crate::training::recipe::forget_parameters;
use crate::training::score_limit::ScoreLimit;
use crate::training::step_loop::StepLoop;
use crate::training::trainer::Trainer;

/// One round of a distributed training: the weights from which every part takes its steps, and what a part needs to know for that.
#[derive(Debug)]
pub struct Round<B: Backend> {
    pub(super) config: KitsuneConfig,
    pub(super) map: FeatureMap,
    pub(super) scaler: Scaler,
    pub(super) limit: Option<ScoreLimit<B>>,
    pub(super) plan: Plan,
    /// Its number, counted from 0.
    pub(super) number: u64,
    pub(super) parts: Vec<Part>,
    /// Weights and moments at its beginning.
    pub(super) state: State,
    pub(super) device: B::Device,
}

impl<B: Backend> Round<B> {
    /// The hyper-parameters of the training.
    pub fn config(&self) -> &KitsuneConfig {
        &self.config
    }

    /// The number of passes over its rows that [`train`](Self::train) takes of a part. Rows that can be read once serve if it is at most 1.
    pub fn passes(&self, part: u32) -> usize {
        self.part(part).map_or(1, |(_, plan)| self.epochs(plan).count())
    }

    /// Takes the steps of a part; `None` if it has no rows. `rows` are those of [`PartStatistics::take`](super::PartStatistics::take): passes from 1 on may have
    /// another order.
    ///
    /// # Errors
    /// [`Error::Parts`] if the part has other rows than when its statistics were taken, values that are not finite, an error of the source,
    /// [`Error::Device`].
    pub fn train(&self, part: u32, rows: &(impl RowSource + ?Sized)) -> Result<Option<PartWeights>, Error> {
        self.train_observed(part, rows, &mut |_| ControlFlow::Continue(()))
    }

    /// Takes the steps like [`train`](Self::train), and reports each as [`Progress::Step`] to an observer.
    ///
    /// # Errors
    /// Those of [`train`](Self::train), and [`Error::Stopped`].
    pub fn train_observed(
        &self,
        part: u32,
        rows: &(impl RowSource + ?Sized),
        observer: Observer<'_>,
    ) -> Result<Option<PartWeights>, Error> {
        let Some((known, plan)) = self.part(part) else {
            let mut chunks = rows.pass(0)?;
            return match chunks.find(|chunk| !matches!(chunk, Ok(chunk) if chunk.rows.shape.iter().next() == Some(&0))) {
                None => Ok(None),
                Some(chunk) => chunk.and(Err(changed(part))),
            };
        };
        let trained = self.steps(known, plan, &PartRows::new(part, rows), observer);
        forget_parameters::<B>(&self.device);
        trained.map(Some)
    }

    fn steps<S: RowSource + ?Sized>(
        &self,
        part: Part,
        plan: PartPlan,
        rows: &PartRows<'_, S>,
        observer: Observer<'_>,
    ) -> Result<PartWeights, Error> {
        let number = part.number;
        let steps = self.plan.steps_in(plan, self.number);
        // Parts draw other inputs to drop.
        let seed = if number == 0 { self.config.seed } else { mix64(self.config.seed ^ mix64(number.into())) };
        let ensemble = self.config.clone().with_seed(seed).init::<Autodiff<B>>(&self.map, &self.device)?;
        let state = State { steps: steps.start, rows: 0, ..self.state.clone() };
        let mut trainer = Trainer::by_recipe(ensemble, self.scaler.clone())?.with_limit(self.limit.clone()).with_state(state)?;
        let hold_out = (self.config.hold_out > 0.0 && self.holds_out()).then(|| HoldOutRule::new(self.config.seed, self.config.hold_out));
        for epoch in self.epochs(plan) {
            let mut batches = Batches::new(rows.pass(epoch as usize + 1)?, plan.batch_rows).without(hold_out);
            let first = epoch.saturating_mul(plan.steps_per_epoch);
            let end_of_epoch = first.saturating_add(plan.steps_per_epoch);
            let begin = first.max(steps.start);
            for _ in first..begin {
                batches.next_rows()?.ok_or_else(|| changed(number))?;
            }
            let end = end_of_epoch.min(steps.end);
            trainer.take_steps(
                &mut batches,
                StepLoop {
                    most: end - begin,
                    learning_rate: &|step| self.config.learning_rate_at(self.plan.progress(plan, step), self.plan.steps),
                    batch: &mut |_| {},
                    taken: &mut |step, rows| observe(observer, Progress::Step { step, rows }),
                },
            )?;
            if trainer.steps() < end {
                return Err(changed(number));
            }
            if end_of_epoch <= steps.end && (batches.next_rows()?.is_some() || rows.seen() != part.seen) {
                return Err(changed(number));
            }
        }
        let (losses, rows) = (trainer.take_losses(), trainer.rows());
        PartWeights::new(self.number, number, trainer.state(), rows, self.map.clusters().len(), losses)
    }

    fn part(&self, number: u32) -> Option<(Part, PartPlan)> {
        let at = self.parts.binary_search_by_key(&number, |part| part.number).ok()?;
        Some((self.parts[at], self.plan.of_part(self.parts[at].trained())))
    }

    fn holds_out(&self) -> bool {
        self.parts.iter().any(|part| part.held > 0)
    }

    /// The epochs, counted from 0, that a part takes steps of in this round.
    fn epochs(&self, plan: PartPlan) -> Range<u64> {
        let steps = self.plan.steps_in(plan, self.number);
        let per_epoch = plan.steps_per_epoch.max(1);
        if steps.is_empty() { 0..0 } else { steps.start / per_epoch..steps.end.div_ceil(per_epoch) }
    }
}

fn changed(part: u32) -> Error {
    Error::parts(format!(
        "part {part} has other rows, or fewer or more, than when its statistics were taken: keep the rows, or give each part the same rows in every pass"
    ))
}
