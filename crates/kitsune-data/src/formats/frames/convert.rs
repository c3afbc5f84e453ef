//! Frames to pieces of rows.

use std::ops::ControlFlow;
use std::path::Path;

use polars::prelude::{BooleanChunked, DataFrame, DataType, Float32Type, Float64Type, NamedFrom, PolarsError, PolarsResult};

use super::blocks::{Block, Real, Trouble};
use super::schema::{Layout, Stored};
use crate::error::Error;
use crate::fault::{Flaw, Position, RowPosition};
use crate::format::Format;
use crate::formats::columns::element_name;
use crate::formats::damaged::damaged;
use crate::formats::table::{Deliver, Piece, Request, Skipped};
use crate::labels::RowLabels;
use crate::rows::Precision;
use crate::rows::interleave::{Lane, interleave};
use crate::rows::row_numbers::Gaps;

/// The approximate upper limit of the bytes of numbers that are converted together.
const BLOCK_BYTES: usize = 64 << 20;

/// The approximate size of a piece. Small pieces are still in a near cache when they are used, and their memory when it is used again.
const PIECE_BYTES: usize = 512 << 10;

/// Turns the frames of one file into pieces.
pub(crate) struct Converter<'a> {
    path: &'a Path,
    format: Format,
    stored: &'a [Stored],
    request: &'a Request,
    /// The stored columns that are read, in the order of the file.
    read: Vec<usize>,
    /// For each feature, the index of its column in `read`, and the element of the list.
    features: Vec<(usize, usize)>,
    /// Whether each column in `read` holds a feature.
    is_feature: Vec<bool>,
    label: Option<(usize, usize)>,
    /// The same for the column of each test.
    tested: Vec<(usize, usize)>,
    /// The indices in `read` of the columns that are passed through.
    kept: Vec<usize>,
    /// The number of rows of the file that were converted.
    done: usize,
}

/// A value that cannot be used: its row in the frame, the index of its column in `read`, and the element of its list.
struct BadValue {
    row: usize,
    column: usize,
    element: Option<usize>,
    flaw: Flaw,
}

/// Why a frame could not be converted.
enum Stop {
    Bad(BadValue),
    Polars(PolarsError),
}

impl From<PolarsError> for Stop {
    fn from(error: PolarsError) -> Self {
        Self::Polars(error)
    }
}

impl<'a> Converter<'a> {
    pub(crate) fn new(path: &'a Path, format: Format, stored: &'a [Stored], request: &'a Request) -> Self {
        let elements: Vec<_> =
            stored.iter().enumerate().flat_map(|(column, stored)| (0..stored.width).map(move |element| (column, element))).collect();
        let tested = request.tests.iter().map(|test| &test.column);
        let numbers = request.features.iter().chain(&request.label).chain(tested).map(|&column| elements[column].0);
        let mut read: Vec<_> = numbers.chain(request.kept.iter().copied()).collect();
        read.sort_unstable();
        read.dedup();
        let index_in_read = |stored: usize| read.partition_point(|&read| read < stored);
        let element_of = |&column: &usize| (index_in_read(elements[column].0), elements[column].1);
        let features: Vec<_> = request.features.iter().map(element_of).collect();
        let label = request.label.as_ref().map(element_of);
        let tested = request.tests.iter().map(|test| element_of(&test.column)).collect();
        let kept = request.kept.iter().map(|&stored| index_in_read(stored)).collect();
        let mut is_feature = vec![false; read.len()];
        for &(column, _) in &features {
            is_feature[column] = true;
        }
        Self { path, format, stored, request, read, features, is_feature, label, tested, kept, done: 0 }
    }

    /// The stored columns that a frame must have, in this order.
    pub(crate) fn read(&self) -> &[usize] {
        &self.read
    }

    /// The approximate number of values in a row of a frame.
    pub(crate) fn width(&self) -> usize {
        self.read.iter().map(|&column| self.stored[column].width.max(1)).sum::<usize>().max(1)
    }

    /// The number of rows of the file that were converted.
    pub(crate) fn done(&self) -> usize {
        self.done
    }

