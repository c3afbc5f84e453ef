//! Residuals: what an autoencoder leaves unexplained of a row, in units of what it leaves unexplained of ordinary rows.

use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData, backend::Backend};
use rayon::prelude::*;

use crate::features::map::FeatureMap;
use crate::model::row_major::on_device;
use crate::model::tied_autoencoder::SQUARE_FLOOR;

/// Minimum deviation of a feature's residual, in parts of the input range: a hundredth of it counts as one deviation at most, as in the calibration.
const DEVIATION_FLOOR: f64 = 1e-2;

/// Added to each variance, in units of itself, so that features which repeat each other exactly have an inverse.
const RIDGE: f64 = 1e-6;

/// Features of a cluster beyond which its residuals are scaled, but not decorrelated: that takes time with the cube of the features.
const MOST_DECORRELATED: usize = 256;

/// The whitening of the residuals of an autoencoder, cluster by cluster of the feature map.
///
/// A residual is the reconstruction minus the value. An error that adds up the sizes of residuals cannot tell a deviation that is common
/// from one that never happens: where two features go together tightly, their residuals do too, and only their difference is telling. Whitening
/// divides by the covariance that residuals have over ordinary rows (Mahalanobis, 1936), which is shrunk towards independence as far as the
/// rows are too few to show it (Ledoit and Wolf, 2004).
#[derive(Module, Debug)]
pub(crate) struct Residuals<B: Backend> {
    /// Mean residual over ordinary rows: [clusters, 1, visible], 0 in the padding.
    pub(crate) mean: Param<Tensor<B, 3>>,
    /// `W` with `W Wᵀ` the inverse of the covariance: [clusters, visible, visible], an upper triangle, 0 in the padding.
    pub(crate) whitening: Param<Tensor<B, 3>>,
}

/// The values of [`Residuals`].
#[derive(Debug, Clone)]
pub(crate) struct ResidualValues {
    /// [clusters, visible].
    pub(crate) mean: Vec<f32>,
    /// [clusters, visible, visible].
    pub(crate) whitening: Vec<f32>,
}

impl<B: Backend> Residuals<B> {
    /// Residuals that are not fitted: all have the size 0.
    pub(crate) fn neutral(map: &FeatureMap, device: &B::Device) -> Self {
        let (clusters, visible) = (map.clusters().len(), map.visible());
        let values = ResidualValues { mean: vec![0.0; clusters * visible], whitening: vec![0.0; clusters * visible * visible] };
        Self::from_values(values, [clusters, visible], device)
    }

    pub(crate) fn from_values(values: ResidualValues, [clusters, visible]: [usize; 2], device: &B::Device) -> Self {
        let constant = |values: Vec<f32>, shape: [usize; 3]| {
            Param::from_tensor(on_device(TensorData::new(values, shape), device)).set_require_grad(false)
        };
        Self { mean: constant(values.mean, [clusters, 1, visible]), whitening: constant(values.whitening, [clusters, visible, visible]) }
    }

    pub(crate) fn to_values(&self) -> ResidualValues {
        let values = |param: &Param<Tensor<B, 3>>| param.val().into_data().iter::<f32>().collect();
        ResidualValues { mean: values(&self.mean), whitening: values(&self.whitening) }
    }

    /// Whitens residuals: [clusters, rows, visible], 0 in the padding.
    ///
    /// # Shapes
    /// - residuals: [clusters, rows, visible]; padded values do not matter, but are finite
    pub(crate) fn whitened(&self, residuals: Tensor<B, 3>) -> Tensor<B, 3> {
        (residuals - self.mean.val()).matmul(self.whitening.val())
    }

    /// How far each residual is from what the other residuals of its cluster let expect, in deviations of that difference over ordinary rows:
    /// [clusters, rows, visible], 0 in the padding.
    ///
    /// It is the residual times the inverse of the covariance, divided by the roots of the diagonal of that inverse.
    ///
    /// # Shapes
    /// - residuals: [clusters, rows, visible]
    pub(crate) fn conditional(&self, residuals: Tensor<B, 3>) -> Tensor<B, 3> {
        let whitening = self.whitening.val();
        let precision = (whitening.clone() * whitening.clone()).sum_dim(2).swap_dims(1, 2).clamp_min(SQUARE_FLOOR).sqrt();
        (self.whitened(residuals).matmul(whitening.swap_dims(1, 2)) / precision).abs()
    }
}

