//! The compiled module of the Python package `kitnet`.
//!
//! It only joins kitsune-core and kitsune-data to Python's objects: what a user calls is the plain Python around it, and what computes is in the libraries,
//! which compute the same for the command. The interpreter is released while they do.

mod backend;
mod calibration;
mod config;
mod distributed;
mod evaluation;
mod exported;
mod failure;
mod input;
mod mapper;
mod matrix;
mod model;
mod online;
mod options;
mod origin;
mod reasons;
mod scoring;
mod training;
mod watcher;

use pyo3::prelude::*;

/// The compiled part of kitnet.
#[pymodule]
mod _kitnet {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::distributed::{Distributed, PartRound, check_part, merged_statistics, merged_weights, part_statistics};
    #[pymodule_export]
    use crate::exported::Features;
    #[pymodule_export]
    use crate::input::Input;
    #[pymodule_export]
    use crate::mapper::Mapper;
    #[pymodule_export]
    use crate::model::Model;
    #[pymodule_export]
    use crate::online::Online;

    /// The version of the package.
    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "Python's name for it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_init]
    fn init(_module: &Bound<'_, PyModule>) {
        crate::failure::keep_quiet_about_panics();
    }

    /// The backends that this build has.
    #[pyfunction]
    fn backends() -> Vec<&'static str> {
        crate::backend::built()
    }

    /// The default of each hyper-parameter.
    #[pyfunction]
    fn default_hyper_parameters(py: Python<'_>) -> PyResult<Bound<'_, pyo3::types::PyDict>> {
        crate::config::to_dict(py, &kitsune_core::KitsuneConfig::new())
    }

    /// Checks hyper-parameters: their names, their types and their ranges.
    #[pyfunction]
    fn check_hyper_parameters(hyper_parameters: &Bound<'_, pyo3::types::PyDict>) -> PyResult<()> {
        crate::config::of_dict(hyper_parameters).map(drop)
    }

    /// Checks the settings of a detector that learns row by row.
    #[pyfunction]
    fn check_settings(settings: &Bound<'_, pyo3::types::PyDict>) -> PyResult<()> {
        crate::config::online_config(settings).map(drop)
    }
}
