//! What can be written and read back: results as JSON, choices as names.

use std::fmt::{Debug, Display};
use std::ops::ControlFlow;
use std::str::FromStr;

use kitsune_core::evaluation::{Bootstrap, Evaluation, Ranking};
use kitsune_core::kinds::{
    Activation, ErrorMetric, HeadInput, HiddenSize, InputScaling, Named, OptimizerKind, Outside, Schedule, ThresholdKind, UnknownName,
};
use kitsune_core::scoring::Engine;
use kitsune_core::{FeatureMapper, Kitsune, KitsuneConfig, ScoreKind, ScoreOptions, ThresholdChoice};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::bridge::matrix;
use crate::random::Random;
use crate::taken_apart::Parts;
use crate::training::{factor_rows, quick};
use crate::{TestBackend, device};

/// Writes a value as JSON, reads it back, and checks that no key needs quotes in a shell or a query.
fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let json = serde_json::to_value(value).unwrap();
    assert_keys(&json);
    assert_eq!(&serde_json::from_str::<T>(&json.to_string()).unwrap(), value);
}

fn assert_keys(json: &Value) {
    match json {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| {
            assert!(key.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_'), "{key}");
            assert_keys(value);
        }),
        Value::Array(values) => values.iter().for_each(assert_keys),
        _ => {}
    }
}

#[test]
fn the_body_of_a_file_without_a_bound_of_its_units_has_up_to_256() {
    let rows = matrix(&Random::new(6).rows(40, 200));
    let config = quick().with_epochs(Some(1)).with_mapper_rows(Some(2)).with_body_ratio(Some(0.75)).with_body_units(Some(256));
    let model: Kitsune<TestBackend> = config.fit(&rows, &device()).unwrap();
    let mut parts = Parts::of_model(&model);
    assert_eq!(parts.tensors["body.hidden_bias"].shape, [1, 150]);
    parts.document["config"].as_object_mut().unwrap().remove("body_units").unwrap();
    let earlier = Kitsune::<TestBackend>::from_bytes(&parts.to_bytes(), &device()).unwrap();
    let scores = |model: &Kitsune<TestBackend>| model.score_rows(&rows, &ScoreOptions::new()).unwrap().scores;
    assert_eq!(scores(&earlier), scores(&model));
    // Of later files, whose bound is by the features, no body is that large.
    parts.document["config"]["body_units"] = Value::Null;
    let error = Kitsune::<TestBackend>::from_bytes(&parts.to_bytes(), &device()).unwrap_err().to_string();
    assert!(error.contains("body."), "{error}");
}

#[test]
fn results_are_read_as_they_were_written() {
    let rows = matrix(&factor_rows(2_500, 1));
    let config = quick().with_epochs(Some(1)).with_batch_size(Some(512));
    let mut observer = |progress| {
        comes_back(&progress);
        ControlFlow::Continue(())
    };
    let model: Kitsune<TestBackend> = config.fit_observed(&rows, &device(), &mut observer).unwrap();
    let scored = model.score_rows(&rows, &ScoreOptions::new().with_errors()).unwrap();
    let verdicts = model.verdicts(&scored).unwrap();
    comes_back(&config);
    comes_back(model.summary());
    comes_back(model.feature_map());
    comes_back(model.scaler());
    comes_back(model.threshold().unwrap());
    comes_back(model.normal_scores().unwrap());
    comes_back(&scored);
    comes_back(&verdicts);
    comes_back(&model.reasons(&rows, verdicts.flagged().take(3), 2).unwrap());
    for choice in [ThresholdChoice::Model, ThresholdChoice::None, ThresholdChoice::Score(0.5)] {
        comes_back(&choice);
    }
    comes_back(&ThresholdChoice::Fit { kind: Some(ThresholdKind::LogNormal), alert_rate: None });

    let labels: Vec<bool> = (0..2_500).map(|row| row % 9 == 0).collect();
    let ranking = Ranking::new(&scored.scores, &labels).unwrap();
    let bootstrap = Bootstrap::new(10).with_seed(3);
    let evaluation = Evaluation::new(&ranking, Some(0.9), bootstrap);
    comes_back(&bootstrap);
    comes_back(&evaluation);
    comes_back(&evaluation.metrics);
    comes_back(&evaluation.verdicts.unwrap());
    comes_back(&evaluation.metrics.roc_auc.unwrap());
    comes_back(&ranking.plotted_curves(20));
}

