//! What was read of a file, comparable with what a naive parser reads.

use std::path::Path;

use kitsune_data::{Batch, Error, Source};

/// What was read of a file: the rows before any error, and whether there was one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// The names of the features; of a file without rows they need not be known.
    pub(crate) names: Option<Vec<String>>,
    pub(crate) rows: Vec<Vec<f64>>,
    pub(crate) error: Option<String>,
}

impl Outcome {
    pub(crate) fn failed(self, error: impl Into<String>) -> Self {
        Self { error: Some(error.into()), ..self }
    }

    /// Everything that a source has to say. An error must name the file.
    pub(crate) fn of(source: Result<Source, Error>, path: &Path) -> Self {
        let mut outcome = Self::default();
        let mut read = 0;
        let result = source.and_then(|source| {
            outcome.names = source.names().map(<[String]>::to_vec);
            for batch in source.pass(0)? {
                let batch = batch?;
                read += batch.records().rows();
                outcome.add(&batch);
            }
            Ok(())
        });
        assert!(outcome.rows.len() <= read, "records are all rows that were read");
        let Err(error) = result else { return outcome };
        let text = error.to_string();
        assert!(text.contains(path.to_str().unwrap()), "an error that does not name the file: {text}");
        outcome.failed(text)
    }

    fn add(&mut self, batch: &Batch) {
        let values: Vec<f64> = batch.data().iter::<f64>().collect();
        assert_eq!(values.len(), batch.rows() * batch.features());
        self.rows.extend(values.chunks(batch.features().max(1)).map(<[f64]>::to_vec));
    }

    /// Whether the rows are the same bit by bit, and both end in the same way.
    pub(crate) fn check_same(&self, naive: &Self) -> Result<(), String> {
        if self.error.is_some() != naive.error.is_some() {
            return Err(format!("ended with {:?}, but the naive parser with {:?}", self.error, naive.error));
        }
        if self.error.is_none() && self.names != naive.names {
            return Err(format!("names {:?}, but the naive parser has {:?}", self.names, naive.names));
        }
        let bits =
            |rows: &[Vec<f64>]| rows.iter().map(|row| row.iter().map(|value| value.to_bits()).collect::<Vec<_>>()).collect::<Vec<_>>();
        if bits(&self.rows) != bits(&naive.rows) {
            return Err(format!("rows {:?}, but the naive parser has {:?}", self.rows, naive.rows));
        }
        Ok(())
    }
}
