//! Training and scoring on the processor without a Burn type in the call, for programs that use another version of Burn or none.
//!
//! This code is compiled in this crate and not where it is called. In profiles up to `opt-level = 1` the compiler shares it with all
//! dependents, which would otherwise compile all of Burn's tensor operations once more each.

use std::path::Path;

use burn_ndarray::{NdArray, NdArrayDevice};

use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::kitsune::Kitsune;
use crate::rows::any_source::AnySource;
use crate::rows::source::RowSource;

/// A model on the processor, by Burn's backend `NdArray` of f32.
///
/// [`score_rows`](Kitsune::score_rows) and [`reasons`](Kitsune::reasons) take plain rows, such as a
/// [`RowSlice`](crate::RowSlice).
pub type CpuKitsune = Kitsune<NdArray>;

impl KitsuneConfig {
    /// Trains like [`fit`](Self::fit), on the processor.
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit).
    pub fn fit_on_cpu(&self, rows: &(impl RowSource + ?Sized)) -> Result<CpuKitsune, Error> {
        fit(self, &AnySource::new(rows))
    }
}

fn fit(config: &KitsuneConfig, rows: &AnySource<'_>) -> Result<CpuKitsune, Error> {
    config.fit(rows, &NdArrayDevice::default())
}

impl CpuKitsune {
    /// Loads a model like [`from_pretrained`](Self::from_pretrained), onto the processor.
    ///
    /// # Errors
    /// Those of [`from_pretrained`](Self::from_pretrained).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        load(path.as_ref())
    }
}

fn load(path: &Path) -> Result<CpuKitsune, Error> {
    Kitsune::from_pretrained(path, &NdArrayDevice::default())
}
