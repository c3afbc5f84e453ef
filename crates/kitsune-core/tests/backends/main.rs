//! The backends agree within 1e-4 · (1 + |value|), with dropout on.
//!
//! A binary of its own: the kernels of wgpu are compiled into whoever uses them, which takes minutes that the other tests need not wait
//! for.

#![cfg(test)]

mod launches;
#[path = "../it/random.rs"]
mod random;

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use burn::backend::Autodiff;
use burn::module::AutodiffModule;
use burn::optim::{AdamConfig, Optimizer, SgdConfig};
use burn::tensor::{Tensor, TensorData, backend::Backend};
use burn_cuda::Cuda;
use burn_flex::Flex;
use burn_ndarray::{NdArray, NdArrayDevice};
use burn_wgpu::Wgpu;
use kitsune_core::evaluation::Ranking;
use kitsune_core::features::{Coverage, FeatureMap};
use kitsune_core::kinds::{Activation, ErrorMetric, HeadInput, HiddenSize, Named, OptimizerKind};
use kitsune_core::model::{Ensemble, TiedAutoencoder};
use kitsune_core::scaler::Scaler;
use kitsune_core::training::Losses;
use kitsune_core::{Kitsune, KitsuneConfig, ScoreKind, ScoreOptions, Trainer};

use crate::launches::{COMPILED, LOG};
use crate::random::Random;

/// What uses a GPU does so alone, for the launches are those of the process.
static GPU: Mutex<()> = Mutex::new(());

/// With it one step of plain gradient descent moves a weight far enough that its rounding hides nothing of the gradient; a power of two, so
/// that it adds no rounding of its own.
const GRADIENT_RATE: f64 = 1024.0;

/// Shapes that have gone wrong on some backend or other.
struct Case {
    name: &'static str,
    /// Visible units of each tail.
    sizes: &'static [usize],
    rows: usize,
    steps: usize,
}

/// The large ones take few steps: Adam divides a gradient by its size, and among thousands of weights there are some whose gradient is all rounding.
const CASES: [Case; 7] = [
    Case { name: "hidden size 1", sizes: &[3, 3], rows: 32, steps: 20 },
    Case { name: "one cluster", sizes: &[10], rows: 32, steps: 20 },
    Case { name: "unequal clusters", sizes: &[13, 4, 1, 7], rows: 32, steps: 20 },
    Case { name: "clusters of which some are large", sizes: &[30, 4, 22, 18], rows: 70, steps: 5 },
    Case { name: "many clusters", sizes: &[2; 25], rows: 40, steps: 5 },
    Case { name: "one row", sizes: &[5, 4, 3], rows: 1, steps: 20 },
    Case { name: "4,097 rows", sizes: &[10, 7, 4], rows: 4_097, steps: 20 },
];

/// How a trainer takes its steps.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    /// What the others are compared with.
    TensorOperations,
    /// Gradients by the way that the backend has for them, for any optimizer of Burn's.
    AnyOptimizer,
    /// The optimizer of the configuration, which then goes that way too.
    OwnOptimizer,
}

/// The defaults but for a larger body, and all that they are not. In a body of the default size one weight has a gradient of a thousandth of the largest, which Adam
/// enlarges, and its rounding as well.
fn configurations() -> [KitsuneConfig; 2] {
    let other = KitsuneConfig::new()
        .with_activation(Activation::Sigmoid)
        .with_error(ErrorMetric::RootMeanSquare)
        .with_hidden_size(HiddenSize::HiddenRatio(0.75))
        .with_head_input(HeadInput::Raw)
        .with_dropout(0.0);
    [KitsuneConfig::new().with_body_ratio(Some(0.75)), other.with_body_ratio(Some(0.75))]
}

/// Nothing of it is read before its end, which once went wrong on wgpu. By plain gradient descent: Adam divides a gradient by its size, and
/// two hundred steps of that make any two roundings differ.
const LONG_LOOP: Case = Case { name: "a long loop", sizes: &[4, 3], rows: 4, steps: 200 };

/// At a rate at which the weights settle; where they do not, roundings part.
const STEADY_LOOP: Case = Case { name: "a loop of two thousand steps", steps: 2_000, ..LONG_LOOP };

