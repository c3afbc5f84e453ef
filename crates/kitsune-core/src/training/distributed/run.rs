//! A distributed training, as the one machine sees it that asks the others.

use std::ops::ControlFlow;

use burn::backend::Autodiff;
use burn::tensor::backend::Backend;

use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::kitsune::Kitsune;
use crate::optimizer::by_engine::ByEngine;
use crate::progress::{Losses, Observer, Progress, observe};
use crate::rows::reading::Reading;
use crate::training::checkpoint::State;
use crate::training::completion::OfRows;
use crate::training::distributed::part_statistics::PartStatistics;
use crate::training::distributed::part_weights::PartWeights;
use crate::training::distributed::plan::{Part, Plan};
use crate::training::distributed::round::Round;
use crate::training::recipe::forget_parameters;
use crate::training::statistics::Statistics;
use crate::training::trainer::Trainer;

/// A training whose rows are on other machines.
///
/// ```text
/// PartStatistics::take ─► merge ─► DistributedTraining::new ─► next_round ─► Round::train ─► PartWeights::merge ─► complete_round ─► finish
///       each part                                                 ▲            each part                              │
///                                                                 └───────────────────────────────────────────────────┘
/// ```
///
/// Its memory does not grow with the rows.
#[derive(Debug)]
pub struct DistributedTraining<B: Backend> {
    config: KitsuneConfig,
    plan: Plan,
    parts: Vec<Part>,
    of_rows: OfRows,
    trainer: Trainer<Autodiff<B>, ByEngine>,
    round: u64,
    losses: Option<Losses>,
}

impl<B: Backend> DistributedTraining<B> {
    /// Makes a training of `rounds` rounds, at least 1 and at most one for each step. It fits the feature map, the scaler, and a rough model of a sample, which
    /// finds the rows too strange to learn from.
    ///
    /// # Errors
    /// No round, fewer than 2 rows, and no features.
    pub fn new(statistics: PartStatistics, rounds: usize, device: &B::Device) -> Result<Self, Error> {
        Self::new_observed(statistics, rounds, device, &mut |_| ControlFlow::Continue(()))
    }

    /// Makes a training like [`new`](Self::new), and reports [`Progress::Planned`] and [`Progress::RoughFit`] to an observer.
    ///
    /// # Errors
    /// Those of [`new`](Self::new), and [`Error::Stopped`].
    pub fn new_observed(statistics: PartStatistics, rounds: usize, device: &B::Device, mut observer: Observer<'_>) -> Result<Self, Error> {
        let training = Self::start(statistics, rounds, device, &mut observer);
        // What the rough fit has left, or all if it failed.
        forget_parameters::<B>(device);
        training
    }

    fn start(statistics: PartStatistics, rounds: usize, device: &B::Device, mut observer: Observer<'_>) -> Result<Self, Error> {
        if rounds == 0 {
            return Err(Error::Hyperparameter { name: "rounds", range: "at least 1", found: rounds.to_string() });
        }
        let (config, columns) = (statistics.config.clone(), statistics.columns.clone());
        let reading = statistics.reading.clone().map(Reading::new).transpose()?;
        let (statistics, parts) = statistics.finish()?;
        let held_rows = statistics.held_rows();
        let Statistics { rows, map, scaler, means, ranges, sample, held_out } = statistics;
        let plan = Plan::new(&config, rows, map.features(), rounds as u64);
        let (features, clusters) = (map.features(), map.clusters().len());
        let epochs = usize::try_from(plan.epochs).unwrap_or(usize::MAX);
        observe(&mut observer, Progress::Planned { rows, held_out: held_rows, features, clusters, epochs, steps: plan.steps })?;
        let trainer = Trainer::by_recipe(config.init::<Autodiff<B>>(&map, device)?, scaler)?;
        let trainer = trainer.trimming_unless(&sample, plan.steps, &mut || observe(&mut observer, Progress::RoughFit))?;
        let held_out = held_out.map(|(_, rows)| rows);
        let of_rows = OfRows { rows, held_rows, means, ranges, sample, held_out, columns, reading };
        Ok(Self { config, plan, parts, of_rows, trainer, round: 0, losses: None })
    }

    /// The number of rounds.
    pub fn rounds(&self) -> u64 {
        self.plan.rounds
    }

    /// The number of complete rounds.
    pub fn complete_rounds(&self) -> u64 {
        self.round
    }

    /// The mean losses of the last complete round.
    pub fn losses(&self) -> Option<Losses> {
        self.losses
    }

    /// The next round, for every part that has rows; `None` if all are complete.
    pub fn next_round(&self) -> Option<Round<B>> {
        (self.round < self.plan.rounds).then(|| Round {
            config: self.config.clone(),
            map: self.trainer.ensemble().feature_map().clone(),
            scaler: self.trainer.scaler().clone(),
            limit: self.trainer.limit.clone(),
            plan: self.plan,
            number: self.round,
            parts: self.parts.clone(),
            state: self.trainer.state(),
            device: self.trainer.device.clone(),
        })
    }

    /// Checks that weights are those of this round, of each part once.
    ///
    /// # Errors
    /// [`Error::Parts`] if they are not.
    pub fn check(&self, weights: &PartWeights) -> Result<(), Error> {
        let PartWeights { round, parts, .. } = weights;
        if *round != self.round || self.round >= self.plan.rounds {
            return Err(Error::parts(format!("these are the weights of round {round}, but round {} is awaited", self.round)));
        }
        if !self.parts.iter().map(|part| part.number).eq(parts.iter().copied()) {
            let missing = self.parts.iter().find(|part| !parts.contains(&part.number));
            let reason = missing.map_or_else(
                || "there are weights of parts without rows".to_owned(),
                |part| format!("part {} has no weights", part.number),
            );
            return Err(Error::parts(format!("{reason} in round {round}")));
        }
        Ok(())
    }

    /// Goes on from the weights of all parts.
    ///
    /// # Errors
    /// Those of [`check`](Self::check).
    pub fn complete_round(self, weights: PartWeights) -> Result<Self, Error> {
        self.check(&weights)?;
        let PartWeights { round, rows, ensemble, optimizer, losses, .. } = weights;
        let device = self.trainer.device.clone();
        let steps = self.plan.steps_before(round + 1);
        let state = State { steps, rows: self.trainer.rows() + rows, ensemble, optimizer: optimizer.to_bytes() };
        let trainer = self.trainer.with_state(state)?;
        forget_parameters::<B>(&device);
        Ok(Self { trainer, round: round + 1, losses: losses.or(self.losses), ..self })
    }

    /// Finishes the model: residuals, prototypes, neighbours, calibration and threshold by the samples.
    ///
    /// # Errors
    /// [`Error::Parts`] before the last round, and [`Error::Diverged`].
    pub fn finish(self) -> Result<Kitsune<B>, Error> {
        if self.round < self.plan.rounds {
            return Err(Error::parts(format!("{} of {} rounds are complete", self.round, self.plan.rounds)));
        }
        let device = self.trainer.device.clone();
        let model = self.of_rows.complete(&self.trainer, &self.config, self.plan.epochs, self.losses);
        drop(self.trainer);
        forget_parameters::<B>(&device);
        model
    }
}
