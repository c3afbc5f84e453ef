//! How columns are stored, and which features they make.

use std::ops::Range;
use std::path::Path;

use polars::prelude::{ArrowDataType, ArrowField};

use crate::error::{Error, SchemaError};
use crate::fault::Files;
use crate::format::Format;
use crate::formats::columns::{Columns, Kind, Shape, StoredColumn, element_name};
use crate::locations::data_file::DataFile;

/// The largest number of features of a file, with lists expanded: the number that Spark hashes text into by default, and far more than a
/// model can use. A damaged file, or a single sparse vector, may announce any number.
const WIDEST: usize = 1 << 18;

/// A column as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) name: String,
    pub(crate) layout: Layout,
    /// The number of features of the column: 1, or the length of its lists, which is 0 until a row was read.
    pub(crate) width: usize,
    pub(crate) exact_in_f32: bool,
}

/// The layout of the values of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    Number,
    List,
    Array,
    /// A vector of Spark ML: a struct of type, size, indices and values, dense or sparse.
    Vector,
    /// A type that cannot be a feature, with its name.
    Other(String),
    /// A type whose values cannot be read at all, with its name.
    Unreadable(String),
    /// A struct as a whole, whose fields are these columns, and whether all of them can be read.
    Struct {
        fields: Range<usize>,
        readable: bool,
    },
}

impl Stored {
    pub(crate) fn new(field: &ArrowField) -> Self {
        let (layout, numbers) = layout(field.dtype());
        let width = match field.dtype() {
            ArrowDataType::FixedSizeList(_, width) => *width,
            _ if matches!(layout, Layout::List | Layout::Vector) => 0,
            _ => 1,
        };
        Self { name: field.name.to_string(), layout, width, exact_in_f32: numbers.is_some_and(is_exact_in_f32) }
    }

    /// A column whose values cannot be read.
    pub(crate) fn unreadable(name: &str, kind: &str) -> Self {
        Self { name: name.into(), layout: Layout::Unreadable(kind.into()), width: 1, exact_in_f32: false }
    }

    /// A struct as a whole. The columns `fields` are its fields.
    pub(crate) fn whole(field: &ArrowField, fields: Range<usize>, readable: bool) -> Self {
        Self { name: field.name.to_string(), layout: Layout::Struct { fields, readable }, width: 0, exact_in_f32: false }
    }

    /// Whether only rows give the length of its lists.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.layout, Layout::List | Layout::Vector)
    }

    /// The properties that must be the same in all files, as messages show them.
    pub(crate) fn described(&self) -> String {
        let kind = match &self.layout {
            Layout::Number => "a number".into(),
            Layout::List => "a list of numbers".into(),
            Layout::Array => format!("an array of {} numbers", self.width),
            Layout::Vector => "a Spark vector".into(),
            Layout::Other(kind) | Layout::Unreadable(kind) => kind.clone(),
            Layout::Struct { .. } => "a struct".into(),
        };
        format!("{} ({kind})", self.name)
    }
}

/// The layout of a type, and the type of its numbers.
fn layout(dtype: &ArrowDataType) -> (Layout, Option<&ArrowDataType>) {
    match dtype {
        dtype if is_number(dtype) => (Layout::Number, Some(dtype)),
        ArrowDataType::List(inner) | ArrowDataType::LargeList(inner) if is_number(inner.dtype()) => (Layout::List, Some(inner.dtype())),
        ArrowDataType::FixedSizeList(inner, _) if is_number(inner.dtype()) => (Layout::Array, Some(inner.dtype())),
        ArrowDataType::Struct(fields) => match spark_values(fields) {
            Some(values) => (Layout::Vector, Some(values)),
            None => (Layout::Other("a struct".into()), None),
        },
        // A category of numbers is only another way to store them.
        ArrowDataType::Dictionary(_, values, _) if is_number(values) => (Layout::Number, Some(values)),
        other => (Layout::Other(type_name(other)), None),
    }
}

/// Whether these are the fields of a Spark vector.
pub(crate) fn is_vector(fields: &[ArrowField]) -> bool {
    spark_values(fields).is_some()
}

/// The type of the values of a Spark vector, if the fields are those of one.
fn spark_values(fields: &[ArrowField]) -> Option<&ArrowDataType> {
    use ArrowDataType as D;
    let is = |field: &ArrowField, name: &str, dtype: &ArrowDataType| field.name == name && field.dtype() == dtype;
    match fields {
        [kind, size, indices, values]
            if is(kind, "type", &D::Int8)
                && is(size, "size", &D::Int32)
                && indices.name == "indices"
                && values.name == "values"
                && matches!(indices.dtype(), D::List(inner) | D::LargeList(inner) if *inner.dtype() == D::Int32) =>
        {
            match values.dtype() {
                D::List(inner) | D::LargeList(inner) if is_number(inner.dtype()) => Some(inner.dtype()),
                _ => None,
            }
        }
        _ => None,
    }
}

