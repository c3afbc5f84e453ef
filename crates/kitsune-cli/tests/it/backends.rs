//! One model file gives the same scores on any backend.

use crate::demo::{self, demo_auc};
use crate::folder::{Folder, MODEL};
use crate::rows::assert_close;

/// The allowed difference of a score in parts of 1 + score. The backends sum in different orders, and f32 resolves 6e-8.
const TOLERANCE: f32 = 1e-4;

/// The allowed difference of an AUC. The differences of single steps add up over a training.
const AUC_TOLERANCE: f64 = 0.005;

fn scores(folder: &Folder, options: &str) -> Vec<f32> {
    folder.kitsune("anomaly-scores").word(demo::path("test")).word("scores").words(options).succeeds();
    folder.scores("scores")
}

#[track_caller]
fn scores_as_ndarray_does(options: &str) {
    assert_close(options, &scores(&demo::folder(), options), &demo::trained().parts.concat(), TOLERANCE);
}

/// Trains on the demo's rows, and returns the AUC of the scores on ndarray.
fn trained(options: &str, backend: &str) -> (Vec<u8>, f64) {
    let folder = Folder::new();
    folder.kitsune("train").word(demo::path("train")).words(options).words(backend).succeeds();
    (folder.read(MODEL), demo_auc(&scores(&folder, "")))
}

#[test]
fn flex_scores_a_model_of_ndarray() {
    scores_as_ndarray_does("--backend flex");
}

#[test]
fn wgpu_scores_a_model_of_ndarray() {
    scores_as_ndarray_does("--backend wgpu --device 0");
}

/// The same code computes for both backends, whose numbers lie on the host.
#[test]
fn flex_trains_the_very_model_of_ndarray() {
    let (flex, auc) = trained("", "--backend flex");
    assert!(flex == trained("", "--backend ndarray").0, "the models differ");
    assert!(auc > 0.95, "AUC {auc}");
}

/// The longest test: a software Vulkan device takes some 90 ms for a step, so there are few steps.
#[test]
fn ndarray_scores_a_model_of_wgpu_that_finds_as_much() {
    let trained = |backend| trained("--epochs 8 --batch-size 64", backend);
    let ((model, found), (other, expected)) = (trained("--backend wgpu --device 0"), trained("--backend ndarray"));
    assert!(model != other, "is it another backend?");
    assert!((found - expected).abs() <= AUC_TOLERANCE, "AUC {found} instead of {expected}");
}
