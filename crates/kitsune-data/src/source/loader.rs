//! A source as a data loader of Burn.

use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::Source;
use super::fixed_batches::FixedBatches;
use crate::error::Error;

/// A [`Source`] as a data loader of Burn, whose items are batches of rows: tensors [rows, features].
///
/// Each [`iter`](DataLoader::iter) is the next pass. The first pass has the order of the files; the others are shuffled if the source is.
///
/// A loader of Burn lacks two things. It cannot report an error, so an error ends the iterator early: call [`take_error`](Self::take_error)
/// after each epoch. It also does not know the number of rows before the first pass is complete: until then
/// [`num_items`](DataLoader::num_items) is 0.
pub struct SourceLoader<B: Backend> {
    source: Source,
    batch_rows: usize,
    device: B::Device,
    /// The rows of each pass that the loader yields.
    range: Range<usize>,
    shared: Arc<Shared>,
}

/// What a loader shares with the loaders made from it.
#[derive(Debug, Default)]
struct Shared {
    passes: AtomicUsize,
    /// The number of rows of a whole pass.
    rows: AtomicUsize,
    error: Mutex<Option<Error>>,
}

impl<B: Backend> SourceLoader<B> {
    /// Makes a loader of batches of `batch_rows` rows (0 counts as 1) on a device. The last batch of a pass may be smaller.
    pub fn new(source: Source, batch_rows: usize, device: &B::Device) -> Self {
        Self { source, batch_rows: batch_rows.max(1), device: device.clone(), range: 0..usize::MAX, shared: Arc::default() }
    }

    /// The first error that ended an iterator since the last call.
    pub fn take_error(&self) -> Option<Error> {
        self.shared.error().take()
    }

    fn like_this(&self, device: &B::Device, range: Range<usize>) -> Arc<dyn DataLoader<B, Tensor<B, 2>>> {
        let (source, shared) = (self.source.clone(), Arc::clone(&self.shared));
        Arc::new(Self { source, batch_rows: self.batch_rows, device: device.clone(), range, shared })
    }
}

impl Shared {
    fn error(&self) -> std::sync::MutexGuard<'_, Option<Error>> {
        // The slot is valid even if a thread panicked while it held the lock.
        self.error.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fail(&self, error: Error) {
        self.error().get_or_insert(error);
    }
}

impl<B: Backend> DataLoader<B, Tensor<B, 2>> for SourceLoader<B> {
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<Tensor<B, 2>> + 'a> {
        let epoch = self.shared.passes.fetch_add(1, Ordering::Relaxed);
        let pass = self.source.pass(epoch).map_err(|error| self.shared.fail(error)).ok();
        Box::new(LoaderBatches { loader: self, rows: pass.map(|pass| pass.cut(self.batch_rows)), seen: 0, given: 0 })
    }

    fn num_items(&self) -> usize {
        let rows = self.shared.rows.load(Ordering::Relaxed);
        self.range.end.min(rows).saturating_sub(self.range.start)
    }

    fn to_device(&self, device: &B::Device) -> Arc<dyn DataLoader<B, Tensor<B, 2>>> {
        self.like_this(device, self.range.clone())
    }

    /// The rows `start` to `end` of each pass. The pass is still read completely, and the batches at both ends may be smaller.
    fn slice(&self, start: usize, end: usize) -> Arc<dyn DataLoader<B, Tensor<B, 2>>> {
        let within = |row: usize| self.range.start.saturating_add(row).min(self.range.end);
        self.like_this(&self.device, within(start)..within(end))
    }
}

impl<B: Backend> fmt::Debug for SourceLoader<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceLoader")
            .field("source", &self.source)
            .field("batch_rows", &self.batch_rows)
            .field("range", &self.range)
            .finish_non_exhaustive()
    }
}

struct LoaderBatches<'a, B: Backend> {
    loader: &'a SourceLoader<B>,
    rows: Option<FixedBatches>,
    /// The number of rows of the pass that were read.
    seen: usize,
    /// The number of rows that were yielded.
    given: usize,
}

impl<B: Backend> Iterator for LoaderBatches<'_, B> {
    type Item = Tensor<B, 2>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let batch = match self.rows.as_mut()?.next() {
                Some(Ok(batch)) => batch,
                Some(Err(error)) => {
                    self.loader.shared.fail(error);
                    self.rows = None;
                    return None;
                }
                None => {
                    self.loader.shared.rows.store(self.seen, Ordering::Relaxed);
                    self.rows = None;
                    return None;
                }
            };
            let (first, rows) = (self.seen, batch.rows());
            self.seen += rows;
            let Range { start, end } = self.loader.range;
            let wanted = start.clamp(first, self.seen) - first..end.clamp(first, self.seen) - first;
            if wanted.is_empty() {
                continue;
            }
            self.given += wanted.len();
            let whole = wanted.len() == rows;
            let tensor = batch.tensor(&self.loader.device);
            return Some(if whole { tensor } else { tensor.slice([wanted]) });
        }
    }
}

impl<B: Backend> DataLoaderIterator<Tensor<B, 2>> for LoaderBatches<'_, B> {
    fn progress(&self) -> Progress {
        Progress { items_processed: self.given, items_total: self.loader.num_items() }
    }
}
