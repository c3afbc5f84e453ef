//! Columns of a frame as blocks of plain numbers. Whole columns are cast and checked, never single values of a frame.

use std::ops::Range;

use polars::prelude::{
    BooleanChunked, ChunkedArray, DataType, Float32Type, Float64Type, Int32Type, PolarsError, PolarsNumericType, PolarsResult, Series,
};

use super::schema::{Layout, Stored};
use crate::fault::Flaw;
use crate::rows::Values;

/// The number types of rows.
pub(super) trait Real: PolarsNumericType<Native: Default + Into<f64>> {
    const NAN: Self::Native;

    fn values(values: Vec<Self::Native>) -> Values;
}

impl Real for Float32Type {
    const NAN: f32 = f32::NAN;

    fn values(values: Vec<f32>) -> Values {
        Values::F32(values)
    }
}

impl Real for Float64Type {
    const NAN: f64 = f64::NAN;

    fn values(values: Vec<f64>) -> Values {
        Values::F64(values)
    }
}

/// Numbers without nulls, `stride` of them for each row.
pub(super) struct Block<P: PolarsNumericType> {
    values: ChunkedArray<P>,
    pub(super) stride: usize,
}

/// Why a column is not a block of numbers.
pub(super) enum Trouble {
    /// The first bad row, from 0, and the element of its list, unless the whole list is bad.
    Value { row: usize, element: Option<usize>, flaw: Flaw },
    /// Polars could not convert the column.
    Polars(PolarsError),
}

impl From<PolarsError> for Trouble {
    fn from(error: PolarsError) -> Self {
        Self::Polars(error)
    }
}

impl<P: Real> Block<P> {
    /// Makes a block. Nulls become NaN if they are `tolerated`; otherwise they are trouble, like every list of another length.
    pub(super) fn new(series: &Series, stored: &Stored, tolerated: bool) -> Result<Self, Trouble> {
        match stored.layout {
            Layout::Number => Self::flat(series, 1, tolerated),
            Layout::List => Self::lists(series, stored.width, tolerated),
            Layout::Array => Self::arrays(series, stored.width, tolerated),
            Layout::Vector => Self::vectors(series, stored.width, tolerated),
            Layout::Other(_) | Layout::Unreadable(_) | Layout::Struct { .. } => {
                Err(PolarsError::SchemaMismatch("a column that holds no numbers was selected".into()).into())
            }
        }
    }

    /// All values, row-major.
    pub(super) fn values(&self) -> PolarsResult<&[P::Native]> {
        self.values.cont_slice()
    }

    fn flat(series: &Series, stride: usize, tolerated: bool) -> Result<Self, Trouble> {
        let values = numbers::<P>(series)?;
        match first_null(series) {
            Some(_) if tolerated => {
                let filled = values.iter().map(|value| value.unwrap_or(P::NAN)).collect();
                Ok(Self { values: ChunkedArray::from_vec(series.name().clone(), filled), stride })
            }
            Some(at) => Err(Trouble::Value { row: at / stride, element: Some(at % stride), flaw: Flaw::Null }),
            None => Ok(Self { values, stride }),
        }
    }

    fn lists(series: &Series, width: usize, tolerated: bool) -> Result<Self, Trouble> {
        let lists = Lists::new(series)?;
        let nulls = nulls(series);
        let is_null = |row| any(nulls.as_ref(), row..row + 1);
        for row in 0..series.len() {
            if is_null(row) {
                if tolerated {
                    continue;
                }
                return Err(Trouble::Value { row, element: None, flaw: Flaw::Null });
            }
            let found = lists.range(row).len();
            if found != width {
                return Err(Trouble::Value { row, element: None, flaw: Flaw::Length { found, expected: width } });
            }
        }
        if nulls.is_none() {
            // Lists of one length without gaps are a matrix already.
            let first = lists.offsets.first().copied().unwrap_or(0);
            return Self::flat(&lists.values.slice(first, series.len() * width), width.max(1), tolerated);
        }
        let all = Self::flat(&lists.values, width.max(1), tolerated)?;
        let mut matrix = vec![P::NAN; series.len() * width];
        for row in (0..series.len()).filter(|&row| !is_null(row)) {
            matrix[row * width..][..width].copy_from_slice(&all.values()?[lists.range(row)]);
        }
        Ok(Self { values: ChunkedArray::from_vec(series.name().clone(), matrix), stride: width.max(1) })
    }

    fn arrays(series: &Series, width: usize, tolerated: bool) -> Result<Self, Trouble> {
        match first_null(series) {
            // A null array has elements, but a null list has none that could be taken for values.
            Some(_) if tolerated => Self::lists(&series.cast(&DataType::List(Box::new(P::get_static_dtype())))?, width, tolerated),
            Some(row) => Err(Trouble::Value { row, element: None, flaw: Flaw::Null }),
            None => Self::flat(&series.rechunk().array()?.get_inner(), width.max(1), tolerated),
        }
    }

    fn vectors(series: &Series, width: usize, tolerated: bool) -> Result<Self, Trouble> {
        let [kinds, sizes, indices, values] = &fields(series)?;
        let (kinds, sizes) = (numbers::<Int32Type>(kinds)?, numbers::<Int32Type>(sizes)?);
        let (indices, values) = (Lists::new(indices)?, Lists::new(values)?);
        let (all_indices, all_values) = (numbers::<Int32Type>(&indices.values)?, numbers::<P>(&values.values)?);
        let nulls = [series, &indices.values, &values.values].map(nulls);
        let [is_null, null_index, null_value] = nulls.each_ref().map(Option::as_ref);
        let mut matrix = vec![P::Native::default(); series.len() * width];
        for row in 0..series.len() {
            let (indices, values) = (indices.range(row), values.range(row));
            let missing = any(is_null, row..row + 1) || any(null_index, indices.clone()) || any(null_value, values.clone());
            let written = if missing && tolerated {
                matrix[row * width..][..width].fill(P::NAN);
                Ok(())
            } else if missing {
                Err(Flaw::Null)
            } else {
                let (indices, values) = (&raw(&all_indices)[indices], &raw(&all_values)[values]);
                Vector { kind: kinds.get(row), size: sizes.get(row), indices, values }.write(&mut matrix[row * width..][..width])
            };
            written.map_err(|flaw| Trouble::Value { row, element: None, flaw })?;
        }
        Ok(Self { values: ChunkedArray::from_vec(series.name().clone(), matrix), stride: width.max(1) })
    }
}

