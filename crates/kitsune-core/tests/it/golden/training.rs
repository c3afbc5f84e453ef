//! Training steps of batch Kitsune: SGD with momentum, gradients clipped by their global norm, the head on raw errors, no dropout.

use burn::backend::Autodiff;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{Optimizer, SgdConfig};
use kitsune_core::model::Ensemble;
use kitsune_core::scaler::Scaler;
use kitsune_core::training::Losses;
use kitsune_core::{KitsuneConfig, Trainer};

use super::{TrainingCase, training_cases};
use crate::bridge::{GRADIENT_RATE, assert_close, assert_weights, feature_map, gradient_of_step, load, read, tensor};
use crate::{TOLERANCE, TestBackend, device};

type TrainingBackend = Autodiff<TestBackend>;

/// Allowed difference after several steps, at least 1e-8: Burn has the momentum as an f32, and 0.9 is off by 3e-8 there.
const MOMENTUM_TOLERANCE: f64 = if TOLERANCE > 1e-8 { TOLERANCE } else { 1e-8 };

#[test]
fn ten_steps_have_the_losses_and_the_weights_of_the_original() {
    for case in training_cases() {
        let momentum = MomentumConfig::new().with_momentum(case.momentum).with_dampening(0.0);
        let mut trainer = trainer(&case, case.clip_norm, SgdConfig::new().with_momentum(Some(momentum)).init());
        for (number, (batch, step)) in case.batches.iter().zip(&case.steps).enumerate() {
            trainer.step(tensor::<TrainingBackend>(batch), case.learning_rate).unwrap();

            let what = format!("{}, losses of step {number}", case.name);
            let Losses { tails, head, .. } = trainer.take_losses().unwrap();
            assert_close(&[tails, head], &[step.tail_loss, step.head_loss], MOMENTUM_TOLERANCE, &what);
            if number == 0 {
                let expected = case.weights_after_1.ensemble(&case.clusters);
                assert_weights(&read(trainer.ensemble()), &expected, TOLERANCE, &format!("{} after one step", case.name));
            }
        }
        assert_eq!(trainer.steps(), 10);
        let expected = case.weights_after_10.ensemble(&case.clusters);
        assert_weights(&read(trainer.ensemble()), &expected, MOMENTUM_TOLERANCE, &format!("{} after ten steps", case.name));
    }
}

#[test]
fn gradients_are_those_of_the_original_before_and_after_clipping() {
    for case in training_cases() {
        // Tensor operations round as those of the original do, and are compared with them in the same precision. What is computed otherwise is
        // compared with the original in f64: its own f32 is off by up to 1.5e-5 there.
        let in_f64 = (&case.gradients_before_clip, &case.gradients_after_clip, false);
        let in_f32 = (&case.gradients_in_f32.before_clip, &case.gradients_in_f32.after_clip, true);
        let of_precision = if TOLERANCE > 1e-8 { &[in_f64, in_f32][..] } else { &[in_f64][..] };
        let both = |&(before_clip, after_clip, by_tensors)| [(f64::MAX, before_clip, by_tensors), (case.clip_norm, after_clip, by_tensors)];
        for (clip_norm, expected, by_tensors) in of_precision.iter().flat_map(both) {
            let trainer = trainer(&case, clip_norm, SgdConfig::new().init());
            let mut trainer = if by_tensors { trainer.by_tensor_operations() } else { trainer };
            let before = read(trainer.ensemble());
            trainer.step(tensor::<TrainingBackend>(&case.batches[0]), GRADIENT_RATE).unwrap();
            let found = gradient_of_step(&before, &read(trainer.ensemble()));
            let what = format!("{}, gradients clipped to {clip_norm}", case.name);
            let norm = found.parameters().map(|g| g * g).sum::<f64>().sqrt();
            let unclipped = case.steps[0].gradient_norm;
            assert_close(&[norm], &[unclipped * (clip_norm / (unclipped + 1e-6)).min(1.0)], TOLERANCE, &what);
            assert_weights(&found, &expected.ensemble(&case.clusters), TOLERANCE, &what);
        }
    }
}

fn trainer<O: Optimizer<Ensemble<TrainingBackend>, TrainingBackend> + 'static>(
    case: &TrainingCase,
    clip_norm: f64,
    optimizer: O,
) -> Trainer<TrainingBackend, O> {
    let map = feature_map(&case.clusters);
    let config = KitsuneConfig::original().with_dropout(0.0).with_clip_norm(clip_norm);
    let ensemble = load(config.init(&map, &device()).unwrap(), &case.weights_before.ensemble(&case.clusters));
    Trainer::new(ensemble, Scaler::identity(map.features()), optimizer).unwrap()
}
