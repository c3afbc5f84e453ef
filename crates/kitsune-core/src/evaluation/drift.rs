//! How far rows have moved from the training rows of a model, column by column.

use burn::tensor::TensorData;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::kinds::Outside;
use crate::rows::host_rows::{HostRows, Values, floats};
use crate::rows::number::Number;
use crate::rows::sample::Sample;
use crate::scaler::Scaler;

/// The number of columns that a drift lists.
const LISTED: usize = 10;
/// From this share of values outside the training range, or if the usual value moved so far, a column is listed. Alert rates of 1 % and a few
/// anomalies stay below.
const NOTABLE: f64 = 0.05;
/// The rows that the medians are taken of. The error of a median of 1,000 rows is 4 % of a deviation.
const SAMPLE_ROWS: usize = 1_000;
const SAMPLE_BYTES: usize = 8 << 20;
const SAMPLE_SEED: u64 = 0;

/// Compares rows with the training rows of a model, batch by batch, in memory that does not grow with them.
/// [`Kitsune::drift_watch`](crate::Kitsune::drift_watch) makes it.
#[derive(Debug, Clone)]
pub struct DriftWatch {
    scaler: Scaler,
    /// The usual value of each feature in training, where it is known: `[features]`.
    usual: Vec<Option<f64>>,
    /// The number of values of each feature outside its training range: `[features]`.
    outside: Vec<u64>,
    rows: u64,
    sample: Sample,
}

/// How far rows have moved from the training rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Drift {
    /// Number of rows.
    pub rows: u64,
    /// Share of the values of all columns that lie outside the training range of their column, 0-1.
    pub outside: f64,
    /// The columns that moved most, at most 10, the one that moved most first. A column is listed from 5 % of its values outside its training
    /// range, or if its usual value moved by 0.05.
    pub columns: Vec<ColumnDrift>,
}

/// How far a column has moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ColumnDrift {
    /// The feature, as an index into the row.
    pub feature: usize,
    /// Share of the values outside the training range, 0-1.
    pub outside: f64,
    /// The lowest value of the training range.
    pub lowest: f64,
    /// The highest value of the training range.
    pub highest: f64,
    /// The median of the rows, or of a sample of 1,000 of them.
    pub median: f64,
    /// The usual value in training: the median if the column is half-ranked, else the mean. `None` if the model does not know it.
    pub usual: Option<f64>,
    /// How far the usual value has moved, 0-1. For a half-ranked column it is the distance between the medians in scaled units, for another
    /// one the distance between the means in parts of the training range, where values outside count as the nearest end of it. `None`
    /// without a usual value.
    pub moved: Option<f64>,
}

impl DriftWatch {
    pub(crate) fn new(scaler: &Scaler, means: Option<&[f64]>) -> Self {
        let features = scaler.features();
        let usual = |feature| scaler.table().median(feature).or_else(|| means.map(|means| means[feature]));
        Self {
            usual: (0..features).map(usual).collect(),
            scaler: scaler.clone().with_outside(Outside::Clamp),
            outside: vec![0; features],
            rows: 0,
            sample: Sample::new(features, SAMPLE_SEED, SAMPLE_ROWS, SAMPLE_BYTES),
        }
    }

    /// Takes the next raw rows.
    ///
    /// # Shapes
    /// - rows: [rows, features]
    ///
    /// # Errors
    /// Rows of another width than the model. Errors count the rows from the first batch.
    pub fn observe(&mut self, rows: &TensorData) -> Result<(), Error> {
        let rows = floats(rows);
        let view = HostRows::new(&rows)?;
        view.check_features(self.outside.len(), self.rows)?;
        match view.values() {
            Values::F32(values) => self.take(values),
            Values::F64(values) => self.take(values),
        }
        Ok(())
    }

    fn take<T: Number>(&mut self, values: &[T]) {
        let (lowest, highest) = (self.lowest().to_vec(), self.highest().to_vec());
        for row in values.chunks_exact(self.outside.len().max(1)) {
            for (((outside, &value), &lowest), &highest) in self.outside.iter_mut().zip(row).zip(&lowest).zip(&highest) {
                let value: f64 = value.into();
                *outside += u64::from(value < lowest || value > highest);
            }
            self.sample.push(self.rows, row);
            self.rows += 1;
        }
    }

    /// How far the rows so far have moved.
    pub fn drift(&self) -> Drift {
        let features = self.outside.len();
        let values = self.rows * features as u64;
        let share = |count: u64, of: u64| if of == 0 { 0.0 } else { count as f64 / of as f64 };
        let (numbers, sampled) = self.sample.rows();
        let table = self.scaler.table();
        let column = |feature: usize| {
            let scaled = |value| f64::from(table.scale_value(feature, value));
            let mut sample: Vec<f64> = sampled.iter().skip(feature).step_by(features).copied().collect();
            let mean = sample.iter().map(|&value| scaled(value)).sum::<f64>() / sample.len() as f64;
            let middle = sample.len() / 2;
            let (median, usual) = (*sample.select_nth_unstable_by(middle, f64::total_cmp).1, self.usual[feature]);
            // Median is compared with median, and mean with mean: they differ in most columns.
            let level = if table.median(feature).is_some() { scaled(median) } else { mean };
            ColumnDrift {
                feature,
                outside: share(self.outside[feature], self.rows),
                lowest: self.lowest()[feature],
                highest: self.highest()[feature],
                median,
                usual,
                moved: usual.map(|usual| (level - scaled(usual)).abs()),
            }
        };
        let all = if numbers.is_empty() { 0 } else { features };
        let extent = |column: &ColumnDrift| column.outside.max(column.moved.unwrap_or(0.0));
        let mut columns: Vec<_> = (0..all).map(column).filter(|column| extent(column) >= NOTABLE).collect();
        columns.sort_by(|a, b| extent(b).total_cmp(&extent(a)));
        columns.truncate(LISTED);
        Drift { rows: self.rows, outside: share(self.outside.iter().sum(), values), columns }
    }

    fn lowest(&self) -> &[f64] {
        &self.scaler.knots()[..self.outside.len()]
    }

    fn highest(&self) -> &[f64] {
        &self.scaler.knots()[self.scaler.knots().len() - self.outside.len()..]
    }
}
