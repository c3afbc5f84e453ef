//! Whether rows have the columns of a model.

use burn::tensor::backend::Backend;

use crate::error::Error;
use crate::kitsune::Kitsune;

impl<B: Backend> Kitsune<B> {
    /// Checks that rows with columns of these names, in any order, are rows that the model can go on with. What has no names cannot be checked.
    ///
    /// # Errors
    /// [`Error::OtherColumns`] that names those of the model which are lacking, and those that it does not know.
    pub fn check_columns(&self, names: &[String]) -> Result<(), Error> {
        let Some(columns) = self.columns() else { return Ok(()) };
        let without =
            |all: &[String], others: &[String]| -> Vec<String> { all.iter().filter(|name| !others.contains(name)).cloned().collect() };
        let (missing, unknown) = (without(columns, names), without(names, columns));
        if missing.is_empty() && unknown.is_empty() { Ok(()) } else { Err(Error::OtherColumns { missing, unknown }) }
    }
}
