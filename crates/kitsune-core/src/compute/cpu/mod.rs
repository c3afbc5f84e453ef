//! The ensemble on the CPU, rows in the lanes of vector registers.
//!
//! Tensor operations go over memory again and again, and cost microseconds each; here a block of rows goes through all parts while it is in the
//! cache: scaled, turned so that a register holds one feature of several rows, and through each autoencoder from end to end, in training
//! forwards and backwards at once. What is used are the instructions of the machine it runs on. For [`NdArray`](burn_ndarray::NdArray) and
//! [`Flex`](burn_flex::Flex) of f32; the tensor operations stay for every other backend, and are what this is tested against.

#![expect(clippy::inline_always, reason = "what is not inlined into the function that was dispatched is compiled without its instructions")]
#![expect(clippy::needless_range_loop, reason = "the same holds for iterators over registers")]

pub(crate) mod detector;
pub(crate) mod gradient;
pub(crate) mod host_values;
pub(crate) mod input;
pub(crate) mod reconstruction;
pub(crate) mod training;

mod autoencoders;
mod block;
mod borrowed;
mod by_gemm;
mod error_bounds;
mod in_registers;
mod nearest;
mod optimizer;
mod owned;
mod parameters;
mod product;
mod simd;
