#![doc = include_str!("../README.md")]

pub mod evaluation;
pub mod features;
pub mod kinds;
pub mod model;
pub mod online;
pub mod rows;
pub mod scaler;
pub mod threshold;
pub mod training;

mod archive;
mod compute;
mod config;
mod error;
mod kitsune;
mod optimizer;
mod pool;
mod progress;
mod random;
mod threads;
mod torch;

/// Scores of a finished model: what is scored with them, the pool of a sender's scores, verdicts, reasons, and the engine that computes them.
pub mod scoring {
    pub use crate::compute::engine::Engine;
    pub use crate::kitsune::reasons::{Explanation, Reason};
    pub use crate::kitsune::score_options::ScoreOptions;
    pub use crate::kitsune::verdicts::{AppliedThreshold, ThresholdChoice, Verdicts};
    pub use crate::model::scored::{HostErrors, Scored};
    pub use crate::pool::{Pool, Sender};
}

pub use config::KitsuneConfig;
pub use error::Error;
#[doc(inline)]
pub use features::FeatureMapper;
#[doc(inline)]
pub use kinds::ScoreKind;
pub use kitsune::Kitsune;
#[doc(inline)]
pub use rows::{Chunk, RowSlice, RowSource};
#[doc(inline)]
pub use scoring::{ScoreOptions, ThresholdChoice};
#[doc(inline)]
pub use training::Trainer;
#[cfg(feature = "ndarray")]
pub use training::on_cpu::CpuKitsune;
