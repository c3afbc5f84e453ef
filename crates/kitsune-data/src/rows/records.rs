//! The rows of an output.

use std::collections::BTreeMap;
use std::ops::Range;

use polars::prelude::{
    BooleanChunked, Column, DataFrame, DataType, Float32Chunked, Float32Type, Float64Chunked, IntoColumn, ListBuilderTrait,
    ListPrimitiveChunkedBuilder, NewChunkedArray, PolarsResult, StringChunked, UInt64Chunked,
};

use super::omitted::remaining;
use super::row_numbers::RowNumbers;
use crate::error::{Error, OutputError};

/// Rows for an output: one line for each row that was read, with the columns that are passed through first and the results after them.
///
/// Rows that were read but have no result, such as rows with a missing value, keep their line. Their results are null.
#[derive(Debug)]
pub struct Records {
    columns: Vec<Column>,
    /// The number of columns that are passed through.
    kept: usize,
    rows: usize,
    row_numbers: RowNumbers,
    /// The positions of the rows without results, ascending.
    omitted: Vec<usize>,
    widths: Widths,
    /// Whether the records are a record batch, or its last part.
    ends_batch: bool,
}

/// The length of the lists of each column whose lists all have the same length.
pub(crate) type Widths = BTreeMap<String, usize>;

impl Records {
    /// `kept` holds the columns that are passed through, for `rows` rows. `omitted` holds the positions of the rows that have no result,
    /// ascending.
    pub(crate) fn new(kept: DataFrame, rows: usize, row_numbers: RowNumbers, omitted: &[usize]) -> Self {
        Self {
            kept: kept.width(),
            columns: kept.into_columns(),
            rows,
            row_numbers,
            omitted: omitted.into(),
            widths: Widths::new(),
            ends_batch: true,
        }
    }

    /// More records of the same record batch follow.
    #[must_use]
    pub(crate) fn unfinished(mut self) -> Self {
        self.ends_batch = false;
        self
    }

    pub(crate) fn ends_batch(&self) -> bool {
        self.ends_batch
    }

    /// The number of rows, including rows without results.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Keeps some consecutive rows only, as many of them as there are. Call it before results are appended. If rows follow, the record batch does not end
    /// with these.
    #[must_use]
    pub fn part(mut self, rows: Range<usize>) -> Self {
        let end = rows.end.min(self.rows);
        let start = rows.start.min(end);
        self.ends_batch &= end == self.rows;
        self.rows = end - start;
        for column in &mut self.columns {
            *column = column.slice(start as i64, self.rows);
        }
        let omitted = self.omitted.iter().filter(|&&position| (start..end).contains(&position));
        self.omitted = omitted.map(|position| position - start).collect();
        self.row_numbers = self.row_numbers.after(start);
        self
    }

    /// Leaves out the columns of these names. Call it before results are appended.
    #[must_use]
    pub fn without(mut self, names: &[impl AsRef<str>]) -> Self {
        self.columns.retain(|column| names.iter().all(|name| name.as_ref() != column.name().as_str()));
        self.kept = self.columns.len();
        self
    }

    /// Appends the number of each row among all rows of the files, from 1: see [`Batch::row_numbers`](crate::Batch::row_numbers).
    ///
    /// # Errors
    ///
    /// If there is a column of this name.
    pub fn with_row_numbers(self, name: &str) -> Result<Self, Error> {
        let numbers = self.row_numbers.of(self.rows).collect();
        self.appended(UInt64Chunked::from_vec(name.into(), numbers).into_column())
    }

    /// Appends one number for each row that has results.
    ///
    /// # Errors
    ///
    /// If there is a column of this name, a number is not finite, or there are not as many numbers as rows with results.
    pub fn with_numbers(self, name: &str, values: Vec<f32>) -> Result<Self, Error> {
        self.check_count(name, values.len(), 1)?;
        self.check_finite(name, values.iter().map(|&value| value.into()), 1)?;
        let column = if self.omitted.is_empty() {
            Float32Chunked::from_vec(name.into(), values)
        } else {
            Float32Chunked::from_iter_options(name.into(), self.in_place(values))
        };
        self.appended(column.into_column())
    }

    /// Appends one number, or null, for each row that has results.
    ///
    /// # Errors
    ///
    /// As for [`with_numbers`](Self::with_numbers).
    pub fn with_optional_numbers(self, name: &str, values: Vec<Option<f64>>) -> Result<Self, Error> {
        self.check_count(name, values.len(), 1)?;
        self.check_finite(name, values.iter().map(|value| value.unwrap_or(0.0)), 1)?;
        let column = Float64Chunked::from_iter_options(name.into(), self.in_place(values).map(Option::flatten));
        self.appended(column.into_column())
    }

    /// Appends one number of 32 bits, or null, for each row that has results.
    ///
    /// # Errors
    ///
    /// As for [`with_numbers`](Self::with_numbers).
    pub fn with_optional_floats(self, name: &str, values: Vec<Option<f32>>) -> Result<Self, Error> {
        self.check_count(name, values.len(), 1)?;
        self.check_finite(name, values.iter().map(|value| value.unwrap_or(0.0).into()), 1)?;
        let column = Float32Chunked::from_iter_options(name.into(), self.in_place(values).map(Option::flatten));
        self.appended(column.into_column())
    }

