//! Schemas of Arrow before Polars sees them: extension types become their storage, and what Polars cannot read is marked.

use polars::prelude::{ArrowDataType, ArrowField, ArrowSchema, PlSmallStr, PolarsResult};
use polars_arrow::datatypes::ExtensionType;
use polars_arrow::io::ipc::IpcSchema;
use polars_arrow::io::ipc::format::ipc::planus::{self, Builder};
use polars_arrow::io::ipc::format::ipc::{
    Endianness, Field, FieldRef, FixedSizeBinary, KeyValue, Message, MessageHeader, MetadataVersion, Null, Schema, SchemaRef, TimeUnit,
    Type,
};
use polars_arrow::io::ipc::read::deserialize_schema;

/// The deepest nesting of a column that is read: Polars descends by recursion.
const DEEPEST: usize = 64;
/// Fewer bytes than any field has. It bounds the number of fields in a schema.
const SMALLEST_FIELD: usize = 8;

/// The name of the extension type of columns that cannot be read. Its metadata is the name of their type.
const UNREADABLE: &str = "kitsune.unreadable";
/// The name of the extension type of decimals of 256 bits as bytes, of which Polars can read no others. Its metadata is their scale.
const WIDE_DECIMAL: &str = "kitsune.decimal256";
/// The extension type of columns whose values have types of their own.
const VARIANT: &str = "arrow.parquet.variant";

const EXTENSION_NAME: &str = "ARROW:extension:name";
const EXTENSION_METADATA: &str = "ARROW:extension:metadata";
/// What Polars does not learn of a field: its extension type, and which categories Polars itself has written. Polars would trust these, and results
/// have texts in their place.
const DROPPED: [&str; 5] = [EXTENSION_NAME, EXTENSION_METADATA, "_PL_CATEGORICAL2", "_PL_ENUM_VALUES2", "_PL_ENUM_VALUES"];

/// The schema, or what would make Polars misread all of it or overflow its stack. `bytes` is the length of its flatbuffer.
pub(crate) fn checked(schema: SchemaRef<'_>, bytes: usize) -> Result<Result<Schema, String>, planus::Error> {
    if schema.endianness()? == Endianness::Big {
        return Ok(Err("its numbers are big-endian".into()));
    }
    let mut left = bytes / SMALLEST_FIELD;
    for field in schema.fields()?.into_iter().flatten() {
        let field = field?;
        if is_too_deep(field, DEEPEST, &mut left)? {
            return Ok(Err(format!("column {} is nested too deep", field.name()?.unwrap_or_default())));
        }
    }
    Ok(Ok(Schema::try_from(schema)?))
}

