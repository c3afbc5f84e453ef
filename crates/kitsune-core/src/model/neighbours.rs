//! Neighbours: some of the training rows, and how much farther a row is from the nearest of them than they are from theirs.

use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData, backend::Backend};
use rayon::prelude::*;

use crate::features::map::FeatureMap;
use crate::model::prototypes::PrototypeValues;
use crate::model::recorded::Recorded;
use crate::model::row_major::on_device;

/// Number of nearest rows that make a distance. Fewer are noise, more blur small groups of rows.
const NEAREST: usize = 5;

/// Minimum mean distance of a row to its own neighbours. Without it, what is next to equal rows would be infinitely far.
pub(crate) const OWN_FLOOR: f64 = 1e-3;

/// Squared distances below this, in parts of the squared lengths that they are the difference of, are nothing but rounding. A row that is stored is so at
/// distance 0 from itself on every backend.
pub(crate) const ROUNDING: f64 = 1e-5;

/// Bytes that the stored rows may take.
const MOST_BYTES: usize = 8 << 20;

/// Rows of the training, with each row's mean distance to its own nearest neighbours among them.
///
/// The ratio of a row is its mean distance to its nearest stored rows over the mean of what these have themselves: the local density ratio,
/// a local outlier factor (Breunig et al., 2000) with plain distances. It is near 1 wherever rows are as near to each other as training rows are at
/// that place.
///
/// Rows are compared by their values and, beside these, by their whitened residuals, so that a row whose values lie among
/// others, but do not go together as theirs, is far from them. The values are divided by their mean deviation, so that both count alike.
#[derive(Module, Debug)]
pub(crate) struct Neighbours<B: Backend> {
    /// Values and residuals of the rows, minus the middle: [rows, width]; one row of zeros without neighbours.
    pub(crate) rows: Param<Tensor<B, 2>>,
    /// Squared length of each row: [1, rows].
    pub(crate) squares: Param<Tensor<B, 2>>,
    /// The middle: [1, width]. It is subtracted so that lengths stay small.
    pub(crate) middle: Param<Tensor<B, 2>>,
    /// Each row's mean distance to its own nearest neighbours, at least [`OWN_FLOOR`]: [1, rows].
    pub(crate) own: Param<Tensor<B, 2>>,
    /// One over the mean deviation of the values: [1, 1].
    pub(crate) scale: Param<Tensor<B, 2>>,
    nearest: Recorded<B, usize>,
}

/// The values of [`Neighbours`].
#[derive(Debug, Clone)]
pub(crate) struct NeighbourValues {
    /// Values and residuals of the rows, minus the middle: [rows, width].
    pub(crate) rows: Vec<f32>,
    /// The middle: `[width]`.
    pub(crate) middle: Vec<f32>,
    /// `[rows]`.
    pub(crate) own: Vec<f32>,
    pub(crate) scale: f32,
}

impl<B: Backend> Neighbours<B> {
    /// Makes neighbours of values; no rows give a model without neighbours.
    pub(crate) fn from_values(values: NeighbourValues, device: &B::Device) -> Self {
        let NeighbourValues { rows, middle, own, scale } = values;
        let (width, count) = (middle.len(), own.len());
        let constant = |values: Vec<f32>, shape: [usize; 2]| {
            // Burn has no tensors without values.
            let values = if count == 0 { vec![0.0; shape[0] * shape[1]] } else { values };
            Param::from_tensor(on_device(TensorData::new(values, shape), device)).set_require_grad(false)
        };
        let stored = count.max(1);
        let squares = rows.chunks_exact(width.max(1)).map(|row| row.iter().map(|value| value * value).sum()).collect();
        Self {
            squares: constant(squares, [1, stored]),
            rows: constant(rows, [stored, width]),
            middle: constant(middle, [1, width]),
            own: constant(own, [1, stored]),
            scale: Param::from_tensor(Tensor::full([1, 1], scale, device)).set_require_grad(false),
            nearest: Recorded::new(NEAREST.min(count)),
        }
    }

    /// The values to save; `None` without neighbours.
    pub(crate) fn to_values(&self) -> Option<NeighbourValues> {
        let values = |param: &Param<Tensor<B, 2>>| param.val().into_data().iter::<f32>().collect::<Vec<f32>>();
        (self.count() > 0).then(|| NeighbourValues {
            rows: values(&self.rows),
            middle: values(&self.middle),
            own: values(&self.own),
            scale: values(&self.scale)[0],
        })
    }

    /// Number of stored rows.
    pub(crate) fn count(&self) -> usize {
        let [count, _] = self.rows.dims();
        if self.nearest() == 0 { 0 } else { count }
    }

    /// Number of nearest rows that make a distance; 0 without neighbours.
    pub(crate) fn nearest(&self) -> usize {
        *self.nearest.get()
    }

    /// What rows are compared by: [rows, width].
    ///
    /// # Shapes
    /// - x: [rows, features], in 0-1
    /// - whitened: whitened residuals, [clusters, rows, visible]
    pub(crate) fn compared(&self, x: Tensor<B, 2>, whitened: Tensor<B, 3>, map: &FeatureMap) -> Tensor<B, 2> {
        let [clusters, rows, visible] = whitened.dims();
        let units = |(cluster, &size): (usize, &usize)| (cluster * visible..cluster * visible + size).map(|unit| unit as i64);
        let units: Vec<i64> = map.sizes().iter().enumerate().flat_map(units).collect();
        let count = units.len();
        let units = Tensor::<B, 1, burn::tensor::Int>::from_data(TensorData::new(units, [count]), &x.device());
        let residuals = whitened.swap_dims(0, 1).reshape([rows, clusters * visible]).select(1, units);
        Tensor::cat(vec![x * self.scale.val(), residuals], 1)
    }

