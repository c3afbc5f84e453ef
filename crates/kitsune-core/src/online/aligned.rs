//! Numbers that begin at a cache line.

use std::ops::{Deref, DerefMut};

/// Numbers of a cache line, which is the widest vector register as well.
const LINE: usize = 16;

/// Numbers of which the first is at the beginning of a cache line: a vector that lay across two lines would take two accesses.
#[derive(Debug)]
pub(super) struct Aligned {
    values: Vec<f32>,
    start: usize,
    length: usize,
}

impl Aligned {
    pub(super) fn zeros(length: usize) -> Self {
        let values = vec![0.0_f32; length + LINE - 1];
        // Where the offset is unknown, the numbers are right but slow.
        let start = values.as_ptr().align_offset(LINE * size_of::<f32>()).min(LINE - 1);
        Self { values, start, length }
    }
}

impl Clone for Aligned {
    /// The copy lies elsewhere, so it begins elsewhere.
    fn clone(&self) -> Self {
        let mut copy = Self::zeros(self.length);
        copy.copy_from_slice(self);
        copy
    }
}

impl Deref for Aligned {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.values[self.start..self.start + self.length]
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.values[self.start..self.start + self.length]
    }
}
