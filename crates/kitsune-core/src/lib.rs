#![doc = include_str!("../README.md")]

mod archive;
mod batches;
mod calibration;
mod carried;
mod checkpoint;
mod closed_form;
mod clustering;
mod co_moments;
mod columns;
mod config;
mod detector;
mod device_scaler;
mod digest;
mod ensemble;
mod error;
mod evaluation;
mod feature_map;
mod feature_mapper;
mod finite;
mod flat_optimizer;
mod fused;
mod going_on;
mod gradient_clipping;
mod half_ranked;
mod hold_out;
mod host_scaler;
mod k_means;
mod kitsune;
mod mapper_archive;
mod means;
mod model_file;
mod panel;
mod progress;
mod prototypes;
mod random;
mod ranges;
mod raw_rows;
mod reasons;
mod recalibration;
mod recipe;
mod recipe_optimizer;
mod rough_fit;
mod rows;
mod sample;
mod scaler;
mod statistics;
mod tensor_training;
mod threshold;
mod tied_autoencoder;
mod trainer;

pub use carried::{Carried, CarriedRecord};
pub use checkpoint::Checkpoints;
pub use config::{Activation, HeadInput, HiddenSize, InputScaling, KitsuneConfig, OptimizerKind, ReconstructionError, Schedule, ScoreKind};
pub use ensemble::{Ensemble, Errors};
pub use error::Error;
pub use evaluation::{Bootstrap, Estimate, Evaluation, Metrics, PlottedCurves, PrecisionRecallPoint, Ranking, RocPoint, Verdicts};
pub use feature_map::{Coverage, FeatureMap};
pub use feature_mapper::FeatureMapper;
pub use kitsune::{Kitsune, Scored, TrainingSummary};
pub use progress::{Observer, Progress};
pub use raw_rows::RawRows;
pub use reasons::{Explanation, Reason};
pub use recipe::Training;
pub use recipe_optimizer::RecipeOptimizer;
pub use rows::{Chunk, RowSource};
pub use scaler::{Outside, ScaledRows, Scaler};
pub use threshold::{NormalScores, StreamVerdict, StreamingThreshold, Threshold, ThresholdKind};
pub use tied_autoencoder::{TiedAutoencoder, Weights};
pub use trainer::{Losses, Trainer};

/// The README of the project, so that its code is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct ProjectReadme;