/// The root mean square over `units` visible units of whitened residuals: `[rows]`. It is near 1 for ordinary rows.
///
/// # Shapes
/// - whitened: [clusters, rows, visible], 0 in the padding
pub(crate) fn size<B: Backend>(whitened: Tensor<B, 3>, units: usize) -> Tensor<B, 1> {
    let [_, rows, _] = whitened.dims();
    let squares = (whitened.clone() * whitened).sum_dim(2).sum_dim(0).reshape([rows]);
    (squares / units as f64).clamp_min(SQUARE_FLOOR).sqrt()
}

impl ResidualValues {
    /// Fits mean and whitening to the residuals of ordinary rows, [clusters, rows, visible], whose clusters have `sizes` features. The order of
    /// additions is fixed, so that equal residuals give equal values.
    pub(crate) fn fit(residuals: &[f32], sizes: &[usize], visible: usize) -> Self {
        let clusters = sizes.len();
        let rows = residuals.len() / (clusters * visible).max(1);
        let mut fitted = Self { mean: vec![0.0; clusters * visible], whitening: vec![0.0; clusters * visible * visible] };
        let fit = |(cluster, &size): (usize, &usize)| {
            let of_cluster = &residuals[cluster * rows * visible..][..rows * visible];
            let (mean, scales, centred) = standardised(of_cluster, size, visible);
            let whitening = if size > MOST_DECORRELATED {
                identity(size)
            } else {
                inverse_root(shrunk(covariance(&centred, size), &centred, size), size)
            };
            (mean, scales, whitening)
        };
        let of_clusters: Vec<_> = sizes.par_iter().enumerate().map(fit).collect();
        for (cluster, (&size, (mean, scales, whitening))) in sizes.iter().zip(of_clusters).enumerate() {
            fitted.mean[cluster * visible..][..size].iter_mut().zip(mean).for_each(|(to, mean)| *to = mean as f32);
            for (row, scale) in scales.iter().enumerate() {
                for column in row..size {
                    fitted.whitening[(cluster * visible + row) * visible + column] = (whitening[row * size + column] / scale) as f32;
                }
            }
        }
        fitted
    }
}

/// What the features of a cluster tell about each other, linearly, over ordinary rows. Clusters that are too large to decorrelate tell nothing.
#[derive(Debug, Clone)]
pub(crate) struct Explained {
    /// How much of each feature the others of its cluster repeat: the sum of its squared correlations with them, by cluster.
    pub(crate) repeated: Vec<Vec<f64>>,
    /// The root mean square, over the features that vary, of the deviation of a feature from what the others of its cluster let expect, in
    /// deviations of its own. It is 1 where no feature tells anything about another, and 0 where they repeat each other.
    pub(crate) unexplained: f64,
}

impl Explained {
    /// # Shapes
    /// - rows: [rows, features], in 0-1
    pub(crate) fn of(rows: &[f32], features: usize, clusters: &[Vec<usize>]) -> Self {
        // How much of each feature the others repeat, and the variances that they leave.
        let of_cluster = |cluster: &Vec<usize>| {
            let size = cluster.len();
            if size > MOST_DECORRELATED {
                return (vec![0.0; size], Vec::new());
            }
            let values: Vec<f32> = rows.chunks_exact(features).flat_map(|row| cluster.iter().map(|&feature| row[feature])).collect();
            let (_, scales, centred) = standardised(&values, size, size);
            let covariance = covariance(&centred, size);
            let others = |row: usize, of_row: &[f64]| of_row.iter().enumerate().filter(|&(at, _)| at != row).map(|(_, r)| r * r).sum();
            let repeated = covariance.chunks_exact(size).enumerate().map(|(row, of_row)| others(row, of_row)).collect();
            let root = inverse_root(shrunk(covariance, &centred, size), size);
            let varying = root.chunks_exact(size).zip(scales).filter(|&(_, scale)| scale > DEVIATION_FLOOR);
            // One over the diagonal of the inverse of a covariance is the variance that the others leave.
            let variances = varying.map(|(root, _)| 1.0 / root.iter().map(|value| value * value).sum::<f64>()).collect();
            (repeated, variances)
        };
        let (repeated, variances): (Vec<_>, Vec<Vec<f64>>) = clusters.par_iter().map(of_cluster).unzip();
        let count = variances.iter().map(Vec::len).sum::<usize>() as f64;
        let sum: f64 = variances.iter().flatten().sum();
        Self { repeated, unexplained: if count > 0.0 { (sum / count).sqrt() } else { 1.0 } }
    }
}

