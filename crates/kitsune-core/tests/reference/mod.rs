//! Kitsune once more, as plainly as it can be written: scalars in f64, loops, no padding, the backward pass by hand beside the forward
//! pass.
//!
//! It is what the vectorised crate is compared with, so it shares no code with it. Read `autoencoder.rs` first, then `ensemble.rs`.

mod autoencoder;
mod ensemble;
mod optimizers;

pub(crate) use autoencoder::{Autoencoder, Hidden, RowError};
pub(crate) use ensemble::{Batch, Ensemble, Range};
pub(crate) use optimizers::{Adam, Sgd, clip_global_norm};
