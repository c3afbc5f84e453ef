//! Neighbours: some of the training rows, and how far a row is from the nearest of them, for the place where it lies.

use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData, backend::Backend};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::features::map::FeatureMap;
use crate::model::prototypes::PrototypeValues;
use crate::model::recorded::Recorded;
use crate::model::row_major::on_device;
use crate::model::side_by_side::{LANES, SideBySide, TOGETHER, any_below};
use crate::random::{Draws, Purpose};

/// Number of nearest rows that make a distance. Fewer are noise, more blur small groups of rows.
pub(crate) const NEAREST: usize = 5;

/// Number of axes that wider rows are projected on. With twice as many no more anomalies are found, and a search takes twice as long.
const AXES: usize = 16;

/// Minimum share with which residuals count beside values. With 0 the values would be infinite.
pub(crate) const LEAST_SHARE: f64 = 1.0 / 64.0;

/// Minimum mean distance of a row to its own neighbours. Without it, what is next to equal rows would be infinitely far.
pub(crate) const OWN_FLOOR: f64 = 1e-3;

/// Squared distances below this, in parts of the squared lengths that they are the difference of, are nothing but rounding. A row that is stored is so at
/// distance 0 from itself on every backend.
pub(crate) const ROUNDING: f64 = 1e-5;

/// Rows of the training, with the spread of each: the root of its mean distance to its own nearest neighbours among them.
///
/// The distance of a row is its mean distance to its nearest stored rows over the mean of their spreads. Without the division, rows of a
/// sparse place would be strange (the k-th nearest neighbour of Ramaswamy et al., 2000); divided by the distances themselves instead of their roots, it
/// would be a local outlier factor (Breunig et al., 2000), for which nothing is strange that lies near a few rows of a sparse place. The root lies
/// halfway.
///
/// Rows are compared by their values and, beside these, by their whitened residuals, so that a row whose values lie among
/// others, but do not go together as theirs, is far from them. The values are divided by their mean deviation, so that both count alike, where the
/// features go together; the less they do, the more the values count, since residuals are noise then ([`NeighbourValues::share_of_residuals`]).
/// Rows that are wider than [`AXES`] are projected on as many random directions, which keep distances nearly as they are (Johnson and
/// Lindenstrauss, 1984), so that a search takes the same time at any width.
#[derive(Module, Debug)]
pub(crate) struct Neighbours<B: Backend> {
    /// Values and residuals of the rows, projected, minus the middle: [rows, axes]; one row of zeros without neighbours.
    pub(crate) rows: Param<Tensor<B, 2>>,
    /// Squared length of each row: [1, rows].
    pub(crate) squares: Param<Tensor<B, 2>>,
    /// The middle: [1, axes]. It is subtracted so that lengths stay small.
    pub(crate) middle: Param<Tensor<B, 2>>,
    /// The spread of each row: [1, rows].
    pub(crate) spreads: Param<Tensor<B, 2>>,
    /// What values are multiplied by, so that they count beside whitened residuals: [1, 1].
    pub(crate) scale: Param<Tensor<B, 2>>,
    /// The directions of the projection: [width, axes]. For rows that are not wider than the axes it is one zero, since Burn loses what is recorded
    /// for an `Option`.
    axes: Param<Tensor<B, 2>>,
    nearest: Recorded<B, usize>,
}

/// The values of [`Neighbours`].
#[derive(Debug, Clone)]
pub(crate) struct NeighbourValues {
    /// Values and residuals of the rows, projected, minus the middle: [rows, axes].
    pub(crate) rows: Vec<f32>,
    /// The middle: `[axes]`.
    pub(crate) middle: Vec<f32>,
    /// `[rows]`.
    pub(crate) spreads: Vec<f32>,
    pub(crate) scale: f32,
    /// [width, axes]; empty without a projection.
    pub(crate) axes: Vec<f32>,
}

impl<B: Backend> Neighbours<B> {
    /// Makes neighbours of values; no rows give a model without neighbours.
    pub(crate) fn from_values(values: NeighbourValues, device: &B::Device) -> Self {
        let NeighbourValues { rows, middle, spreads, scale, axes } = values;
        let (width, count) = (middle.len(), spreads.len());
        let constant = |values: Vec<f32>, shape: [usize; 2]| {
            // Burn has no tensors without values.
            let values = if count == 0 { vec![0.0; shape[0] * shape[1]] } else { values };
            Param::from_tensor(on_device(TensorData::new(values, shape), device)).set_require_grad(false)
        };
        let projection = |values: Vec<f32>, axes: usize| {
            let shape = [values.len() / axes, axes];
            Param::from_tensor(on_device(TensorData::new(values, shape), device)).set_require_grad(false)
        };
        let stored = count.max(1);
        let squares = rows.chunks_exact(width.max(1)).map(|row| row.iter().map(|value| value * value).sum()).collect();
        Self {
            squares: constant(squares, [1, stored]),
            rows: constant(rows, [stored, width]),
            middle: constant(middle, [1, width]),
            spreads: constant(spreads, [1, stored]),
            scale: Param::from_tensor(Tensor::full([1, 1], scale, device)).set_require_grad(false),
            axes: if axes.is_empty() { constant(vec![0.0], [1, 1]) } else { projection(axes, width) },
            nearest: Recorded::new(NEAREST.min(count)),
        }
    }