/// The values of the field `type` of a Spark vector: sparse or dense.
const SPARSE: i32 = 0;
const DENSE: i32 = 1;

/// The fields of one Spark vector.
struct Vector<'a, T> {
    kind: Option<i32>,
    size: Option<i32>,
    indices: &'a [i32],
    values: &'a [T],
}

impl<T: Copy> Vector<'_, T> {
    /// Writes the vector into a row of zeros.
    fn write(&self, row: &mut [T]) -> Result<(), Flaw> {
        match self.kind {
            Some(DENSE) if self.values.len() == row.len() => row.copy_from_slice(self.values),
            Some(DENSE) => return Err(Flaw::Length { found: self.values.len(), expected: row.len() }),
            Some(SPARSE) => self.spread(row)?,
            Some(kind) => return Err(Flaw::Vector(format!("its type is {kind} instead of 0 (sparse) or 1 (dense)"))),
            None => return Err(Flaw::Null),
        }
        Ok(())
    }

    fn spread(&self, row: &mut [T]) -> Result<(), Flaw> {
        let size = self.size.ok_or_else(|| Flaw::Vector("it is sparse and has no size".into()))?;
        let width = row.len();
        match usize::try_from(size) {
            Ok(size) if size == width => {}
            Ok(found) => return Err(Flaw::Length { found, expected: width }),
            Err(_) => return Err(Flaw::Vector(format!("its size is {size}"))),
        }
        if self.indices.len() != self.values.len() {
            return Err(Flaw::Vector(format!("it has {} indices but {} values", self.indices.len(), self.values.len())));
        }
        if let Some([index, next]) = self.indices.array_windows().find(|[index, next]| index >= next) {
            return Err(Flaw::Vector(format!("index {index} comes before index {next}, but indices must ascend")));
        }
        for (&index, &value) in self.indices.iter().zip(self.values) {
            let cell = usize::try_from(index).ok().and_then(|index| row.get_mut(index));
            *cell.ok_or_else(|| Flaw::Vector(format!("index {index} is outside its size, {width}")))? = value;
        }
        Ok(())
    }
}

/// The length of the list or vector in the only row of a series, unless it is null.
pub(super) fn length(row: &Series, layout: &Layout) -> PolarsResult<Option<usize>> {
    if first_null(row).is_some() {
        return Ok(None);
    }
    match layout {
        Layout::Vector => {
            let [kind, size, _, values] = &fields(row)?;
            let length = match numbers::<Int32Type>(kind)?.get(0) {
                Some(SPARSE) => numbers::<Int32Type>(size)?.get(0).and_then(|size| usize::try_from(size).ok()),
                _ => Some(Lists::new(values)?.range(0).len()),
            };
            Ok(length)
        }
        _ => Ok(Some(Lists::new(row)?.range(0).len())),
    }
}

/// The values of a list column, and the offsets at which the list of each row begins and ends.
struct Lists {
    offsets: Vec<i64>,
    nulls: Option<BooleanChunked>,
    values: Series,
}

impl Lists {
    fn new(series: &Series) -> PolarsResult<Self> {
        let series = series.rechunk();
        let lists = series.list()?;
        let offsets = lists.downcast_iter().flat_map(|chunk| chunk.offsets().iter().copied()).collect();
        Ok(Self { offsets, nulls: nulls(&series), values: lists.get_inner() })
    }

    fn range(&self, row: usize) -> Range<usize> {
        // The values under a null list do not count.
        let end = if any(self.nulls.as_ref(), row..row + 1) { row } else { row + 1 };
        self.offsets[row] as usize..self.offsets[end] as usize
    }
}

fn fields(vectors: &Series) -> PolarsResult<[Series; 4]> {
    let fields = vectors.rechunk().struct_()?.fields_as_series();
    fields.try_into().map_err(|_| PolarsError::SchemaMismatch("a Spark vector has four fields".into()))
}

/// The series as numbers of one type, in one chunk.
fn numbers<P: PolarsNumericType>(series: &Series) -> PolarsResult<ChunkedArray<P>> {
    Ok(series.cast(&P::get_static_dtype())?.rechunk().unpack::<P>()?.clone())
}

/// The values of an array in one chunk, including those under nulls.
fn raw<P: PolarsNumericType>(array: &ChunkedArray<P>) -> &[P::Native] {
    array.downcast_iter().next().map_or(&[], |chunk| chunk.values().as_slice())
}

/// The mask of nulls, if there are any.
fn nulls(series: &Series) -> Option<BooleanChunked> {
    (series.null_count() > 0).then(|| series.is_null())
}

fn any(nulls: Option<&BooleanChunked>, mut range: Range<usize>) -> bool {
    nulls.is_some_and(|nulls| range.any(|at| nulls.get(at) == Some(true)))
}

/// The first null. It is searched in the mask, because Polars' own search trusts the file about its sort order.
fn first_null(series: &Series) -> Option<usize> {
    if series.null_count() == 0 { None } else { series.is_null().first_true_idx() }
}
