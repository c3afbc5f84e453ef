use std::fs::File;

use polars::prelude::{ArrowDataType, ArrowField, FileMetadataRef, ParquetReader, PolarsResult, SerReader};

use super::vectors;
use crate::Flaw;

/// A column as it is stored.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) name: String,
    pub(super) layout: Layout,
    /// The features that it makes: 1, or the length of its lists (0 as long as no row was seen).
    pub(super) width: usize,
    pub(super) exact_in_f32: bool,
}

/// How the values of a column are laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    Number,
    List,
    Array,
    /// What Spark ML writes: a struct of type, size, indices and values, dense or sparse.
    Vector,
    /// Nothing that can be a feature, by the name of its type.
    Other(String),
}

/// The footer of a file.
pub(super) struct Footer {
    pub(super) metadata: FileMetadataRef,
    pub(super) columns: Vec<Stored>,
    pub(super) rows: usize,
}

impl Footer {
    pub(super) fn read(file: &File) -> PolarsResult<Self> {
        let mut reader = ParquetReader::new(file.try_clone()?);
        let columns = reader.schema()?.iter_values().map(Stored::new).collect();
        let metadata = reader.get_metadata()?.clone();
        let rows = metadata.row_groups.iter().fold(0, |rows, group| rows + group.num_rows());
        Ok(Self { metadata, columns, rows })
    }
}

impl Stored {
    /// Takes the length of the lists from the first row.
    pub(super) fn measure(&mut self, column: usize, file: &File) -> PolarsResult<Option<Flaw>> {
        let frame = ParquetReader::new(file.try_clone()?).with_projection(Some(vec![column])).with_slice(Some((0, 1))).finish()?;
        let row = frame.columns()[0].as_materialized_series();
        match vectors::length(row, &self.layout)? {
            Some(width) => self.width = width,
            None => return Ok(Some(Flaw::Null)),
        }
        Ok(None)
    }

    fn new(field: &ArrowField) -> Self {
        let (layout, numbers) = layout(field.dtype());
        let width = match field.dtype() {
            ArrowDataType::FixedSizeList(_, width) => *width,
            _ if matches!(layout, Layout::List | Layout::Vector) => 0,
            _ => 1,
        };
        Self { name: field.name.to_string(), layout, width, exact_in_f32: numbers.is_some_and(is_exact_in_f32) }
    }

    /// Whether the length of its lists can be told only from the rows.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.layout, Layout::List | Layout::Vector)
    }

    /// What must be the same in all files, as it is told to people.
    pub(super) fn described(&self) -> String {
        let kind = match &self.layout {
            Layout::Number => "a number".into(),
            Layout::List => "a list of numbers".into(),
            Layout::Array => format!("an array of {} numbers", self.width),
            Layout::Vector => "a Spark vector".into(),
            Layout::Other(kind) => kind.clone(),
        };
        format!("{} ({kind})", self.name)
    }
}

/// The layout of a type, and the type of its numbers.
fn layout(dtype: &ArrowDataType) -> (Layout, Option<&ArrowDataType>) {
    match dtype {
        dtype if is_number(dtype) => (Layout::Number, Some(dtype)),
        ArrowDataType::LargeList(inner) if is_number(inner.dtype()) => (Layout::List, Some(inner.dtype())),
        ArrowDataType::FixedSizeList(inner, _) if is_number(inner.dtype()) => (Layout::Array, Some(inner.dtype())),
        ArrowDataType::Struct(fields) => match spark_values(fields) {
            Some(values) => (Layout::Vector, Some(values)),
            None => (Layout::Other("struct".into()), None),
        },
        other => (Layout::Other(type_name(other)), None),
    }
}

/// The type of the values of a Spark vector, if that is what the fields are.
fn spark_values(fields: &[ArrowField]) -> Option<&ArrowDataType> {
    use ArrowDataType as D;
    let is = |field: &ArrowField, name: &str, dtype: &ArrowDataType| field.name == name && field.dtype() == dtype;
    match fields {
        [kind, size, indices, values]
            if is(kind, "type", &D::Int8)
                && is(size, "size", &D::Int32)
                && indices.name == "indices"
                && values.name == "values"
                && matches!(indices.dtype(), D::LargeList(inner) if *inner.dtype() == D::Int32) =>
        {
            match values.dtype() {
                D::LargeList(inner) if is_number(inner.dtype()) => Some(inner.dtype()),
                _ => None,
            }
        }
        _ => None,
    }
}

fn is_number(dtype: &ArrowDataType) -> bool {
    use ArrowDataType as D;
    let integer = matches!(dtype, D::Int8 | D::Int16 | D::Int32 | D::Int64 | D::UInt8 | D::UInt16 | D::UInt32 | D::UInt64);
    integer || matches!(dtype, D::Boolean | D::Float32 | D::Float64)
}

fn is_exact_in_f32(dtype: &ArrowDataType) -> bool {
    use ArrowDataType as D;
    matches!(dtype, D::Boolean | D::Int8 | D::Int16 | D::UInt8 | D::UInt16 | D::Float32)
}

fn type_name(dtype: &ArrowDataType) -> String {
    use ArrowDataType as D;
    match dtype {
        D::Utf8 | D::LargeUtf8 | D::Utf8View => "text".into(),
        D::Binary | D::LargeBinary | D::BinaryView | D::FixedSizeBinary(_) => "bytes".into(),
        D::Dictionary(..) => "a category".into(),
        D::Date32 | D::Date64 => "a date".into(),
        D::Timestamp(..) => "a timestamp".into(),
        D::Time32(_) | D::Time64(_) => "a time".into(),
        D::Duration(_) => "a duration".into(),
        D::Decimal(..) | D::Decimal32(..) | D::Decimal64(..) | D::Decimal256(..) => "a decimal".into(),
        D::Float16 => "a half float".into(),
        D::Null => "nothing but nulls".into(),
        D::LargeList(_) | D::FixedSizeList(..) => "a list of something else than numbers".into(),
        other => format!("{other:?}"),
    }
}
