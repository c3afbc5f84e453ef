//! Trainings that go on from a model with other rows.

use kitsune_core::kinds::{Activation, InputScaling, OptimizerKind, ThresholdKind};
use kitsune_core::training::Training;
use kitsune_core::{Error, Kitsune, KitsuneConfig, ScoreKind};

use crate::bridge::{matrix, numbers};
use crate::taken_apart::file_bytes;
use crate::training::{factor_rows, quick};
use crate::{TestBackend, device};

type Model = Kitsune<TestBackend>;

fn names() -> Vec<String> {
    (0..8).map(|column| format!("column {column}")).collect()
}

/// One that has learnt little.
fn beginner() -> Model {
    quick().with_epochs(Some(2)).fit::<TestBackend>(&matrix(&factor_rows(300, 1)), &device()).unwrap().with_columns(names()).unwrap()
}

fn go_on(config: &KitsuneConfig, model: &Model) -> Result<Model, Error> {
    Training::new(config, &matrix(&factor_rows(300, 2))).with_initial_model(model).run(&device())
}

fn reloaded(model: &Model) -> Model {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    model.save(&path).unwrap();
    Kitsune::from_pretrained(path, &device()).unwrap()
}

#[test]
fn going_on_lowers_the_losses_and_leaves_scaler_map_and_names() {
    let model = beginner();
    let (config, rows) = (quick().with_epochs(Some(2)), matrix(&factor_rows(300, 2)));
    let fresh: Model = config.fit(&rows, &device()).unwrap();
    let mut latest = model.clone();
    for round in 0..3 {
        let next = go_on(&config, &latest).unwrap();
        assert_eq!(next.scaler(), model.scaler());
        assert_eq!(next.feature_map(), model.feature_map());
        assert_eq!(next.columns(), model.columns());
        assert_eq!(next.means(), fresh.means(), "the means are those of the new rows");
        assert_eq!((next.summary().rows, next.summary().epochs, next.summary().steps), (Some(300), Some(2), fresh.summary().steps));
        let losses = |model: &Model| [model.summary().tail_loss, model.summary().body_loss].map(Option::unwrap);
        for (part, (now, before)) in ["tails", "body"].iter().zip(losses(&next).into_iter().zip(losses(&latest))) {
            assert!(now < before, "round {round}: the loss of the {part} went from {before} to {now}");
        }
        latest = next;
    }
    assert_ne!(latest.normal_scores(), model.normal_scores());
}

#[test]
fn a_model_from_a_file_goes_on_as_the_one_that_was_saved() {
    let model = beginner();
    assert!(file_bytes(&go_on(&quick(), &model).unwrap()) == file_bytes(&go_on(&quick(), &reloaded(&model)).unwrap()));
}

#[test]
fn each_weight_goes_on() {
    // With a learning rate that moves nothing, all that is trained is what it was.
    let model = beginner();
    let same = go_on(&quick().with_epochs(Some(1)).with_learning_rate(Some(1e-30)), &model).unwrap();
    let weights = |model: &Model| {
        let ensemble = model.ensemble();
        let of = |autoencoder: &kitsune_core::model::TiedAutoencoder<TestBackend>| {
            let weights = autoencoder.weights();
            [weights.weight, weights.hidden_bias, weights.visible_bias].map(numbers)
        };
        [of(ensemble.tails()), of(ensemble.head()), of(ensemble.body().unwrap())]
    };
    assert_eq!(weights(&same), weights(&model));
    let moved = weights(&go_on(&quick().with_epochs(Some(1)), &model).unwrap());
    for (part, (moved, before)) in ["tails", "head", "body"].iter().zip(moved.iter().zip(&weights(&model))) {
        for (name, (moved, before)) in ["weight", "hidden bias", "visible bias"].iter().zip(moved.iter().zip(before)) {
            assert_ne!(moved, before, "{part}, {name}");
        }
    }
}

#[test]
fn what_the_model_is_comes_from_it_and_how_it_is_trained_from_the_caller() {
    let rows = matrix(&factor_rows(300, 1));
    let of_model = quick()
        .with_activation(Activation::Sigmoid)
        .with_body_ratio(None)
        .with_prototypes(5)
        .with_inputs(InputScaling::MinMax)
        .with_clamp(false)
        .with_score(ScoreKind::Tails);
    let model: Model = of_model.clone().with_batch_size(Some(16)).with_dropout(0.3).fit(&rows, &device()).unwrap();
    let training = KitsuneConfig::new()
        .with_epochs(Some(3))
        .with_batch_size(Some(64))
        .with_optimizer(OptimizerKind::Sgd)
        .with_seed(5)
        .with_trim(0.0)
        .with_threshold(ThresholdKind::LogNormal)
        .with_alert_rate(0.05);
    let config = go_on(&training, &model).unwrap().config().clone();
    let expected = of_model
        .with_epochs(Some(3))
        .with_batch_size(Some(64))
        .with_optimizer(OptimizerKind::Sgd)
        .with_seed(5)
        .with_trim(0.0)
        .with_threshold(ThresholdKind::LogNormal)
        .with_alert_rate(0.05);
    assert_eq!(config, expected);
}

/// What is done to the names of columns.
type Change = fn(&mut Vec<String>);

#[test]
fn rows_with_other_columns_are_refused() {
    let model = beginner();
    let narrow: Vec<Vec<f64>> = factor_rows(300, 2).into_iter().map(|row| row[..7].to_vec()).collect();
    let config = quick();
    let refused = Training::<TestBackend, _>::new(&config, &matrix(&narrow)).with_initial_model(&model).run(&device()).unwrap_err();
    assert!(matches!(refused, Error::FeatureCount { row: 0, expected: 8, found: 7 }), "{refused}");

    let with = |change: fn(&mut Vec<String>)| {
        let mut names = names();
        change(&mut names);
        model.check_columns(&names).map_err(|error| error.to_string())
    };
    assert_eq!(with(|_| {}), Ok(()));
    assert_eq!(with(|names| names.reverse()), Ok(()), "names tell columns apart, not places");
    let cases: [(Change, &str); 3] = [
        (|names| names.truncate(6), "the rows lack column 6, column 7"),
        (|names| names.push("id".to_owned()), "it does not know id"),
        (|names| names[3] = "id".to_owned(), "the rows lack column 3; it does not know id"),
    ];
    for (change, difference) in cases {
        assert_eq!(with(change), Err(format!("the model was trained on other columns: {difference}")));
    }
    let nameless: Model = quick().with_trim(0.0).fit(&matrix(&factor_rows(50, 1)), &device()).unwrap();
    nameless.check_columns(&names()[..2]).unwrap();
}
