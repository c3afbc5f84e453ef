//! The batched matmuls against the scalar reference, on shapes, weights and rows that were drawn.

use burn::backend::Autodiff;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{AdamConfig, GradientsParams, Optimizer, SgdConfig};
use burn::tensor::Tensor;
use kitsune_core::kinds::{Activation, ErrorMetric, HeadInput, HiddenSize};
use kitsune_core::model::Ensemble;
use kitsune_core::scaler::Scaler;
use kitsune_core::{KitsuneConfig, Trainer};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::bridge::{GRADIENT_RATE, assert_close, assert_weights, feature_map, gradient_of_step, load, numbers, read, tensor};
use crate::random::Random;
use crate::reference::{self, Adam, Autoencoder, Batch, Hidden, Range, RowError, Sgd, clip_global_norm};
use crate::{TestBackend, device};

type TrainingBackend = Autodiff<TestBackend>;

/// Parts of a tensor's largest value. A sum of 200 features over 33 rows rounds to some 1e-14; the scaled input of the head can be a small
/// difference of two errors, which makes it a thousand times that.
const TOLERANCE: f64 = 1e-10;

#[derive(Debug, Clone)]
struct Case {
    /// Visible units of each tail.
    sizes: Vec<usize>,
    rows: usize,
    activation: Activation,
    error: ErrorMetric,
    head_input: HeadInput,
    hidden_size: HiddenSize,
    body_ratio: Option<f64>,
    seed: u64,
}

/// 1 to 200 features in clusters of unequal size, 1 to 33 rows.
fn cases() -> impl Strategy<Value = Case> {
    let sizes = prop::collection::vec(prop_oneof![1..=4_usize, 1..=60_usize], 1..=8).prop_map(|mut sizes| {
        while sizes.iter().sum::<usize>() > 200 {
            sizes.pop();
        }
        sizes
    });
    let activation = prop_oneof![Just(Activation::Tanh), Just(Activation::Sigmoid)];
    let error = prop_oneof![Just(ErrorMetric::Absolute), Just(ErrorMetric::RootMeanSquare)];
    let head_input = prop_oneof![Just(HeadInput::Raw), Just(HeadInput::MinMax)];
    let hidden_size = prop_oneof![
        Just(HiddenSize::CompressionRate(0.6)),
        (0.0..1.0).prop_map(HiddenSize::CompressionRate),
        Just(HiddenSize::HiddenRatio(0.75)),
        (0.01..=1.0).prop_map(HiddenSize::HiddenRatio),
    ];
    let body_ratio = prop_oneof![Just(None), Just(Some(0.75)), (0.01..=1.0).prop_map(Some)];
    (sizes, 1..=33_usize, activation, error, head_input, hidden_size, body_ratio, any::<u64>()).prop_map(
        |(sizes, rows, activation, error, head_input, hidden_size, body_ratio, seed)| Case {
            sizes,
            rows,
            activation,
            error,
            head_input,
            hidden_size,
            body_ratio,
            seed,
        },
    )
}

/// Such as f32 holds exactly, in which Burn has them.
fn momenta() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(0.5), Just(0.875)]
}

fn proptest_config(cases: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(0), ..ProptestConfig::with_cases(cases) }
}

proptest! {
    #![proptest_config(proptest_config(256))]

    #[test]
    fn errors_and_gradients_are_those_of_the_reference_with_dropout_on(case in cases()) {
        case.check_pass();
    }

    #[test]
    fn steps_of_sgd_are_those_of_the_reference(case in cases(), momentum in momenta(), clip_norm in 0.001..1.0) {
        let mut sgd = Sgd::new(momentum, &read(&case.ensemble(&case.config())));
        let config = MomentumConfig::new().with_momentum(momentum).with_dampening(0.0);
        let optimizer = SgdConfig::new().with_momentum(Some(config)).init();
        case.check_steps(optimizer, clip_norm, |weights, gradient| sgd.step(0.01, weights, gradient));
    }

    #[test]
    fn steps_of_adam_are_those_of_the_reference(case in cases()) {
        let mut adam = Adam::new(&read(&case.ensemble(&case.config())));
        let optimizer = AdamConfig::new().with_epsilon(1e-8).init();
        case.check_steps(optimizer, 2.0, |weights, gradient| adam.step(0.01, weights, gradient));
    }
}