    /// The values to save; `None` without neighbours.
    pub(crate) fn to_values(&self) -> Option<NeighbourValues> {
        let values = |param: &Param<Tensor<B, 2>>| param.val().into_data().iter::<f32>().collect::<Vec<f32>>();
        (self.count() > 0).then(|| NeighbourValues {
            rows: values(&self.rows),
            middle: values(&self.middle),
            spreads: values(&self.spreads),
            scale: values(&self.scale)[0],
            axes: self.projection().map_or_else(Vec::new, |axes| axes.into_data().iter::<f32>().collect()),
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

    /// The directions that rows are projected on, [width, axes]; `None` for rows that are not wider than the axes.
    pub(crate) fn projection(&self) -> Option<Tensor<B, 2>> {
        let axes = self.axes.val();
        (axes.dims()[0] > 1).then_some(axes)
    }

    /// What rows are compared by: [rows, axes].
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
        let all = Tensor::cat(vec![x * self.scale.val(), residuals], 1);
        match self.projection() {
            Some(axes) => all.matmul(axes),
            None => all,
        }
    }

    /// The distance of each row.
    ///
    /// # Shapes
    /// - compared: [rows, axes]
    /// - output: `[rows]`
    pub(crate) fn distance(&self, compared: Tensor<B, 2>) -> Tensor<B, 1> {
        let (nearest, count) = (self.nearest(), self.count());
        let [rows, _] = compared.dims();
        let x = compared - self.middle.val();
        let lengths = (x.clone() * x.clone()).sum_dim(1);
        let both = self.squares.val() + lengths;
        let squares = x.matmul(self.rows.val().transpose()) * -2.0 + both.clone();
        let mut left = squares.clone().mask_fill(squares.lower(both * ROUNDING), 0.0);
        let device = left.device();
        let indices = Tensor::<B, 1, burn::tensor::Int>::arange(0..count as i64, &device).reshape([1, count]);
        let (mut distance, mut spread) = (Tensor::zeros([rows, 1], &device), Tensor::zeros([rows, 1], &device));
        for _ in 0..nearest {
            let (least, index) = left.clone().min_dim_with_indices(1);
            distance = distance + least.sqrt();
            spread = spread + self.spreads.val().select(1, index.clone().reshape([rows])).reshape([rows, 1]);
            left = left.mask_fill(indices.clone().equal(index), f32::MAX);
        }
        (distance / spread).reshape([rows])
    }
}

impl NeighbourValues {
    /// No rows, of `width` values and residuals.
    pub(crate) fn none(width: usize) -> Self {
        Self { rows: Vec::new(), middle: vec![0.0; width.min(AXES)], spreads: Vec::new(), scale: 1.0, axes: Vec::new() }
    }

    /// No rows yet, with the way in which rows of `width` values and residuals are compared.
    pub(crate) fn comparing(width: usize, scale: f32, seed: u64) -> Self {
        Self { scale, axes: if width > AXES { axes(width, seed) } else { Vec::new() }, ..Self::none(width) }
    }

    /// A bound of the factor by which the projection makes a row longer.
    pub(crate) fn stretch(&self) -> f64 {
        let squares: f64 = self.axes.iter().map(|&value| f64::from(value) * f64::from(value)).sum();
        squares.sqrt().max(1.0)
    }

    /// The rows to store of some rows: at most `count`, evenly from first to last. Fewer than two are none.
    pub(crate) fn positions(rows: usize, count: usize) -> impl Iterator<Item = usize> {
        let number = count.min(rows);
        let number = if number < 2 { 0 } else { number };
        (0..number).map(move |at| at * rows / number)
    }

    /// Stores rows, [rows, axes], and measures them. Also returns the distance of each, as if it were not among the others.
    pub(crate) fn store(self, rows: Vec<f32>) -> (Self, Vec<f64>) {
        let axes = self.middle.len();
        let number = rows.len() / axes.max(1);
        let side_by_side = SideBySide::of(&rows, axes);
        let nearest_of = |row: usize| Arch::new().dispatch(NearestOf { row, values: &rows[row * axes..][..axes], rows: &side_by_side });
        let nearest: Vec<Vec<(f32, usize)>> = (0..number).into_par_iter().map(nearest_of).collect();
        let mean = |sum: f64, count: usize| sum / count as f64;
        let distance = |found: &Vec<(f32, usize)>| mean(found.iter().map(|&(square, _)| f64::from(square.sqrt())).sum(), found.len());
        let spreads: Vec<f64> = nearest.iter().map(|found| distance(found).max(OWN_FLOOR).sqrt()).collect();
        let theirs = |found: &Vec<(f32, usize)>| mean(found.iter().map(|&(_, other)| spreads[other]).sum(), found.len());
        let distances = nearest.iter().map(|found| distance(found) / theirs(found)).collect();
        let spreads = spreads.iter().map(|&spread| spread as f32).collect();
        let PrototypeValues { centres, middle } = PrototypeValues::centred(rows, axes);
        (Self { rows: centres, middle, spreads, ..self }, distances)
    }

    /// What the values of rows [rows, features] are multiplied by: one over their mean deviation, and over the share with which residuals count.
    pub(crate) fn scale_of(rows: &[f32], features: usize, share_of_residuals: f64) -> f32 {
        let count = (rows.len() / features.max(1)).max(1) as f64;
        let (mut means, mut squares) = (vec![0.0; features], vec![0.0; features]);
        for row in rows.chunks_exact(features.max(1)) {
            means.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        for mean in &mut means {
            *mean /= count;
        }
        for row in rows.chunks_exact(features.max(1)) {
            let apart = row.iter().zip(&means).map(|(&value, mean)| f64::from(value) - mean);
            squares.iter_mut().zip(apart).for_each(|(sum, apart)| *sum += apart * apart);
        }
        let mean = squares.iter().map(|square: &f64| (square / count).sqrt()).sum::<f64>() / features.max(1) as f64;
        (1.0 / mean.max(OWN_FLOOR) / share_of_residuals) as f32
    }

    /// How much a residual counts beside a value: the share of a feature's deviation that the features of its cluster explain, by what they leave
    /// [unexplained](super::residuals::Explained::unexplained), squared, since distances add squares. Where features tell little about each other, no correlation
    /// can break, and residuals are noise.
    pub(crate) fn share_of_residuals(unexplained: f64) -> f64 {
        (1.0 - unexplained).powi(2).max(LEAST_SHARE)
    }
}

/// Random orthogonal directions, [width, `AXES`], of such a length that a projection keeps squared distances on average: random signs, made orthogonal by
/// Gram and Schmidt's method, twice, since once leaves rounding errors.
fn axes(width: usize, seed: u64) -> Vec<f32> {
    let draws = Draws::new(seed, Purpose::Axes, 0);
    let mut directions: Vec<Vec<f64>> = Vec::with_capacity(AXES);
    for axis in 0..AXES {
        let draws = draws.row(axis as u64);
        let mut direction: Vec<f64> = (0..width).map(|at| if draws.uniform(at) < 0.5 { -1.0 } else { 1.0 }).collect();
        for _ in 0..2 {
            for other in &directions {
                let along: f64 = direction.iter().zip(other).map(|(left, right)| left * right).sum();
                direction.iter_mut().zip(other).for_each(|(value, other)| *value -= along * other);
            }
        }
        // Of fewer signs than it takes, some may depend on the others: the difference is then rounding, and any direction does.
        let length = direction.iter().map(|value| value * value).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
        for value in &mut direction {
            *value /= length;
        }
        directions.push(direction);
    }
    let stretch = (width as f64 / AXES as f64).sqrt();
    (0..width).flat_map(|at| directions.iter().map(move |direction| (direction[at] * stretch) as f32)).collect()
}

/// Finds the rows nearest to a row among the others: their squared distances and positions, the nearest first; of equal ones the first.
struct NearestOf<'a> {
    row: usize,
    /// Its values: `[axes]`.
    values: &'a [f32],
    rows: &'a SideBySide,
}

impl WithSimd for NearestOf<'_> {
    type Output = Vec<(f32, usize)>;

    /// A plain loop, which the compiler turns into the vector instructions at hand.
    #[expect(clippy::inline_always, reason = "what is not inlined is not compiled for the vector registers at hand")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<(f32, usize)> {
        let mut nearest: Vec<(f32, usize)> = Vec::with_capacity(NEAREST + 1);
        let mut farthest = f32::INFINITY;
        let groups = self.rows.groups();
        for first in (0..groups).step_by(TOGETHER) {
            let mut pairs = [(first, self.values); TOGETHER];
            for (at, (group, _)) in pairs.iter_mut().enumerate() {
                *group = (groups - 1).min(first + at);
            }
            let squares = self.rows.squares(simd, pairs);
            for (group, squares) in (first..groups).zip(&squares) {
                if !any_below(squares, farthest) {
                    continue;
                }
                for (other, &square) in (group * LANES..).zip(squares) {
                    if square < farthest && other != self.row {
                        let at = nearest.partition_point(|&(before, _)| before <= square);
                        nearest.insert(at, (square, other));
                        nearest.truncate(NEAREST);
                        farthest = nearest.get(NEAREST - 1).map_or(f32::INFINITY, |&(square, _)| square);
                    }
                }
            }
        }
        nearest
    }
}