/// What is compared, as numbers.
#[derive(Debug)]
struct Results {
    /// Of tails, head and body.
    errors: [Vec<f64>; 3],
    /// The same where they can be differentiated.
    differentiable_errors: [Vec<f64>; 3],
    /// Of the first step.
    gradient: Vec<f64>,
    /// After all steps.
    weights: Vec<f64>,
    losses: Vec<f64>,
}

#[test]
fn ndarray_agrees_with_its_tensor_operations() {
    LazyLock::force(&LOG);
    check::<NdArray>(&[Way::AnyOptimizer, Way::OwnOptimizer]);
    check_long_loop::<NdArray>();
}

#[test]
fn flex_agrees_with_ndarray() {
    LazyLock::force(&LOG);
    check::<Flex>(&[Way::TensorOperations, Way::AnyOptimizer, Way::OwnOptimizer]);
    check_long_loop::<Flex>();
    check_model::<Flex>();
    check_trimmed_steps::<Flex>();
    check_default_training::<Flex>();
}

/// Of a step by the defaults on rows from the host, with the rough fit that leaves some out, dropout and optimizer.
const LAUNCHES: usize = 34;

/// Of one in which all rows train.
const UNTRIMMED_LAUNCHES: usize = 27;

/// Of the scores of a batch by the defaults, whose residuals, neighbours, marginals and surprises are tensor operations. One of them projects the rows, which
/// have more than 8 features here.
const SCORE_LAUNCHES: usize = 219;

/// Copies beside them.
const SCORE_COPIES: usize = 24;

/// Copies beside them where a device has matrices in rows of their own.
const MOST_COPIES: usize = 9;

/// Steps, or scores, that are counted.
const STEADY: usize = 3;

#[test]
fn steps_and_scores_on_wgpu_take_as_many_launches_for_many_clusters_as_for_few() {
    let _alone = gpu();
    check_launches::<Wgpu>(0);
}

/// Needs an adapter that wgpu can use. Without a GPU, a software Vulkan device does: `apt-get install mesa-vulkan-drivers libvulkan1`.
#[test]
fn wgpu_agrees_with_ndarray() {
    let _alone = gpu();
    let looked_for = std::panic::catch_unwind(|| numbers(tensor::<Wgpu>(&[vec![1.0]])));
    assert!(
        looked_for.is_ok(),
        "wgpu finds no adapter: install a Vulkan driver, on Debian `apt-get install mesa-vulkan-drivers libvulkan1` for a software one, and set \
         XDG_RUNTIME_DIR"
    );
    check::<Wgpu>(&[Way::TensorOperations, Way::AnyOptimizer, Way::OwnOptimizer]);
    check_long_loop::<Wgpu>();
    check_model::<Wgpu>();
    check_trimmed_steps::<Wgpu>();
    check_default_training::<Wgpu>();
}

#[test]
fn wgpu_agrees_with_ndarray_after_two_thousand_steps() {
    let _alone = gpu();
    check_steady_loop::<Wgpu>();
}

#[test]
#[ignore = "needs an NVIDIA GPU and the CUDA toolkit"]
fn cuda_agrees_with_ndarray() {
    let _alone = gpu();
    // Burn's matrix products round there to the 10 bits of TF32.
    check::<Cuda>(&[Way::AnyOptimizer, Way::OwnOptimizer]);
    check_long_loop::<Cuda>();
    check_steady_loop::<Cuda>();
    check_model::<Cuda>();
    check_trimmed_steps::<Cuda>();
    check_default_training::<Cuda>();
    check_launches::<Cuda>(MOST_COPIES);
}

/// The lock of what uses a GPU. `CubeCL` is told of its log before.
fn gpu() -> MutexGuard<'static, ()> {
    LazyLock::force(&LOG);
    GPU.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A step launches the same few kernels for any number of clusters, and compiles none; so does a score.
