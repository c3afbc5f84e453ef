//! The scalar reference has to agree with the original, or what agrees with it says nothing.

use crate::bridge::{assert_close, assert_weights};
use crate::golden::training_cases;
use crate::reference::{Batch, Hidden, RowError, Sgd, clip_global_norm};

#[test]
fn ten_steps_of_the_reference_are_those_of_the_original() {
    for case in training_cases() {
        let mut weights = case.weights_before.ensemble(&case.clusters);
        let mut sgd = Sgd::new(case.momentum, &weights);
        for (number, (rows, step)) in case.batches.iter().zip(&case.steps).enumerate() {
            let what = format!("{}, step {number}", case.name);
            let batch = Batch { rows, tail_dropout: None, head_dropout: None };
            let mut pass = weights.pass(&batch, (Hidden::Tanh, RowError::Absolute), None);
            if number == 0 {
                assert_weights(&pass.gradient, &case.gradients_before_clip.ensemble(&case.clusters), 1e-12, &what);
            }
            let norm = clip_global_norm(&mut pass.gradient, case.clip_norm);
            assert_close(&[pass.tail_loss(), pass.head_loss(), norm], &[step.tail_loss, step.head_loss, step.gradient_norm], 1e-13, &what);
            sgd.step(case.learning_rate, &mut weights, &pass.gradient);
            if number == 0 {
                assert_weights(&weights, &case.weights_after_1.ensemble(&case.clusters), 1e-13, &what);
            }
        }
        assert_weights(&weights, &case.weights_after_10.ensemble(&case.clusters), 1e-13, &case.name);
    }
}

#[test]
fn the_hand_written_gradient_is_the_slope_of_the_loss() {
    use crate::random::Random;
    use crate::reference::{Autoencoder, Ensemble};

    for kind in
        [(Hidden::Tanh, RowError::RootMeanSquare), (Hidden::Sigmoid, RowError::Absolute), (Hidden::Sigmoid, RowError::RootMeanSquare)]
    {
        let mut random = Random::new(3);
        let mut weights = Ensemble {
            clusters: vec![vec![2, 0], vec![1, 3, 4]],
            tails: vec![Autoencoder::zeros(2, 1), Autoencoder::zeros(3, 2)],
            head: Autoencoder::zeros(2, 1),
            body: Some(Autoencoder::zeros(5, 3)),
        };
        weights.parameters_mut().for_each(|w| *w = random.uniform(-1.0, 1.0));
        let rows = random.rows(3, 5);
        let kept = random.rows(3, 5);
        let batch = Batch { rows: &rows, tail_dropout: Some(&kept), head_dropout: None };
        let gradient = weights.pass(&batch, kind, None).gradient;

        let tail_parameters = weights.tails.iter().flat_map(Autoencoder::parameters).count();
        let head_parameters = weights.head.parameters().count();
        for (at, slope) in gradient.parameters().enumerate() {
            // A tail's parameters are moved by the tails' loss alone, those of head and body by their own.
            let loss = |by: f64| {
                let mut moved = weights.clone();
                *moved.parameters_mut().nth(at).unwrap() += by;
                let pass = moved.pass(&batch, kind, None);
                match at.checked_sub(tail_parameters) {
                    None => pass.tail_loss(),
                    Some(at) if at < head_parameters => pass.head_loss(),
                    Some(_) => pass.body_loss(),
                }
            };
            let expected = (loss(1e-6) - loss(-1e-6)) / 2e-6;
            assert!((slope - expected).abs() < 1e-8, "{kind:?}, parameter {at}: {slope} instead of {expected}");
        }
    }
}
