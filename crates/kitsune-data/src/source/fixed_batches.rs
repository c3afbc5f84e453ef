//! Batches of one size.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::pass::Pass;
use super::progress::PassProgress;
use crate::error::Error;
use crate::rows::Rows;
use crate::rows::batch::{Batch, ReadContext};

/// The rows of a [`Pass`] in batches of one size, made by [`Pass::cut`]. The last batch may be smaller.
#[derive(Debug)]
pub struct FixedBatches {
    pass: Pass,
    size: usize,
    /// The rows that the pass yielded last, and how many of them were used.
    rows: Option<(Rows, usize)>,
}

impl Pass {
    /// Cuts the rows into batches of exactly `rows` rows (0 counts as 1). The last batch holds the remaining rows.
    pub fn cut(self, rows: usize) -> FixedBatches {
        FixedBatches::new(self, rows.max(1))
    }
}

impl FixedBatches {
    fn new(pass: Pass, size: usize) -> Self {
        Self { pass, size, rows: None }
    }

    /// The same batches as tensors [rows, features] on a device.
    pub fn tensors<B: Backend>(self, device: &B::Device) -> impl Iterator<Item = Result<Tensor<B, 2>, Error>> + use<B> {
        let device = device.clone();
        self.map(move |batch| batch.map(|batch| batch.tensor(&device)))
    }

    /// A handle that reports how far the pass is.
    pub fn progress(&self) -> PassProgress {
        self.pass.progress()
    }
}

impl Iterator for FixedBatches {
    type Item = Result<Batch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut batch: Option<Rows> = None;
        loop {
            let (rows, used) = match self.rows.take() {
                Some(rows) => rows,
                None => match self.pass.next_rows() {
                    Some(Ok((rows, _))) => (rows, 0),
                    // Before an error all batches are full: a smaller one would be taken for the last batch of a complete pass.
                    Some(Err(error)) => return Some(Err(error)),
                    None => break,
                },
            };
            let target = batch.get_or_insert_with(|| rows.same_kind());
            let taken = (self.size - target.len()).min(rows.len() - used);
            target.append(&rows, used..used + taken);
            let full = target.len() == self.size;
            if used + taken < rows.len() {
                self.rows = Some((rows, used + taken));
            }
            if full {
                break;
            }
        }
        batch.filter(|rows| rows.len() > 0).map(|rows| Ok(self.pass.yielded(rows, ReadContext::default())))
    }
}

impl std::iter::FusedIterator for FixedBatches {}
