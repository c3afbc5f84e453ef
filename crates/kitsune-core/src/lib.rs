#![doc = include_str!("../README.md")]

mod archive;
mod compute;
mod config;
mod error;
mod evaluation;
mod features;
mod kinds;
mod kitsune;
mod model;
mod optimizer;
mod progress;
mod random;
mod rows;
mod scaler;
mod threads;
mod threshold;
mod training;

pub use compute::scoring::Scored;
pub use config::KitsuneConfig;
pub use error::Error;
pub use evaluation::{Bootstrap, ConfusionMatrix, Estimate, Evaluation, Metrics, PlottedCurves, PrecisionRecallPoint, Ranking, RocPoint};
pub use features::map::{Coverage, FeatureMap};
pub use features::mapper::FeatureMapper;
pub use kinds::{Activation, ErrorMetric, HeadInput, HiddenSize, InputScaling, OptimizerKind, Outside, Schedule, ScoreKind, ThresholdKind};
pub use kitsune::reasons::{Explanation, Reason};
pub use kitsune::scoring_options::Scoring;
pub use kitsune::{Kitsune, TrainingSummary};
pub use model::ensemble::{Ensemble, RowErrors};
pub use model::recorded::{Recorded, RecordedValue};
pub use model::tied_autoencoder::{TiedAutoencoder, Weights};
pub use optimizer::RecipeOptimizer;
pub use progress::{Losses, Observer, Progress};
pub use rows::raw_rows::RawRows;
pub use rows::source::{Chunk, RowSource};
pub use scaler::{ScaledRows, Scaler};
pub use threshold::Threshold;
pub use threshold::normal_scores::NormalScores;
pub use threshold::streaming::{StreamVerdict, StreamingThreshold};
pub use training::checkpoint::Checkpoints;
#[cfg(feature = "ndarray")]
pub use training::on_cpu::CpuKitsune;
pub use training::recipe::Training;
pub use training::trainer::Trainer;

/// The README of the project, so that its code is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct ProjectReadme;
