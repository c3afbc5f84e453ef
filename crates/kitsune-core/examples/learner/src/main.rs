//! An ensemble trained by Burn's own trainer, `burn-train`, on batches of Burn's own data loader; then finished and used like one that
//! [`Trainer`] has trained.
//!
//! An [`Ensemble`] is a Burn module like any other, and its errors are differentiable. What [`Trainer`] does and this does not:
//!
//! - Clip all gradients together, by one factor, which keeps their direction: Burn's optimizers clip those of each parameter by themselves.
//! - Drop inputs out, by factors drawn from seed, step, row and feature: a step of Burn's trainer is not told which one it is.
//! - Widen the range by which the head's input is scaled in every step: a step of Burn's trainer only borrows its module. So here the head
//!   sees the tails' errors as they are, [`HeadInput::Raw`].
//! - Take a step in one pass over the rows where these lie on the host: here it is tensor operations on every backend.
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
use kitsune_core::{Ensemble, RowErrors, FeatureMapper, HeadInput, KitsuneConfig, Scaler, Trainer};

const FEATURES: usize = 6;
const EPOCHS: usize = 10;

/// An ensemble as Burn's trainer takes it: a type of one's own, since traits of Burn cannot be implemented here for one of Kitsune's.
#[derive(Module, Debug)]
struct Learned<B: Backend> {
    ensemble: Ensemble<B>,
}

impl<B: Backend> Learned<B> {
    /// Loss of each row: the errors of all tails, of the head and, where there is one, of the body, which have no parameter in common.
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

/// What a step gives to the metric. By row, so that it weighs batches by their rows: `[rows]`.
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

/// Puts rows into one tensor: [rows, features].
struct RowBatcher;

impl<B: Backend> Batcher<B, Vec<f32>, Tensor<B, 2>> for RowBatcher {
    fn batch(&self, rows: Vec<Vec<f32>>, device: &B::Device) -> Tensor<B, 2> {
        Tensor::from_data(data(&rows), device)
    }
}

/// Shows nothing. Burn's renderers are one for terminals, behind a feature, and one that prints a line per batch.
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

    let mut mapper = FeatureMapper::new(FEATURES, config.seed);
    mapper.partial_fit(&data(&train))?;
    let map = mapper.feature_map(4, 2)?;
    println!("clusters: {:?}", map.clusters());
    let scaler = mapper.scaler()?;

    let ensemble = config.init::<Autodiff<NdArray>>(&map, &device)?;
    let clipping = GradientClippingConfig::Norm(config.clip_norm as f32);
    let optimizer = AdamConfig::new().with_epsilon(1e-8).with_grad_clipping(Some(clipping)).init();
    let steps = EPOCHS * train.len().div_ceil(config.batch_size);
    let schedule = CosineAnnealingLrSchedulerConfig::new(config.initial_learning_rate(), steps).init()?;

    let loader = DataLoaderBuilder::new(RowBatcher).batch_size(config.batch_size).shuffle(config.seed);
    let held_out_loader = DataLoaderBuilder::new(RowBatcher).batch_size(config.batch_size);
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
    // It would set the process's logger and panic hook.
    .with_application_logger(None)
    .launch(Learner::new(Learned { ensemble }, optimizer, schedule));

    // Only here are the metrics of the last epoch sure to be in the folder: Burn's own summary may be made before.
    let metrics = LearnerSummary::new(folder.path(), &["Loss"])?.metrics;
    let epochs = metrics.train.iter().flat_map(|loss| &loss.entries);
    for (trained, held_out) in epochs.zip(metrics.valid.iter().flat_map(|loss| &loss.entries)) {
        println!("epoch {}: loss {:.4}, of rows held out {:.4}", trained.step, trained.value, held_out.value);
    }

    // What comes back is on the backend without gradients. No step is taken any more: the trainer only finishes the model.
    let ensemble = result.model.ensemble.train::<Autodiff<NdArray>>();
    let model = Trainer::new(ensemble, scaler, config.init_optimizer())?.finish(mapper.sample())?;

    // The second of three columns that rise together falls: each value is an ordinary one by itself.
    let rows = vec![row(1_007), vec![0.9, -0.6, 2.7, 0.5, -0.5, 1.0]];
    let RowErrors { tails, head, body, .. } = model.forward(Tensor::from_data(data(&rows), &device));
    println!("errors of an ordinary and of a strange row");
    println!("  tails: {}", tails.to_data());
    println!("  head:  {}", head.to_data());
    if let Some(body) = body {
        println!("  body:  {}", body.to_data());
    }
    let scores = model.score_rows(&rows)?;
    println!("ordinary {:.3}, strange {:.3}", scores[0], scores[1]);
    Ok(())
}

/// One of many: three columns that rise together, and three that follow another wave.
fn row(number: u16) -> Vec<f32> {
    let (a, b) = ((f32::from(number) * 0.7).sin(), (f32::from(number) * 0.3).cos());
    vec![a, 2.0 * a, 3.0 * a, b, -b, 2.0 * b]
}

/// [rows, features].
fn data(rows: &[Vec<f32>]) -> TensorData {
    TensorData::new(rows.concat(), [rows.len(), FEATURES])
}

/// Rows in 0-1, one item each.
fn dataset(scaler: &Scaler, rows: &[Vec<f32>]) -> Result<InMemDataset<Vec<f32>>, kitsune_core::Error> {
    let scaled: Vec<f32> = scaler.transform(data(rows))?.data.iter().collect();
    Ok(InMemDataset::new(scaled.chunks_exact(FEATURES).map(<[f32]>::to_vec).collect()))
}
