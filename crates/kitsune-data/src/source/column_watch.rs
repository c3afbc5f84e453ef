use burn::tensor::TensorData;

use crate::rows::batch::Batch;

/// A column that rises fewer times than this may do so by chance.
const FEWEST_RISES: u64 = 10;

/// Watches the features of one pass for those that cannot tell anything: that never change, or that only ever rise, as row numbers and
/// times do.
#[derive(Clone, Debug, Default)]
pub struct ColumnWatch {
    /// The last value of each feature.
    last: Vec<f64>,
    /// How often each has risen.
    rises: Vec<u64>,
    /// The features that have never fallen.
    suspects: Vec<usize>,
    rows: u64,
}

impl ColumnWatch {
    /// Nothing was seen.
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at the next rows. They must be in their own order: of pass 0, or not shuffled.
    pub fn observe(&mut self, batch: &Batch) {
        if batch.rows() == 0 {
            return;
        }
        let (data, features) = (batch.data(), batch.features());
        if self.rows == 0 {
            self.last = row(data, 0, features);
            self.rises = vec![0; features];
            self.suspects = (0..features).collect();
        }
        self.rows += batch.rows() as u64;
        match (data.as_slice::<f32>(), data.as_slice::<f64>()) {
            (Ok(values), _) => self.compare(values, features),
            (_, Ok(values)) => self.compare(values, features),
            // Batches have no other type.
            _ => {}
        }
    }

    /// The features that had one value in all rows; none before there were two rows.
    pub fn constant(&self) -> Vec<usize> {
        let constant = self.suspects.iter().filter(|&&feature| self.rows > 1 && self.rises[feature] == 0);
        constant.copied().collect()
    }

    /// The features that never fell, and rose at least ten times.
    pub fn rising(&self) -> Vec<usize> {
        self.suspects.iter().filter(|&&feature| self.rises[feature] >= FEWEST_RISES).copied().collect()
    }

    /// Feature by feature: soon most of them are cleared.
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

fn row(data: &TensorData, row: usize, features: usize) -> Vec<f64> {
    data.iter::<f64>().skip(row * features).take(features).collect()
}
