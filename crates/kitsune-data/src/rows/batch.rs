use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use polars::prelude::DataFrame;

use super::omitted::remaining;
use super::records::Records;
use super::{Rows, Values};
use crate::as_text::named_values::named_values;
use crate::error::Error;

/// Some rows on the host: a row-major matrix [rows, features].
///
/// All batches of a source have the same element type: f32 where every feature is exact in it, else f64.
#[derive(Clone, Debug)]
pub struct Batch {
    rows: usize,
    features: usize,
    data: TensorData,
    numbers: Vec<u64>,
    context: ReadContext,
}

/// What comes with the rows of a pass that is neither shuffled nor cut.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReadContext {
    /// The rows that were read and not left out before these.
    pub(crate) first_row: u64,
    /// Positions among the rows that were read of those that were dropped.
    pub(crate) omitted: Vec<usize>,
    /// The columns that are carried along, a line for each row that was read.
    pub(crate) kept: DataFrame,
    /// Whether each of the rows is an anomaly by its label, where that was asked for.
    pub(crate) labels: Option<Vec<bool>>,
    /// Whether they are a part of a record batch that goes on after them.
    pub(crate) more: bool,
}

impl Batch {
    /// The bits of a row's number that tell the row in its file.
    const ROW_BITS: u32 = 40;

    /// The number of the first row of the file that has this place among those of the source.
    pub(crate) fn first_number(file: usize) -> u64 {
        (file as u64) << Self::ROW_BITS
    }

    pub(crate) fn new(rows: Rows, context: ReadContext) -> Self {
        let shape = [rows.len(), rows.features];
        let data = match rows.values {
            Values::F32(values) => TensorData::new(values, shape),
            Values::F64(values) => TensorData::new(values, shape),
        };
        Self { rows: shape[0], features: shape[1], data, numbers: rows.numbers, context }
    }

    /// What becomes of these rows in an output: the columns that are carried along, a line for each row that was read, those that were
    /// dropped included. Only of a pass that is neither shuffled nor [cut](crate::Pass::cut) are rows read like this.
    pub fn records(&self) -> Records {
        let ReadContext { first_row, omitted, kept, more, .. } = &self.context;
        let records = Records::new(kept.clone(), self.rows + omitted.len(), *first_row, omitted);
        if *more { records.unfinished() } else { records }
    }

    /// Whether each row is an anomaly by its label, of a [labelled](crate::Source::labelled) source, in a pass that is neither shuffled nor
    /// [cut](crate::Pass::cut).
    ///
    /// # Shapes
    ///
    /// `[rows]`
    pub fn labels(&self) -> Option<&[bool]> {
        self.context.labels.as_deref()
    }

    /// The number of each row among all that were read, from 1, as [`Records::row_numbers`] has it: those that were dropped for a missing value
    /// count as well. Of a pass that is neither shuffled nor [cut](crate::Pass::cut).
    ///
    /// # Shapes
    ///
    /// `[rows]`
    pub fn row_numbers(&self) -> Vec<u64> {
        self.positions().map(|position| self.context.first_row + position as u64 + 1).collect()
    }

    /// The columns that are carried along of some of the rows, by name, as text; those without a value are left out.
    ///
    /// # Errors
    ///
    /// If values cannot be written as text.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    pub fn kept(&self, rows: &[usize]) -> Result<Vec<Vec<(String, String)>>, Error> {
        let positions: Vec<_> = self.positions().collect();
        let positions: Vec<_> = rows.iter().map(|&row| positions[row]).collect();
        named_values(&self.context.kept, &positions)
    }

    /// The position of each row among those that were read.
    fn positions(&self) -> impl Iterator<Item = usize> {
        let omitted = &self.context.omitted;
        remaining(self.rows + omitted.len(), omitted).enumerate().filter(|&(_, remains)| remains).map(|(position, _)| position)
    }

    /// The number of rows; it may be 0 where all were dropped, or where a record batch of Arrow's holds none.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of features, the same in all batches of a source.
    pub fn features(&self) -> usize {
        self.features
    }

    /// The values.
    ///
    /// # Shapes
    ///
    /// [rows, features], row-major
    pub fn data(&self) -> &TensorData {
        &self.data
    }

    /// The values, without a copy.
    pub fn into_data(self) -> TensorData {
        self.data
    }

    /// The number of each row: no other row of the source has it, and it is the same in every pass, shuffled or not, cut or not.
    ///
    /// It is the place of its file among [those of the source](crate::Source::files), from 0, times 2<sup>40</sup>, plus the row's place in
    /// that file, from 0, among the rows that are neither left out by their label nor dropped for a missing value. So for a source of one file
    /// it is the row's index. A source that leaves out or drops other rows numbers them otherwise.
    ///
    /// # Shapes
    ///
    /// `[rows]`
    pub fn numbers(&self) -> &[u64] {
        &self.numbers
    }

    /// The values and the numbers of the rows, without a copy.
    ///
    /// # Shapes
    ///
    /// [rows, features], row-major, and `[rows]`
    pub fn into_parts(self) -> (TensorData, Vec<u64>) {
        (self.data, self.numbers)
    }

    /// The values as a tensor on a device, in the float type of the backend.
    ///
    /// # Shapes
    ///
    /// [rows, features]
    pub fn tensor<B: Backend>(self, device: &B::Device) -> Tensor<B, 2> {
        Tensor::from_data(self.data, device)
    }
}
