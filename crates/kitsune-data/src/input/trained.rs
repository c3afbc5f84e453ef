//! What a model or a detector knows of the rows that it is for.

use burn::tensor::backend::Backend;
use kitsune_core::Kitsune;
use kitsune_core::kinds::InputScaling;
use kitsune_core::online::OnlineKitsune;
use serde_json::Value;

/// A model or a detector that has learned from rows, and takes others like them.
pub trait Trained {
    /// The names of the features, if the rows had names.
    fn columns(&self) -> Option<&[String]>;

    /// The number of features.
    fn features(&self) -> usize;

    /// How the rows were read.
    fn reading(&self) -> Option<&Value>;

    /// The means of the features, if they are known.
    fn means(&self) -> Option<&[f64]>;

    /// Whether the rows are in 0-1 already, and others are refused.
    fn takes_scaled_rows(&self) -> bool;
}

impl<B: Backend> Trained for Kitsune<B> {
    fn columns(&self) -> Option<&[String]> {
        self.columns()
    }

    fn features(&self) -> usize {
        self.feature_map().features()
    }

    fn reading(&self) -> Option<&Value> {
        self.reading()
    }

    fn means(&self) -> Option<&[f64]> {
        self.means()
    }

    fn takes_scaled_rows(&self) -> bool {
        self.config().inputs == InputScaling::Identity
    }
}

impl Trained for OnlineKitsune {
    fn columns(&self) -> Option<&[String]> {
        self.columns()
    }

    fn features(&self) -> usize {
        self.features()
    }

    fn reading(&self) -> Option<&Value> {
        self.reading()
    }

    fn means(&self) -> Option<&[f64]> {
        None
    }

    fn takes_scaled_rows(&self) -> bool {
        false
    }
}