/// Means, deviations above the floor, and the values minus the mean in units of that: [rows, size], of values [rows, visible].
fn standardised(values: &[f32], size: usize, visible: usize) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let rows = values.len() / visible.max(1);
    let count = rows.max(1) as f64;
    let mut mean = vec![0.0; size];
    for row in values.chunks_exact(visible) {
        mean.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
    }
    for mean in &mut mean {
        *mean /= count;
    }
    let mut squares = vec![0.0; size];
    let mut centred = Vec::with_capacity(rows * size);
    for row in values.chunks_exact(visible) {
        centred.extend(row.iter().zip(&mean).map(|(&value, mean)| f64::from(value) - mean));
        let centred = &centred[centred.len() - size..];
        squares.iter_mut().zip(centred).for_each(|(sum, value)| *sum += value * value);
    }
    let scales: Vec<f64> = squares.iter().map(|square: &f64| (square / count).sqrt().max(DEVIATION_FLOOR)).collect();
    for row in centred.chunks_exact_mut(size) {
        row.iter_mut().zip(&scales).for_each(|(value, scale)| *value /= scale);
    }
    (mean, scales, centred)
}

/// The covariance of standardised values [rows, size], shrunk towards the identity by the share that minimises the expected squared error (Ledoit
/// and Wolf, 2004): [size, size]. A feature whose deviation is below the floor has the variance of the floor.
fn shrunk(mut covariance: Vec<f64>, centred: &[f64], size: usize) -> Vec<f64> {
    let count = (centred.len() / size.max(1)).max(1) as f64;
    let length = |row: &[f64]| row.iter().map(|value| value * value).sum::<f64>();
    let fourth_powers: f64 = centred.chunks_exact(size).map(|row| length(row).powi(2)).sum();
    let mean = (0..size).map(|at| covariance[at * size + at]).sum::<f64>() / size.max(1) as f64;
    let target = |row: usize, column: usize| if row == column { mean } else { 0.0 };
    let all_squares: f64 = covariance.iter().map(|value| value * value).sum();
    let apart: f64 = covariance.iter().enumerate().map(|(at, value)| (value - target(at / size, at % size)).powi(2)).sum();
    let noise = (fourth_powers / (count * count) - all_squares / count).clamp(0.0, apart);
    let share = if apart > 0.0 { noise / apart } else { 1.0 };
    for (at, value) in covariance.iter_mut().enumerate() {
        let (row, column) = (at / size, at % size);
        if row == column {
            // Above the floor the variance is 1 already.
            *value = 1.0 + RIDGE;
        } else {
            *value *= 1.0 - share;
        }
    }
    covariance
}

/// The covariance of centred values [rows, size]: [size, size].
fn covariance(centred: &[f64], size: usize) -> Vec<f64> {
    let count = (centred.len() / size.max(1)).max(1) as f64;
    let mut covariance = vec![0.0; size * size];
    for row in centred.chunks_exact(size) {
        for (at, (of_row, &value)) in covariance.chunks_exact_mut(size).zip(row).enumerate() {
            of_row[at..].iter_mut().zip(&row[at..]).for_each(|(sum, other)| *sum += value * other);
        }
    }
    for row in 0..size {
        for column in row..size {
            let value = covariance[row * size + column] / count;
            (covariance[row * size + column], covariance[column * size + row]) = (value, value);
        }
    }
    covariance
}

fn identity(size: usize) -> Vec<f64> {
    (0..size * size).map(|at| if at / size == at % size { 1.0 } else { 0.0 }).collect()
}

/// `W = L⁻ᵀ` of a covariance `L Lᵀ`, so that `W Wᵀ` is its inverse: [size, size], an upper triangle.
fn inverse_root(mut covariance: Vec<f64>, size: usize) -> Vec<f64> {
    // Cholesky's factor L replaces the lower triangle.
    for column in 0..size {
        for row in column..size {
            let product: f64 = (0..column).map(|k| covariance[row * size + k] * covariance[column * size + k]).sum();
            let left = covariance[row * size + column] - product;
            covariance[row * size + column] =
                if row == column { left.max(RIDGE * RIDGE).sqrt() } else { left / covariance[column * size + column] };
        }
    }
    // The columns of the inverse of L, by forward substitution, are the rows of W.
    let mut root = vec![0.0; size * size];
    for row in 0..size {
        for column in row..size {
            let product: f64 = (row..column).map(|k| covariance[column * size + k] * root[row * size + k]).sum();
            let one = if row == column { 1.0 } else { 0.0 };
            root[row * size + column] = (one - product) / covariance[column * size + column];
        }
    }
    root
}
