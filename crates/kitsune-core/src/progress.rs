//! Progress reports of a training and their observer.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Mean losses of the steps since they were last read.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Losses {
    /// Mean over rows of the sum over clusters of the tails' errors.
    pub tails: f64,
    /// Mean over rows of the head's error.
    pub head: f64,
    /// Mean over rows of the body's error; `None` without a body.
    pub body: Option<f64>,
}

/// A progress report of a training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Progress {
    /// The statistics pass has read this many rows.
    Statistics {
        /// Rows read so far.
        rows: u64,
    },
    /// The configuration asks to hold rows out for the threshold, and there are enough rows, but they have no numbers. All rows train, and
    /// their scores set the threshold, so that more than the stated share of new rows may be flagged.
    NothingHeldOut {
        /// Rows read.
        rows: u64,
    },
    /// The statistics are complete and the extent of the training is known.
    Planned {
        /// Rows to train on.
        rows: u64,
        /// Rows that are held out for the threshold.
        held_out: u64,
        /// Features of a row.
        features: usize,
        /// Clusters of features.
        clusters: usize,
        /// Passes over the rows.
        epochs: usize,
        /// Optimizer steps of all epochs.
        steps: u64,
    },
    /// A step of the rough fit, which finds the rows too strange to learn from, was taken.
    RoughFit,
    /// The epochs begin.
    Training,
    /// A checkpoint was loaded, and the training resumes after it.
    Resumed {
        /// Complete epochs.
        epoch: usize,
        /// Rows in the steps of these epochs.
        rows: u64,
    },
    /// A step was taken.
    Step {
        /// Steps taken so far, in all epochs.
        step: u64,
        /// Rows in these steps.
        rows: u64,
    },
    /// An epoch is complete.
    Epoch {
        /// Number of the epoch, counted from 1.
        epoch: usize,
        /// Mean losses over the steps of the epoch.
        losses: Losses,
    },
    /// The calibration over the sample begins.
    Calibration,
}

/// Receives progress reports. If it breaks, the training ends with [`Error::Stopped`].
pub type Observer<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

/// Reports progress to the observer.
pub(crate) fn observe(observer: Observer<'_>, progress: Progress) -> Result<(), Error> {
    match observer(progress) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Stopped),
    }
}
