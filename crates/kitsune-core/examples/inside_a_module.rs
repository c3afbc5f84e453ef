//! A detector as a part of another module. Burn records it with that module and restores it completely, scaler and column names included.
//!
//! ```text
//! cargo run -p kitsune-core --example inside_a_module
//! ```

use std::error::Error;

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::record::{FullPrecisionSettings, NamedMpkBytesRecorder, Recorder};
use burn::tensor::{Tensor, TensorData, activation::softmax, backend::Backend};
use burn_ndarray::{NdArray, NdArrayDevice};
use kitsune_core::{Kitsune, KitsuneConfig, ScoreOptions};

/// Classifies rows by how strange each tail finds them.
#[derive(Module, Debug)]
struct Triage<B: Backend> {
    kitsune: Kitsune<B>,
    classes: Linear<B>,
}

impl<B: Backend> Triage<B> {
    fn new(kitsune: Kitsune<B>, device: &B::Device) -> Self {
        let clusters = kitsune.feature_map().clusters().len();
        Self { kitsune, classes: LinearConfig::new(clusters, 3).init(device) }
    }

    /// # Shapes
    /// - rows: [rows, features], raw
    /// - output: [rows, classes]
    fn forward(&self, rows: Tensor<B, 2>) -> Tensor<B, 2> {
        softmax(self.classes.forward(self.kitsune.forward(rows).tails), 1)
    }
}

#[expect(clippy::print_stdout, reason = "an example shows what it does")]
fn main() -> Result<(), Box<dyn Error>> {
    let device = NdArrayDevice::default();
    let config = KitsuneConfig::new().with_epochs(Some(20));
    let columns = ["volts", "amperes", "watts"].map(str::to_owned).to_vec();
    let triage = Triage::<NdArray>::new(config.fit(&measurements(230.0), &device)?.with_columns(columns)?, &device);

    let recorder = NamedMpkBytesRecorder::<FullPrecisionSettings>::default();
    let bytes = recorder.record(triage.clone().into_record(), ())?;

    // The values of the target module are replaced by the recorded ones.
    let other = Triage::<NdArray>::new(config.with_seed(1).fit(&measurements(12.0), &device)?, &device);
    let restored = other.load_record(recorder.load(bytes, &device)?);

    let rows = || Tensor::from_data([[231.0, 5.0, 1_155.0], [231.0, 5.0, 600.0]], &device);
    println!("columns: {:?}", restored.kitsune.columns());
    println!("scores:  {}", restored.kitsune.score(rows(), &ScoreOptions::new())?.to_data());
    println!("before:  {}", triage.kitsune.score(rows(), &ScoreOptions::new())?.to_data());
    println!("classes: {}", restored.forward(rows()).to_data());
    Ok(())
}

/// Volts, amperes and their product: [rows, features].
fn measurements(volts: f64) -> TensorData {
    let row = |n: u32| {
        let (volts, amperes) = (volts + f64::from(n % 7), f64::from(n % 11));
        [volts, amperes, volts * amperes]
    };
    let values: Vec<f64> = (0..300).flat_map(row).collect();
    TensorData::new(values, [300, 3])
}
