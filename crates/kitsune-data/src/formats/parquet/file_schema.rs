//! The fields of a Parquet file, and the stored columns that they are made of.

use std::collections::HashMap;
use std::ops::Range;
use std::slice;

use polars::prelude::{ArrowDataType, ArrowField, PlSmallStr};
use polars_arrow::datatypes::Metadata;
use polars_arrow::io::ipc::format::ipc::planus::ReadAsRoot;
use polars_arrow::io::ipc::format::ipc::{MessageHeaderRef, MessageRef};
use polars_parquet::read::schema::{parquet_to_arrow_schema, read_schema_from_metadata};
use polars_parquet::read::{ParquetType, PhysicalType, PrimitiveLogicalType, n_columns};

use super::footer::Footer;
use crate::formats::frames::arrow_schema::{checked, mark, unreadable};

/// The key of the Arrow schema in the metadata of a file.
const ARROW_SCHEMA: &str = "ARROW:schema";
/// The largest number of digits of a decimal of 128 bits.
const MOST_DIGITS: usize = 38;

/// The fields of a file, by its Arrow schema if it has one, and marks in place of what cannot be read.
pub(super) fn fields(footer: &Footer) -> Vec<ArrowField> {
    let types = footer.schema.fields();
    let arrow = footer.value(ARROW_SCHEMA).and_then(arrow_fields);
    let arrow = arrow.filter(|fields| fields.iter().map(|field| field.name.as_str()).eq(types.iter().map(ParquetType::name)));
    let field = |(index, parquet): (usize, &ParquetType)| {
        let of_arrow = arrow.as_ref().map(|fields| fields[index].clone()).filter(|field| fits(field.dtype(), parquet));
        let field = of_arrow.or_else(|| parquet_to_arrow_schema(slice::from_ref(parquet)).iter_values().next().cloned());
        match field.filter(|field| fits(field.dtype(), parquet)) {
            Some(mut field) => {
                refine(&mut field.dtype, parquet);
                field
            }
            None => ArrowField::new(parquet.name().into(), mark("a group of unusual structure"), true),
        }
    };
    let mut fields: Vec<_> = types.iter().enumerate().map(field).collect();
    for (path, name) in &footer.unknown {
        replace(&mut fields, path, name);
    }
    fields
}

/// The stored columns of each field by its path: its index, and then that of each field inside of the one before.
pub(super) fn stored_columns(types: &[ParquetType]) -> HashMap<Vec<usize>, Range<usize>> {
    fn add(types: &[ParquetType], mut start: usize, path: &mut Vec<usize>, found: &mut HashMap<Vec<usize>, Range<usize>>) -> usize {
        for (index, parquet) in types.iter().enumerate() {
            path.push(index);
            let end = match parquet {
                ParquetType::PrimitiveType(_) => start + 1,
                ParquetType::GroupType { fields, .. } => add(fields, start, path, found),
            };
            found.insert(path.clone(), start..end);
            path.pop();
            start = end;
        }
        start
    }
    let mut found = HashMap::new();
    add(types, 0, &mut Vec::new(), &mut found);
    found
}

/// The field that `path` leads to, inside of the structs that it is in, with nothing else in them.
pub(super) fn chain(fields: &[ArrowField], path: &[usize]) -> Option<ArrowField> {
    let (index, path) = path.split_first()?;
    let field = fields.get(*index)?;
    match field.dtype() {
        ArrowDataType::Struct(inner) if !path.is_empty() => {
            Some(ArrowField { dtype: ArrowDataType::Struct(vec![chain(inner, path)?]), ..field.clone() })
        }
        _ => Some(field.clone()),
    }
}

