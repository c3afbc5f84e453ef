//! The detector against the original's figures and against the scalar reference, in f64, where agreement can be asked to a dozen digits.
//!
//! A binary of its own: Burn settles the default float type of a device once for the process, and the other tests want f32 of it. The
//! backend is Flex, since others compute a sigmoid in f32 whatever the type.

#![cfg(test)]

#[path = "../it/bridge.rs"]
mod bridge;
#[path = "../it/golden/mod.rs"]
mod golden;
mod models;
mod oracle;
#[path = "../it/random.rs"]
mod random;
#[path = "../reference/mod.rs"]
mod reference;
mod the_reference_itself;

use std::sync::Once;

use burn::tensor::{DType, set_default_dtypes};
use burn_flex::FlexDevice;

type TestBackend = burn_flex::Flex;

/// Allowed difference from a golden figure, in parts of the largest value of its tensor.
const TOLERANCE: f64 = 1e-12;

/// The device, whose tensors are f64 from the first call on.
fn device() -> FlexDevice {
    static F64: Once = Once::new();
    F64.call_once(|| set_default_dtypes::<TestBackend>(&FlexDevice, DType::F64, DType::I32).unwrap());
    FlexDevice
}
