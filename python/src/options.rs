//! What is said of how rows are read.

use std::path::PathBuf;

use kitsune_data::input::{Input, PacketOptions, ReadingOptions};
use kitsune_data::{Condition, Header, Missing, SourceOptions};
use pyo3::conversion::FromPyObjectOwned;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::config::named;

/// Applies options by their names to rows. An option that is `None` says nothing. Returns whether they leave the rows as they are.
pub(crate) fn apply(input: &mut Input, options: &Bound<'_, PyDict>, repeated: bool) -> PyResult<bool> {
    let (mut reading, mut packets) = (ReadingOptions::default(), PacketOptions::default());
    let mut source = SourceOptions::new();
    if repeated {
        source = source.with_spooling();
    }
    let mut is_plain = true;
    for (name, value) in options.iter().filter(|(_, value)| !value.is_none()) {
        let name = name.cast::<PyString>()?.to_str()?.to_owned();
        let value = Named { name: &name, value: &value };
        // What happens to missing values and how text is read changes no number.
        is_plain &= matches!(&*name, "on_missing" | "file_format" | "has_header" | "delimiter" | "comment" | "decimal_comma");
        match &*name {
            "columns" => input.columns = value.get()?,
            "exclude" => input.exclude = value.get()?,
            "label_column" => input.label = Some(value.get()?),
            "labels" => input.label_file = Some(value.get::<PathBuf>()?),
            "on_missing" => input.on_missing = value.parsed::<Missing>()?,
            "normal_label" => reading.normal_labels = Some(value.get()?),
            "missing_values" => reading.missing_values = Some(value.get()?),
            "decimal_comma" => reading.decimal_comma = value.get()?,
            "lags" => reading.lags = Some(value.get()?),
            "where" => {
                let conditions = value.get::<Vec<String>>()?;
                // An empty one lets all rows in.
                let parsed: Result<Vec<Condition>, _> =
                    conditions.iter().filter(|text| !text.trim().is_empty()).map(|text| text.parse()).collect();
                reading.conditions = Some(parsed.map_err(|error| value.wrong(error))?);
            }
            "statistics" => packets.statistics = Some(value.get()?),
            "max_streams" => packets.max_streams = Some(value.get()?),
            "inner" => packets.inner = value.get()?,
            "file_format" => source = source.with_format(value.parsed()?),
            "has_header" => source = source.with_header(if value.get()? { Header::Present } else { Header::Absent }),
            "delimiter" => source = source.with_delimiter(value.get()?).map_err(|error| value.wrong(error))?,
            "comment" => source = source.with_comment(value.get()?).map_err(|error| value.wrong(error))?,
            _ => return Err(PyTypeError::new_err(format!("there is no option {name:?} of rows"))),
        }
    }
    reading.packets = packets;
    (input.options, input.reading) = (source, reading);
    Ok(is_plain)
}

/// The value of an option, and its name for messages.
struct Named<'a, 'py> {
    name: &'a str,
    value: &'a Bound<'py, PyAny>,
}

impl<'py> Named<'_, 'py> {
    fn get<T: FromPyObjectOwned<'py>>(&self) -> PyResult<T> {
        named(self.name, self.value)
    }

    fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(&self) -> PyResult<T> {
        self.get::<String>()?.parse().map_err(|error| self.wrong(error))
    }

    fn wrong(&self, error: impl std::fmt::Display) -> PyErr {
        PyValueError::new_err(format!("{}: {error}", self.name))
    }
}
