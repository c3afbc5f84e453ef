//! The algorithm: forward pass, formulas and shapes of Kitsune, by plain tensor operations on any backend.
//!
//! Nothing here knows an engine: other rooms run the same formulas faster where a backend allows it.

pub(crate) mod autoencoder_config;
pub(crate) mod calibration;
pub(crate) mod cluster_weights;
pub(crate) mod detector;
pub(crate) mod ensemble;
pub(crate) mod excess;
pub(crate) mod k_means;
pub(crate) mod marginals;
pub(crate) mod neighbours;
pub(crate) mod parts;
pub(crate) mod prototypes;
pub(crate) mod recorded;
pub(crate) mod residuals;
pub(crate) mod row_major;
pub(crate) mod score;
pub(crate) mod scored;
pub(crate) mod side_by_side;
pub(crate) mod standard;
pub(crate) mod tied_autoencoder;

pub use autoencoder_config::TiedAutoencoderConfig;
pub use ensemble::{Ensemble, RowErrors};
pub use recorded::{Recorded, RecordedValue};
pub use tied_autoencoder::{TiedAutoencoder, Weights};