#[test]
fn a_perfect_reconstruction_has_a_gradient_of_0_and_no_nan() {
    // Without weights and biases every output is 1/2, which is what the rows are.
    for error in [ErrorMetric::Absolute, ErrorMetric::RootMeanSquare] {
        let case = Case {
            sizes: vec![3, 1, 5],
            rows: 4,
            activation: Activation::Sigmoid,
            error,
            head_input: HeadInput::MinMax,
            hidden_size: HiddenSize::CompressionRate(0.6),
            body_ratio: None,
            seed: 0,
        };
        let (config, reference) = (case.config(), case.weights().zeros_like());
        let ensemble = load(config.init::<TrainingBackend>(&feature_map(&reference.clusters), &device()).unwrap(), &reference);
        let tails = ensemble.tail_errors(tensor(&vec![vec![0.5; 9]; 4]), None);
        let loss = tails.clone().sum_dim(1).mean();
        let floor = if error == ErrorMetric::Absolute { 1e-7_f64.sqrt() } else { 1e-7 };
        assert_close(&numbers(tails), &[floor; 12], 1e-6, "tail errors");
        assert_eq!(gradient(ensemble, loss), reference);
    }
}

#[test]
fn the_gradient_of_the_head_does_not_reach_the_tails() {
    let mut random = Random::new(5);
    let case = Case {
        sizes: vec![4, 2, 3],
        rows: 5,
        activation: Activation::Tanh,
        error: ErrorMetric::Absolute,
        head_input: HeadInput::Raw,
        hidden_size: HiddenSize::CompressionRate(0.6),
        body_ratio: Some(0.75),
        seed: 5,
    };
    let ensemble = case.ensemble(&case.config());
    let loss = ensemble.forward(tensor(&random.rows(5, 9))).head.mean();
    let found = gradient(ensemble, loss);
    assert!(found.tails.iter().flat_map(Autoencoder::parameters).all(|&g| g == 0.0));
    assert!(found.body.iter().flat_map(Autoencoder::parameters).all(|&g| g == 0.0));
    assert!(found.head.parameters().all(|&g| g != 0.0));
}

impl Case {
    fn config(&self) -> KitsuneConfig {
        KitsuneConfig::original()
            .with_dropout(0.0)
            .with_activation(self.activation)
            .with_error(self.error)
            .with_head_input(self.head_input)
            .with_hidden_size(self.hidden_size)
            .with_body_ratio(self.body_ratio)
    }

    fn kind(&self) -> (Hidden, RowError) {
        let hidden = match self.activation {
            Activation::Tanh => Hidden::Tanh,
            Activation::Sigmoid => Hidden::Sigmoid,
            other => panic!("the reference has no {other}"),
        };
        let error = match self.error {
            ErrorMetric::Absolute => RowError::Absolute,
            ErrorMetric::RootMeanSquare => RowError::RootMeanSquare,
            other => panic!("the reference has no {other}"),
        };
        (hidden, error)
    }

    fn range(&self) -> Option<Range> {
        (self.head_input == HeadInput::MinMax).then(|| Range::empty(self.sizes.len()))
    }

    fn features(&self) -> usize {
        self.sizes.iter().sum()
    }

    /// Drawn tails and head over drawn clusters of these sizes.
    fn weights(&self) -> reference::Ensemble {
        let mut random = Random::new(self.seed);
        let mut features: Vec<usize> = (0..self.features()).collect();
        random.shuffle(&mut features);
        let clusters = self.sizes.iter().map(|&size| features.split_off(features.len() - size)).collect();
        let autoencoder = |visible: usize| Autoencoder::zeros(visible, hidden_units(self.hidden_size, visible));
        let tails = self.sizes.iter().map(|&size| autoencoder(size)).collect();
        let mut weights = reference::Ensemble { clusters, tails, head: autoencoder(self.sizes.len()), body: None };
        weights.parameters_mut().for_each(|w| *w = random.uniform(-0.5, 0.5));
        weights
    }

    /// The crate's ensemble with the same tails and head, and a body of its own if it is to have one.
    fn ensemble(&self, config: &KitsuneConfig) -> Ensemble<TrainingBackend> {
        let weights = self.weights();
        let ensemble = config.init(&feature_map(&weights.clusters), &device()).unwrap();
        load(ensemble, &weights)
    }