/// The fields of an Arrow schema, with extension types as their storage. `None` if Polars cannot read it, for a type that it does not know.
fn arrow_fields(encoded: &str) -> Option<Vec<ArrowField>> {
    let bytes = base64(encoded)?;
    let message = if bytes.starts_with(&[0xff; 4]) { bytes.get(8..)? } else { &bytes[..] };
    let Some(MessageHeaderRef::Schema(schema)) = MessageRef::read_as_root(message).ok()?.header().ok()? else { return None };
    let schema = checked(schema, message.len()).ok()?.ok()?;
    if schema.fields?.iter().any(|field| unreadable(field, true).is_some()) {
        return None;
    }
    let mut metadata = Metadata::from([(PlSmallStr::from_static(ARROW_SCHEMA), PlSmallStr::from_str(encoded))]);
    let schema = read_schema_from_metadata(&mut metadata).ok()??;
    let stored = |field: &ArrowField| ArrowField { dtype: field.dtype().to_storage_recursive(), ..field.clone() };
    Some(schema.iter_values().map(stored).collect())
}

/// Decodes Base64 with the usual alphabet.
fn base64(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut length) = (Vec::with_capacity(text.len() / 4 * 3), 0_u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let sextet = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(sextet);
        length += 6;
        if length >= 8 {
            length -= 8;
            bytes.push((bits >> length) as u8);
        }
    }
    Some(bytes)
}

/// The number of stored columns of a field.
fn primitives(parquet: &ParquetType) -> usize {
    match parquet {
        ParquetType::PrimitiveType(_) => 1,
        ParquetType::GroupType { fields, .. } => fields.iter().map(primitives).sum(),
    }
}

/// Whether a field has the stored columns that its type needs, and each field of a struct has its own.
fn fits(dtype: &ArrowDataType, parquet: &ParquetType) -> bool {
    match (dtype, parquet) {
        (ArrowDataType::Struct(fields), ParquetType::GroupType { fields: types, .. }) => {
            let same_name = |(field, parquet): (&ArrowField, &ParquetType)| field.name == parquet.name() && fits(field.dtype(), parquet);
            fields.len() == types.len() && fields.iter().zip(types).all(same_name)
        }
        _ => n_columns(dtype) == primitives(parquet),
    }
}

/// Corrects types that Polars takes from Parquet's: 16-bit floats as bytes, long decimals as short ones, and intervals, which it cannot read.
fn refine(dtype: &mut ArrowDataType, parquet: &ParquetType) {
    match (&mut *dtype, parquet) {
        (ArrowDataType::Struct(fields), ParquetType::GroupType { fields: types, .. }) => {
            fields.iter_mut().zip(types).for_each(|(field, parquet)| refine(&mut field.dtype, parquet));
        }
        (ArrowDataType::LargeList(inner) | ArrowDataType::FixedSizeList(inner, _), ParquetType::GroupType { fields, .. })
            if fields.len() == 1 =>
        {
            refine(&mut inner.dtype, &fields[0]);
        }
        // The repeated group of a list, which has no field of its own in Arrow.
        (_, ParquetType::GroupType { fields, .. }) if fields.len() == 1 => refine(dtype, &fields[0]),
        (_, ParquetType::GroupType { .. }) => {}
        (ArrowDataType::FixedSizeBinary(2), ParquetType::PrimitiveType(primitive))
            if primitive.physical_type == PhysicalType::FixedLenByteArray(2)
                && primitive.logical_type == Some(PrimitiveLogicalType::Float16) =>
        {
            *dtype = ArrowDataType::Float16;
        }
        (ArrowDataType::Decimal(precision, scale), _) if *precision > MOST_DIGITS => {
            *dtype = ArrowDataType::Decimal256(*precision, *scale);
        }
        (ArrowDataType::Interval(_), _) => *dtype = mark("an interval"),
        _ => {}
    }
}

/// Replaces a field by a mark.
fn replace(fields: &mut [ArrowField], path: &[usize], name: &str) {
    let Some((index, path)) = path.split_first() else { return };
    let Some(field) = fields.get_mut(*index) else { return };
    match &mut field.dtype {
        ArrowDataType::Struct(inner) if !path.is_empty() => replace(inner, path, name),
        dtype => *dtype = mark(name),
    }
}
