//! Where a training stands, and who is told.

use std::ops::ControlFlow;

use crate::error::Error;

/// Mean losses of the steps since they were last read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Losses {
    /// Mean over rows of the sum over clusters of the tails' errors.
    pub tails: f64,
    /// Mean over rows of the head's error.
    pub head: f64,
    /// Mean over rows of the body's error, where there is a body.
    pub body: Option<f64>,
}

/// Where a training stands.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Progress {
    /// The statistics pass has seen that many rows.
    Statistics {
        /// Rows so far.
        rows: u64,
    },
    /// The statistics are complete: what the training will be.
    Planned {
        /// Rows to train on.
        rows: u64,
        /// Rows that are held out, for the threshold.
        held_out: u64,
        /// Features of a row.
        features: usize,
        /// Clusters of features.
        clusters: usize,
        /// Passes over the rows.
        epochs: usize,
        /// Optimizer steps in all epochs.
        steps: u64,
    },
    /// The rows that look too strange to learn from are looked for.
    RoughFit,
    /// The epochs begin.
    Training,
    /// A checkpoint was loaded: the training goes on after it.
    Resumed {
        /// Epochs that are complete.
        epoch: usize,
        /// Rows that went through their steps.
        rows: u64,
    },
    /// A step was taken.
    Step {
        /// Steps so far, in all epochs.
        step: u64,
        /// Rows that went through them.
        rows: u64,
    },
    /// An epoch is complete.
    Epoch {
        /// Counted from 1.
        epoch: usize,
        /// Mean losses over its steps.
        losses: Losses,
    },
    /// The errors of the sample are taken.
    Calibration,
}

/// Told of the progress; may stop the training, which then ends with [`Error::Stopped`].
pub type Observer<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

/// Tells the observer.
pub(crate) fn observe(observer: Observer<'_>, progress: Progress) -> Result<(), Error> {
    match observer(progress) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Stopped),
    }
}
