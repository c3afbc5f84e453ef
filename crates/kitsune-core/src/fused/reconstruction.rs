//! What the tails make of rows, and how far off tails and body are.

use burn::tensor::{Tensor, TensorData, backend::Backend};
use rayon::prelude::*;

use super::autoencoders::Scratch;
use super::block::{BLOCK_ROWS, Block};
use super::parts::HostAutoencoders;
use super::values::Values;
use crate::ensemble::Ensemble;

/// As [`Ensemble::reconstruct`]; `None` on a backend whose numbers do not lie on the host as f32.
///
/// # Shapes
/// - x: [rows, features]
/// - outputs: [rows, features]
pub(crate) fn reconstruct<B: Backend>(ensemble: &Ensemble<B>, x: &Tensor<B, 2>) -> Option<(Tensor<B, 2>, Tensor<B, 2>)> {
    let [rows, features] = x.dims();
    let values = Values::of(x.clone())?;
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
    let blocks = values.as_slice().par_chunks(BLOCK_ROWS * features);
    let into = reconstruction.par_chunks_mut(BLOCK_ROWS * features).zip(off.par_chunks_mut(BLOCK_ROWS * features));
    blocks.zip(into).for_each_init(<(Block, Block, Block, Block, Scratch)>::default, |scratch, (rows, (reconstruction, off))| {
        let (x, outputs, sum, differences, scratch) = scratch;
        x.fill(rows, features);
        sum.reshape(features, x.rows());
        for (feature, &unseen) in unseen.iter().enumerate() {
            accumulate(sum.column_mut(feature), x.column(feature), |_, x| x * unseen);
        }
        for (cluster, columns) in map.clusters().iter().enumerate() {
            tails.view().reconstruct(arch, cluster, x, outputs, scratch);
            for (unit, &feature) in columns.iter().enumerate() {
                let share = shares[cluster * visible + unit];
                accumulate(sum.column_mut(feature), outputs.column(unit), |sum, y| sum + y * share);
            }
        }
        sum.write_rows(reconstruction);
        differences.reshape(features, x.rows());
        for feature in 0..features {
            let into = differences.column_mut(feature);
            accumulate(into, sum.column(feature), |_, y| y);
            accumulate(into, x.column(feature), |y, x| (y - x).abs());
        }
        if let Some(body) = &body {
            body.view().reconstruct(arch, 0, x, outputs, scratch);
            for feature in 0..features {
                let differences = differences.column_mut(feature);
                let outputs = outputs.column(feature).iter().zip(x.column(feature));
                differences.iter_mut().zip(outputs).for_each(|(sum, (y, x))| *sum += (y - x).abs());
            }
        }
        differences.write_rows(off);
    });
    let tensor = |values| Tensor::from_data(TensorData::new(values, [rows, features]), &x.device());
    Some((tensor(reconstruction), tensor(off)))
}

fn accumulate(into: &mut [f32], values: &[f32], change: impl Fn(f32, f32) -> f32) {
    into.iter_mut().zip(values).for_each(|(into, &value)| *into = change(*into, value));
}
