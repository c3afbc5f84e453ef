//! Kitsune in a program of Burn 0.22. Its tensors have no backend parameter, while `Kitsune<B>` is a module of Burn 0.21, so a tensor
//! of one version cannot be passed to the other. Plain numbers can: rows go over as a slice with a width, and scores come back as a `Vec`.
//!
//! ```text
//! cargo run --manifest-path crates/kitsune-core/examples/burn-0-22/Cargo.toml
//! ```

use std::error::Error;

use burn::tensor::{Device, Int, Tensor, TensorData};
use kitsune_core::{KitsuneConfig, RowSlice, ScoreOptions};

const FEATURES: usize = 4;

#[expect(clippy::print_stdout, reason = "an example shows what it does")]
fn main() -> Result<(), Box<dyn Error>> {
    let device = Device::flex();
    let train = waves(0..1_000, &device);

    // Burn 0.22 copies the tensor to host memory, from a graphics card too. `as_slice` and `RowSlice` borrow that copy.
    let train = train.try_into_data_as::<f32>()?;
    let model = KitsuneConfig::new().fit_on_cpu(&RowSlice::new(train.as_slice::<f32>()?, FEATURES)?)?;

    // The second of two columns that go together has the wrong sign. Each value by itself is ordinary.
    let strange = Tensor::<2>::from_data([[0.8, -0.6, 0.1, -0.1]], &device);
    let rows = Tensor::cat(vec![waves(1_000..1_003, &device), strange], 0);
    let data = rows.try_to_data_as::<f32>()?;
    let slice = RowSlice::new(data.as_slice::<f32>()?, FEATURES)?;

    let scored = model.score_rows(&slice, &ScoreOptions::new())?;
    let verdicts = model.verdicts(&scored).ok_or("the model has no threshold")?;
    let flagged: Vec<usize> = verdicts.flagged().collect();
    for (row, reasons) in flagged.iter().zip(model.reasons(&slice, flagged.iter().copied(), 2)?) {
        println!("row {row} scores {:.2}", scored.scores[*row]);
        for reason in reasons {
            println!("  feature {} is {:.2}, expected {:.2}", reason.feature, reason.value, reason.expected);
        }
    }

    // Back to Burn 0.22: scores as a tensor, here to select the row with the highest.
    let count = scored.scores.len();
    let scores = Tensor::<1>::from_data(TensorData::new(scored.scores, [count]), &device);
    let strangest: Tensor<1, Int> = scores.clone().argmax(0);
    println!("scores: {}", scores.to_data());
    println!("strangest: {}", rows.select(0, strangest.clone()).to_data());

    let scores = scores.try_into_vec_as::<f32>()?;
    assert!(scores[3] > scores[0], "the strange row scores higher than an ordinary one");
    assert_eq!(strangest.try_into_vec_as::<i64>()?, [3]);
    assert_eq!(flagged, [3], "the strange row is flagged, and no other");
    Ok(())
}

/// Two columns that rise together, and two of which one is the other's negative: [rows, features].
fn waves(numbers: std::ops::Range<i64>, device: &Device) -> Tensor<2> {
    let number = Tensor::<1, Int>::arange(numbers, device).float();
    let (a, b) = ((number.clone() * 0.7).sin(), (number * 0.3).cos());
    Tensor::stack(vec![a.clone(), a * 2.0 + 1.0, b.clone(), -b], 1)
}
