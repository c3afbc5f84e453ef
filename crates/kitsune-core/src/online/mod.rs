//! A detector that learns while the rows come, one at a time: `KitNET` (Mirsky et al., NDSS 2018, section V), in plain numbers and constant memory.
//!
//! ```
//! use kitsune_core::online::{OnlineConfig, OnlineKitsune};
//!
//! let mut detector = OnlineKitsune::new(OnlineConfig::new().with_mapper_grace(100).with_train_grace(400), 3)?;
//! for row in 0..1_000 {
//!     let x = f64::from(row % 10);
//!     // `None` for the first 500 rows, then the score of each row.
//!     let score = detector.process(&[x, 2.0 * x, 10.0 - x])?;
//!     assert_eq!(score.is_some(), row >= 500);
//! }
//! # Ok::<(), kitsune_core::Error>(())
//! ```

#![expect(clippy::inline_always, reason = "what is not inlined into the function that was dispatched is compiled without its instructions")]

mod aligned;
mod autoencoder;
mod batches;
mod calibration;
mod config;
mod drift;
mod ensemble;
mod ensemble_state;
mod export;
mod head;
mod lanes;
mod layers;
mod mapper;
mod observation;
mod observing;
mod ranges;
mod reasons;
mod side_by_side;
mod sources;
mod state_file;
mod tails;
mod watch;
mod watch_state;

#[cfg(test)]
mod tests;

pub use config::{BiasRule, OnlineConfig, OnlineScaling};
pub use observation::{Observation, OnlineCounts};

use std::mem;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Error;
use crate::features::map::{Coverage, FeatureMap};
use crate::online::calibration::KeptRows;
use crate::online::ensemble::OnlineEnsemble;
use crate::online::mapper::OnlineMapper;
use crate::online::watch::Watch;
use crate::pool::Sender;
use crate::rows::finite::first_not_finite;
use crate::rows::reading::Reading;
use crate::threshold::NormalScores;

/// A detector that learns from rows one at a time, in constant memory, and scores them once its grace period is over.
///
/// The first [`mapper_grace`](OnlineConfig::mapper_grace) rows show which features belong together, the next
/// [`train_grace`](OnlineConfig::train_grace) rows train an autoencoder for each group and one over their errors, each row once. Then rows are scored.
/// No row is kept, except for some of the last of the grace period until that is over.
///
/// Its arithmetic is f32, that of ranges and correlations f64. Equal rows give equal bits on one machine; machines with other vector registers may
/// differ in the last bits.
#[derive(Debug, Clone)]
pub struct OnlineKitsune {
    config: OnlineConfig,
    features: usize,
    columns: Option<Vec<String>>,
    reading: Option<Reading>,
    note: Option<Reading>,
    /// Rows that were taken.
    rows: u64,
    phase: Phase,
}

#[derive(Debug, Clone)]
enum Phase {
    Mapping(OnlineMapper),
    Training { ensemble: Box<OnlineEnsemble>, rows: u64, kept: KeptRows },
    Executing { ensemble: Box<OnlineEnsemble>, watch: Box<Watch> },
}

/// What a detector is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum OnlineState {
    /// It learns which features belong together.
    Mapping {
        /// Rows of this phase that are to come.
        rows_left: u64,
    },
    /// It trains and gives no scores yet.
    Training {
        /// Rows of this phase that are to come.
        rows_left: u64,
    },
    /// It scores.
    Executing,
}

impl OnlineKitsune {
    /// Makes a detector of rows with `features` features.
    ///
    /// # Errors
    /// A field of the configuration outside its range, no feature, or a feature map of another number of features.
    pub fn new(config: OnlineConfig, features: usize) -> Result<Self, Error> {
        config.validate()?;
        if features == 0 {
            return Err(Error::NoFeatures);
        }
        let phase = match &config.feature_map {
            Some(map) if map.features() != features => {
                return Err(Error::FeatureCount { row: 0, expected: map.features(), found: features });
            }
            Some(map) => {
                map.validate(Coverage::Free)?;
                Phase::training(&config, map.clone())
            }
            None => Phase::Mapping(OnlineMapper::new(features)),
        };
        Ok(Self { config, features, columns: None, reading: None, note: None, rows: 0, phase })
    }

