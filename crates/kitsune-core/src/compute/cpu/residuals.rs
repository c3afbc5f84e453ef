//! Sizes of the whitened residuals of a block of rows.

use burn::tensor::{Tensor, TensorData, backend::Backend};
use pulp::{Simd, WithSimd};

use super::block::Block;
use super::host_values::HostValues;
use super::simd;
use crate::features::map::FeatureMap;
use crate::model::residuals::Residuals;
use crate::model::tied_autoencoder::SQUARE_FLOOR;

/// [`Residuals`] whose values are in host memory.
#[derive(Debug)]
pub(crate) struct HostResiduals<'a> {
    /// [clusters, visible].
    mean: HostValues,
    /// [clusters, visible, visible].
    whitening: HostValues,
    map: &'a FeatureMap,
}

/// The columns in which reconstructions stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outputs {
    /// Those of one cluster, unit by unit.
    ByUnit,
    /// Those of all features.
    ByFeature,
}

impl<'a> HostResiduals<'a> {
    /// `None` if the values are not in host memory.
    pub(crate) fn of<B: Backend>(residuals: &Residuals<B>, map: &'a FeatureMap) -> Option<Self> {
        Some(Self { mean: HostValues::of(residuals.mean.val())?, whitening: HostValues::of(residuals.whitening.val())?, map })
    }

    /// Whitens the residuals of a cluster, and adds their squares to one sum for each row, padding included. The result stands in `whitened` from the
    /// column that belongs to the first unit of the cluster after `first`.
    pub(crate) fn add(&self, arch: pulp::Arch, cluster: usize, x: &Block, (outputs, order): (&Block, Outputs), into: Whitened<'_>) {
        let Whitened { residuals, into: whitened, first, squares } = into;
        let (columns, visible) = (&self.map.clusters()[cluster], self.map.visible());
        residuals.reshape(columns.len(), x.rows());
        let mean = &self.mean.as_slice()[cluster * visible..][..columns.len()];
        arch.dispatch(Subtract { x, outputs, order, columns, mean, residuals });
        let whitening = &self.whitening.as_slice()[cluster * visible * visible..][..visible * visible];
        let first = first + self.map.sizes()[..cluster].iter().sum::<usize>();
        let into = &mut whitened.values_mut()[first * residuals.stride()..];
        arch.dispatch(Whiten { residuals, whitening, visible, squares, into });
    }

    /// Turns the sums of squares into root mean squares.
    pub(crate) fn finish(&self, squares: &mut [f32]) {
        let units = self.map.sizes().iter().sum::<usize>() as f32;
        for square in squares {
            let mean = *square / units;
            // NaN stays, unlike by `f32::max`.
            *square = if mean < SQUARE_FLOOR as f32 { SQUARE_FLOOR as f32 } else { mean }.sqrt();
        }
    }
}

/// Whitens residuals [clusters, rows, visible] by plain loops, so that every CPU backend has the same bits; `None` on another backend.
pub(crate) fn whitened<B: Backend>(by: &Residuals<B>, residuals: &Tensor<B, 3>) -> Option<Tensor<B, 3>> {
    let [clusters, rows, visible] = residuals.dims();
    let (values, mean, whitening) =
        (HostValues::of(residuals.clone())?, HostValues::of(by.mean.val())?, HostValues::of(by.whitening.val())?);
    let mut output = vec![0.0; clusters * rows * visible];
    let of_rows = values.as_slice().chunks_exact(visible).zip(output.chunks_exact_mut(visible)).enumerate();
    for (at, (row, into)) in of_rows {
        let cluster = at / rows;
        let (mean, whitening) = (&mean.as_slice()[cluster * visible..], &whitening.as_slice()[cluster * visible * visible..]);
        for (unit, value) in row.iter().enumerate() {
            let residual = value - mean[unit];
            let weights = &whitening[unit * visible..][..visible];
            into.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += residual * weight);
        }
    }
    Some(Tensor::from_data(TensorData::new(output, [clusters, rows, visible]), &residuals.device()))
}