#[test]
fn a_model_is_read_from_its_bytes() {
    let rows = matrix(&factor_rows(120, 1));
    let model: Kitsune<TestBackend> = quick().fit(&rows, &device()).unwrap();
    let bytes = model.to_bytes().unwrap();
    let again = Kitsune::<TestBackend>::from_bytes(&bytes, &device()).unwrap();
    assert!(again.to_bytes().unwrap() == bytes);
    let scores = |model: &Kitsune<TestBackend>| model.score_rows(&rows, &ScoreOptions::new()).unwrap().scores;
    assert_eq!(scores(&again), scores(&model));
    let error = Kitsune::<TestBackend>::from_bytes(&bytes[..100], &device()).unwrap_err();
    assert!(error.to_string().starts_with("the data is not a kitsune model"), "{error}");
}

fn names_come_back<T>()
where
    T: Named + PartialEq + Debug + Display + FromStr<Err = UnknownName> + Serialize + DeserializeOwned,
{
    for &value in T::ALL {
        assert_eq!((value.to_string().as_str(), value.to_string().parse::<T>()), (value.name(), Ok(value)));
        assert!(!value.meaning().contains('\n'));
        comes_back(&value);
    }
    let error = "no such thing".parse::<T>().unwrap_err().to_string();
    assert!(T::ALL.iter().all(|value| error.contains(value.name())) && error.contains(T::WHAT), "{error}");
}

#[test]
fn choices_are_read_by_the_names_that_they_print() {
    names_come_back::<Activation>();
    names_come_back::<Engine>();
    names_come_back::<ErrorMetric>();
    names_come_back::<HeadInput>();
    names_come_back::<InputScaling>();
    names_come_back::<OptimizerKind>();
    names_come_back::<Outside>();
    names_come_back::<Schedule>();
    names_come_back::<ScoreKind>();
    names_come_back::<ThresholdKind>();
    for size in [HiddenSize::CompressionRate(0.6), HiddenSize::HiddenRatio(0.75)] {
        assert_eq!(size.to_string().parse(), Ok(size));
        comes_back(&size);
    }
    assert!("ratio 0.5".parse::<HiddenSize>().is_err() && "hidden ratio half".parse::<HiddenSize>().is_err());
    let error = "relu".parse::<Activation>().unwrap_err();
    assert_eq!(error.to_string(), "\"relu\" is no activation: it must be tanh or sigmoid");
}

#[test]
fn a_printed_model_is_a_summary_of_a_screen() {
    let columns: Vec<String> = (0..8).map(|column| format!("column_{column}")).collect();
    let model: Kitsune<TestBackend> = KitsuneConfig::new().with_epochs(Some(1)).fit(&matrix(&factor_rows(200, 1)), &device()).unwrap();
    let text = model.with_columns(columns).unwrap().to_string();
    assert!(text.lines().count() <= 25 && text.len() < 2_000, "{text}");
    for part in ["column_0", "half-ranked", "quantile at an alert rate of 0.01", "combined", "cpu"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn a_model_says_what_computes_it() {
    let rows = matrix(&factor_rows(60, 1));
    let model: Kitsune<TestBackend> = quick().fit(&rows, &device()).unwrap();
    assert_eq!(model.engine(), Engine::Cpu);
    let in_f64: Kitsune<burn_ndarray::NdArray<f64>> = quick().fit(&rows, &device()).unwrap();
    assert_eq!(in_f64.engine(), Engine::Tensors);
    let mut mapper = FeatureMapper::new(8, 0);
    mapper.partial_fit(&rows).unwrap();
    let ensemble = || quick().init::<burn::backend::Autodiff<TestBackend>>(&quick().feature_map(&mapper).unwrap(), &device()).unwrap();
    let trainer = || kitsune_core::Trainer::new(ensemble(), mapper.scaler().unwrap(), quick().init_optimizer()).unwrap();
    assert_eq!((trainer().engine(), trainer().by_tensor_operations().engine()), (Engine::Cpu, Engine::Tensors));
}
