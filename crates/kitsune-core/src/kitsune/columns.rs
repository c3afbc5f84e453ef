//! Checks that rows have the columns that a model was trained on.

use burn::tensor::backend::Backend;

use crate::error::Error;
use crate::kitsune::Kitsune;
use crate::rows::source::RowSource;

impl<B: Backend> Kitsune<B> {
    /// Checks that rows with these column names, in any order, have the columns of the model. A model without column names accepts any
    /// names.
    ///
    /// # Errors
    /// [`Error::OtherColumns`] with the columns that the rows lack and the columns that the model does not know.
    pub fn check_columns(&self, names: &[String]) -> Result<(), Error> {
        let Some(columns) = self.columns() else { return Ok(()) };
        let without =
            |all: &[String], others: &[String]| -> Vec<String> { all.iter().filter(|name| !others.contains(name)).cloned().collect() };
        let (missing, unknown) = (without(columns, names), without(names, columns));
        if missing.is_empty() && unknown.is_empty() { Ok(()) } else { Err(Error::OtherColumns { missing, unknown }) }
    }

    /// Checks that a source has the columns of the model in the model's order, if both have names.
    pub(super) fn check_order(&self, rows: &(impl RowSource + ?Sized)) -> Result<(), Error> {
        let (Some(columns), Some(names)) = (self.columns(), rows.columns()) else { return Ok(()) };
        self.check_columns(&names)?;
        match names.iter().zip(columns).find(|(name, column)| name != column) {
            Some((first, expected)) => Err(Error::ColumnOrder { first: first.clone(), expected: expected.clone() }),
            None => Ok(()),
        }
    }
}
