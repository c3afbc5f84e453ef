//! The lengths of lists, which the types of columns do not give.

use std::path::Path;

use polars::prelude::{DataFrame, PolarsResult, Series};

use super::blocks;
use super::schema::Stored;
use crate::error::Error;
use crate::fault::{Flaw, Position, RowPosition};
use crate::format::Format;
use crate::formats::catch_panic::catch_panic;
use crate::formats::columns::element;
use crate::formats::damaged::damaged;

/// Takes the lengths of lists from the first row of a frame, which holds the columns `lists` of a file.
pub(crate) fn measure(stored: &mut [Stored], lists: &[usize], frame: &DataFrame, file: &Path, format: Format) -> Result<(), Error> {
    for (&column, series) in lists.iter().zip(frame.columns()) {
        let stored = &mut stored[column];
        let row = series.as_materialized_series().slice(0, 1);
        if let Some(flaw) = catch_panic(file, format, || stored.measure(&row).map_err(damaged(file, format)))? {
            let position = Position { file: file.into(), row: RowPosition::Row(1), column, name: Some(stored.name.clone()) };
            return Err(Error::Value { position, flaw });
        }
    }
    Ok(())
}

/// Takes the lengths of lists from the names of features. Names that belong to no column are those of the elements of a single list, by
/// position.
pub(crate) fn expect(stored: &mut [Stored], lists: &[usize], names: &[String]) {
    for &column in lists {
        stored[column].expect(names);
    }
    let is_known =
        |name: &String| stored.iter().any(|stored| stored.name == *name || element(name).is_some_and(|(list, _)| list == stored.name));
    if let [only] = *lists
        && !names.iter().any(is_known)
    {
        stored[only].width = names.len();
    }
}

impl Stored {
    /// Takes the length of the lists from the first row, which must hold one.
    fn measure(&mut self, first_row: &Series) -> PolarsResult<Option<Flaw>> {
        match blocks::length(first_row, &self.layout)? {
            // A list without elements would give no features and hide the elements of later rows.
            Some(0) => return Ok(Some(Flaw::NoElements)),
            Some(width) => self.width = width,
            None => return Ok(Some(Flaw::Null)),
        }
        Ok(None)
    }

    /// Takes the length of the lists from the names of their elements.
    fn expect(&mut self, names: &[String]) {
        let elements = names.iter().filter_map(|name| element(name)).filter(|(list, _)| *list == self.name);
        self.width = elements.map(|(_, number)| number.saturating_add(1)).max().unwrap_or(0);
    }
}
