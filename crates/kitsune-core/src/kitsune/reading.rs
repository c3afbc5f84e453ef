//! How the rows of a model were read.

use burn::tensor::backend::Backend;
use serde_json::Value;

use crate::error::Error;
use crate::kitsune::Kitsune;
use crate::rows::reading::Reading;

impl<B: Backend> Kitsune<B> {
    /// How the training rows were read, as their source described it ([`RowSource::reading`](crate::RowSource::reading)): a JSON object.
    /// The model only carries it.
    pub fn reading(&self) -> Option<&Value> {
        self.card.get().reading.as_ref().map(Reading::value)
    }

    /// Returns the model with another description of how its rows are read, or with none.
    ///
    /// # Errors
    /// [`Error::Reading`] for a value that is no JSON object, has more than 1 MiB, or is nested too deeply to be read back.
    pub fn with_reading(self, reading: Option<Value>) -> Result<Self, Error> {
        let reading = reading.map(Reading::new).transpose()?;
        Ok(self.with_card(|card| card.reading = reading))
    }
}
