//! Every public type can go to another thread and be printed.

use std::fmt::Debug;

use burn::backend::Autodiff;
use kitsune_core::{
    Activation, Bootstrap, Chunk, ConfusionMatrix, Coverage, Ensemble, Error, ErrorMetric, Estimate, Evaluation, Explanation, FeatureMap,
    FeatureMapper, HeadInput, HiddenSize, InputScaling, Kitsune, KitsuneConfig, Losses, Metrics, NormalScores, OptimizerKind, Outside,
    PlottedCurves, PrecisionRecallPoint, Progress, Ranking, RawRows, Reason, RecipeOptimizer, Recorded, RecordedValue, RocPoint, RowErrors,
    ScaledRows, Scaler, Schedule, ScoreKind, Scored, StreamVerdict, StreamingThreshold, Threshold, ThresholdKind, TiedAutoencoder, Trainer,
    TrainingSummary, Weights,
};

use crate::TestBackend;

fn shared<T: Send + Sync + Unpin + Debug>() {}

#[test]
fn every_public_type_can_be_sent_shared_and_printed() {
    shared::<Activation>();
    shared::<Bootstrap>();
    shared::<Recorded<TestBackend, String>>();
    shared::<RecordedValue<String>>();
    shared::<Chunk>();
    shared::<Coverage>();
    shared::<Ensemble<TestBackend>>();
    shared::<Ensemble<Autodiff<TestBackend>>>();
    shared::<Error>();
    shared::<RowErrors<TestBackend>>();
    shared::<Estimate>();
    shared::<Evaluation>();
    shared::<Explanation<TestBackend>>();
    shared::<FeatureMap>();
    shared::<FeatureMapper>();
    shared::<HeadInput>();
    shared::<HiddenSize>();
    shared::<InputScaling>();
    shared::<Kitsune<TestBackend>>();
    shared::<KitsuneConfig>();
    shared::<Losses>();
    shared::<Metrics<f64>>();
    shared::<NormalScores>();
    shared::<OptimizerKind>();
    shared::<Outside>();
    shared::<PlottedCurves>();
    shared::<PrecisionRecallPoint>();
    shared::<Progress>();
    shared::<Ranking>();
    shared::<RawRows<TestBackend>>();
    shared::<Reason>();
    shared::<RecipeOptimizer<Autodiff<TestBackend>>>();
    shared::<ErrorMetric>();
    shared::<RocPoint>();
    shared::<ScaledRows>();
    shared::<Scaler>();
    shared::<Schedule>();
    shared::<ScoreKind>();
    shared::<Scored>();
    shared::<StreamVerdict>();
    shared::<StreamingThreshold>();
    shared::<Threshold>();
    shared::<ThresholdKind>();
    shared::<TiedAutoencoder<TestBackend>>();
    shared::<Trainer<Autodiff<TestBackend>, ()>>();
    shared::<TrainingSummary>();
    shared::<ConfusionMatrix>();
    shared::<Weights<TestBackend>>();
}