fn is_number(dtype: &ArrowDataType) -> bool {
    use ArrowDataType as D;
    let signed = matches!(dtype, D::Int8 | D::Int16 | D::Int32 | D::Int64 | D::Int128);
    let unsigned = matches!(dtype, D::UInt8 | D::UInt16 | D::UInt32 | D::UInt64 | D::UInt128);
    #[cfg(any(feature = "parquet", feature = "ipc"))]
    if super::arrow_schema::wide_decimal_scale(dtype).is_some() {
        return true;
    }
    let decimal = matches!(dtype, D::Decimal(..) | D::Decimal32(..) | D::Decimal64(..) | D::Decimal256(..));
    signed || unsigned || decimal || matches!(dtype, D::Boolean | D::Float16 | D::Float32 | D::Float64)
}

fn is_exact_in_f32(dtype: &ArrowDataType) -> bool {
    use ArrowDataType as D;
    matches!(dtype, D::Boolean | D::Int8 | D::Int16 | D::UInt8 | D::UInt16 | D::Float16 | D::Float32)
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
        D::Null => "nothing but nulls".into(),
        D::List(_) | D::LargeList(_) | D::FixedSizeList(..) => "a list of something else than numbers".into(),
        D::Map(..) => "a map".into(),
        other => format!("{other:?}"),
    }
}

/// Checks that a file has the columns of the first one. The numbers of one file may be wider than those of another.
pub(crate) fn unify(stored: &mut [Stored], other: &[Stored], file: &Path, first: &Path) -> Result<(), Error> {
    if stored.len() != other.len() {
        return Err(SchemaError::UnlikeWidths { file: file.into(), first: first.into(), found: other.len(), expected: stored.len() }.into());
    }
    for (column, (expected, found)) in stored.iter_mut().zip(other).enumerate() {
        if expected.described() != found.described() {
            return Err(SchemaError::UnlikeColumns {
                file: file.into(),
                first: first.into(),
                column,
                found: found.described(),
                expected: expected.described(),
            }
            .into());
        }
        expected.exact_in_f32 &= found.exact_in_f32;
    }
    Ok(())
}

/// Checks that the features of a file are few enough to be named.
pub(crate) fn check_width(stored: &[Stored], file: &Path, format: Format) -> Result<(), Error> {
    let width = stored.iter().fold(0_usize, |width, stored| width.saturating_add(stored.width));
    let message = format!("its lists have {width} elements together, and {WIDEST} are the most that are read");
    if width > WIDEST.max(stored.len()) { Err(Error::Damaged { file: file.into(), format, message }) } else { Ok(()) }
}

/// Expands each stored column to one column for each element.
pub(crate) fn expand(stored: &[Stored], files: &[DataFile]) -> Columns {
    let (mut names, mut kinds) = (Vec::new(), Vec::new());
    let mut columns = Vec::with_capacity(stored.len());
    for stored in stored {
        let kind = match &stored.layout {
            Layout::Other(kind) | Layout::Unreadable(kind) => Kind::Other(kind.clone()),
            _ => Kind::Number { exact_in_f32: stored.exact_in_f32 },
        };
        let is_list = matches!(stored.layout, Layout::List | Layout::Array | Layout::Vector);
        let name = |element| if is_list { element_name(&stored.name, element) } else { stored.name.clone() };
        let first = names.len();
        names.extend((0..stored.width).map(name));
        kinds.extend(std::iter::repeat_n(kind, stored.width));
        let (expanded, unreadable) = match &stored.layout {
            Layout::Struct { fields, readable } => {
                let of_fields: &[StoredColumn] = &columns[fields.clone()];
                let (first, last) = (of_fields.first(), of_fields.last());
                let expanded = first.map_or(0, |first| first.expanded.start)..last.map_or(0, |last| last.expanded.end);
                (expanded, (!readable).then(|| "a struct with fields that cannot be read".to_owned()))
            }
            Layout::Unreadable(kind) => (first..names.len(), Some(kind.clone())),
            _ => (first..names.len(), None),
        };
        columns.push(StoredColumn {
            name: stored.name.clone(),
            expanded,
            shape: match stored.layout {
                Layout::Struct { .. } => Shape::Struct,
                _ if is_list => Shape::List,
                _ => Shape::Single,
            },
            unmeasured: stored.is_open() && stored.width == 0,
            unreadable,
            is_index: false,
        });
    }
    Columns { files: Files::of(files), names: Some(names), kinds, stored: columns, ..Columns::default() }
}
