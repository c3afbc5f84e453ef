use std::fs::File;
use std::path::Path;

use polars::prelude::{BooleanChunked, DataFrame, Float64Type, NamedFrom, PolarsError, PolarsNumericType};

use super::schema::{Footer, Layout, Stored};
use super::vectors::{Block, Trouble};
use super::{damaged, frames};
use crate::matrix::{Lane, interleave};
use crate::rows::{Rows, Values};
use crate::table::{Deliver, Piece, Request};
use crate::{At, Error, Flaw, Place};

/// Turns the frames of one file into rows of one precision.
pub(super) struct Converter<'a, P: PolarsNumericType> {
    path: &'a Path,
    stored: &'a [Stored],
    request: &'a Request,
    wrap: fn(Vec<P::Native>) -> Values,
    /// The stored columns that are read, in the order of the file.
    read: Vec<usize>,
    /// For each feature, which of those it is in, and the element of its list.
    features: Vec<(usize, usize)>,
    /// Whether any feature is in each of those.
    is_feature: Vec<bool>,
    label: Option<(usize, usize)>,
}

/// A value that cannot be used: its row in the frame, its column among those that are read, and the element of its list.
struct Bad {
    row: usize,
    column: usize,
    element: Option<usize>,
    flaw: Flaw,
}

/// Why a frame is no matrix.
enum Stop {
    Bad(Bad),
    Polars(PolarsError),
}

impl From<PolarsError> for Stop {
    fn from(error: PolarsError) -> Self {
        Self::Polars(error)
    }
}