    /// Converts the next rows of the file. `bytes` is the number of bytes of the file up to their end.
    pub(crate) fn convert(&mut self, frame: DataFrame, bytes: u64, deliver: &mut Deliver<'_>) -> Result<ControlFlow<()>, Error> {
        if frame.height() == 0 {
            let (values, kept) = (self.request.precision.empty(), self.kept(&frame)?);
            let labels = self.request.with_labels.then(RowLabels::default);
            let skipped = Skipped::default();
            return Ok(deliver(Piece {
                values,
                blank: Vec::new(),
                kept,
                labels,
                left_out: 0,
                unmatched: Gaps::default(),
                skipped,
                bytes,
                more: false,
            }));
        }
        // Sparse vectors make a frame far smaller than its rows.
        let rows = (BLOCK_BYTES / self.width().saturating_mul(size_of::<f64>())).max(1);
        for start in (0..frame.height()).step_by(rows) {
            let part = frame.slice(start as i64, rows);
            let more = start + part.height() < frame.height();
            let flow = match self.request.precision {
                Precision::F32 => self.convert_as::<Float32Type>(part, more, bytes, deliver),
                Precision::F64 => self.convert_as::<Float64Type>(part, more, bytes, deliver),
            }?;
            if flow.is_break() {
                return Ok(flow);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// `more`: whether the frame has rows after this part.
    fn convert_as<P: Real>(
        &mut self,
        frame: DataFrame,
        more: bool,
        bytes: u64,
        deliver: &mut Deliver<'_>,
    ) -> Result<ControlFlow<()>, Error> {
        let all_rows = frame.height();
        // The position in the part of each row that is left.
        let mut positions: Option<Vec<usize>> = None;
        let mut frame = frame;
        let mut met = Vec::new();
        if !self.tested.is_empty() {
            met = self.rows_that_meet_conditions(&frame).map_err(|stop| self.error(stop, None))?;
            frame = self.filtered(&frame, &met, &mut positions)?;
        }
        let matched = frame.height();
        let mut labels = None;
        if let Some(label) = self.label {
            let found = self.labels(&frame, label).map_err(|stop| self.error(stop, positions.as_deref()))?;
            if self.request.with_labels {
                labels = Some(found);
            } else {
                frame = self.filtered(&frame, &found.normal().collect::<Vec<_>>(), &mut positions)?;
            }
        }
        let rows = frame.height();
        let mut left_out = matched - rows;
        let mut unmatched = Gaps::of(&met, positions.as_deref().unwrap_or_default());
        let kept = self.kept(&frame)?;
        let blocks = self.blocks::<P>(&frame).map_err(|stop| self.error(stop, positions.as_deref()))?;
        let lanes = self.lanes(&blocks).map_err(|error| self.error(error.into(), None))?;
        let piece_rows = (PIECE_BYTES / size_of::<P::Native>() / lanes.len().max(1)).max(1);
        // If no row is left, one piece without rows still reports the rows that were left out.
        for start in (0..rows.max(1)).step_by(piece_rows) {
            let end = rows.min(start + piece_rows);
            let range = start..end;
            let values = interleave(&lanes, range.clone());
            if !self.request.accepts(&values) {
                return Err(self.error(Stop::Bad(self.refused(&values, start)), positions.as_deref()));
            }
            let kept = kept.slice(start as i64, range.len());
            let more = more || end < rows;
            let values = P::values(values);
            let labels = labels.as_ref().map(|labels: &RowLabels| labels.part(range));
            let left_out = std::mem::take(&mut left_out);
            let unmatched = if end < rows { unmatched.split_off_front(end - start) } else { std::mem::take(&mut unmatched) };
            let skipped = Skipped::default();
            if deliver(Piece { values, blank: Vec::new(), kept, labels, left_out, unmatched, skipped, bytes, more }).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        self.done += all_rows;
        Ok(ControlFlow::Continue(()))
    }

    /// The columns of a frame that are passed through.
    fn kept(&self, frame: &DataFrame) -> Result<DataFrame, Error> {
        let kept = self.kept.iter().map(|&column| frame.columns()[column].clone()).collect();
        DataFrame::new(frame.height(), kept).map_err(damaged(self.path, self.format))
    }

    /// The rows of a frame that are `wanted`, and their positions in the frame before any row was left out.
    fn filtered(&self, frame: &DataFrame, wanted: &[bool], positions: &mut Option<Vec<usize>>) -> Result<DataFrame, Error> {
        let before = positions.take().unwrap_or_else(|| (0..frame.height()).collect());
        *positions = Some(before.into_iter().zip(wanted).filter(|&(_, &wanted)| wanted).map(|(position, _)| position).collect());
        let mask = BooleanChunked::new("".into(), wanted);
        frame.filter(&mask).map_err(damaged(self.path, self.format))
    }

    fn rows_that_meet_conditions(&self, frame: &DataFrame) -> Result<Vec<bool>, Stop> {
        let mut met = vec![true; frame.height()];
        for (test, &(column, element)) in self.request.tests.iter().zip(&self.tested) {
            self.texts(frame, column, element, |row, text| met[row] &= test.is_met(text.unwrap_or_default()))?;
        }
        Ok(met)
    }

    fn labels(&self, frame: &DataFrame, (column, element): (usize, usize)) -> Result<RowLabels, Stop> {
        let mut labels = RowLabels::default();
        let mut missing = None;
        self.texts(frame, column, element, |row, text| {
            let known = text.and_then(|text| labels.push(text.as_bytes(), self.request.normal.as_deref()));
            if known.is_none() {
                missing = missing.or(Some(row));
            }
        })?;
        match missing {
            None => Ok(labels),
            Some(row) => Err(Stop::Bad(BadValue { row, column, element: Some(element), flaw: Flaw::Label("missing".into()) })),
        }
    }

    /// Shows the value of each row in a column, or in an element of its lists, as text. A missing value is `None`.
    fn texts(&self, frame: &DataFrame, column: usize, element: usize, mut show: impl FnMut(usize, Option<&str>)) -> Result<(), Stop> {
        let stored = &self.stored[self.read[column]];
        if let Layout::List | Layout::Array | Layout::Vector = stored.layout {
            let block = self.block::<Float64Type>(frame, column, true)?;
            for (row, value) in Lane::element(block.values()?, element, block.stride).iter().enumerate() {
                show(row, (!value.is_nan()).then(|| value.to_string()).as_deref());
            }
            return Ok(());
        }
        let texts = frame.columns()[column].cast(&DataType::String)?;
        for (row, text) in texts.str()?.iter().enumerate() {
            show(row, text);
        }
        Ok(())
    }

    /// The blocks of the columns that hold features.
    fn blocks<P: Real>(&self, frame: &DataFrame) -> Result<Vec<Option<Block<P>>>, Stop> {
        let mut blocks = Vec::with_capacity(self.read.len());
        let mut first: Option<BadValue> = None;
        for column in 0..self.read.len() {
            // The label and the columns that are passed through are read too, but are no features.
            let block =
                if self.is_feature[column] { self.block::<P>(frame, column, self.request.missing.tolerates()).map(Some) } else { Ok(None) };
            blocks.push(match block {
                Ok(block) => block,
                Err(Stop::Bad(bad)) => {
                    first = Some(first.filter(|first| first.row <= bad.row).unwrap_or(bad));
                    None
                }
                Err(other) => return Err(other),
            });
        }
        first.map_or(Ok(blocks), |bad| Err(Stop::Bad(bad)))
    }

    fn lanes<'b, P: Real>(&self, blocks: &'b [Option<Block<P>>]) -> PolarsResult<Vec<Lane<'b, P::Native>>> {
        let lane = |&(column, element): &(usize, usize)| {
            let block: Option<&Block<P>> = blocks[column].as_ref();
            block.map(|block| block.values().map(|values| Lane::element(values, element, block.stride)))
        };
        self.features.iter().filter_map(lane).collect()
    }

    /// The first of these values that cannot be the value of a feature. The values begin at row `start` of the frame.
    fn refused<T: Copy + Into<f64>>(&self, values: &[T], start: usize) -> BadValue {
        let bad = values.iter().enumerate().find_map(|(at, &value)| Some((at, self.request.flaw(value.into())?)));
        let (at, flaw) = bad.unwrap_or((0, Flaw::Null));
        let (column, element) = self.features[at % self.features.len()];
        BadValue { row: start + at / self.features.len(), column, element: Some(element), flaw }
    }

    fn block<P: Real>(&self, frame: &DataFrame, column: usize, tolerated: bool) -> Result<Block<P>, Stop> {
        let series = frame.columns()[column].as_materialized_series().rechunk();
        Block::new(&series, &self.stored[self.read[column]], tolerated).map_err(|trouble| match trouble {
            Trouble::Value { row, element, flaw } => Stop::Bad(BadValue { row, column, element, flaw }),
            Trouble::Polars(error) => Stop::Polars(error),
        })
    }

    /// The error with the row of the file, which counts the frames before this one. `positions` has the position of each row that is left.
    fn error(&self, stop: Stop, positions: Option<&[usize]>) -> Error {
        let bad = match stop {
            Stop::Bad(bad) => bad,
            Stop::Polars(error) => return damaged(self.path, self.format)(error),
        };
        let row = positions.and_then(|positions| positions.get(bad.row).copied()).unwrap_or(bad.row);
        let column = self.read[bad.column];
        let stored = &self.stored[column];
        let name = match bad.element {
            Some(element) if stored.layout != Layout::Number => element_name(&stored.name, element),
            _ => stored.name.clone(),
        };
        let position = Position { file: self.path.into(), row: RowPosition::Row((self.done + row + 1) as u64), column, name: Some(name) };
        Error::Value { position, flaw: bad.flaw }
    }
}
