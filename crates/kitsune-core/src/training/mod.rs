//! Training: the recipe and its steps, the rough fit, checkpoints, the start from an earlier model, and training on several machines.

pub mod distributed;

pub(crate) mod checkpoint;
#[cfg(feature = "ndarray")]
pub(crate) mod on_cpu;
pub(crate) mod recipe;
pub(crate) mod trainer;

mod completion;
mod digest;
mod finish;
mod held_out;
mod rough_fit;
mod score_limit;
mod state_values;
mod statistics;
mod step_loop;
mod warm_start;

pub use crate::kitsune::TrainingSummary;
pub use crate::optimizer::RecipeOptimizer;
pub use crate::progress::{Losses, Observer, Progress};
pub use checkpoint::{Checkpoints, read_checkpoint};
pub use recipe::Training;
pub use trainer::Trainer;
