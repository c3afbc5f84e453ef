//! An ensemble trained by Burn's own trainer, `burn-train`, on batches of Burn's own data loader. It is then finished and used like an
//! ensemble that [`Trainer`] has trained.
//!
//! An [`Ensemble`] is a Burn module like any other, and its errors are differentiable. [`Trainer`] does the following, and this example
//! does not:
//!
//! - Clip all gradients together by one factor, which preserves their direction. Burn's optimizers clip each parameter's gradient
//!   separately.
//! - Drop inputs by factors drawn from seed, step, row and feature. A step of Burn's trainer does not know its number.
//! - Widen the range that scales the head's input in every step. A step of Burn's trainer only borrows its module, so here the head sees
//!   the unscaled errors of the tails, [`HeadInput::Raw`].
//! - Take a step in one pass over rows in host memory. Here a step is tensor operations on every backend.
//!
//! ```text
//! cargo run --manifest-path crates/kitsune-core/examples/learner/Cargo.toml
//! ```

use std::error::Error;

use burn::backend::Autodiff;
use burn::data::dataloader::{DataLoaderBuilder, batcher::Batcher};
use burn::data::dataset::InMemDataset;
use burn::grad_clipping::GradientClippingConfig;
use burn::lr_scheduler::cosine::CosineAnnealingLrSchedulerConfig;
use burn::module::Module;
use burn::optim::AdamConfig;
use burn::tensor::{Tensor, TensorData, backend::AutodiffBackend, backend::Backend};
use burn_ndarray::{NdArray, NdArrayDevice};
use burn_train::metric::{Adaptor, LossInput, LossMetric, MetricDefinition};
use burn_train::renderer::{
    EvaluationName, EvaluationProgress, MetricState, MetricsRenderer, MetricsRendererEvaluation, MetricsRendererTraining, ProgressType,
    TrainingProgress,
};
use burn_train::{InferenceStep, ItemLazy, Learner, LearnerSummary, SupervisedTraining, TrainOutput, TrainStep};
use kitsune_core::kinds::{CorrelationDistance, HeadInput};
use kitsune_core::model::{Ensemble, RowErrors};
use kitsune_core::scaler::Scaler;
use kitsune_core::{KitsuneConfig, ScoreOptions, Trainer};

const FEATURES: usize = 6;
const EPOCHS: usize = 10;

/// An ensemble for Burn's trainer. It needs a type of its own, since this crate cannot implement Burn's traits for a type of Kitsune.
#[derive(Module, Debug)]
struct Learned<B: Backend> {
    ensemble: Ensemble<B>,
}

impl<B: Backend> Learned<B> {
    /// The loss of each row: the errors of all tails, of the head and, if there is one, of the body. These have no parameter in common.
    ///
    /// # Shapes
    /// - rows: [rows, features], in 0-1
    /// - output: `[rows]`
    fn losses(&self, rows: Tensor<B, 2>) -> Tensor<B, 1> {
        let RowErrors { tails, head, body, .. } = self.ensemble.forward(rows);
        let losses = tails.sum_dim(1).squeeze_dim(1) + head;
        match body {
            Some(body) => losses + body,
            None => losses,
        }
    }
}

impl<B: AutodiffBackend> TrainStep for Learned<B> {
    type Input = Tensor<B, 2>;
    type Output = Losses<B::InnerBackend>;

    fn step(&self, rows: Tensor<B, 2>) -> TrainOutput<Self::Output> {
        let losses = self.losses(rows);
        TrainOutput::new(self, losses.clone().mean().backward(), Losses(losses.inner()))
    }
}

impl<B: Backend> InferenceStep for Learned<B> {
    type Input = Tensor<B, 2>;
    type Output = Losses<B>;

    fn step(&self, rows: Tensor<B, 2>) -> Losses<B> {
        Losses(self.losses(rows))
    }
}

/// The losses of a step for the metric: `[rows]`. They are by row, so that the metric weights batches by their rows.
struct Losses<B: Backend>(Tensor<B, 1>);

impl<B: Backend> ItemLazy for Losses<B> {
    type ItemSync = Losses<NdArray>;

    fn sync(self) -> Losses<NdArray> {
        Losses(Tensor::from_data(self.0.into_data(), &NdArrayDevice::default()))
    }
}

impl Adaptor<LossInput<NdArray>> for Losses<NdArray> {
    fn adapt(&self) -> LossInput<NdArray> {
        LossInput::new(self.0.clone())
    }
}

/// Joins rows to one tensor: [rows, features].
struct RowBatcher;

impl<B: Backend> Batcher<B, Vec<f32>, Tensor<B, 2>> for RowBatcher {
    fn batch(&self, rows: Vec<Vec<f32>>, device: &B::Device) -> Tensor<B, 2> {
        Tensor::from_data(data(&rows), device)
    }
}

/// A renderer that shows nothing. Burn has one for terminals, behind a feature, and one that prints a line per batch.
struct Quiet;

