//! Tests of the whole crate through its public interface.
//!
//! One binary, since each that links Burn takes long to link. What needs f64 is in `tests/precise`, what needs wgpu in `tests/backends`.

#![cfg(test)]

mod architecture;
mod autotraits;
mod bridge;
mod broken_correlations;
mod damage;
mod decisions;
mod distributed;
mod drift;
mod evaluation;
mod excess;
mod feature_mapper;
mod from_torch;
mod going_on;
mod golden;
#[path = "golden/evaluation.rs"]
mod golden_evaluation;
#[path = "golden/feature_mapper.rs"]
mod golden_feature_mapper;
#[path = "golden/format_1.rs"]
mod golden_format_1;
#[path = "golden/formats.rs"]
mod golden_formats;
mod held_out;
mod hold_out;
mod inside_a_module;
mod marginals;
mod model_file;
mod neighbours;
mod one_feature;
mod online;
mod prototypes;
mod random;
mod reading;
mod recalibration;
#[expect(dead_code, unused_imports, reason = "the golden figures are read into its types; it runs in `tests/precise`")]
#[path = "../reference/mod.rs"]
mod reference;
mod resume;
mod scaler;
mod scores;
mod sources;
mod taken_apart;
mod threshold;
mod tied_autoencoder;
mod training;
mod trimming;
mod written_and_read;

type TestBackend = burn_ndarray::NdArray;

/// Allowed difference from a golden figure, in parts of the largest value of its tensor: f32 has 6e-8, and sums of some forty of them.
const TOLERANCE: f64 = 1e-5;

fn device() -> burn_ndarray::NdArrayDevice {
    burn_ndarray::NdArrayDevice::default()
}