    /// Returns the detector with names for its features, which errors and an exported model use.
    ///
    /// # Errors
    /// [`Error::ColumnNames`] unless there is one name for each feature.
    pub fn with_columns(self, columns: Vec<String>) -> Result<Self, Error> {
        if columns.len() != self.features {
            return Err(Error::ColumnNames { names: columns.len(), features: self.features });
        }
        Ok(Self { columns: Some(columns), ..self })
    }

    /// Returns the detector with a description of how its rows are read, as [`Kitsune::with_reading`](crate::Kitsune::with_reading).
    ///
    /// # Errors
    /// [`Error::Reading`] for a value that is no JSON object, has more than 1 MiB, or is nested too deeply to be read back.
    pub fn with_reading(self, reading: Option<Value>) -> Result<Self, Error> {
        Ok(Self { reading: reading.map(Reading::new).transpose()?, ..self })
    }

    /// Remembers with the detector what drives it needs to go on, such as how far it has read and written. It is saved with the detector, which makes
    /// nothing of it.
    ///
    /// # Errors
    /// [`Error::Reading`] for a value that is no JSON object, has more than 1 MiB, or is nested too deeply to be read back.
    pub fn set_note(&mut self, note: Option<Value>) -> Result<(), Error> {
        self.note = note.map(Reading::new).transpose()?;
        Ok(())
    }

    /// Returns the detector with another threshold, alert rate or share of rows to learn from, which may change while it runs. The other settings are
    /// those that it was made with.
    ///
    /// # Errors
    /// A field of the configuration outside its range.
    pub fn with_watch(mut self, config: &OnlineConfig) -> Result<Self, Error> {
        let OnlineConfig { alert_rate, threshold, adapt, .. } = *config;
        let same = (alert_rate, threshold) == (self.config.alert_rate, self.config.threshold);
        self.config = OnlineConfig { alert_rate, threshold, adapt, ..self.config };
        self.config.validate()?;
        if let (Phase::Executing { watch, .. }, false) = (&mut self.phase, same) {
            watch.set_threshold(&self.config);
        }
        Ok(self)
    }

    /// The settings.
    pub fn config(&self) -> &OnlineConfig {
        &self.config
    }

    /// Number of features of the rows.
    pub fn features(&self) -> usize {
        self.features
    }

    /// The names of the features, if the rows have names.
    pub fn columns(&self) -> Option<&[String]> {
        self.columns.as_deref()
    }

    /// How the rows are read, as their source described it.
    pub fn reading(&self) -> Option<&Value> {
        self.reading.as_ref().map(Reading::value)
    }

    /// What [`set_note`](Self::set_note) left with the detector.
    pub fn note(&self) -> Option<&Value> {
        self.note.as_ref().map(Reading::value)
    }

    /// Number of rows that it took, whatever it did with them.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Counts of the observed rows.
    pub fn counts(&self) -> OnlineCounts {
        match &self.phase {
            Phase::Executing { watch, .. } => watch.counts,
            _ => OnlineCounts::default(),
        }
    }

    /// What it is doing with the next row.
    pub fn state(&self) -> OnlineState {
        match &self.phase {
            Phase::Mapping(mapper) => OnlineState::Mapping { rows_left: self.config.mapper_grace.saturating_sub(mapper.rows) },
            Phase::Training { rows, .. } => OnlineState::Training { rows_left: self.config.train_grace.saturating_sub(*rows) },
            Phase::Executing { .. } => OnlineState::Executing,
        }
    }

    /// The features of each tail; `None` while it learns them.
    pub fn feature_map(&self) -> Option<&FeatureMap> {
        match &self.phase {
            Phase::Mapping(_) => None,
            Phase::Training { ensemble, .. } | Phase::Executing { ensemble, .. } => Some(ensemble.map()),
        }
    }

    /// Scores of the last rows of the grace period, each before the row was learned, [pooled](OnlineConfig::pool) if scores are; `None` before it is over.
    pub fn normal_scores(&self) -> Option<&NormalScores> {
        self.watch().map(|watch| watch.normal.scores())
    }

    /// The lowest score of an anomaly now; `None` in the grace period, and if that had too few rows for the alert rate.
    pub fn threshold(&self) -> Option<f64> {
        self.watch()?.threshold()
    }

