//! Checkpoints of `PyTorch`: what `torch.save` writes, read without running anything that it asks for.
//!
//! A checkpoint is a ZIP archive of members that are stored as they are: a pickle, which is a program that makes a tree of values, and a member
//! for the numbers of each storage. Nothing here knows what the values are for.
//!
//! Ready-made readers do not serve: they refuse an object that holds tensors, as the original's does, or take it for empty, and none tells that a
//! tensor is a negated view of its storage.

mod bytes;
mod checkpoint;
mod fault;
mod foreign;
mod id;
mod node;
mod pickle;
mod tensor;
mod value;
mod zip;

pub(crate) use checkpoint::{Checkpoint, Storages};
pub(crate) use fault::Fault;
pub(crate) use node::Node;
pub(crate) use tensor::StoredTensor;
