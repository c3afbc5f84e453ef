//! One command, one file.

pub(crate) mod anomaly_scores;
pub(crate) mod calibrate;
pub(crate) mod completions;
pub(crate) mod devices;
pub(crate) mod evaluate;
pub(crate) mod extract;
pub(crate) mod import;
pub(crate) mod inspect;
pub(crate) mod man;
pub(crate) mod online;
pub(crate) mod train;