/// What [`Residuals::conditional`] computes, by plain loops as well.
pub(crate) fn conditional<B: Backend>(by: &Residuals<B>, residuals: &Tensor<B, 3>) -> Option<Tensor<B, 3>> {
    let [clusters, rows, visible] = residuals.dims();
    let (values, whitening) = (HostValues::of(whitened(by, residuals)?)?, HostValues::of(by.whitening.val())?);
    let lengths: Vec<f32> = whitening
        .as_slice()
        .chunks_exact(visible)
        .map(|weights| weights.iter().map(|weight| weight * weight).sum::<f32>().max(SQUARE_FLOOR as f32).sqrt())
        .collect();
    // The transposed whitening, so that the units of a row lie beside each other.
    let of_cluster =
        |whitening: &[f32]| (0..visible * visible).map(|at| whitening[at % visible * visible + at / visible]).collect::<Vec<f32>>();
    let turned: Vec<f32> = whitening.as_slice().chunks_exact(visible * visible).flat_map(of_cluster).collect();
    let mut output = vec![0.0; clusters * rows * visible];
    for (at, (row, into)) in values.as_slice().chunks_exact(visible).zip(output.chunks_exact_mut(visible)).enumerate() {
        let first = at / rows * visible;
        for (value, weights) in row.iter().zip(turned[first * visible..].chunks_exact(visible)) {
            into.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += value * weight);
        }
        into.iter_mut().zip(&lengths[first..]).for_each(|(sum, length)| *sum = (*sum / length).abs());
    }
    Some(Tensor::from_data(TensorData::new(output, [clusters, rows, visible]), &residuals.device()))
}

/// Where whitened residuals go.
pub(crate) struct Whitened<'a> {
    /// A buffer.
    pub(crate) residuals: &'a mut Block,
    /// A column for each unit of all clusters, after `first` others.
    pub(crate) into: &'a mut Block,
    pub(crate) first: usize,
    /// The sum of squares of each row, padding included.
    pub(crate) squares: &'a mut [f32],
}

/// Computes the residuals of a cluster, minus their means.
struct Subtract<'a> {
    x: &'a Block,
    outputs: &'a Block,
    order: Outputs,
    columns: &'a [usize],
    mean: &'a [f32],
    residuals: &'a mut Block,
}

impl WithSimd for Subtract<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { x, outputs, order, columns, mean, residuals } = self;
        for (unit, (&column, &mean)) in columns.iter().zip(mean).enumerate() {
            let output = outputs.column(if order == Outputs::ByUnit { unit } else { column });
            let (y, x) = (S::as_simd_f32s(output).0, S::as_simd_f32s(x.column(column)).0);
            let into = S::as_mut_simd_f32s(residuals.column_mut(unit)).0;
            let mean = simd.splat_f32s(mean);
            for vector in 0..into.len() {
                into[vector] = simd.sub_f32s(simd.sub_f32s(y[vector], x[vector]), mean);
            }
        }
    }
}

/// Whitens residuals, and adds the squares of the results.
struct Whiten<'a> {
    residuals: &'a Block,
    /// An upper triangle: [visible, visible].
    whitening: &'a [f32],
    visible: usize,
    squares: &'a mut [f32],
    /// Columns of the stride of the residuals.
    into: &'a mut [f32],
}

impl WithSimd for Whiten<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { residuals, whitening, visible, squares, into } = self;
        let (size, stride) = (residuals.columns(), residuals.stride() / S::F32_LANES);
        let squares = S::as_mut_simd_f32s(squares).0;
        let values = S::as_simd_f32s(residuals.values()).0;
        let into = S::as_mut_simd_f32s(into).0;
        let mut vector = 0;
        while vector < squares.len() {
            let mut sum = simd::load::<S, 2>(squares, vector);
            for column in 0..size {
                let mut whitened = simd::splat(simd, 0.0);
                for row in 0..=column {
                    let weight = simd::splat(simd, whitening[row * visible + column]);
                    whitened = simd::mul_add(simd, simd::load::<S, 2>(values, row * stride + vector), weight, whitened);
                }
                simd::store::<S, 2>(into, column * stride + vector, whitened);
                sum = simd::mul_add(simd, whitened, whitened, sum);
            }
            simd::store::<S, 2>(squares, vector, sum);
            vector += 2;
        }
    }
}
