//! The kernels. Arrays are contiguous and f32. Visible units are [rows, clusters, visible], hidden ones [rows, clusters, hidden], errors
//! [rows, clusters]. Sizes are arguments and not constants, so that a kernel is compiled once for all parts of all models. Only flags and
//! the number of nearest prototypes make another variant.

mod autoencoder;
mod cube_functions;
mod ensemble;
mod excess;
mod optimizer;
mod prototypes;

pub(super) use autoencoder::{add_blocks, back, compare, gradients, hide, reconstruct};
pub(super) use cube_functions::UNITS;
pub(super) use ensemble::{add_losses, gather, head_input, score, shares, widen};
pub(super) use excess::raise;
pub(super) use optimizer::{adam, clip, descend};
pub(super) use prototypes::{mean_of_nearest, square_distances};
