//! The batches that a pass yields.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use polars::prelude::DataFrame;

use super::omitted::remaining;
use super::records::Records;
use super::row_numbers::RowNumbers;
use super::{Rows, Values};
use crate::as_text::named_values::{column_texts, named_values};
use crate::error::Error;

/// Some rows on the host: a row-major matrix [rows, features].
///
/// All batches of a pass have the same element type: f32 if every feature is exact in it, else f64. A [`CachedSource`](crate::CachedSource) replays rows
/// as f32 also where each of their values happens to be exact in it.
#[derive(Clone, Debug)]
pub struct Batch {
    rows: usize,
    features: usize,
    data: TensorData,
    numbers: Vec<u64>,
    context: ReadContext,
}

/// What a pass knows about rows that it neither shuffles nor cuts.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReadContext {
    /// The numbers of the rows. Rows that were left out because of their label do not count.
    pub(crate) row_numbers: RowNumbers,
    /// The positions, among the rows that were read, of the rows that were dropped.
    pub(crate) omitted: Vec<usize>,
    /// The columns that are passed through, with one line for each row that was read.
    pub(crate) kept: DataFrame,
    /// The labels of the rows, if they were requested.
    pub(crate) labels: Option<BatchLabels>,
    /// Whether more rows of the same record batch follow.
    pub(crate) more: bool,
}

/// The labels of the rows of a batch.
#[derive(Clone, Debug, Default)]
pub(crate) struct BatchLabels {
    /// The index of the kind of each label.
    pub(crate) kinds: Vec<u32>,
    /// Whether each label marks an anomaly.
    pub(crate) anomalies: Vec<bool>,
}

impl BatchLabels {
    /// The labels of the rows that were not omitted. The positions of the omitted rows ascend.
    pub(crate) fn without(self, omitted: &[usize]) -> Self {
        let remaining: Vec<bool> = remaining(self.kinds.len(), omitted).collect();
        let mut of_kinds = remaining.iter();
        let mut of_anomalies = remaining.iter();
        let Self { mut kinds, mut anomalies } = self;
        kinds.retain(|_| of_kinds.next() == Some(&true));
        anomalies.retain(|_| of_anomalies.next() == Some(&true));
        Self { kinds, anomalies }
    }
}

impl Batch {
    /// The number of low bits of a row number that hold the index of the row in its file.
    const ROW_BITS: u32 = 40;

    /// The number of the first row of a file, given the index of the file in the source.
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

    /// The rows as an output holds them: the columns that are passed through, with one line for each row that was read, including rows that
    /// were dropped. Only a pass that is neither shuffled nor [cut](crate::Pass::cut) has such records.
    pub fn records(&self) -> Records {
        let ReadContext { row_numbers, omitted, kept, more, .. } = &self.context;
        let records = Records::new(kept.clone(), self.rows + omitted.len(), row_numbers.clone(), omitted);
        if *more { records.unfinished() } else { records }
    }

    /// Whether each row is an anomaly by its label. Only the batches of a [labelled](crate::Source::with_row_labels) source have labels, and
    /// only in a pass that is neither shuffled nor [cut](crate::Pass::cut).
    ///
    /// # Shapes
    ///
    /// `[rows]`
    pub fn anomalies(&self) -> Option<&[bool]> {
        self.context.labels.as_ref().map(|labels| &labels.anomalies[..])
    }

    /// The kind of the label of each row, as an index into [`LabelKinds::kinds`](crate::LabelKinds::kinds) of
    /// [`Source::label_kinds`](crate::Source::label_kinds). The same batches as for [`anomalies`](Self::anomalies) have them.
    ///
    /// # Shapes
    ///
    /// `[rows]`
    pub fn labels(&self) -> Option<&[u32]> {
        self.context.labels.as_ref().map(|labels| &labels.kinds[..])
    }

    /// The number of each row among all rows of the files, from 1, as in [`Records::with_row_numbers`]. Rows that were dropped for a missing
    /// value or do not meet the conditions count as well, and rows that were left out because of their label do not. Only a pass that is neither shuffled nor [cut](crate::Pass::cut) has such numbers.
    ///
    /// # Shapes
    ///
    /// `[rows]`
    pub fn row_numbers(&self) -> Vec<u64> {
        let ReadContext { row_numbers, omitted, .. } = &self.context;
        let lines = self.rows + omitted.len();
        row_numbers.of(lines).zip(remaining(lines, omitted)).filter(|&(_, remains)| remains).map(|(number, _)| number).collect()
    }

    /// The line of each row among those of [`records`](Self::records), from 0: rows that were dropped have a line, too.
    ///
    /// # Shapes
    ///
    /// `[rows]`
    pub fn lines(&self) -> Vec<usize> {
        self.positions().collect()
    }

    /// The columns that are passed through, for some of the rows: the name of each column and its value as text. Missing values are left
    /// out.
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

    /// A column that is passed through, for some of the [lines](Self::lines) of [`records`](Self::records), also those of rows that were dropped: its value
    /// as text for each of them, `None` for a missing one. `None` if no such column is passed through.
    ///
    /// # Errors
    ///
    /// If values cannot be written as text.
    ///
    /// # Panics
    ///
    /// If there are not so many lines.
    pub fn kept_column(&self, name: &str, lines: &[usize]) -> Result<Option<Vec<Option<String>>>, Error> {
        let count = self.rows + self.context.omitted.len();
        assert!(lines.iter().all(|&line| line < count), "there are {count} lines");
        column_texts(&self.context.kept, name, lines)
    }

    /// The position of each row among those that were read.
    fn positions(&self) -> impl Iterator<Item = usize> {
        let omitted = &self.context.omitted;
        remaining(self.rows + omitted.len(), omitted).enumerate().filter(|&(_, remains)| remains).map(|(position, _)| position)
    }

    /// The number of rows. It may be 0 if all rows were dropped, or if an Arrow record batch has no rows.
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

    /// The number of each row. It is unique in the source and the same in every pass, shuffled or not, cut or not.
    ///
    /// The number is the index of the file in [`Source::files`](crate::Source::files) times 2<sup>40</sup>, plus the index of the row in
    /// that file. Rows that are left out by their label or by conditions, or dropped for a missing value, have no index. In a source of one file the number is
    /// the index of the row. A source that leaves out or drops other rows numbers its rows otherwise.
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
