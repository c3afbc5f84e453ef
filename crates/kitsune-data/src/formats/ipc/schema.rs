//! Checks of a schema before Polars reads it.

use std::collections::HashSet;

use polars_arrow::io::ipc::format::ipc::planus;
use polars_arrow::io::ipc::format::ipc::{Endianness, FieldRef, SchemaRef, TypeRef, UnionMode};

/// The deepest nesting of a column that is read: Polars descends by recursion.
const DEEPEST: usize = 64;
/// Fewer bytes than any field has. It bounds the number of fields in a message.
const SMALLEST_FIELD: usize = 8;

/// What would make Polars panic or overflow its stack, if anything. `bytes` is the length of the metadata with the schema.
pub(super) fn trouble(schema: SchemaRef<'_>, bytes: usize) -> Result<Option<String>, planus::Error> {
    if schema.endianness()? == Endianness::Big {
        return Ok(Some("its numbers are big-endian".into()));
    }
    let (mut names, mut left) = (HashSet::new(), bytes / SMALLEST_FIELD);
    for field in schema.fields()?.into_iter().flatten() {
        let field = field?;
        let name = field.name()?.unwrap_or_default();
        if !names.insert(name) {
            return Ok(Some(format!("several columns have the name {name}")));
        }
        if let Some(trouble) = field_trouble(field, DEEPEST, &mut left)? {
            return Ok(Some(format!("column {name} {trouble}")));
        }
    }
    Ok(None)
}

/// Whether there are numbers of more than 64 bits, at any depth.
pub(super) fn is_wide(schema: SchemaRef<'_>) -> Result<bool, planus::Error> {
    schema.fields()?.into_iter().flatten().try_fold(false, |wide, field| Ok(wide || is_wide_field(field?)?))
}

fn is_wide_field(field: FieldRef<'_>) -> Result<bool, planus::Error> {
    let wide = match field.type_()? {
        Some(TypeRef::Decimal(_)) => true,
        Some(TypeRef::Int(int)) => int.bit_width()? > 64,
        _ => false,
    };
    field.children()?.into_iter().flatten().try_fold(wide, |wide, child| Ok(wide || is_wide_field(child?)?))
}

fn field_trouble(field: FieldRef<'_>, depth: usize, left: &mut usize) -> Result<Option<&'static str>, planus::Error> {
    // One field may be referenced many times, so that a few bytes stand for any number of fields.
    if depth == 0 || *left == 0 {
        return Ok(Some("is nested too deep"));
    }
    *left -= 1;
    match field.type_()? {
        Some(TypeRef::RunEndEncoded(_) | TypeRef::ListView(_) | TypeRef::LargeListView(_)) => {
            return Ok(Some("is run-end encoded, or a view of lists, which cannot be read"));
        }
        Some(TypeRef::Union(union)) if union.mode()? == UnionMode::Sparse => return Ok(Some("is a sparse union, which cannot be read")),
        _ => {}
    }
    for child in field.children()?.into_iter().flatten() {
        if let Some(trouble) = field_trouble(child?, depth - 1, left)? {
            return Ok(Some(trouble));
        }
    }
    Ok(None)
}
