//! `AfterImage`: packets to damped statistics.
//!
//! A `Channels` holds streams that form pairs, a `Store` streams by their names; `decay`, `damped`, `correlated` and `pair` are the formulas.
//! With many hosts a packet costs as much as the cache lines that it needs: what goes together lies together, and nothing is stored that follows from the rest.

#![expect(clippy::inline_always, reason = "a function outside the loops that pulp compiles for AVX would be compiled without it")]

mod channels;
mod config;
mod correlated;
mod damped;
mod decay;
mod error;
mod extractor;
mod flows;
mod hosts;
mod key;
mod list;
mod names;
mod pair;
mod store;
#[cfg(test)]
mod tests;

pub use config::{FeatureExtractorConfig, Statistics};
pub use decay::DECAYS;
pub use error::ExtractorError;
pub use extractor::{ExtractorCounts, FeatureExtractor};
