//! The options for how a model is trained.

use clap::Args;
use kitsune_core::KitsuneConfig;
use kitsune_core::kinds::{OptimizerKind, Schedule};

use super::choices::choice;

#[derive(Debug, Args)]
#[command(next_help_heading = "Optimization")]
pub(super) struct OptimizationArgs {
    /// Optimizer of the weights.
    #[arg(long, value_parser = choice::<OptimizerKind>(), default_value = "adam")]
    optimizer: OptimizerKind,
    #[arg(long, help = first_learning_rate(), value_name = "R", allow_negative_numbers = true)]
    learning_rate: Option<f64>,
    /// Course of the learning rate over the steps.
    #[arg(long, value_parser = choice::<Schedule>(), default_value = "cosine")]
    schedule: Schedule,
    /// Momentum of sgd.
    #[arg(long, value_name = "R", allow_negative_numbers = true, default_value_t = KitsuneConfig::new().momentum)]
    momentum: f64,
    /// Share of the inputs that each training step sets to 0.
    #[arg(long, value_name = "R", allow_negative_numbers = true, default_value_t = KitsuneConfig::new().dropout)]
    dropout: f64,
    /// Largest share of the rows that is left out of the training, since training rows are seldom clean; 0 to train on all.
    ///
    /// A small model of a sample of the rows, the rough fit, finds the strangest rows, and these are left out.
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, default_value_t = KitsuneConfig::new().trim)]
    trim: f64,
    /// Largest L2 norm of all gradients together; larger gradients are scaled down to it.
    #[arg(long, value_name = "R", allow_negative_numbers = true, default_value_t = KitsuneConfig::new().clip_norm)]
    clip_norm: f64,
}

fn first_learning_rate() -> String {
    let [adam, sgd] =
        [OptimizerKind::Adam, OptimizerKind::Sgd].map(|kind| KitsuneConfig::new().with_optimizer(kind).initial_learning_rate());
    format!("Learning rate of the first step [default: {adam} for adam, {sgd} for sgd]")
}

impl OptimizationArgs {
    pub(super) fn apply(self, config: KitsuneConfig) -> KitsuneConfig {
        config
            .with_dropout(self.dropout)
            .with_optimizer(self.optimizer)
            .with_learning_rate(self.learning_rate)
            .with_schedule(self.schedule)
            .with_momentum(self.momentum)
            .with_clip_norm(self.clip_norm)
            .with_trim(self.trim)
    }
}