    /// Takes the next row: learns from it during the grace period, and scores it afterwards, by itself. Returns `None` during the grace period, where the
    /// authors' program returns 0: `process(row)?.unwrap_or(0.0)`.
    ///
    /// # Errors
    /// [`Error::FeatureCount`] for a row of another width, [`Error::NotFinite`] for a value that is missing or infinite. Such a row teaches
    /// nothing and is not counted. [`Error::Diverged`] if the score is not finite.
    pub fn process(&mut self, row: &[f64]) -> Result<Option<f64>, Error> {
        if let Phase::Executing { .. } = self.phase {
            return self.score(row).map(Some);
        }
        self.learn(row)?;
        Ok(None)
    }

    /// Learns from a row, also after the grace period: whatever it is, and with the ranges widened by it.
    ///
    /// # Errors
    /// Those of [`process`](Self::process).
    pub fn learn(&mut self, row: &[f64]) -> Result<(), Error> {
        self.learn_from(None, row)
    }

    fn learn_from(&mut self, sender: Option<Sender>, row: &[f64]) -> Result<(), Error> {
        self.check(row)?;
        match &mut self.phase {
            Phase::Mapping(mapper) => {
                mapper.learn(row, self.config.scaling);
                if mapper.rows == self.config.mapper_grace {
                    let map = mapper.feature_map(self.config.max_features_per_cluster, self.config.scaling)?;
                    self.phase = Phase::training(&self.config, map);
                }
            }
            Phase::Training { ensemble, rows, kept } => {
                let head = ensemble.learn(row);
                if !head.is_finite() {
                    return Err(Error::Diverged { what: "the errors are" });
                }
                kept.push(*rows, row, sender, ensemble.tails().errors(), head);
                *rows += 1;
                if *rows == self.config.train_grace {
                    let watch = Box::new(Watch::fit(&self.config, ensemble, kept)?);
                    if let Phase::Training { ensemble, .. } = mem::replace(&mut self.phase, Phase::Mapping(OnlineMapper::new(0))) {
                        self.phase = Phase::Executing { ensemble, watch };
                    }
                }
            }
            Phase::Executing { ensemble, watch } => watch.learn(ensemble, row),
        }
        self.rows += 1;
        Ok(())
    }

    /// Scores a row by itself, and learns nothing from it.
    ///
    /// # Errors
    /// Those of [`process`](Self::process), and [`Error::InGrace`] before the grace period is over.
    pub fn score(&mut self, row: &[f64]) -> Result<f64, Error> {
        let beyond = match &mut self.phase {
            Phase::Executing { ensemble, .. } if row.len() == self.features => ensemble.scale(row),
            _ => true,
        };
        // What is missing is beyond its range, and most rows need no second look.
        if beyond {
            self.check(row)?;
        }
        let missing = self.check_ready();
        let Phase::Executing { ensemble, watch } = &mut self.phase else { return missing.map(|()| 0.0) };
        let score = watch.score(ensemble, row, beyond);
        if !score.is_finite() {
            return Err(Error::Diverged { what: "the scores are" });
        }
        self.rows += 1;
        Ok(score)
    }

    /// Checks that the grace period is over.
    ///
    /// # Errors
    /// [`Error::InGrace`], which says how many rows are missing.
    pub fn check_ready(&self) -> Result<(), Error> {
        let missing = match self.state() {
            OnlineState::Mapping { rows_left } => rows_left.saturating_add(self.config.train_grace),
            OnlineState::Training { rows_left } => rows_left,
            OnlineState::Executing => return Ok(()),
        };
        Err(Error::InGrace { rows: self.rows, missing })
    }

    fn watch(&self) -> Option<&Watch> {
        match &self.phase {
            Phase::Executing { watch, .. } => Some(watch),
            _ => None,
        }
    }

    fn check(&self, row: &[f64]) -> Result<(), Error> {
        if row.len() != self.features {
            return Err(Error::FeatureCount { row: self.rows, expected: self.features, found: row.len() });
        }
        let Some(feature) = first_not_finite(row) else { return Ok(()) };
        let (number, value) = (self.rows, row[feature]);
        Err(match &self.columns {
            Some(columns) => Error::ColumnNotFinite { row: number, column: columns[feature].clone(), value },
            None => Error::NotFinite { row: number, feature, value },
        })
    }
}

impl Phase {
    fn training(config: &OnlineConfig, map: FeatureMap) -> Self {
        let kept = KeptRows::new(config, map.clusters().len(), map.features());
        Self::Training { ensemble: Box::new(OnlineEnsemble::new(config, map)), rows: 0, kept }
    }
}