fn check_launches<B: Backend>(most_copies: usize) {
    for sizes in [&[7; 2][..], &[13, 4, 1, 7], &[7; 200]] {
        let (ensemble, rows) = untrained::<B>(&KitsuneConfig::new(), &Case { name: "launches", sizes, rows: 32, steps: 0 });
        let rows = data(&rows);
        let new = || Trainer::new(ensemble.clone(), Scaler::identity(rows.shape[1]), KitsuneConfig::new().init_optimizer()).unwrap();
        for (mut trainer, launches) in [(new(), UNTRIMMED_LAUNCHES), (new().trimming(rows.clone(), 2).unwrap(), LAUNCHES)] {
            check_steady::<B>(|| trainer.step(rows.clone(), 0.01).unwrap(), launches, most_copies, sizes.len());
        }
        let model = new().finish(rows.clone(), None).unwrap();
        check_steady::<B>(
            || drop(model.score_rows(&rows, &ScoreOptions::new().with_score(ScoreKind::Combined)).unwrap()),
            SCORE_LAUNCHES,
            SCORE_COPIES,
            sizes.len(),
        );
        // Of rows that are a tensor the excess is one launch more.
        let tensor = Tensor::<B, 2>::from_data(rows.clone(), &B::Device::default());
        let of_tensor = |excess| {
            let config = KitsuneConfig::new().with_epochs(Some(1)).with_trim(0.0).with_excess(excess);
            let model: Kitsune<B> = config.fit(&rows, &B::Device::default()).unwrap();
            launches::<B>(|| drop(model.score(tensor.clone(), &ScoreOptions::new()).unwrap()))
        };
        assert_eq!(of_tensor(true), of_tensor(false) + STEADY, "{} clusters", sizes.len());
    }
}

/// The launches of what is done a third time and more, without copies.
fn launches<B: Backend>(mut once: impl FnMut()) -> usize {
    once();
    once();
    let before = LOG.read::<B>().len();
    (0..STEADY).for_each(|_| once());
    let others = [COMPILED, "CopyKernel", "SliceKernel"];
    LOG.read::<B>()[before..].iter().filter(|line| !others.iter().any(|name| line.contains(name))).count()
}

/// What is done a third time and more; the second step is the first that adds to losses.
fn check_steady<B: Backend>(mut once: impl FnMut(), launches: usize, most_copies: usize, clusters: usize) {
    once();
    once();
    let before = LOG.read::<B>();
    assert!(before.iter().any(|line| line.contains(COMPILED)));
    (0..STEADY).for_each(|_| once());
    let mut launched = LOG.read::<B>().split_off(before.len());
    let compiled: Vec<_> = launched.extract_if(.., |line| line.contains(COMPILED)).collect();
    let copies = launched.extract_if(.., |line| ["CopyKernel", "SliceKernel"].iter().any(|name| line.contains(name))).count();
    assert!(copies <= STEADY * most_copies, "{clusters} clusters: {copies} copies");
    assert_eq!(launched.len(), STEADY * launches, "{clusters} clusters: {launched:#?}");
    assert_eq!(compiled, [""; 0], "{clusters} clusters");
}

fn check<B: Backend>(ways: &[Way]) {
    for (config, case) in configurations().iter().flat_map(|config| CASES.iter().map(move |case| (config, case))) {
        let expected = run::<NdArray>(config, case, Way::TensorOperations);
        for &way in ways {
            let found = run::<B>(config, case, way);
            let check = |found: &[f64], expected: &[f64], what: &str| assert_close(found, expected, case, &format!("{way:?}, {what}"));
            for (part, what) in ["tail errors", "head errors", "body errors"].into_iter().enumerate() {
                check(&found.errors[part], &expected.errors[part], what);
                check(&found.differentiable_errors[part], &expected.errors[part], &format!("differentiable {what}"));
            }
            check(&found.gradient, &expected.gradient, "gradient");
            check(&found.weights, &expected.weights, "weights");
            check(&found.losses, &expected.losses, "losses");
        }
    }
}

fn check_long_loop<B: Backend>() {
    check_loop::<B>(&LONG_LOOP, 0.1);
}

fn check_steady_loop<B: Backend>() {
    check_loop::<B>(&STEADY_LOOP, 0.01);
}

