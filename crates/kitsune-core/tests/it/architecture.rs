//! The modules of this crate import in one direction. ARCHITECTURE.md has the picture of these floors.

#[path = "../../../../tests/architecture.rs"]
mod checker;

/// From the top; a room imports from the floors below its own.
const FLOORS: [&[&str]; 16] = [
    &["training", "online"],
    &["kitsune"],
    // The two seams, then the engines.
    &["compute"],
    &["compute/step", "compute/calibrate"],
    &["compute/scoring", "compute/tensor_training"],
    &["compute/cpu", "compute/gpu"],
    &["compute/tensors"],
    &["compute/tensor_step", "compute/flat_layout", "compute/engine"],
    &["optimizer"],
    &["model"],
    &["features"],
    &["evaluation"],
    &["scaler"],
    &["rows", "threshold", "pool", "config", "progress", "archive", "torch"],
    &["error"],
    &["kinds", "random", "threads"],
];

#[test]
fn modules_import_in_one_direction() {
    checker::assert_one_direction(concat!(env!("CARGO_MANIFEST_DIR"), "/src"), &FLOORS);
}