    /// Appends one count, or null, for each row that has results.
    ///
    /// # Errors
    ///
    /// If there is a column of this name, or there are not as many values as rows with results.
    pub fn with_optional_counts(self, name: &str, values: Vec<Option<u64>>) -> Result<Self, Error> {
        self.check_count(name, values.len(), 1)?;
        let column = UInt64Chunked::from_iter_options(name.into(), self.in_place(values).map(Option::flatten));
        self.appended(column.into_column())
    }

    /// Appends true or false for each row that has results.
    ///
    /// # Errors
    ///
    /// If there is a column of this name, or there are not as many values as rows with results.
    pub fn with_booleans(self, name: &str, values: Vec<bool>) -> Result<Self, Error> {
        self.check_count(name, values.len(), 1)?;
        let column: BooleanChunked = self.in_place(values).collect();
        self.appended(column.with_name(name.into()).into_column())
    }

    /// Appends true, false or null for each row that has results.
    ///
    /// # Errors
    ///
    /// If there is a column of this name, or there are not as many values as rows with results.
    pub fn with_optional_booleans(self, name: &str, values: Vec<Option<bool>>) -> Result<Self, Error> {
        self.check_count(name, values.len(), 1)?;
        let column: BooleanChunked = self.in_place(values).map(Option::flatten).collect();
        self.appended(column.with_name(name.into()).into_column())
    }

    /// Appends a text, or null, for each row that has results.
    ///
    /// # Errors
    ///
    /// If there is a column of this name, or there are not as many texts as rows with results.
    pub fn with_texts(self, name: &str, values: Vec<Option<String>>) -> Result<Self, Error> {
        self.check_count(name, values.len(), 1)?;
        let column: StringChunked = self.in_place(values).map(Option::flatten).collect();
        self.appended(column.with_name(name.into()).into_column())
    }

    /// Appends a list of `width` numbers for each row that has results.
    ///
    /// # Shapes
    ///
    /// `values`: [rows with results, width], row-major
    ///
    /// # Errors
    ///
    /// If there is a column of this name, a number is not finite, or there are not as many numbers as the rows with results need.
    pub fn with_lists(mut self, name: &str, values: Vec<f32>, width: usize) -> Result<Self, Error> {
        self.check_count(name, values.len(), width)?;
        self.check_finite(name, values.iter().map(|&value| value.into()), width)?;
        let mut lists = ListPrimitiveChunkedBuilder::<Float32Type>::new(name.into(), self.rows, values.len(), DataType::Float32);
        let mut at = 0;
        for has_results in self.has_results() {
            if has_results {
                lists.append_slice(&values[at..at + width]);
                at += width;
            } else {
                lists.append_null();
            }
        }
        self.widths.insert(name.into(), width);
        self.appended(lists.finish().into_column())
    }

    /// The results as 64-bit floats, which hold those of 32 bits exactly and which readers with a schema of their own expect.
    pub(crate) fn with_doubles(mut self) -> PolarsResult<Self> {
        for column in &mut self.columns[self.kept..] {
            let wide = match column.dtype() {
                DataType::Float32 => DataType::Float64,
                DataType::List(inner) if **inner == DataType::Float32 => DataType::List(DataType::Float64.into()),
                _ => continue,
            };
            *column = column.cast(&wide)?;
        }
        Ok(self)
    }

    pub(crate) fn into_frame(self) -> PolarsResult<(DataFrame, Widths)> {
        Ok((DataFrame::new(self.rows, self.columns)?, self.widths))
    }

    fn appended(mut self, column: Column) -> Result<Self, Error> {
        if self.columns.iter().any(|other| other.name() == column.name()) {
            return Err(OutputError::NameTaken { name: column.name().to_string() }.into());
        }
        self.columns.push(column);
        Ok(self)
    }

    fn check_count(&self, name: &str, found: usize, width: usize) -> Result<(), Error> {
        let expected = (self.rows - self.omitted.len()) * width;
        if found == expected { Ok(()) } else { Err(OutputError::ValueCount { name: name.into(), found, expected }.into()) }
    }

    fn check_finite(&self, name: &str, values: impl Iterator<Item = f64>, width: usize) -> Result<(), Error> {
        match values.enumerate().find(|(_, value)| !value.is_finite()) {
            None => Ok(()),
            Some((at, value)) => Err(OutputError::NotFinite { name: name.into(), row: self.number(at / width), value }.into()),
        }
    }

    /// The number of a row, from 1, that has `before` rows with results before it.
    fn number(&self, before: usize) -> u64 {
        let position = self.omitted.iter().fold(before, |row, &omitted| row + usize::from(omitted <= row));
        self.row_numbers.of(position + 1).last().unwrap_or_default()
    }

    /// One value for each row: `None` for rows without results.
    fn in_place<T>(&self, values: Vec<T>) -> impl Iterator<Item = Option<T>> {
        let mut values = values.into_iter();
        self.has_results().map(move |has_results| if has_results { values.next() } else { None })
    }

    /// Whether each row has results.
    fn has_results(&self) -> impl Iterator<Item = bool> {
        remaining(self.rows, &self.omitted)
    }
}