fn check_loop<B: Backend>(case: &Case, rate: f64) {
    fn run<B: Backend>(case: &Case, rate: f64, way: Way) -> Vec<f64> {
        let (ensemble, rows) = untrained::<B>(&KitsuneConfig::new(), case);
        weights(&trained(ensemble, SgdConfig::new().init(), &rows, rate, case.steps, way).0)
    }
    assert_close(&run::<B>(case, rate, Way::AnyOptimizer), &run::<NdArray>(case, rate, Way::TensorOperations), case, "weights");
}

/// Rows of which some columns go together, some crowd at one end, and one is always the same.
fn awkward_rows(rows: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut random = Random::new(seed);
    let mut row = || {
        let (a, b, c) = (random.uniform(0.0, 1.0), random.uniform(0.0, 1.0), random.uniform(0.0, 1.0));
        let noise = random.uniform(0.0, 0.1);
        [a, 3.0 * a + noise, 1.0 - a, b, b + noise, 100.0 * c.powi(12), -3.0 * (b * c).powi(10), 7.25]
            .map(|value| f64::from(value as f32))
            .to_vec()
    };
    (0..rows).map(|_| row()).collect()
}

/// Rows of a model that it was not trained on.
const ASKED: usize = 120;

const OF_A_MODEL: Case = Case { name: "a model", sizes: &[], rows: 0, steps: 0 };

/// All scores and reasons of one model, saved by one backend and loaded by the other: with clusters of unequal size, with enough prototypes for
/// those nearest to be found among others, with ties between them, and with curved, straight and constant features.
fn check_model<B: Backend>() {
    let train = awkward_rows(300, 1);
    for config in configurations() {
        let config = config.with_epochs(Some(3)).with_trim(0.0).with_max_features_per_cluster(3).with_min_features_per_cluster(1);
        let (found, expected) = model_and_its_copy::<B>(&config, &train);
        let sizes = expected.feature_map().sizes();
        assert!(sizes.iter().any(|&size| size != sizes[0]), "{sizes:?}");
        check_scores(&found, &expected, &train);
    }
    // Of rows that are all the same every deviation is a floor, that of the combined score as well.
    let config = KitsuneConfig::new().with_body_ratio(None).with_prototypes(0).with_epochs(Some(200));
    let (found, expected) = model_and_its_copy::<B>(&config, &vec![vec![1.0, 2.0]; 50]);
    // Others than those: what their errors round to is a hundredth of a deviation.
    let other = vec![vec![1.0, 2.5], vec![0.5, 2.0], vec![0.5, 2.5]];
    let scores = numbers(expected.score(tensor(&other), &ScoreOptions::new()).unwrap());
    assert!(scores.iter().all(|&score| score > 1_000.0), "{scores:?}");
    assert_close(&numbers(found.score(tensor(&other), &ScoreOptions::new()).unwrap()), &scores, &OF_A_MODEL, "scores by floors");
}

/// A model on another backend, and the one that it was saved by.
fn model_and_its_copy<B: Backend>(config: &KitsuneConfig, train: &[Vec<f64>]) -> (Kitsune<B>, Kitsune<NdArray>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let model = config.fit::<NdArray>(&data(train), &NdArrayDevice::default()).unwrap();
    model.save(&path).unwrap();
    (Kitsune::from_pretrained(&path, &B::Device::default()).unwrap(), model)
}

fn data(rows: &[Vec<f64>]) -> TensorData {
    TensorData::new(rows.concat(), [rows.len(), rows[0].len()])
}

