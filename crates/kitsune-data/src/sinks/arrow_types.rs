//! Rows as Arrow arrays, in types that every reader of Arrow knows.

use std::sync::Arc;

use polars::prelude::{ArrowDataType, ArrowField, ArrowSchema, CompatLevel, Field, PolarsError, PolarsResult, Schema};
use polars_arrow::array::{Array, ArrayRef, ListArray, StructArray};
use polars_arrow::offset::OffsetsBuffer;
use polars_arrow::record_batch::RecordBatch;

/// Text and bytes in the oldest layout of Arrow, because not every reader knows the newer views.
pub(super) const COMPAT: fn() -> CompatLevel = CompatLevel::oldest;

/// The Arrow schema of these columns. Lists have offsets of 32 bits: the exchange of Spark and others refuse those of 64 bits.
pub(super) fn schema(columns: &Schema) -> ArrowSchema {
    columns.iter().map(|(name, dtype)| small_field(&Field::new(name.clone(), dtype.clone()).to_arrow(COMPAT()))).collect()
}

/// The rows with the types of [`schema`].
pub(super) fn small_lists(batch: RecordBatch) -> PolarsResult<RecordBatch> {
    let height = batch.len();
    let (schema, arrays) = batch.into_schema_and_arrays();
    let schema = schema.iter_values().map(small_field).collect();
    RecordBatch::try_new(height, Arc::new(schema), arrays.into_iter().map(small).collect::<PolarsResult<_>>()?)
}

fn small_field(field: &ArrowField) -> ArrowField {
    let dtype = match field.dtype() {
        ArrowDataType::LargeList(inner) => ArrowDataType::List(small_field(inner).into()),
        ArrowDataType::Struct(fields) => ArrowDataType::Struct(fields.iter().map(small_field).collect()),
        other => other.clone(),
    };
    ArrowField { dtype, ..field.clone() }
}

fn small(array: ArrayRef) -> PolarsResult<ArrayRef> {
    if let Some(lists) = array.as_any().downcast_ref::<ListArray<i64>>() {
        // Those of a part of larger columns do not begin at the first value.
        let (first, length) = (*lists.offsets().first(), lists.offsets().range());
        let offsets = lists.offsets().iter().map(|offset| i32::try_from(offset - first)).collect::<Result<Vec<_>, _>>();
        let offsets = offsets.map_err(|_| PolarsError::ComputeError("its lists have more than 2147483647 elements together".into()))?;
        let values = small(lists.values().sliced(first as usize, length as usize))?;
        let inner = small_field(ListArray::<i64>::get_child_field(lists.dtype()));
        let lists =
            ListArray::try_new(ArrowDataType::List(inner.into()), OffsetsBuffer::try_from(offsets)?, values, lists.validity().cloned())?;
        return Ok(lists.boxed());
    }
    let Some(structs) = array.as_any().downcast_ref::<StructArray>() else { return Ok(array) };
    let values = structs.values().iter().map(|values| small(values.clone())).collect::<PolarsResult<_>>()?;
    let fields = structs.fields().iter().map(small_field).collect();
    Ok(StructArray::try_new(ArrowDataType::Struct(fields), structs.len(), values, structs.validity().cloned())?.boxed())
}
