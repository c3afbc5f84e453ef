//! A detector as a part of somebody's module, recorded with it by Burn's own recorders.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::record::{BinBytesRecorder, FullPrecisionSettings, NamedMpkBytesRecorder, Recorder};
use burn::tensor::backend::Backend;
use kitsune_core::kinds::{Activation, Named, Outside};
use kitsune_core::{Error, Kitsune, KitsuneConfig, ScoreKind, ScoreOptions};

use crate::bridge::{matrix, numbers, tensor};
use crate::random::Random;
use crate::taken_apart::file_bytes;
use crate::training::{factor_rows, quick};
use crate::{TestBackend, device};

/// What somebody might build on a detector.
#[derive(Module, Debug)]
struct Triage<B: Backend> {
    kitsune: Kitsune<B>,
    classes: Linear<B>,
}

impl Triage<TestBackend> {
    fn new(config: &KitsuneConfig, rows: &[Vec<f64>], columns: Option<Vec<String>>) -> Result<Self, Error> {
        let kitsune = config.fit(&matrix(rows), &device())?;
        let kitsune = match columns {
            Some(columns) => kitsune.with_columns(columns)?,
            None => kitsune,
        };
        Ok(Self { kitsune, classes: LinearConfig::new(1, 3).init(&device()) })
    }
}

#[test]
fn a_recorded_detector_comes_back_whole_into_one_of_another_kind() {
    check(NamedMpkBytesRecorder::<FullPrecisionSettings>::default());
    check(BinBytesRecorder::<FullPrecisionSettings>::default());
}

fn check<R>(recorder: R)
where
    R: Recorder<TestBackend, RecordArgs = (), RecordOutput = Vec<u8>, LoadArgs = Vec<u8>>,
{
    let names = (0..8).map(|column| format!("column {column}")).collect();
    let recorded = Triage::new(&quick().with_seed(3).with_clamp(false), &factor_rows(200, 1), Some(names)).unwrap();
    assert_eq!(recorded.kitsune.scaler().outside(), Outside::Extend);
    // Burn draws the weights of a layer when they are first looked at.
    let classes = numbers(recorded.classes.weight.val());
    let bytes = recorder.record(recorded.clone().into_record(), ()).unwrap();

    // Other rows, features, clusters, sizes, scaler, score, and wide rows, whose neighbours are projected: nothing of it may stay.
    let other = quick().with_activation(Activation::Sigmoid).with_score(ScoreKind::Head).with_max_features_per_cluster(2);
    for (other, features) in [(other.clone(), 5), (other.clone(), 20), (other.with_body_ratio(None).with_prototypes(0), 5)] {
        let other = Triage::new(&other, &Random::new(2).rows(50, features), None).unwrap();
        let restored = other.clone().load_record(recorder.load(bytes.clone(), &device()).unwrap());
        assert_same(&restored.kitsune, &recorded.kitsune);
        assert_eq!(numbers(restored.classes.weight.val()), classes);

        // And the other way round: what the recorded one lacks does not stay either.
        let bytes = recorder.record(other.clone().into_record(), ()).unwrap();
        let restored = recorded.clone().load_record(recorder.load(bytes, &device()).unwrap());
        assert_eq!(file_bytes(&restored.kitsune), file_bytes(&other.kitsune));
        let rows = matrix(&Random::new(3).rows(20, features));
        assert_eq!(
            restored.kitsune.score_rows(&rows, &ScoreOptions::new()).unwrap().scores,
            other.kitsune.score_rows(&rows, &ScoreOptions::new()).unwrap().scores
        );
    }
}

fn assert_same(found: &Kitsune<TestBackend>, expected: &Kitsune<TestBackend>) {
    assert_eq!(found.config(), expected.config());
    assert_eq!(found.feature_map(), expected.feature_map());
    assert_eq!(found.scaler(), expected.scaler());
    assert_eq!(found.columns(), expected.columns());
    assert!(expected.means().is_some());
    assert_eq!(found.means(), expected.means());
    assert_eq!(found.summary(), expected.summary());
    assert!(expected.threshold().is_some());
    assert_eq!((found.normal_scores(), found.threshold()), (expected.normal_scores(), expected.threshold()));
    assert!(found.ensemble().body().is_some());

    // Also on rows far outside the range of the training, where the scaler decides.
    let mut rows = factor_rows(20, 4);
    rows.push(vec![50.0, -50.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(
        found.score_rows(&matrix(&rows), &ScoreOptions::new()).unwrap().scores,
        expected.score_rows(&matrix(&rows), &ScoreOptions::new()).unwrap().scores
    );
    assert_eq!(
        numbers(found.score(tensor(&rows), &ScoreOptions::new()).unwrap()),
        numbers(expected.score(tensor(&rows), &ScoreOptions::new()).unwrap())
    );
    for &kind in ScoreKind::ALL {
        let scores = |model: &Kitsune<TestBackend>| model.score_rows(&matrix(&rows), &ScoreOptions::new().with_score(kind)).unwrap().scores;
        assert_eq!(scores(found), scores(expected), "{kind:?}");
    }
    let reasons = |model: &Kitsune<TestBackend>| model.reasons(&matrix(&rows), 0..rows.len(), 3).unwrap();
    assert_eq!(reasons(found), reasons(expected));
    assert_eq!(file_bytes(found), file_bytes(expected));
}