fn check_scores<B: Backend>(found: &Kitsune<B>, expected: &Kitsune<NdArray>, train: &[Vec<f64>]) {
    let mut rows = awkward_rows(ASKED, 2);
    rows.iter_mut().step_by(3).for_each(|row| row[1] = 3.0 - row[1]);
    rows.iter_mut().step_by(7).for_each(|row| row[7] = 8.0);
    rows.iter_mut().skip(3).step_by(11).for_each(|row| row[2] = -1e7);
    // Training rows among them, of which some are prototypes; one row alone and many at once go through other kernels.
    rows.extend_from_slice(&train[..40]);
    for rows in [&rows[..1], &rows[..]] {
        for &kind in ScoreKind::ALL {
            let name = format!("{kind:?} of {} rows", rows.len());
            let host = |scores: Vec<f32>| scores.into_iter().map(f64::from).collect::<Vec<f64>>();
            let of_expected = host(expected.score_rows(&data(rows), &ScoreOptions::new().with_score(kind)).unwrap().scores);
            assert_close(
                &host(found.score_rows(&data(rows), &ScoreOptions::new().with_score(kind)).unwrap().scores),
                &of_expected,
                &OF_A_MODEL,
                &name,
            );
            // Without the training rows: a device scales in f32, and the distance of a row to itself is the root of whatever that rounds to.
            let rows = &rows[..rows.len().min(ASKED)];
            let on_device = numbers(found.score(tensor::<B>(rows), &ScoreOptions::new().with_score(kind)).unwrap());
            let expected_there = numbers(expected.score(tensor::<NdArray>(rows), &ScoreOptions::new().with_score(kind)).unwrap());
            assert_close(&on_device, &expected_there, &OF_A_MODEL, &format!("{name} on the device"));
        }
        let (found, expected) = (found.explain(tensor(rows)), expected.explain(tensor(rows)));
        assert_close(&numbers(found.reconstructions), &numbers(expected.reconstructions), &OF_A_MODEL, "reconstructions");
        assert_close(&numbers(found.features), &numbers(expected.features), &OF_A_MODEL, "features");
        assert_close(&numbers(found.clusters), &numbers(expected.clusters), &OF_A_MODEL, "clusters");
    }
}

/// Steps of which some rows are left out: those that are at the ends where all others are in the middle.
fn check_trimmed_steps<B: Backend>() {
    fn run<B: Backend>(case: &Case) -> [Vec<f64>; 2] {
        let (ensemble, mut rows) = untrained::<B>(&KitsuneConfig::new(), case);
        for (row, values) in rows.iter_mut().enumerate() {
            let strange = row % 30 == 7;
            for value in values {
                *value = if strange { value.round() } else { 0.4 + 0.2 * *value };
            }
        }
        let trainer = Trainer::new(ensemble, Scaler::identity(rows[0].len()), KitsuneConfig::new().init_optimizer()).unwrap();
        let mut trainer = trainer.trimming(data(&rows), 100).unwrap();
        (0..case.steps).for_each(|_| trainer.step(data(&rows), 0.01).unwrap());
        let losses = trainer.take_losses().unwrap();
        let trimmed = trainer.finish(data(&rows), None).unwrap().summary().trimmed;
        assert!((trimmed - 1.0 / 30.0).abs() < 1e-9, "{trimmed}");
        [weights(trainer.ensemble()), vec![losses.tails, losses.head, losses.body.unwrap()]]
    }
    let case = Case { name: "trimmed", sizes: &[13, 4, 1, 7], rows: 60, steps: 20 };
    let (found, expected) = (run::<B>(&case), run::<NdArray>(&case));
    assert_close(&found[0], &expected[0], &case, "weights");
    assert_close(&found[1], &expected[1], &case, "losses");
}

/// A short training by the default configuration on each. Rounding is enough for steps of Adam to part, for it divides a gradient by its size, so what
/// is compared is what the models find: how well they tell rows apart in which two columns do not go together.
fn check_default_training<B: Backend>() {
    fn run<B: Backend>() -> f64 {
        let config = KitsuneConfig::new().with_epochs(Some(2));
        let model = config.fit::<B>(&data(&awkward_rows(320, 3)), &B::Device::default()).unwrap();
        assert!(model.summary().trimmed > 0.0);
        let ordinary = awkward_rows(200, 4);
        let mut strange = awkward_rows(200, 5);
        for row in &mut strange {
            row[1] = 3.0 - row[1];
        }
        let scores = model.score_rows(&data(&[ordinary, strange].concat()), &ScoreOptions::new()).unwrap().scores;
        Ranking::new(&scores, &[[false; 200], [true; 200]].concat()).unwrap().roc_auc()
    }
    let (found, expected) = (run::<B>(), run::<NdArray>());
    assert!(expected > 0.6, "AUC {expected}");
    assert!((found - expected).abs() <= 0.005, "AUC {found} instead of {expected}");
}

