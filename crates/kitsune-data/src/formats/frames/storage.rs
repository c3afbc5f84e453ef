//! Arrays as Polars' columns hold them.

use std::fmt::Display;

use polars::prelude::{ArrowDataType, ArrowField, PolarsError, PolarsResult, Series};
use polars_arrow::array::{
    Array, ArrayRef, FixedSizeBinaryArray, FixedSizeListArray, ListArray, PrimitiveArray, StructArray, new_empty_array,
};
use polars_arrow::compute::utils::combine_validities_and;
use polars_arrow::types::{NativeType, i256};

use super::arrow_schema::wide_decimal_scale;
use super::leaves::Leaf;

/// The values of a column, given arrays of the struct that it is in, or else of its own.
///
/// Each struct of these arrays has one field only.
pub(crate) fn series(leaf: &Leaf, arrays: Vec<ArrayRef>) -> PolarsResult<Series> {
    let only = vec![0; leaf.path.len() - 1];
    of_arrays(leaf, arrays.into_iter().map(|array| innermost(array, &only)).collect::<PolarsResult<_>>()?)
}

/// The values of a column, given arrays of its own.
pub(crate) fn of_arrays(leaf: &Leaf, arrays: Vec<ArrayRef>) -> PolarsResult<Series> {
    let arrays: Vec<_> = arrays.into_iter().map(plain).collect();
    let dtype = arrays.first().map_or_else(|| leaf.field.dtype().clone(), |array| array.dtype().clone());
    Series::try_from((&ArrowField { dtype, ..leaf.field.clone() }, arrays))
}

/// The column without any value.
pub(crate) fn no_values(leaf: &Leaf) -> PolarsResult<Series> {
    let array = plain(new_empty_array(leaf.field.dtype().clone()));
    Series::try_from((&ArrowField { dtype: array.dtype().clone(), ..leaf.field.clone() }, vec![array]))
}

/// The field that a path leads to, inside of structs. It is null wherever one of them is.
pub(crate) fn innermost(mut array: ArrayRef, path: &[usize]) -> PolarsResult<ArrayRef> {
    for &index in path {
        let mismatch = || PolarsError::SchemaMismatch("a column is no struct of the column in it".into());
        let outer = array.as_any().downcast_ref::<StructArray>().ok_or_else(mismatch)?;
        let inner = outer.values().get(index).ok_or_else(mismatch)?;
        array = match outer.validity() {
            Some(validity) if *inner.dtype() != ArrowDataType::Null => {
                inner.with_validity(combine_validities_and(Some(validity), inner.validity()))
            }
            _ => inner.clone(),
        };
    }
    Ok(array)
}

/// An array without decimals of other widths than 128 bits, which Polars' columns do not have.
fn plain(array: ArrayRef) -> ArrayRef {
    let dtype = array.dtype().clone();
    if !has_other_decimals(&dtype) {
        return array;
    }
    plain_decimals(&dtype, &*array).or_else(|| plain_nested(&dtype, &*array)).unwrap_or(array)
}

fn has_other_decimals(dtype: &ArrowDataType) -> bool {
    use ArrowDataType as D;
    match dtype {
        D::Decimal32(..) | D::Decimal64(..) | D::Decimal256(..) => true,
        D::Extension(_) => wide_decimal_scale(dtype).is_some(),
        D::List(inner) | D::LargeList(inner) | D::FixedSizeList(inner, _) => has_other_decimals(inner.dtype()),
        D::Struct(fields) => fields.iter().any(|field| has_other_decimals(field.dtype())),
        _ => false,
    }
}

fn plain_decimals(dtype: &ArrowDataType, array: &dyn Array) -> Option<ArrayRef> {
    fn widened<T: Copy + Into<i128> + NativeType>(array: &dyn Array, dtype: ArrowDataType) -> Option<ArrayRef> {
        let array = array.as_any().downcast_ref::<PrimitiveArray<T>>()?;
        let values: Vec<i128> = array.values().iter().map(|&value| value.into()).collect();
        Some(PrimitiveArray::new(dtype, values.into(), array.validity().cloned()).boxed())
    }
    match dtype {
        ArrowDataType::Decimal32(precision, scale) => widened::<i32>(array, ArrowDataType::Decimal(*precision, *scale)),
        ArrowDataType::Decimal64(precision, scale) => widened::<i64>(array, ArrowDataType::Decimal(*precision, *scale)),
        ArrowDataType::Decimal256(_, scale) => {
            let array = array.as_any().downcast_ref::<PrimitiveArray<i256>>()?;
            let values: Vec<f64> = array.values().iter().map(|&value| double(value, scale)).collect();
            Some(PrimitiveArray::new(ArrowDataType::Float64, values.into(), array.validity().cloned()).boxed())
        }
        other => {
            let scale = wide_decimal_scale(other)?;
            let array = array.as_any().downcast_ref::<FixedSizeBinaryArray>()?;
            let (numbers, _) = array.values().as_chunks::<32>();
            let values: Vec<f64> = numbers.iter().map(|&bytes| double(i256::from_le_bytes(bytes), scale)).collect();
            Some(PrimitiveArray::new(ArrowDataType::Float64, values.into(), array.validity().cloned()).boxed())
        }
    }
}

/// The nearest double. The digits as text have only one, which a division by a power of ten would miss.
fn double(value: i256, scale: impl Display) -> f64 {
    format!("{}e-{scale}", value.0).parse().unwrap_or(f64::NAN)
}

fn plain_nested(dtype: &ArrowDataType, array: &dyn Array) -> Option<ArrayRef> {
    let renewed = |field: &ArrowField, values: &ArrayRef| {
        let values = plain(values.clone());
        (ArrowField { dtype: values.dtype().clone(), ..field.clone() }, values)
    };
    match dtype {
        ArrowDataType::List(inner) => {
            let lists = array.as_any().downcast_ref::<ListArray<i32>>()?;
            let (inner, values) = renewed(inner, lists.values());
            Some(ListArray::new(ArrowDataType::List(inner.into()), lists.offsets().clone(), values, lists.validity().cloned()).boxed())
        }
        ArrowDataType::LargeList(inner) => {
            let lists = array.as_any().downcast_ref::<ListArray<i64>>()?;
            let (inner, values) = renewed(inner, lists.values());
            Some(ListArray::new(ArrowDataType::LargeList(inner.into()), lists.offsets().clone(), values, lists.validity().cloned()).boxed())
        }
        ArrowDataType::FixedSizeList(inner, width) => {
            let lists = array.as_any().downcast_ref::<FixedSizeListArray>()?;
            let (inner, values) = renewed(inner, lists.values());
            let dtype = ArrowDataType::FixedSizeList(inner.into(), *width);
            Some(FixedSizeListArray::new(dtype, lists.len(), values, lists.validity().cloned()).boxed())
        }
        ArrowDataType::Struct(fields) => {
            let structs = array.as_any().downcast_ref::<StructArray>()?;
            let (fields, values) = fields.iter().zip(structs.values()).map(|(field, values)| renewed(field, values)).unzip();
            Some(StructArray::new(ArrowDataType::Struct(fields), structs.len(), values, structs.validity().cloned()).boxed())
        }
        _ => None,
    }
}