impl MetricsRendererTraining for Quiet {
    fn update_train(&mut self, _state: MetricState) {}
    fn update_valid(&mut self, _state: MetricState) {}
    fn render_train(&mut self, _item: TrainingProgress, _indicators: Vec<ProgressType>) {}
    fn render_valid(&mut self, _item: TrainingProgress, _indicators: Vec<ProgressType>) {}
}

impl MetricsRendererEvaluation for Quiet {
    fn update_test(&mut self, _name: EvaluationName, _state: MetricState) {}
    fn render_test(&mut self, _item: EvaluationProgress, _indicators: Vec<ProgressType>) {}
}

impl MetricsRenderer for Quiet {
    fn manual_close(&mut self) {}
    fn register_metric(&mut self, _definition: MetricDefinition) {}
}

#[expect(clippy::print_stdout, reason = "an example shows what it does")]
fn main() -> Result<(), Box<dyn Error>> {
    let device = NdArrayDevice::default();
    let config = KitsuneConfig::new().with_head_input(HeadInput::Raw);
    let train: Vec<Vec<f32>> = (0..640).map(row).collect();
    let held_out: Vec<Vec<f32>> = (640..768).map(row).collect();

    let mut mapper = config.mapper(FEATURES);
    mapper.partial_fit(&data(&train))?;
    let map = mapper.feature_map(4, 2, CorrelationDistance::Absolute)?;
    println!("clusters: {:?}", map.clusters());
    let scaler = mapper.scaler()?;

    let ensemble = config.init::<Autodiff<NdArray>>(&map, &device)?;
    let clipping = GradientClippingConfig::Norm(config.clip_norm as f32);
    let optimizer = AdamConfig::new().with_epsilon(1e-8).with_grad_clipping(Some(clipping)).init();
    let batch_rows = config.batch_rows_for(train.len() as u64, FEATURES);
    let steps = EPOCHS * train.len().div_ceil(batch_rows);
    let schedule = CosineAnnealingLrSchedulerConfig::new(config.initial_learning_rate(), steps).init()?;

    let loader = DataLoaderBuilder::new(RowBatcher).batch_size(batch_rows).shuffle(config.seed);
    let held_out_loader = DataLoaderBuilder::new(RowBatcher).batch_size(batch_rows);
    let folder = tempfile::tempdir()?;
    let loss = LossMetric::<NdArray>::new();
    let result = SupervisedTraining::new(
        folder.path(),
        loader.build(dataset(&scaler, &train)?),
        held_out_loader.build(dataset(&scaler, &held_out)?),
    )
    .metric_train_numeric(loss.clone())
    .metric_valid_numeric(loss)
    .num_epochs(EPOCHS)
    .renderer(Quiet)
    // Burn's application logger would set the process's logger and panic hook.
    .with_application_logger(None)
    .launch(Learner::new(Learned { ensemble }, optimizer, schedule));

    // The metrics of the last epoch are certain to be in the folder only now. Burn's own summary may be made earlier.
    let metrics = LearnerSummary::new(folder.path(), &["Loss"])?.metrics;
    let epochs = metrics.train.iter().flat_map(|loss| &loss.entries);
    for (trained, held_out) in epochs.zip(metrics.valid.iter().flat_map(|loss| &loss.entries)) {
        println!("epoch {}: loss {:.4}, of rows held out {:.4}", trained.step, trained.value, held_out.value);
    }

    // The trained ensemble is on the backend without gradients. The trainer takes no further step and only finishes the model.
    let ensemble = result.model.ensemble.train::<Autodiff<NdArray>>();
    let model = Trainer::new(ensemble, scaler, config.init_optimizer())?.finish(mapper.sample(), None)?;

    // The second of three columns that rise together falls. Each value by itself is ordinary.
    let rows = vec![row(1_007), vec![0.9, -0.6, 2.7, 0.5, -0.5, 1.0]];
    let RowErrors { tails, head, body, .. } = model.forward(Tensor::from_data(data(&rows), &device));
    println!("errors of an ordinary and of a strange row");
    println!("  tails: {}", tails.to_data());
    println!("  head:  {}", head.to_data());
    if let Some(body) = body {
        println!("  body:  {}", body.to_data());
    }
    let scores = model.score_rows(&rows, &ScoreOptions::new())?.scores;
    println!("ordinary {:.3}, strange {:.3}", scores[0], scores[1]);
    Ok(())
}

/// A sample row: three columns rise together, and three follow another wave.
fn row(number: u16) -> Vec<f32> {
    let (a, b) = ((f32::from(number) * 0.7).sin(), (f32::from(number) * 0.3).cos());
    vec![a, 2.0 * a, 3.0 * a, b, -b, 2.0 * b]
}

/// The features of some rows: [rows, features].
fn data(rows: &[Vec<f32>]) -> TensorData {
    TensorData::new(rows.concat(), [rows.len(), FEATURES])
}

/// Rows in 0-1, one item each.
fn dataset(scaler: &Scaler, rows: &[Vec<f32>]) -> Result<InMemDataset<Vec<f32>>, kitsune_core::Error> {
    let scaled: Vec<f32> = scaler.transform(data(rows))?.data.iter().collect();
    Ok(InMemDataset::new(scaled.chunks_exact(FEATURES).map(<[f32]>::to_vec).collect()))
}