    fn check_pass(&self) {
        let mut random = Random::new(!self.seed);
        let rows = random.rows(self.rows, self.features());
        let mut mask = |width: usize| -> Vec<Vec<f64>> {
            let kept = |value: f64| if value < 0.3 { 0.0 } else { 1.0 / 0.7 };
            random.rows(self.rows, width).into_iter().map(|row| row.into_iter().map(kept).collect()).collect()
        };
        let (tail_dropout, head_dropout) = (mask(self.features()), mask(self.sizes.len()));
        let batch = Batch { rows: &rows, tail_dropout: Some(&tail_dropout), head_dropout: Some(&head_dropout) };
        let mut ensemble = self.ensemble(&self.config());
        let expected = read(&ensemble).pass(&batch, self.kind(), self.range().as_mut());
        let tails = ensemble.tail_errors(tensor(&rows), Some(tensor(&tail_dropout)));
        if self.head_input == HeadInput::MinMax {
            ensemble = ensemble.with_head_range(tails.clone());
        }
        let head = ensemble.head_error(tails.clone(), Some(tensor(&head_dropout)));
        assert_close(&numbers(tails.clone()), &expected.tail_errors.concat(), TOLERANCE, "tail errors");
        assert_close(&numbers(head.clone()), &expected.head_errors, TOLERANCE, "head errors");

        let body = ensemble.body_error(tensor(&rows), Some(tensor(&tail_dropout)));
        let body_errors = body.clone().map(numbers).unwrap_or_default();
        assert_close(&body_errors, &expected.body_errors, TOLERANCE, "body errors");

        let loss = tails.sum_dim(1).mean() + head.mean();
        let loss = body.map_or_else(|| loss.clone(), |body| loss.clone() + body.mean());
        assert_weights(&gradient(ensemble, loss), &expected.gradient, TOLERANCE, "gradient");
    }

    /// Five steps of a trainer beside five of the reference, which `update` finishes.
    fn check_steps<O>(&self, optimizer: O, clip_norm: f64, mut update: impl FnMut(&mut reference::Ensemble, &reference::Ensemble))
    where
        O: Optimizer<Ensemble<TrainingBackend>, TrainingBackend> + 'static,
    {
        let mut random = Random::new(!self.seed);
        let ensemble = self.ensemble(&self.config().with_clip_norm(clip_norm));
        let mut trainer = Trainer::new(ensemble, Scaler::identity(self.features()), optimizer).unwrap();
        let mut weights = read(trainer.ensemble());
        let mut range = self.range();
        for step in 0..5 {
            let rows = random.rows(self.rows, self.features());
            let batch = Batch { rows: &rows, tail_dropout: None, head_dropout: None };
            let mut pass = weights.pass(&batch, self.kind(), range.as_mut());
            clip_global_norm(&mut pass.gradient, clip_norm);
            update(&mut weights, &pass.gradient);

            trainer.step(tensor::<TrainingBackend>(&rows), 0.01).unwrap();
            assert_weights(&read(trainer.ensemble()), &weights, TOLERANCE, &format!("step {step}"));
        }
    }
}

/// The gradient of a loss, taken from what one step of plain gradient descent does to the weights.
fn gradient(ensemble: Ensemble<TrainingBackend>, loss: Tensor<TrainingBackend, 1>) -> reference::Ensemble {
    let before = read(&ensemble);
    let gradients = GradientsParams::from_grads(loss.backward(), &ensemble);
    let after = SgdConfig::new().init().step(GRADIENT_RATE, ensemble, gradients);
    gradient_of_step(&before, &read(&after))
}

/// `floor(visible · (1 - rate))` or `ceil(visible · ratio)`, at least 1.
fn hidden_units(size: HiddenSize, visible: usize) -> usize {
    let units = match size {
        HiddenSize::CompressionRate(rate) => (visible as f64 * (1.0 - rate)).floor(),
        HiddenSize::HiddenRatio(ratio) => (visible as f64 * ratio).ceil(),
        other => panic!("the reference has no {other}"),
    };
    units.max(1.0) as usize
}
