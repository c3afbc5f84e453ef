//! The features of a source as a stream by the C data interface of Arrow.

use burn::tensor::TensorData;
use polars::prelude::{ArrowDataType, ArrowField, PolarsError, PolarsResult};
use polars_arrow::array::{Array, PrimitiveArray, StructArray};
use polars_arrow::ffi::{ArrowArrayStream, export_iterator};

use super::Source;
use crate::error::Error;
use crate::rows::Precision;
use crate::rows::batch::Batch;

/// A stream of record batches for whoever reads the C data interface of Arrow. In memory it is an `ArrowArrayStream`, which is released when it is
/// dropped, unless its reader has taken it over before.
#[derive(Debug)]
#[repr(transparent)]
pub struct ExportedStream(ArrowArrayStream);

impl Source {
    /// The features of pass 0 as record batches of f32 or f64. If the files have no names, the columns are called like their numbers.
    ///
    /// # Errors
    ///
    /// Those of [`pass`](Self::pass). Errors inside the files are those of the stream.
    pub fn export(&self) -> Result<ExportedStream, Error> {
        let pass = self.pass(0)?;
        let dtype = match self.precision() {
            Precision::F32 => ArrowDataType::Float32,
            Precision::F64 => ArrowDataType::Float64,
        };
        let field = |feature| ArrowField::new(self.called(feature).into(), dtype.clone(), false);
        let columns = ArrowDataType::Struct((0..self.features()).map(field).collect());
        let dtype = columns.clone();
        let batches = pass.map(move |batch| exported(batch.map_err(|error| PolarsError::ComputeError(error.to_string().into()))?, &dtype));
        Ok(ExportedStream(export_iterator(Box::new(batches), ArrowField::new("".into(), columns, false))))
    }
}

fn exported(batch: Batch, columns: &ArrowDataType) -> PolarsResult<Box<dyn Array>> {
    let (rows, features) = (batch.rows(), batch.features());
    let data: TensorData = batch.into_data();
    let column = |feature: usize| -> Option<Box<dyn Array>> {
        if let Ok(values) = data.as_slice::<f32>() {
            let values = values.iter().skip(feature).step_by(features).copied();
            return Some(PrimitiveArray::from_vec(values.collect()).boxed());
        }
        let values = data.as_slice::<f64>().ok()?.iter().skip(feature).step_by(features).copied();
        Some(PrimitiveArray::from_vec(values.collect()).boxed())
    };
    let arrays: Option<Vec<_>> = (0..features).map(column).collect();
    let arrays = arrays.ok_or_else(|| PolarsError::SchemaMismatch("a batch has numbers of another type".into()))?;
    Ok(StructArray::try_new(columns.clone(), rows, arrays, None)?.boxed())
}
