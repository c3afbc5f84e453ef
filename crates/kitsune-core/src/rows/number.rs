//! The number types of rows in host memory.

use std::ops::{Add, Mul};

/// A number of rows in host memory: f32 or f64.
pub(crate) trait Number: Copy + Default + PartialEq + Add<Output = Self> + Mul<Output = Self> + Into<f64> + Send + Sync {
    /// The value of this type that is nearest to `value`.
    fn nearest(value: f64) -> Self;
}

impl Number for f32 {
    fn nearest(value: f64) -> Self {
        value as Self
    }
}

impl Number for f64 {
    fn nearest(value: f64) -> Self {
        value
    }
}
