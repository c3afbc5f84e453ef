//! A detector on custom rows: JSON objects with an array `features`, a feature mapper, ten epochs with an optimizer of the caller's choice,
//! a threshold from held-out rows, a file, and verdicts from it.
//!
//! ```text
//! cargo run -p kitsune-core --example custom_pipeline
//! ```

use std::error::Error;

use burn::backend::Autodiff;
use burn::optim::AdamWConfig;
use burn::tensor::TensorData;
use burn_ndarray::{NdArray, NdArrayDevice};
use kitsune_core::{Kitsune, KitsuneConfig, ScoreOptions, ThresholdChoice, Trainer};
use serde::Deserialize;

const FEATURES: usize = 6;

#[derive(Deserialize)]
struct Message {
    features: Vec<f64>,
}

#[expect(clippy::print_stdout, reason = "an example shows what it does")]
fn main() -> Result<(), Box<dyn Error>> {
    let device = NdArrayDevice::default();
    let config = KitsuneConfig::new().with_max_features_per_cluster(4).with_min_features_per_cluster(2);
    // The held-out rows train nothing, so that their scores can set the threshold.
    let (held_out, training): (Vec<i32>, Vec<i32>) = (0..640).partition(|&number| config.is_held_out(number as u64));
    let [held_out, training]: [Vec<String>; 2] = [held_out, training].map(|numbers| numbers.into_iter().map(message).collect());

    let mut mapper = config.mapper(FEATURES);
    for batch in training.chunks(32) {
        mapper.partial_fit(&rows(batch)?)?;
    }
    let map = config.feature_map(&mapper)?;
    println!("clusters: {:?}", map.clusters());

    let ensemble = config.init::<Autodiff<NdArray>>(&map, &device)?;
    let mut trainer = Trainer::new(ensemble, config.scaler(&mapper)?, AdamWConfig::new().init())?;
    for epoch in 1..=10 {
        for batch in training.chunks(32) {
            trainer.step(rows(batch)?, 0.01)?;
        }
        if let Some(losses) = trainer.take_losses() {
            println!("epoch {epoch}: tails {:.4}, head {:.4}", losses.tails, losses.head);
        }
    }

    let folder = tempfile::tempdir()?;
    let path = folder.path().join("kitsune.safetensors");
    let columns = ["a", "2a", "3a", "b", "-b", "2b"].map(str::to_owned).to_vec();
    // The defaults flag 1 % of normal rows, which takes the scores of 99 rows. There are fewer, so that the example asks for 5 %.
    let choice = ThresholdChoice::Fit { kind: None, alert_rate: Some(0.05) };
    let model = trainer.finish(mapper.sample(), Some(rows(&held_out)?))?.with_threshold(choice)?;
    model.with_columns(columns)?.with_means(mapper.means())?.save(&path)?;

    let model = Kitsune::<NdArray>::from_pretrained(&path, &device)?;
    let ordinary = message(1_007);
    // The second of three columns that rise together falls. Each value by itself is ordinary.
    let strange = r#"{"features": [0.9, 0.2, 2.7, 0.5, -0.5, 1.0]}"#.to_owned();
    let scored = model.score_rows(&rows(&[ordinary, strange])?, &ScoreOptions::new())?;
    println!("ordinary {:.3}, strange {:.3}", scored.scores[0], scored.scores[1]);
    println!("flagged: {:?}", model.verdicts(&scored).map(|verdicts| verdicts.is_anomaly));
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
