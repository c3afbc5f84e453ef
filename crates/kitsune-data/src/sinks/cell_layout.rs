//! The cells of a CSV line, in which each list takes one cell for each element.

use std::collections::HashSet;

use polars::prelude::{Column, DataFrame, DataType, IdxCa, IdxSize, NewChunkedArray, PlSmallStr, Series};
use polars_arrow::array::Array;

use crate::as_text::as_text;
use crate::error::{Error, OutputError};
use crate::format::Format;
use crate::rows::records::Widths;

/// The layout of columns in the cells of a line. A list takes one cell for each element.
pub(super) struct CellLayout {
    /// The length of the lists of each column, if it holds lists.
    widths: Vec<Option<usize>>,
}

impl CellLayout {
    /// Measures the first records. Returns `None` if they have no rows to show the length of lists.
    pub(super) fn measure(frame: &DataFrame, known: &Widths) -> Result<Option<Self>, Error> {
        let mut widths = Vec::with_capacity(frame.width());
        for column in frame.columns() {
            let no_cells = |reason: &str| Error::from(OutputError::NoCells { column: column.name().to_string(), reason: reason.into() });
            let inner = match column.dtype() {
                DataType::Struct(_) => return Err(no_cells("it holds structs")),
                DataType::List(inner) | DataType::Array(inner, _) => inner,
                _ => {
                    widths.push(None);
                    continue;
                }
            };
            if inner.is_nested() {
                return Err(no_cells("its lists hold more than plain values"));
            }
            let width = known.get(column.name().as_str()).copied().or_else(|| width(column));
            match width {
                Some(width) => widths.push(Some(width)),
                None if frame.height() == 0 => return Ok(None),
                None => return Err(no_cells("all of its first lists are missing, which leaves their length open")),
            }
        }
        Ok(Some(Self { widths }))
    }

    /// The cells of some rows. `before` is the number of rows before them.
    pub(super) fn cells(&self, frame: &DataFrame, before: u64) -> Result<DataFrame, Error> {
        let mut cells = Vec::with_capacity(frame.width());
        for (column, width) in frame.columns().iter().zip(&self.widths) {
            let series = column.as_materialized_series();
            match width {
                None => cells.push(as_text(series).map_err(Error::unwritable(Format::Csv))?.into()),
                Some(width) => spread(series, *width, before, &mut cells)?,
            }
        }
        let mut names = HashSet::with_capacity(cells.len());
        if let Some(twice) = cells.iter().find(|column| !names.insert(column.name())) {
            return Err(OutputError::NameTaken { name: twice.name().to_string() }.into());
        }
        DataFrame::new(frame.height(), cells).map_err(Error::unwritable(Format::Csv))
    }
}

/// The length of the first list.
fn width(column: &Column) -> Option<usize> {
    match column.dtype() {
        DataType::Array(_, width) => Some(*width),
        _ => column.list().ok()?.downcast_iter().find_map(|lists| lists.iter().flatten().next()).map(|list| list.len()),
    }
}

/// Appends one column for each element of lists of one length.
fn spread(series: &Series, width: usize, before: u64, cells: &mut Vec<Column>) -> Result<(), Error> {
    let (values, starts) = elements(series, width, before)?;
    let values = as_text(&values).map_err(Error::unwritable(Format::Csv))?;
    for element in 0..width {
        let taken = starts.iter().map(|start| start.map(|start| start + element as IdxSize));
        let taken = values.take(&IdxCa::from_iter_options(PlSmallStr::EMPTY, taken)).map_err(Error::unwritable(Format::Csv))?;
        cells.push(taken.with_name(format!("{}[{element}]", series.name()).into()).into());
    }
    Ok(())
}

/// The elements of all lists, and the index of the first element of each list, unless the list is missing.
fn elements(series: &Series, width: usize, before: u64) -> Result<(Series, Vec<Option<IdxSize>>), Error> {
    let series = series.rechunk();
    if matches!(series.dtype(), DataType::Array(..)) {
        let arrays = series.array().map_err(Error::unwritable(Format::Csv))?;
        let array = arrays.downcast_as_array();
        let starts = (0..array.len()).map(|row| array.is_valid(row).then_some((row * width) as IdxSize)).collect();
        return Ok((arrays.get_inner(), starts));
    }
    let lists = series.list().map_err(Error::unwritable(Format::Csv))?;
    let array = lists.downcast_as_array();
    let (first, end) = (*array.offsets().first(), *array.offsets().last());
    let mut starts = Vec::with_capacity(array.len());
    for row in 0..array.len() {
        let (start, end) = array.offsets().start_end(row);
        if array.is_null(row) {
            starts.push(None);
        } else if end - start == width {
            starts.push(Some((start - first as usize) as IdxSize));
        } else {
            let reason = format!("row {} holds a list of length {} after one of {width}", before + row as u64 + 1, end - start);
            return Err(OutputError::NoCells { column: series.name().to_string(), reason }.into());
        }
    }
    Ok((lists.get_inner().slice(first, (end - first) as usize), starts))
}
