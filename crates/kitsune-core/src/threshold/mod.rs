//! Thresholds: from scores to decisions, at a stated alert rate.
//!
//! They depend on scores only, whatever model these come from.

pub(crate) mod fit;
mod generalised_pareto;
pub(crate) mod indexed_scores;
mod log_normal;
pub(crate) mod normal_scores;
mod peaks_over_threshold;
pub(crate) mod recent;

pub use fit::Threshold;
pub use normal_scores::NormalScores;
pub use recent::RecentThreshold;
