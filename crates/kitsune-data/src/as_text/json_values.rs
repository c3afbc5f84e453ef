//! The values of a column as JSON.

use std::ops::Range;

use polars::prelude::{DataType, PolarsResult, Series, StaticArray, polars_bail};
use polars_arrow::array::{BooleanArray, PrimitiveArray, Utf8ViewArray};
use polars_arrow::bitmap::Bitmap;
use polars_arrow::offset::OffsetsBuffer;

use super::as_text;
use super::floats::put_float;

/// The values of a column, from which the JSON of each row is written.
pub(crate) enum JsonValues {
    Null,
    Boolean(BooleanArray),
    Int(PrimitiveArray<i64>),
    UInt(PrimitiveArray<u64>),
    Int128(PrimitiveArray<i128>),
    UInt128(PrimitiveArray<u128>),
    Float32(PrimitiveArray<f32>),
    Float64(PrimitiveArray<f64>),
    Text(Utf8ViewArray),
    /// `values` holds the elements of all rows. Its first element has the offset `first`.
    List {
        validity: Option<Bitmap>,
        offsets: OffsetsBuffer<i64>,
        first: usize,
        values: Box<Self>,
    },
    Array {
        validity: Option<Bitmap>,
        width: usize,
        values: Box<Self>,
    },
    /// Each field has the text before its value, which includes its name, and its values.
    Struct {
        validity: Option<Bitmap>,
        fields: Vec<(Vec<u8>, Self)>,
    },
}

impl JsonValues {
    pub(crate) fn of(series: &Series) -> PolarsResult<Self> {
        let series = as_text(series)?.rechunk();
        Ok(match series.dtype() {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Boolean(series.bool()?.downcast_as_array().clone()),
            DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => {
                Self::Int(series.cast(&DataType::Int64)?.i64()?.downcast_as_array().clone())
            }
            DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => {
                Self::UInt(series.cast(&DataType::UInt64)?.u64()?.downcast_as_array().clone())
            }
            DataType::Int128 => Self::Int128(series.i128()?.downcast_as_array().clone()),
            DataType::UInt128 => Self::UInt128(series.u128()?.downcast_as_array().clone()),
            DataType::Float16 | DataType::Float32 => Self::Float32(series.cast(&DataType::Float32)?.f32()?.downcast_as_array().clone()),
            DataType::Float64 => Self::Float64(series.f64()?.downcast_as_array().clone()),
            DataType::String => Self::Text(series.str()?.downcast_as_array().clone()),
            DataType::List(_) => {
                let lists = series.list()?;
                let array = lists.downcast_as_array();
                let (first, end) = (*array.offsets().first(), *array.offsets().last());
                let values = lists.get_inner().slice(first, (end - first) as usize);
                Self::List {
                    validity: array.validity().cloned(),
                    offsets: array.offsets().clone(),
                    first: first as usize,
                    values: Box::new(Self::of(&values)?),
                }
            }
            DataType::Array(_, width) => {
                let arrays = series.array()?;
                let validity = arrays.downcast_as_array().validity().cloned();
                Self::Array { validity, width: *width, values: Box::new(Self::of(&arrays.get_inner())?) }
            }
            DataType::Struct(_) => {
                let mut fields = Vec::new();
                for field in series.struct_()?.fields_as_series() {
                    let mut head: Vec<u8> = if fields.is_empty() { b"{".into() } else { b", ".into() };
                    put_text(field.name(), &mut head);
                    head.extend_from_slice(b": ");
                    fields.push((head, Self::of(&field)?));
                }
                Self::Struct { validity: series.chunks()[0].validity().cloned(), fields }
            }
            other => polars_bail!(InvalidOperation: "column {} is {other}, for which JSON has no notation", series.name()),
        })
    }

    /// Appends the value of a row.
    pub(crate) fn put(&self, row: usize, out: &mut Vec<u8>) {
        match self {
            Self::Boolean(values) => put_some(values.get(row), out, |value, out| {
                out.extend_from_slice(if value { b"true" } else { b"false" });
            }),
            Self::Int(values) => put_some(values.get(row), out, put_integer),
            Self::UInt(values) => put_some(values.get(row), out, put_integer),
            Self::Int128(values) => put_some(values.get(row), out, put_integer),
            Self::UInt128(values) => put_some(values.get(row), out, put_integer),
            Self::Float32(values) => put_some(values.get(row).filter(|value| value.is_finite()), out, put_float),
            Self::Float64(values) => put_some(values.get(row).filter(|value| value.is_finite()), out, put_float),
            Self::Text(values) => put_some(values.get(row), out, put_text),
            Self::List { validity, offsets, first, values } if is_valid(validity.as_ref(), row) => {
                let (start, end) = offsets.start_end(row);
                values.put_all(start - first..end - first, out);
            }
            Self::Array { validity, width, values } if is_valid(validity.as_ref(), row) => {
                values.put_all(row * width..(row + 1) * width, out);
            }
            Self::Struct { validity, fields } if is_valid(validity.as_ref(), row) => {
                for (head, values) in fields {
                    out.extend_from_slice(head);
                    values.put(row, out);
                }
                out.extend_from_slice(if fields.is_empty() { b"{}" } else { b"}" });
            }
            Self::Null | Self::List { .. } | Self::Array { .. } | Self::Struct { .. } => put_null(out),
        }
    }

    /// The value of a row: text unquoted, anything else as JSON, and `None` for a null.
    pub(crate) fn text(&self, row: usize) -> Option<String> {
        if let Self::Text(values) = self {
            return values.get(row).map(str::to_owned);
        }
        let mut text = Vec::new();
        self.put(row, &mut text);
        // JSON is UTF-8.
        Some(String::from_utf8_lossy(&text).into_owned()).filter(|text| text != "null")
    }

    fn put_all(&self, rows: Range<usize>, out: &mut Vec<u8>) {
        out.push(b'[');
        for row in rows.clone() {
            if row > rows.start {
                out.extend_from_slice(b", ");
            }
            self.put(row, out);
        }
        out.push(b']');
    }
}

/// Appends a JSON string.
pub(crate) fn put_text(text: &str, out: &mut Vec<u8>) {
    // Writing to memory cannot fail.
    serde_json::to_writer(out, text).ok();
}

fn put_integer(value: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

fn put_null(out: &mut Vec<u8>) {
    out.extend_from_slice(b"null");
}

fn put_some<T>(value: Option<T>, out: &mut Vec<u8>, put: impl FnOnce(T, &mut Vec<u8>)) {
    match value {
        Some(value) => put(value, out),
        None => put_null(out),
    }
}

fn is_valid(validity: Option<&Bitmap>, row: usize) -> bool {
    validity.is_none_or(|validity| validity.get_bit(row))
}
