//! How rows were read: a model carries what its source said of it.

use burn::tensor::TensorData;
use kitsune_core::kinds::ThresholdKind;
use kitsune_core::rows::InOrder;
use kitsune_core::training::Training;
use kitsune_core::{Chunk, Error, Kitsune, RowSource};
use serde_json::{Value, json};

use crate::bridge::matrix;
use crate::taken_apart::{Parts, file_bytes};
use crate::training::{factor_rows, quick, quick_model};
use crate::{TestBackend, device};

/// Rows that were read in some way.
struct Read(Option<Value>);

impl RowSource for Read {
    fn pass(&self, epoch: usize) -> Result<impl Iterator<Item = Result<Chunk, Error>>, Error> {
        let rows: TensorData = matrix(&factor_rows(100, 1));
        Ok(rows.pass(epoch)?.collect::<Vec<_>>().into_iter())
    }

    fn reading(&self) -> Option<Value> {
        self.0.clone()
    }
}

fn some() -> Value {
    json!({ "missing_values": ["-9999", "n.d."], "lags": 8, "where": { "event_type": "flow" }, "decimal_comma": true })
}

fn trained(reading: Option<Value>) -> Result<Kitsune<TestBackend>, Error> {
    quick().with_epochs(Some(1)).fit(&Read(reading), &device())
}

#[test]
fn a_model_takes_the_reading_of_its_source_into_its_file() {
    let model = trained(Some(some())).unwrap();
    assert_eq!(model.reading(), Some(&some()));
    assert_eq!(quick().with_epochs(Some(1)).fit::<TestBackend>(&InOrder(Read(Some(some()))), &device()).unwrap().reading(), Some(&some()));
    let bytes = file_bytes(&model);
    assert_eq!(Parts::of(&bytes).document["reading"], some());
    let loaded = Kitsune::<TestBackend>::from_bytes(&bytes, &device()).unwrap();
    assert_eq!(loaded.reading(), Some(&some()));
    assert_eq!(file_bytes(&loaded), bytes);
    assert_eq!(trained(None).unwrap().reading(), None);
    assert_eq!(loaded.with_reading(None).unwrap().reading(), None);
}

#[test]
fn a_further_training_takes_the_reading_of_its_source_or_else_of_the_model_and_a_calibration_keeps_it() {
    let model = trained(Some(some())).unwrap();
    let config = quick().with_epochs(Some(1));
    let further = |reading| Training::new(&config, &Read(reading)).with_initial_model(&model).run(&device()).unwrap();
    assert_eq!(further(None).reading(), Some(&some()));
    assert_eq!(further(Some(json!({}))).reading(), Some(&json!({})));
    let mut unobserved = |_| std::ops::ControlFlow::Continue(());
    let other = Read(Some(json!({ "lags": 1 })));
    let calibrated = model.clone().recalibrated(&other, ThresholdKind::Quantile, 0.05, &mut unobserved).unwrap();
    assert_eq!(calibrated.reading(), Some(&some()));
}

/// An object in an object, `depth` times.
fn nested(depth: usize) -> Value {
    (1..depth).fold(json!({}), |inner, _| json!({ "inner": inner }))
}

#[test]
fn what_is_no_object_or_too_large_is_refused_before_the_training_and_in_a_file() {
    let long = |length: usize| json!({ "text": "x".repeat(length - r#"{"text":""}"#.len()) });
    for refused in [json!(null), json!([1]), json!("text"), long((1 << 20) + 1), nested(500)] {
        assert!(matches!(trained(Some(refused.clone())), Err(Error::Reading { .. })));
        assert!(matches!(quick_model().with_reading(Some(refused)), Err(Error::Reading { .. })));
    }
    for accepted in [json!({}), long(1 << 20), nested(100)] {
        let model = quick_model().with_reading(Some(accepted.clone())).unwrap();
        let loaded = Kitsune::<TestBackend>::from_bytes(&file_bytes(&model), &device()).unwrap();
        assert_eq!(loaded.reading(), Some(&accepted));
    }
    for damaged in [json!([1]), json!(7), long((1 << 20) + 1)] {
        let mut parts = Parts::of_model(&quick_model());
        parts.document["reading"] = damaged;
        let error = Kitsune::<TestBackend>::from_bytes(&parts.to_bytes(), &device()).unwrap_err();
        assert!(matches!(&error, Error::Inconsistent { reason, .. } if reason.contains("JSON object")), "{error}");
    }
}
