//! Frames to pieces of rows.

use std::ops::ControlFlow;
use std::path::Path;

use polars::prelude::{BooleanChunked, DataFrame, Float32Type, Float64Type, NamedFrom, PolarsError, PolarsResult};

use super::blocks::{Block, Real, Trouble};
use super::schema::{Layout, Stored};
use crate::error::Error;
use crate::fault::{Flaw, Position, RowPosition};
use crate::format::Format;
use crate::formats::columns::element_name;
use crate::formats::damaged::damaged;
use crate::formats::table::{Deliver, Piece, Request};
use crate::rows::Precision;
use crate::rows::interleave::{Lane, interleave};

/// The approximate upper limit of the bytes of numbers that are converted together.
const BLOCK_BYTES: usize = 64 << 20;

/// The approximate size of a piece. Small pieces reuse memory that is still in the cache.
const PIECE_BYTES: usize = 4 << 20;

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
        let numbers = request.features.iter().chain(&request.label).map(|&column| elements[column].0);
        let mut read: Vec<_> = numbers.chain(request.kept.iter().copied()).collect();
        read.sort_unstable();
        read.dedup();
        let index_in_read = |stored: usize| read.partition_point(|&read| read < stored);
        let element_of = |&column: &usize| (index_in_read(elements[column].0), elements[column].1);
        let features: Vec<_> = request.features.iter().map(element_of).collect();
        let label = request.label.as_ref().map(element_of);
        let kept = request.kept.iter().map(|&stored| index_in_read(stored)).collect();
        let mut is_feature = vec![false; read.len()];
        for &(column, _) in &features {
            is_feature[column] = true;
        }
        Self { path, format, stored, request, read, features, is_feature, label, kept, done: 0 }
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
            let labels = self.request.with_labels.then(Vec::new);
            return Ok(deliver(Piece { values, kept, labels, left_out: 0, bytes, more: false }));
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
        let flags = match self.label {
            Some(label) => Some(self.normal_rows(&frame, label).map_err(|stop| self.error(stop, None))?),
            None => None,
        };
        let (normal, labels) = if self.request.with_labels { (None, flags) } else { (flags, None) };
        let normal = normal.map(|normal| BooleanChunked::new("".into(), normal));
        let frame = match &normal {
            Some(normal) => frame.filter(normal).map_err(damaged(self.path, self.format))?,
            None => frame,
        };
        let rows = frame.height();
        let mut left_out = all_rows - rows;
        let kept = self.kept(&frame)?;
        let blocks = self.blocks::<P>(&frame).map_err(|stop| self.error(stop, normal.as_ref()))?;
        let lanes = self.lanes(&blocks).map_err(|error| self.error(error.into(), None))?;
        let piece_rows = (PIECE_BYTES / size_of::<P::Native>() / lanes.len().max(1)).max(1);
        // If no row is left, one piece without rows still reports the rows that were left out.
        for start in (0..rows.max(1)).step_by(piece_rows) {
            let range = start..rows.min(start + piece_rows);
            let values = interleave(&lanes, range.clone());
            if !self.request.accepts(&values) {
                return Err(self.error(Stop::Bad(self.refused(&values, start)), normal.as_ref()));
            }
            let kept = kept.slice(start as i64, range.len());
            let more = more || range.end < rows;
            let values = P::values(values);
            let labels = labels.as_ref().map(|normal| normal[range].iter().map(|&normal| !normal).collect());
            if deliver(Piece { values, kept, labels, left_out: std::mem::take(&mut left_out), bytes, more }).is_break() {
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

    fn normal_rows(&self, frame: &DataFrame, (column, element): (usize, usize)) -> Result<Vec<bool>, Stop> {
        let bad = |row, label: &str| Stop::Bad(BadValue { row, column, element: Some(element), flaw: Flaw::Label(label.into()) });
        let block = self.block::<Float64Type>(frame, column, false).map_err(|trouble| match trouble {
            Stop::Bad(BadValue { row, flaw: Flaw::Null, .. }) => bad(row, "missing (null)"),
            other => other,
        })?;
        let labels = Lane::element(block.values()?, element, block.stride);
        if let Some(row) = labels.iter().position(|label| !label.is_finite()) {
            return Err(bad(row, "not finite"));
        }
        Ok(labels.iter().map(|&label| label == 0.0).collect())
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

    /// The error with the row of the file, which counts the frames before this one and the rows that are not normal.
    fn error(&self, stop: Stop, normal: Option<&BooleanChunked>) -> Error {
        let bad = match stop {
            Stop::Bad(bad) => bad,
            Stop::Polars(error) => return damaged(self.path, self.format)(error),
        };
        let row = match normal {
            Some(normal) => (0..normal.len()).filter(|&row| normal.get(row) == Some(true)).nth(bad.row).unwrap_or(bad.row),
            None => bad.row,
        };
        let column = self.read[bad.column];
        let stored = &self.stored[column];
        let name = match bad.element {
            Some(element) if stored.layout != Layout::Number => element_name(&stored.name, element),
            _ => stored.name.clone(),
        };
        let position =
            Position { file: self.path.into(), row: RowPosition::Row((self.done + row + 1) as u64), column: column + 1, name: Some(name) };
        Error::Value { position, flaw: bad.flaw }
    }
}
