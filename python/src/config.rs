//! Hyper-parameters by their names.

use kitsune_core::KitsuneConfig;
use kitsune_core::kinds::{HiddenSize, Named};
use kitsune_core::online::OnlineConfig;
use pyo3::conversion::FromPyObjectOwned;
use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::failure::Failure;

/// The names of all hyper-parameters. Hidden units have two, of which one is given.
const NAMES: &[&str] = &[
    "max_features_per_cluster",
    "min_features_per_cluster",
    "map_distance",
    "compression_rate",
    "hidden_ratio",
    "activation",
    "error",
    "dropout",
    "head_input",
    "body_ratio",
    "body_units",
    "prototypes",
    "neighbours",
    "trim",
    "inputs",
    "clamp",
    "excess",
    "score",
    "threshold",
    "hold_out",
    "alert_rate",
    "optimizer",
    "learning_rate",
    "schedule",
    "momentum",
    "clip_norm",
    "batch_size",
    "epochs",
    "seed",
    "sample_rows",
    "sample_bytes",
    "mapper_rows",
];

/// The configuration with these hyper-parameters. Those that are not named have their defaults.
pub(crate) fn of_dict(hyper_parameters: &Bound<'_, PyDict>) -> PyResult<KitsuneConfig> {
    let mut config = KitsuneConfig::new();
    let mut is_rate_given = false;
    for (name, value) in hyper_parameters {
        let name = name.cast::<PyString>()?.to_str()?.to_owned();
        let (name, value) = (&*name, &value);
        match name {
            "max_features_per_cluster" => config.max_features_per_cluster = named(name, value)?,
            "min_features_per_cluster" => config.min_features_per_cluster = named(name, value)?,
            "map_distance" => config.map_distance = choice(name, value)?,
            // Of the two, which exclude each other, one may be given as `None`.
            "compression_rate" | "hidden_ratio" if value.is_none() => {}
            "compression_rate" | "hidden_ratio" if is_rate_given => {
                return Err(PyTypeError::new_err("compression_rate and hidden_ratio say the same: give one of them"));
            }
            "compression_rate" => (config.hidden_size, is_rate_given) = (HiddenSize::CompressionRate(named(name, value)?), true),
            "hidden_ratio" => (config.hidden_size, is_rate_given) = (HiddenSize::HiddenRatio(named(name, value)?), true),
            "activation" => config.activation = choice(name, value)?,
            "error" => config.error = choice(name, value)?,
            "dropout" => config.dropout = named(name, value)?,
            "head_input" => config.head_input = choice(name, value)?,
            "body_ratio" => config.body_ratio = named(name, value)?,
            "body_units" => config.body_units = named(name, value)?,
            "prototypes" => config.prototypes = named(name, value)?,
            "neighbours" => config.neighbours = named(name, value)?,
            "trim" => config.trim = named(name, value)?,
            "inputs" => config.inputs = choice(name, value)?,
            "clamp" => config.clamp = named(name, value)?,
            "excess" => config.excess = named(name, value)?,
            "score" => config.score = choice(name, value)?,
            "threshold" => config.threshold = choice(name, value)?,
            "hold_out" => config.hold_out = named(name, value)?,
            "alert_rate" => config.alert_rate = named(name, value)?,
            "optimizer" => config.optimizer = choice(name, value)?,
            "learning_rate" => config.learning_rate = named(name, value)?,
            "schedule" => config.schedule = choice(name, value)?,
            "momentum" => config.momentum = named(name, value)?,
            "clip_norm" => config.clip_norm = named(name, value)?,
            "batch_size" => config.batch_size = named(name, value)?,
            "epochs" => config.epochs = named(name, value)?,
            "seed" => config.seed = named(name, value)?,
            "sample_rows" => config.sample_rows = named(name, value)?,
            "sample_bytes" => config.sample_bytes = named(name, value)?,
            "mapper_rows" => config.mapper_rows = named(name, value)?,
            _ => {
                return Err(PyTypeError::new_err(format!("there is no hyper-parameter {name:?}: they are {}", NAMES.join(", "))));
            }
        }
    }
    config.validate().map_err(Failure::from)?;
    Ok(config)
}

/// The names of the settings of a detector that learns row by row.
const ONLINE_NAMES: &[&str] = &[
    "mapper_grace",
    "train_grace",
    "max_features_per_cluster",
    "compression_rate",
    "hidden_ratio",
    "learning_rate",
    "scaling",
    "bias",
    "score",
    "alert_rate",
    "threshold",
    "adapt",
    "seed",
];