    /// The ratio of each row.
    ///
    /// # Shapes
    /// - compared: [rows, width]
    /// - output: `[rows]`
    pub(crate) fn ratio(&self, compared: Tensor<B, 2>) -> Tensor<B, 1> {
        let (nearest, count) = (self.nearest(), self.count());
        let [rows, _] = compared.dims();
        let x = compared - self.middle.val();
        let lengths = (x.clone() * x.clone()).sum_dim(1);
        let both = self.squares.val() + lengths;
        let squares = x.matmul(self.rows.val().transpose()) * -2.0 + both.clone();
        let mut left = squares.clone().mask_fill(squares.lower(both * ROUNDING), 0.0);
        let device = left.device();
        let indices = Tensor::<B, 1, burn::tensor::Int>::arange(0..count as i64, &device).reshape([1, count]);
        let (mut distance, mut own) = (Tensor::zeros([rows, 1], &device), Tensor::zeros([rows, 1], &device));
        for _ in 0..nearest {
            let (least, index) = left.clone().min_dim_with_indices(1);
            distance = distance + least.sqrt();
            own = own + self.own.val().select(1, index.clone().reshape([rows])).reshape([rows, 1]);
            left = left.mask_fill(indices.clone().equal(index), f32::MAX);
        }
        (distance / own).reshape([rows])
    }
}

impl NeighbourValues {
    /// No rows.
    pub(crate) fn none(width: usize) -> Self {
        Self { rows: Vec::new(), middle: vec![0.0; width], own: Vec::new(), scale: 1.0 }
    }

    /// The rows to store of some rows: at most `count`, as many as their width allows, evenly from first to last. Fewer than two are none.
    pub(crate) fn positions(rows: usize, count: usize, width: usize) -> impl Iterator<Item = usize> {
        let number = count.min(rows).min(MOST_BYTES / (width.max(1) * size_of::<f32>()));
        let number = if number < 2 { 0 } else { number };
        (0..number).map(move |at| at * rows / number)
    }

    /// Measures rows to store, [rows, width]. Also returns the ratio of each, as if it were not among the others.
    pub(crate) fn fit(rows: Vec<f32>, width: usize, scale: f32) -> (Self, Vec<f64>) {
        let number = rows.len() / width.max(1);
        let nearest: Vec<Vec<(f32, usize)>> = (0..number).into_par_iter().map(|row| nearest_of(row, &rows, width)).collect();
        let mean = |sum: f64, count: usize| sum / count as f64;
        let distance = |found: &Vec<(f32, usize)>| mean(found.iter().map(|&(square, _)| f64::from(square.sqrt())).sum(), found.len());
        let own: Vec<f64> = nearest.iter().map(|found| distance(found).max(OWN_FLOOR)).collect();
        let theirs = |found: &Vec<(f32, usize)>| mean(found.iter().map(|&(_, other)| own[other]).sum(), found.len());
        let ratios = nearest.iter().map(|found| distance(found) / theirs(found)).collect();
        let own = own.iter().map(|&own| own as f32).collect();
        let PrototypeValues { centres, middle } = PrototypeValues::centred(rows, width);
        (Self { rows: centres, middle, own, scale }, ratios)
    }

    /// One over the mean deviation of the features of rows [rows, features].
    pub(crate) fn scale_of(rows: &[f32], features: usize) -> f32 {
        let count = (rows.len() / features.max(1)).max(1) as f64;
        let deviation = |feature: usize| {
            let values = rows.iter().skip(feature).step_by(features).map(|&value| f64::from(value));
            let mean = values.clone().sum::<f64>() / count;
            (values.map(|value| (value - mean) * (value - mean)).sum::<f64>() / count).sqrt()
        };
        let mean = (0..features).map(deviation).sum::<f64>() / features.max(1) as f64;
        (1.0 / mean.max(OWN_FLOOR)) as f32
    }
}

/// Squared distances and positions of the rows nearest to a row among the others, the nearest first; of equal ones the first.
fn nearest_of(row: usize, rows: &[f32], width: usize) -> Vec<(f32, usize)> {
    let this = &rows[row * width..][..width];
    let mut nearest: Vec<(f32, usize)> = Vec::with_capacity(NEAREST + 1);
    for (other, values) in rows.chunks_exact(width).enumerate().filter(|&(other, _)| other != row) {
        let square = square_distance(this, values);
        if nearest.len() < NEAREST || square < nearest[NEAREST - 1].0 {
            let at = nearest.partition_point(|&(before, _)| before <= square);
            nearest.insert(at, (square, other));
            nearest.truncate(NEAREST);
        }
    }
    nearest
}

/// The squared distance, summed in eight parts that a vector register holds.
fn square_distance(left: &[f32], right: &[f32]) -> f32 {
    const LANES: usize = 8;
    let mut sums = [0.0_f32; LANES];
    let (left_parts, right_parts) = (left.chunks_exact(LANES), right.chunks_exact(LANES));
    let rest: f32 = left_parts.remainder().iter().zip(right_parts.remainder()).map(|(a, b)| (a - b) * (a - b)).sum();
    for (left, right) in left_parts.zip(right_parts) {
        for lane in 0..LANES {
            let apart = left[lane] - right[lane];
            sums[lane] += apart * apart;
        }
    }
    sums.iter().sum::<f32>() + rest
}
