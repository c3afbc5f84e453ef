//! A detector on custom rows: JSON objects with an array `features`, a feature mapper, ten epochs with an optimizer of the caller's choice,
//! a file, and scores from it.
//!
//! ```text
//! cargo run -p kitsune-core --example custom_pipeline
//! ```

use std::error::Error;

use burn::backend::Autodiff;
use burn::optim::AdamWConfig;
use burn::tensor::TensorData;
use burn_ndarray::{NdArray, NdArrayDevice};
use kitsune_core::{FeatureMapper, Kitsune, KitsuneConfig, Trainer};
use serde::Deserialize;

const FEATURES: usize = 6;

#[derive(Deserialize)]
struct Message {
    features: Vec<f64>,
}

#[expect(clippy::print_stdout, reason = "an example shows what it does")]
fn main() -> Result<(), Box<dyn Error>> {
    let device = NdArrayDevice::default();
    let messages: Vec<String> = (0..640).map(message).collect();

    let mut mapper = FeatureMapper::new(FEATURES, 0);
    for batch in messages.chunks(32) {
        mapper.partial_fit(&rows(batch)?)?;
    }
    let map = mapper.feature_map(4, 2)?;
    println!("clusters: {:?}", map.clusters());

    let ensemble = KitsuneConfig::new().init::<Autodiff<NdArray>>(&map, &device)?;
    let mut trainer = Trainer::new(ensemble, mapper.scaler()?, AdamWConfig::new().init())?;
    for epoch in 1..=10 {
        for batch in messages.chunks(32) {
            trainer.step(rows(batch)?, 0.01)?;
        }
        if let Some(losses) = trainer.take_losses() {
            println!("epoch {epoch}: tails {:.4}, head {:.4}", losses.tails, losses.head);
        }
    }

    let folder = tempfile::tempdir()?;
    let path = folder.path().join("kitsune.safetensors");
    trainer.finish(mapper.sample())?.save(&path)?;

    let model = Kitsune::<NdArray>::from_pretrained(&path, &device)?;
    let ordinary = message(1_007);
    // The second of three columns that rise together falls. Each value by itself is ordinary.
    let strange = r#"{"features": [0.9, 0.2, 2.7, 0.5, -0.5, 1.0]}"#.to_owned();
    let scores = model.score_rows(&rows(&[ordinary, strange])?)?;
    println!("ordinary {:.3}, strange {:.3}", scores[0], scores[1]);
    Ok(())
}

/// A sample row: three columns rise together, and three follow another wave.
fn message(number: i32) -> String {
    let (a, b) = (f64::from(number * 37 % 100) / 100.0, f64::from(number * 61 % 100) / 100.0);
    format!(r#"{{"features": [{a}, {}, {}, {b}, {}, {}]}}"#, 2.0 * a, 3.0 * a, -b, 2.0 * b)
}

/// The features of some rows: [rows, features].
fn rows(messages: &[String]) -> Result<TensorData, serde_json::Error> {
    let mut values = Vec::with_capacity(messages.len() * FEATURES);
    for message in messages {
        values.extend(serde_json::from_str::<Message>(message)?.features);
    }
    Ok(TensorData::new(values, [messages.len(), FEATURES]))
}