/// The configuration of a detector that learns row by row. Settings that are not named have their defaults.
pub(crate) fn online_config(settings: &Bound<'_, PyDict>) -> PyResult<OnlineConfig> {
    let mut config = OnlineConfig::new();
    for (name, value) in settings {
        let name = name.cast::<PyString>()?.to_str()?.to_owned();
        let (name, value) = (&*name, &value);
        match name {
            "mapper_grace" => config.mapper_grace = named(name, value)?,
            "train_grace" => config.train_grace = named(name, value)?,
            "max_features_per_cluster" => config.max_features_per_cluster = named(name, value)?,
            "compression_rate" => config.hidden_size = HiddenSize::CompressionRate(named(name, value)?),
            "hidden_ratio" => config.hidden_size = HiddenSize::HiddenRatio(named(name, value)?),
            "learning_rate" => config.learning_rate = named(name, value)?,
            "scaling" => config.scaling = choice(name, value)?,
            "bias" => config.bias = choice(name, value)?,
            "score" => config.score = choice(name, value)?,
            "alert_rate" => config.alert_rate = named(name, value)?,
            "threshold" => config.threshold = named(name, value)?,
            "adapt" => config.adapt = named(name, value)?,
            "seed" => config.seed = named(name, value)?,
            _ => return Err(PyTypeError::new_err(format!("there is no setting {name:?}: they are {}", ONLINE_NAMES.join(", ")))),
        }
    }
    config.validate().map_err(Failure::from)?;
    Ok(config)
}

/// The hyper-parameters of a configuration by their names.
pub(crate) fn to_dict<'py>(py: Python<'py>, config: &KitsuneConfig) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    let (rate, ratio) = match config.hidden_size {
        HiddenSize::CompressionRate(rate) => (Some(rate), None),
        HiddenSize::HiddenRatio(ratio) => (None, Some(ratio)),
        _ => (None, None),
    };
    dict.set_item("max_features_per_cluster", config.max_features_per_cluster)?;
    dict.set_item("min_features_per_cluster", config.min_features_per_cluster)?;
    dict.set_item("map_distance", config.map_distance.name())?;
    dict.set_item("compression_rate", rate)?;
    dict.set_item("hidden_ratio", ratio)?;
    dict.set_item("activation", config.activation.name())?;
    dict.set_item("error", config.error.name())?;
    dict.set_item("dropout", config.dropout)?;
    dict.set_item("head_input", config.head_input.name())?;
    dict.set_item("body_ratio", config.body_ratio)?;
    dict.set_item("body_units", config.body_units)?;
    dict.set_item("prototypes", config.prototypes)?;
    dict.set_item("neighbours", config.neighbours)?;
    dict.set_item("trim", config.trim)?;
    dict.set_item("inputs", config.inputs.name())?;
    dict.set_item("clamp", config.clamp)?;
    dict.set_item("excess", config.excess)?;
    dict.set_item("score", config.score.name())?;
    dict.set_item("threshold", config.threshold.name())?;
    dict.set_item("hold_out", config.hold_out)?;
    dict.set_item("alert_rate", config.alert_rate)?;
    dict.set_item("optimizer", config.optimizer.name())?;
    dict.set_item("learning_rate", config.learning_rate)?;
    dict.set_item("schedule", config.schedule.name())?;
    dict.set_item("momentum", config.momentum)?;
    dict.set_item("clip_norm", config.clip_norm)?;
    dict.set_item("batch_size", config.batch_size)?;
    dict.set_item("epochs", config.epochs)?;
    dict.set_item("seed", config.seed)?;
    dict.set_item("sample_rows", config.sample_rows)?;
    dict.set_item("sample_bytes", config.sample_bytes)?;
    dict.set_item("mapper_rows", config.mapper_rows)?;
    Ok(dict)
}

/// The value of an argument. The message about one of a wrong type names the argument.
pub(crate) fn named<'py, T: FromPyObjectOwned<'py>>(name: &str, value: &Bound<'py, PyAny>) -> PyResult<T> {
    value.extract::<T>().map_err(Into::<PyErr>::into).map_err(|error| {
        let message = format!("{name}: {}", error.value(value.py()));
        // A negative or too large number is of the right type.
        let is_number = error.is_instance_of::<PyOverflowError>(value.py());
        if is_number { PyValueError::new_err(message) } else { PyTypeError::new_err(message) }
    })
}

/// The value of a choice by its name.
pub(crate) fn choice<T: Named>(name: &str, value: &Bound<'_, PyAny>) -> PyResult<T> {
    T::from_name(&named::<String>(name, value)?).map_err(|error| PyValueError::new_err(format!("{name}: {error}")))
}