fn assert_close(found: &[f64], expected: &[f64], case: &Case, what: &str) {
    assert_eq!(found.len(), expected.len());
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let difference = (found - expected).abs();
        assert!(difference <= 1e-4 * (1.0 + expected.abs()), "{}, {what} {at}: {found} instead of {expected}", case.name);
    }
}

fn run<B: Backend>(config: &KitsuneConfig, case: &Case, way: Way) -> Results {
    let (ensemble, rows) = untrained::<B>(config, case);
    let before = weights(&ensemble);
    let (step, _) = match way {
        Way::OwnOptimizer => {
            let (ensemble, _) = untrained::<B>(&config.clone().with_optimizer(OptimizerKind::Sgd), case);
            let optimizer = ensemble.config().init_optimizer();
            trained(ensemble, optimizer, &rows, GRADIENT_RATE, 1, way)
        }
        _ => trained(ensemble.clone(), SgdConfig::new().init(), &rows, GRADIENT_RATE, 1, way),
    };
    let gradient = before.iter().zip(weights(&step)).map(|(before, after)| (before - after) / GRADIENT_RATE).collect();

    let (trained, losses) = match way {
        Way::OwnOptimizer => trained(ensemble.clone(), config.init_optimizer(), &rows, 0.01, case.steps, way),
        _ => trained(ensemble.clone(), AdamConfig::new().with_epsilon(1e-8).init(), &rows, 0.01, case.steps, way),
    };
    Results {
        errors: errors(&ensemble.valid(), &rows),
        differentiable_errors: errors(&ensemble, &rows),
        gradient,
        weights: weights(&trained),
        losses: vec![losses.tails, losses.head, losses.body.unwrap()],
    }
}

fn errors<B: Backend>(ensemble: &Ensemble<B>, rows: &[Vec<f64>]) -> [Vec<f64>; 3] {
    let errors = ensemble.forward(tensor(rows));
    [numbers(errors.tails), numbers(errors.head), numbers(errors.body.unwrap())]
}

/// An ensemble over shuffled features, and rows for it.
fn untrained<B: Backend>(config: &KitsuneConfig, case: &Case) -> (Ensemble<Autodiff<B>>, Vec<Vec<f64>>) {
    let features = case.sizes.iter().sum();
    let mut order: Vec<usize> = (0..features).collect();
    let mut random = Random::new(9);
    random.shuffle(&mut order);
    let clusters = case.sizes.iter().map(|&size| order.split_off(order.len() - size)).collect();
    let map = FeatureMap::new(features, clusters, Coverage::Exact).unwrap();
    (config.init(&map, &B::Device::default()).unwrap(), random.rows(case.rows, features))
}

fn trained<B: Backend, O: Optimizer<Ensemble<Autodiff<B>>, Autodiff<B>> + 'static>(
    ensemble: Ensemble<Autodiff<B>>,
    optimizer: O,
    rows: &[Vec<f64>],
    rate: f64,
    steps: usize,
    way: Way,
) -> (Ensemble<Autodiff<B>>, Losses) {
    let trainer = Trainer::new(ensemble, Scaler::identity(rows[0].len()), optimizer).unwrap();
    let mut trainer = if way == Way::TensorOperations { trainer.by_tensor_operations() } else { trainer };
    for _ in 0..steps {
        trainer.step(tensor::<Autodiff<B>>(rows), rate).unwrap();
    }
    let losses = trainer.take_losses().unwrap();
    (trainer.ensemble().clone(), losses)
}

fn weights<B: Backend>(ensemble: &Ensemble<B>) -> Vec<f64> {
    let weights = [ensemble.tails(), ensemble.head(), ensemble.body().unwrap()].map(TiedAutoencoder::weights);
    weights.into_iter().flat_map(|w| [numbers(w.weight), numbers(w.hidden_bias), numbers(w.visible_bias)].concat()).collect()
}

/// [rows, features].
fn tensor<B: Backend>(rows: &[Vec<f64>]) -> Tensor<B, 2> {
    Tensor::from_data(TensorData::new(rows.concat(), [rows.len(), rows[0].len()]), &B::Device::default())
}

fn numbers<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}
