//! Rows from files for a model that is not Kitsune: one linear layer that learns to tell a column from the others,
//! once from an iterator of tensors, once through Burn's own `DataLoader`.

use std::error::Error;
use std::fmt::Write;

use burn::backend::Autodiff;
use burn::data::dataloader::DataLoader;
use burn::nn::loss::{MseLoss, Reduction};
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams, Optimizer};
use burn::tensor::Tensor;
use burn_ndarray::{NdArray, NdArrayDevice};
use kitsune_data::{Source, SourceLoader};

type B = Autodiff<NdArray>;

/// The last column from the others: one step, and its loss.
fn step(model: Linear<B>, optimizer: &mut impl Optimizer<Linear<B>, B>, rows: Tensor<B, 2>) -> (Linear<B>, f32) {
    let [_, features] = rows.dims();
    let (inputs, target) = (rows.clone().narrow(1, 0, features - 1), rows.narrow(1, features - 1, 1));
    let loss = MseLoss::new().forward(model.forward(inputs), target, Reduction::Mean);
    let gradients = GradientsParams::from_grads(loss.backward(), &model);
    (optimizer.step(0.05, model, gradients), loss.into_scalar())
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut text = String::from("time,load,size,cost\n");
    for row in 0..2_000_u32 {
        let (load, size) = (f64::from(row * 37 % 100) / 100.0, f64::from(row * 61 % 100) / 100.0);
        writeln!(text, "{row},{load},{size},{}", 2.0 * load - size + 0.5)?;
    }
    std::fs::write(folder.path().join("costs.csv"), text)?;
    let source = Source::open(folder.path())?.exclude(["time"])?.with_shuffle(7);

    let device = NdArrayDevice::default();
    let (mut model, mut optimizer) = (LinearConfig::new(2, 1).init::<B>(&device), AdamConfig::new().init());
    let mut loss = f32::INFINITY;
    for epoch in 0..3 {
        for rows in source.pass(epoch)?.cut(64).tensors::<B>(&device) {
            (model, loss) = step(model, &mut optimizer, rows?);
        }
    }

    // The same rows through a loader. It cannot report errors, so they are taken after each epoch.
    let loader = SourceLoader::<B>::new(source, 64, &device);
    for _epoch in 0..5 {
        for rows in loader.iter() {
            (model, loss) = step(model, &mut optimizer, rows);
        }
        if let Some(error) = loader.take_error() {
            return Err(error.into());
        }
    }
    assert_eq!(loader.num_items(), 2_000);
    assert!(loss < 1e-3, "the last batch has a loss of {loss}");
    Ok(())
}