fn is_too_deep(field: FieldRef<'_>, depth: usize, left: &mut usize) -> Result<bool, planus::Error> {
    // One field may be referenced many times, so that a few bytes stand for any number of fields.
    if depth == 0 || *left == 0 {
        return Ok(true);
    }
    *left -= 1;
    for child in field.children()?.into_iter().flatten() {
        if is_too_deep(child?, depth - 1, left)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A field that Polars can read: extension types are replaced by their storage, and types that Polars does not know by a mark, at any depth of
/// structs.
pub(crate) fn readable(field: &Field) -> Field {
    let is_struct = matches!(field.type_, Some(Type::Struct(_))) && field.dictionary.is_none();
    if let Some(kind) = unreadable(field, !is_struct) {
        return Field {
            name: field.name.clone(),
            nullable: true,
            type_: Some(Type::Null(Box::new(Null {}))),
            dictionary: None,
            children: Some(Vec::new()),
            custom_metadata: Some(vec![entry(EXTENSION_NAME, UNREADABLE), entry(EXTENSION_METADATA, &kind)]),
        };
    }
    if let (Some(Type::Decimal(decimal)), None) = (&field.type_, &field.dictionary)
        && decimal.bit_width == 256
    {
        return Field {
            type_: Some(Type::FixedSizeBinary(Box::new(FixedSizeBinary { byte_width: 32 }))),
            custom_metadata: Some(vec![entry(EXTENSION_NAME, WIDE_DECIMAL), entry(EXTENSION_METADATA, &decimal.scale.to_string())]),
            ..field.clone()
        };
    }
    let is_kept = |entry: &&KeyValue| !entry.key.as_deref().is_some_and(|key| DROPPED.contains(&key));
    Field {
        children: field.children.as_ref().map(|children| children.iter().map(readable).collect()),
        custom_metadata: Some(field.custom_metadata.iter().flatten().filter(is_kept).cloned().collect()),
        ..field.clone()
    }
}

/// The name of the type of a field, if Polars cannot read it. With `inside`, the fields in it count as well.
pub(crate) fn unreadable(field: &Field, inside: bool) -> Option<String> {
    let is_variant = |entry: &KeyValue| entry.key.as_deref() == Some(EXTENSION_NAME) && entry.value.as_deref() == Some(VARIANT);
    if field.custom_metadata.iter().flatten().any(is_variant) {
        return Some("a variant".into());
    }
    let own = match field.type_.as_ref()? {
        Type::RunEndEncoded(_) => Some("run-end encoded".into()),
        Type::ListView(_) | Type::LargeListView(_) => Some("a view of lists".into()),
        Type::Union(_) => Some("a union".into()),
        Type::Interval(_) => Some("an interval".into()),
        Type::Decimal(decimal) if decimal.scale < 0 => Some(format!("a decimal of the negative scale {}", decimal.scale)),
        Type::Decimal(decimal) if !matches!(decimal.bit_width, 32 | 64 | 128 | 256) => {
            Some(format!("a decimal of {} bits", decimal.bit_width))
        }
        Type::Int(int) if !matches!(int.bit_width, 8 | 16 | 32 | 64 | 128) => Some(format!("an integer of {} bits", int.bit_width)),
        Type::Time(time)
            if !matches!(
                (time.bit_width, time.unit),
                (32, TimeUnit::Second | TimeUnit::Millisecond) | (64, TimeUnit::Microsecond | TimeUnit::Nanosecond)
            ) =>
        {
            Some(format!("a time of {} bits", time.bit_width))
        }
        _ => None,
    };
    let inner = || field.children.iter().flatten().find_map(|child| unreadable(child, true)).map(|kind| format!("nested: it holds {kind}"));
    own.or_else(|| if inside { inner() } else { None })
}

/// The same for a type that Polars has parsed: extension types are replaced by their storage, and types that Polars cannot read by a mark.
#[cfg(feature = "ipc")]
pub(crate) fn readable_type(dtype: &ArrowDataType) -> ArrowDataType {
    let readable_field = |field: &ArrowField| ArrowField::new(field.name.clone(), readable_type(field.dtype()), true);
    match (unreadable_type(dtype), dtype.to_storage()) {
        (_, ArrowDataType::Struct(fields)) if !is_variant(dtype) => ArrowDataType::Struct(fields.iter().map(readable_field).collect()),
        (Some(kind), _) => mark(&kind),
        (None, _) => dtype.to_storage_recursive(),
    }
}

#[cfg(feature = "ipc")]
fn is_variant(dtype: &ArrowDataType) -> bool {
    matches!(dtype, ArrowDataType::Extension(extension) if extension.name == VARIANT)
}

/// The name of a type that Polars cannot read, at any depth.
#[cfg(feature = "ipc")]
fn unreadable_type(dtype: &ArrowDataType) -> Option<String> {
    use ArrowDataType as D;
    let inside = |fields: &[ArrowField]| fields.iter().find_map(|field| unreadable_type(field.dtype()));
    let inner = match dtype {
        dtype if is_variant(dtype) => return Some("a variant".into()),
        D::Union(_) => return Some("a union".into()),
        D::Interval(_) => return Some("an interval".into()),
        D::Map(..) => return Some("a map".into()),
        D::Extension(extension) => return unreadable_type(&extension.inner),
        D::List(inner) | D::LargeList(inner) | D::FixedSizeList(inner, _) => inside(std::slice::from_ref(inner)),
        D::Struct(fields) => inside(fields),
        D::Dictionary(_, values, _) => unreadable_type(values),
        _ => None,
    };
    inner.map(|kind| format!("nested: it holds {kind}"))
}

/// The fields, as Polars reads them, and its description of their dictionaries. Their names need not differ.
pub(crate) fn deserialized(fields: Vec<Field>) -> PolarsResult<(Vec<ArrowField>, IpcSchema)> {
    let (schema, dictionaries) = numbered(fields.clone())?;
    let named = |(field, original): (ArrowField, Field)| ArrowField { name: original.name.unwrap_or_default().into(), ..field };
    Ok((schema.iter_values().cloned().zip(fields).map(named).collect(), dictionaries))
}

/// The schema of these fields, with numbers for their names, since a schema of Polars has no name twice.
pub(crate) fn numbered(fields: Vec<Field>) -> PolarsResult<(ArrowSchema, IpcSchema)> {
    let fields = fields.into_iter().enumerate().map(|(number, field)| Field { name: Some(number.to_string()), ..field }).collect();
    let schema = Schema { endianness: Endianness::Little, fields: Some(fields), custom_metadata: None, features: None };
    let header = Some(MessageHeader::Schema(Box::new(schema)));
    let message = Message { version: MetadataVersion::V5, header, body_length: 0, custom_metadata: None };
    let (schema, dictionaries, _) = deserialize_schema(Builder::new().finish(&message, None))?;
    Ok((schema, dictionaries))
}

/// A type that cannot be read.
pub(crate) fn mark(kind: &str) -> ArrowDataType {
    let metadata = Some(PlSmallStr::from_str(kind));
    ArrowDataType::Extension(Box::new(ExtensionType { name: UNREADABLE.into(), inner: ArrowDataType::Null, metadata }))
}

/// The name of a type that cannot be read.
pub(crate) fn marked(dtype: &ArrowDataType) -> Option<&str> {
    match dtype {
        ArrowDataType::Extension(extension) if extension.name == UNREADABLE => Some(extension.metadata.as_deref().unwrap_or_default()),
        _ => None,
    }
}

/// The scale of decimals of 256 bits that are read as bytes.
pub(crate) fn wide_decimal_scale(dtype: &ArrowDataType) -> Option<&str> {
    match dtype {
        ArrowDataType::Extension(extension) if extension.name == WIDE_DECIMAL => extension.metadata.as_deref(),
        _ => None,
    }
}

/// The value of a key of the metadata of a schema.
pub(crate) fn metadata<'a>(schema: &'a Schema, key: &str) -> Option<&'a str> {
    schema.custom_metadata.iter().flatten().find(|entry| entry.key.as_deref() == Some(key))?.value.as_deref()
}

fn entry(key: &str, value: &str) -> KeyValue {
    KeyValue { key: Some(key.into()), value: Some(value.into()) }
}
