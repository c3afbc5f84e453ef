//! Features that carry no information: those that never change, and those that only ever rise.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use burn::tensor::TensorData;

use crate::rows::batch::Batch;

/// A column that rises fewer times than this may do so by chance.
const FEWEST_RISES: u64 = 10;

/// From here on not every integer has a 64-bit float of its own.
const FIRST_ROUNDED: f64 = 9_007_199_254_740_992.0;

/// Watches the features of one pass for those that carry no information: that never change, or that only ever rise, as row numbers and
/// times do. It is a cheap handle: clones share what they have seen.
///
/// [`Source::with_watch`](crate::Source::with_watch) shows the batches of a source to it.
#[derive(Clone, Debug, Default)]
pub struct ColumnWatch {
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    /// The last value of each feature.
    last: Vec<f64>,
    /// The number of times that each feature has risen.
    rises: Vec<u64>,
    /// The features that have never fallen.
    suspects: Vec<usize>,
    rows: u64,
}

impl ColumnWatch {
    /// A watch that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at the next rows. They must come in their own order: in pass 0, or from a source that is not shuffled.
    pub fn observe(&self, batch: &Batch) {
        self.seen().observe(batch);
    }

    /// The features that had one value in all rows, except for those of [`indistinct`](Self::indistinct). With fewer than two rows there are
    /// none.
    pub fn constant(&self) -> Vec<usize> {
        self.seen().equal(|value| value.abs() < FIRST_ROUNDED)
    }

    /// The features that had one value in all rows, of 2<sup>53</sup> or more, or of -2<sup>53</sup> or less. There integers that differ are
    /// rounded to equal floats, so that the column may hold different ones.
    pub fn indistinct(&self) -> Vec<usize> {
        self.seen().equal(|value| value.abs() >= FIRST_ROUNDED)
    }

    /// The features that never fell, and rose at least ten times.
    pub fn rising(&self) -> Vec<usize> {
        let seen = self.seen();
        seen.suspects.iter().filter(|&&feature| seen.rises[feature] >= FEWEST_RISES).copied().collect()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        // Only a panic could leave it half updated, and then the pass has ended.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    /// The features that had one value in all rows, if it `is_meant`.
    fn equal(&self, is_meant: impl Fn(f64) -> bool) -> Vec<usize> {
        let is_equal = |feature: usize| self.rows > 1 && self.rises[feature] == 0 && is_meant(self.last[feature]);
        self.suspects.iter().copied().filter(|&feature| is_equal(feature)).collect()
    }

    fn observe(&mut self, batch: &Batch) {
        if batch.rows() == 0 {
            return;
        }
        let (data, features) = (batch.data(), batch.features());
        if self.rows == 0 {
            self.last = first_row(data, features);
            self.rises = vec![0; features];
            self.suspects = (0..features).collect();
        }
        self.rows += batch.rows() as u64;
        match (data.as_slice::<f32>(), data.as_slice::<f64>()) {
            (Ok(values), _) => self.compare(values, features),
            (_, Ok(values)) => self.compare(values, features),
            // Batches have no other element type.
            _ => {}
        }
    }

    /// Goes feature by feature: most of them are cleared early.
    fn compare<T: Copy + Into<f64>>(&mut self, values: &[T], features: usize) {
        let (last, rises) = (&mut self.last, &mut self.rises);
        self.suspects.retain(|&feature| {
            for &value in values.iter().skip(feature).step_by(features) {
                let value: f64 = value.into();
                if value < last[feature] {
                    return false;
                }
                rises[feature] += u64::from(value > last[feature]);
                last[feature] = value;
            }
            true
        });
    }
}

fn first_row(data: &TensorData, features: usize) -> Vec<f64> {
    data.iter::<f64>().take(features).collect()
}
