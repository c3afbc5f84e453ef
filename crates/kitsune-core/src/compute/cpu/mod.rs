//! The engine on the CPU, with rows in the lanes of vector registers.
//!
//! Tensor operations pass over memory again and again and cost microseconds each. Here a block of rows goes through all parts while it is
//! in the cache. It is scaled, transposed so that a register holds one feature of several rows, and taken through each autoencoder from end
//! to end, in training forward and backward at once. The code uses the vector instructions of the machine it runs on. It serves
//! [`NdArray`](burn_ndarray::NdArray) and [`Flex`](burn_flex::Flex) of f32. Every other backend uses tensor operations, which are the
//! oracle in the tests of this engine.

#![expect(clippy::inline_always, reason = "what is not inlined into the function that was dispatched is compiled without its instructions")]
#![expect(clippy::needless_range_loop, reason = "the same holds for iterators over registers")]

pub(crate) mod ahead;
pub(crate) mod detector;
pub(crate) mod gradient;
pub(crate) mod host_values;
pub(crate) mod input;
pub(crate) mod owned;
pub(crate) mod ready_rows;
pub(crate) mod reconstruction;
pub(crate) mod residuals;
pub(crate) mod training;

mod autoencoders;
mod block;
mod borrowed;
mod by_gemm;
mod error_bounds;
mod in_registers;
mod marginals;
mod nearest;
mod neighbours;
mod optimizer;
mod parameters;
mod product;
pub(crate) mod scores;
pub(crate) mod simd;
