//! The number types of rows on the host.

use std::ops::{Add, Mul};

/// What rows on the host are made of: f32 or f64.
pub(crate) trait Number: Copy + Default + PartialEq + Add<Output = Self> + Mul<Output = Self> + Into<f64> + Send + Sync {}

impl Number for f32 {}
impl Number for f64 {}
