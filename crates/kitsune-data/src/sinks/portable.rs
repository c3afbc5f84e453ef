//! Types that every reader of a format knows.

use polars::prelude::{Column, DataFrame, DataType, Field, PolarsResult};

use crate::format::Format;

/// Converts values to a type that the format and its readers know.
///
/// Categories become strings, because each batch may number them anew, which an Arrow file cannot express. Integers of 128 bits become
/// strings in binary formats, because hardly any reader knows them there. Floats of 16 bits become wider in Parquet for the same reason, and
/// arrays become lists in both.
pub(super) fn plain(frame: DataFrame, format: Format) -> PolarsResult<DataFrame> {
    if frame.columns().iter().all(|column| plain_type(column.dtype(), format).is_none()) {
        return Ok(frame);
    }
    let rows = frame.height();
    let columns = frame.into_columns().into_iter().map(|column| match plain_type(column.dtype(), format) {
        Some(plain) => column.cast(&plain),
        None => Ok(column),
    });
    DataFrame::new(rows, columns.collect::<PolarsResult<Vec<Column>>>()?)
}

/// The type to convert to, unless the type is portable.
fn plain_type(dtype: &DataType, format: Format) -> Option<DataType> {
    match (dtype, format) {
        (DataType::Categorical(..) | DataType::Enum(..), _) | (DataType::Int128 | DataType::UInt128, Format::Parquet | Format::Ipc) => {
            Some(DataType::String)
        }
        (DataType::Float16, Format::Parquet) => Some(DataType::Float32),
        (DataType::List(inner), _) => Some(DataType::List(plain_type(inner, format)?.into())),
        (DataType::Array(inner, _), Format::Parquet | Format::Ipc) => {
            let inner = plain_type(inner, format).unwrap_or_else(|| (**inner).clone());
            Some(DataType::List(inner.into()))
        }
        (DataType::Array(inner, width), _) => Some(DataType::Array(plain_type(inner, format)?.into(), *width)),
        (DataType::Struct(fields), _) => {
            let plain: Vec<_> = fields.iter().map(|field| plain_type(field.dtype(), format)).collect();
            let plain_field = |(field, plain): (&Field, Option<DataType>)| match plain {
                Some(plain) => Field::new(field.name().clone(), plain),
                None => field.clone(),
            };
            let changes = plain.iter().any(Option::is_some);
            changes.then(|| DataType::Struct(fields.iter().zip(plain).map(plain_field).collect()))
        }
        _ => None,
    }
}
