//! The formulas of `model`, computed by the engine of the backend.
//!
//! Two seams choose the engine: [`scoring`] for errors, scores and reconstructions, [`step`] for training steps. There are three engines:
//! `cpu` (Burn's `NdArray` and `Flex` of f32), `gpu` (Burn's wgpu and CUDA backends of f32) and `tensors` (every other backend, and the
//! oracle of the other two).

pub(crate) mod calibrate;
pub(crate) mod cpu;
pub(crate) mod engine;
pub(crate) mod flat_layout;
pub(crate) mod gpu;
pub(crate) mod scoring;
pub(crate) mod step;
pub(crate) mod tensor_step;
pub(crate) mod tensor_training;
pub(crate) mod tensors;