impl<'a, P> Converter<'a, P>
where
    P: PolarsNumericType,
    P::Native: Default + Into<f64>,
{
    pub(super) fn new(path: &'a Path, stored: &'a [Stored], request: &'a Request, wrap: fn(Vec<P::Native>) -> Values) -> Self {
        let elements: Vec<_> =
            stored.iter().enumerate().flat_map(|(column, stored)| (0..stored.width).map(move |element| (column, element))).collect();
        let mut read: Vec<_> = request.features.iter().chain(&request.label).map(|&column| elements[column].0).collect();
        read.sort_unstable();
        read.dedup();
        let place = |&column: &usize| {
            let (stored, element) = elements[column];
            (read.partition_point(|&read| read < stored), element)
        };
        let features: Vec<_> = request.features.iter().map(place).collect();
        let label = request.label.as_ref().map(place);
        let mut is_feature = vec![false; read.len()];
        for &(column, _) in &features {
            is_feature[column] = true;
        }
        Self { path, stored, request, wrap, read, features, is_feature, label }
    }

    pub(super) fn read(&self, file: &File, footer: Footer, deliver: &mut Deliver<'_>) -> Result<(), Error> {
        let size = file.metadata().map_err(Error::read(self.path))?.len();
        let all_rows = footer.rows.max(1);
        let mut done = 0;
        frames::read(self.path, file, footer, &self.read, |frame| {
            let height = frame.height();
            let (values, rows) = self.convert(frame, done)?;
            done += height;
            let bytes = (size as f64 * done as f64 / all_rows as f64) as u64;
            let rows_out = Rows { values: (self.wrap)(values), features: self.features.len() };
            Ok(deliver(Piece { rows: rows_out, left_out: height - rows, bytes }).is_continue())
        })
    }

    /// The features of the rows that are kept, row-major, and how many rows these are.
    fn convert(&self, frame: DataFrame, done: usize) -> Result<(Vec<P::Native>, usize), Error> {
        let normal = match self.label {
            Some(label) => Some(self.normal_rows(&frame, label).map_err(|trouble| self.error(trouble, done, None))?),
            None => None,
        };
        let frame = match &normal {
            Some(normal) => frame.filter(normal).map_err(damaged(self.path))?,
            None => frame,
        };
        let rows = frame.height();
        if rows == 0 {
            return Ok((Vec::new(), 0));
        }
        let values = self.matrix(&frame).map_err(|trouble| self.error(trouble, done, normal.as_ref()))?;
        Ok((values, rows))
    }

    fn normal_rows(&self, frame: &DataFrame, (column, element): (usize, usize)) -> Result<BooleanChunked, Stop> {
        let bad = |row, label: &str| Stop::Bad(Bad { row, column, element: Some(element), flaw: Flaw::Label(label.into()) });
        let block = self.block::<Float64Type>(frame, column).map_err(|trouble| match trouble {
            Stop::Bad(Bad { row, flaw: Flaw::Null, .. }) => bad(row, "missing (null)"),
            other => other,
        })?;
        let labels = Lane::element(block.values()?, element, block.stride);
        if let Some(row) = labels.iter().position(|label| !label.is_finite()) {
            return Err(bad(row, "not finite"));
        }
        let normal: Vec<_> = labels.iter().map(|&label| label == 0.0).collect();
        Ok(BooleanChunked::new("".into(), normal))
    }

    fn matrix(&self, frame: &DataFrame) -> Result<Vec<P::Native>, Stop> {
        let mut blocks = Vec::with_capacity(self.read.len());
        let mut first: Option<Bad> = None;
        for column in 0..self.read.len() {
            // A label is read, but is no feature.
            let block = if self.is_feature[column] { self.block::<P>(frame, column).map(Some) } else { Ok(None) };
            blocks.push(match block {
                Ok(block) => block,
                Err(Stop::Bad(bad)) => {
                    first = Some(first.filter(|first| first.row <= bad.row).unwrap_or(bad));
                    None
                }
                Err(other) => return Err(other),
            });
        }
        if let Some(bad) = first {
            return Err(Stop::Bad(bad));
        }
        let lane = |&(column, element): &(usize, usize)| {
            let block: Option<&Block<P>> = blocks[column].as_ref();
            block.map(|block| block.values().map(|values| Lane::element(values, element, block.stride)))
        };
        let lanes: Vec<_> = self.features.iter().filter_map(lane).collect::<Result<_, _>>()?;
        let matrix = interleave(&lanes, frame.height());
        match matrix.iter().position(|&value| !self.request.range.contains(value.into())) {
            None => Ok(matrix),
            Some(at) => {
                let (column, element) = self.features[at % lanes.len()];
                let flaw = self.request.range.flaw(matrix[at].into());
                Err(Stop::Bad(Bad { row: at / lanes.len(), column, element: Some(element), flaw }))
            }
        }
    }

    fn block<N: PolarsNumericType>(&self, frame: &DataFrame, column: usize) -> Result<Block<N>, Stop>
    where
        N::Native: Default,
    {
        let series = frame.columns()[column].as_materialized_series().rechunk();
        Block::new(&series, &self.stored[self.read[column]]).map_err(|trouble| match trouble {
            Trouble::Value { row, element, flaw } => Stop::Bad(Bad { row, column, element, flaw }),
            Trouble::Polars(error) => Stop::Polars(error),
        })
    }

    /// Tells the row of the file: `done` rows came before the frame, of which only the normal ones were looked at.
    fn error(&self, stop: Stop, done: usize, normal: Option<&BooleanChunked>) -> Error {
        let bad = match stop {
            Stop::Bad(bad) => bad,
            Stop::Polars(error) => return damaged(self.path)(error),
        };
        let row = match normal {
            Some(normal) => (0..normal.len()).filter(|&row| normal.get(row) == Some(true)).nth(bad.row).unwrap_or(bad.row),
            None => bad.row,
        };
        let column = self.read[bad.column];
        let stored = &self.stored[column];
        let name = match bad.element {
            Some(element) if stored.layout != Layout::Number => format!("{}[{element}]", stored.name),
            _ => stored.name.clone(),
        };
        let place = Place { file: self.path.into(), at: At::Row((done + row + 1) as u64), column: column + 1, name: Some(name) };
        Error::Value { place, flaw: bad.flaw }
    }
}
