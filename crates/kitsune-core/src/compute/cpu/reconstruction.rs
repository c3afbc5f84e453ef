//! Reconstruction by tails and body on the CPU.

use burn::tensor::{Tensor, TensorData, backend::Backend};

use super::autoencoders::AutoencoderScratch;
use super::block::{BLOCK_ROWS, Block};
use super::borrowed::HostAutoencoders;
use super::host_values::HostValues;
use crate::model::ensemble::Ensemble;
use crate::threads::for_each;

/// Computes what `compute::scoring::reconstruct` returns; `None` on a backend whose tensors are not in host memory as f32.
///
/// # Shapes
/// - x: [rows, features]
/// - outputs: [rows, features]
pub(crate) fn reconstruct<B: Backend>(ensemble: &Ensemble<B>, x: &Tensor<B, 2>) -> Option<(Tensor<B, 2>, Tensor<B, 2>)> {
    let [rows, features] = x.dims();
    let values = HostValues::of(x.clone())?;
    let tails = HostAutoencoders::tails(ensemble)?;
    let body = match ensemble.body() {
        Some(body) => Some(HostAutoencoders::single(body)?),
        None => None,
    };
    let map = ensemble.feature_map();
    let (shares, unseen, visible) = (map.shares(), map.unseen(), map.visible());
    let arch = pulp::Arch::new();
    let mut reconstruction = vec![0.0; rows * features];
    let mut off = vec![0.0; rows * features];
    let length = BLOCK_ROWS * features;
    let blocks = values.as_slice().chunks(length).zip(reconstruction.chunks_mut(length).zip(off.chunks_mut(length)));
    for_each(blocks, |(rows, (reconstruction, off))| {
        let (mut x, mut outputs, mut sum, mut differences) = (Block::default(), Block::default(), Block::default(), Block::default());
        let mut scratch = AutoencoderScratch::default();
        x.fill(rows, features);
        sum.reshape(features, x.rows());
        for (feature, &unseen) in unseen.iter().enumerate() {
            sum.column_mut(feature).iter_mut().zip(x.column(feature)).for_each(|(sum, x)| *sum = x * unseen);
        }
        for (cluster, columns) in map.clusters().iter().enumerate() {
            tails.view().reconstruct(arch, cluster, &x, &mut outputs, &mut scratch);
            for (unit, &feature) in columns.iter().enumerate() {
                let share = shares[cluster * visible + unit];
                sum.column_mut(feature).iter_mut().zip(outputs.column(unit)).for_each(|(sum, y)| *sum += y * share);
            }
        }
        differences.reshape(features, x.rows());
        differences.values_mut().fill(0.0);
        differences.add_sizes(&sum, &x);
        if let Some(body) = &body {
            body.view().reconstruct(arch, 0, &x, &mut outputs, &mut scratch);
            differences.add_sizes(&outputs, &x);
        }
        sum.write_rows(reconstruction);
        differences.write_rows(off);
    });
    let tensor = |values| Tensor::from_data(TensorData::new(values, [rows, features]), &x.device());
    Some((tensor(reconstruction), tensor(off)))
}

/// Residuals of tails and body, gathered by the clusters of the tails: row-major [clusters, rows, visible], 0 in the padding. `None` on a backend
/// whose tensors are not in host memory as f32.
///
/// # Shapes
/// - x: [rows, features]
pub(crate) fn residuals<B: Backend>(ensemble: &Ensemble<B>, x: &Tensor<B, 2>) -> Option<(Vec<f32>, Option<Vec<f32>>)> {
    let [rows, features] = x.dims();
    let values = HostValues::of(x.clone())?;
    let tails = HostAutoencoders::tails(ensemble)?;
    let body = match ensemble.body() {
        Some(body) => Some(HostAutoencoders::single(body)?),
        None => None,
    };
    let (map, arch) = (ensemble.feature_map(), pulp::Arch::new());
    let visible = map.visible();
    let all = || vec![0.0; map.clusters().len() * rows * visible];
    let (mut of_tails, mut of_body) = (all(), body.as_ref().map(|_| all()));
    let (mut x, mut outputs, mut scratch) = (Block::default(), Block::default(), AutoencoderScratch::default());
    for (block, values) in values.as_slice().chunks(BLOCK_ROWS * features).enumerate() {
        x.fill(values, features);
        let write = |into: &mut [f32], cluster: usize, unit: usize, output: &[f32], target: &[f32]| {
            for row in 0..x.rows() {
                into[(cluster * rows + block * BLOCK_ROWS + row) * visible + unit] = output[row] - target[row];
            }
        };
        for (cluster, columns) in map.clusters().iter().enumerate() {
            tails.view().reconstruct(arch, cluster, &x, &mut outputs, &mut scratch);
            for (unit, &feature) in columns.iter().enumerate() {
                write(&mut of_tails, cluster, unit, outputs.column(unit), x.column(feature));
            }
        }
        if let Some((body, of_body)) = body.as_ref().zip(of_body.as_mut()) {
            body.view().reconstruct(arch, 0, &x, &mut outputs, &mut scratch);
            for (cluster, columns) in map.clusters().iter().enumerate() {
                for (unit, &feature) in columns.iter().enumerate() {
                    write(of_body, cluster, unit, outputs.column(feature), x.column(feature));
                }
            }
        }
    }
    Some((of_tails, of_body))
}

impl Block {
    /// Adds the absolute differences of two blocks of the same shape.
    fn add_sizes(&mut self, left: &Self, right: &Self) {
        for column in 0..self.columns() {
            let apart = left.column(column).iter().zip(right.column(column)).map(|(left, right)| (left - right).abs());
            self.column_mut(column).iter_mut().zip(apart).for_each(|(sum, size)| *sum += size);
        }
    }
}
