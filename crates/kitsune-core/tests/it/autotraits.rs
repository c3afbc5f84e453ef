//! Every public type can go to another thread and be printed.

use std::fmt::Debug;

use burn::backend::Autodiff;
use burn::tensor::TensorData;
use kitsune_core::evaluation::{
    Bootstrap, ColumnDrift, ConfusionMatrix, Drift, DriftWatch, Estimate, Evaluation, Metrics, Misfit, PlottedCurves, PrecisionRecallPoint,
    Ranking, RocPoint,
};
use kitsune_core::features::{Coverage, FeatureMap};
use kitsune_core::kinds::{
    Activation, ErrorMetric, HeadInput, HiddenSize, InputScaling, OptimizerKind, Outside, Schedule, ThresholdKind, UnknownName,
};
use kitsune_core::model::{Ensemble, Recorded, RecordedValue, RowErrors, TiedAutoencoder, TiedAutoencoderConfig, Weights};
use kitsune_core::online::{BiasRule, Observation, OnlineConfig, OnlineCounts, OnlineKitsune, OnlineScaling, OnlineState};
use kitsune_core::rows::{InOrder, RawRows};
use kitsune_core::scaler::{ScaledRows, Scaler};
use kitsune_core::scoring::{AppliedThreshold, Engine, Explanation, HostErrors, Pool, Reason, Scored, Sender, Verdicts};
use kitsune_core::threshold::{NormalScores, RecentThreshold, Threshold};
use kitsune_core::training::{Losses, Progress, RecipeOptimizer, TrainingSummary};
use kitsune_core::{Chunk, CpuKitsune, Error, FeatureMapper, Kitsune, KitsuneConfig, RowSlice, ScoreKind, ThresholdChoice, Trainer};

use crate::TestBackend;

fn shared<T: Send + Sync + Unpin + Debug>() {}

#[test]
fn every_public_type_can_be_sent_shared_and_printed() {
    shared::<Activation>();
    shared::<AppliedThreshold>();
    shared::<Bootstrap>();
    shared::<Recorded<TestBackend, String>>();
    shared::<RecordedValue<String>>();
    shared::<Chunk>();
    shared::<ColumnDrift>();
    shared::<Coverage>();
    shared::<Drift>();
    shared::<DriftWatch>();
    shared::<CpuKitsune>();
    shared::<Engine>();
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
    shared::<HostErrors>();
    shared::<InOrder<TensorData>>();
    shared::<InputScaling>();
    shared::<Kitsune<TestBackend>>();
    shared::<KitsuneConfig>();
    shared::<Losses>();
    shared::<Metrics<f64>>();
    shared::<Misfit>();
    shared::<NormalScores>();
    shared::<OptimizerKind>();
    shared::<Outside>();
    shared::<PlottedCurves>();
    shared::<Pool>();
    shared::<PrecisionRecallPoint>();
    shared::<Progress>();
    shared::<Ranking>();
    shared::<RawRows<TestBackend>>();
    shared::<Reason>();
    shared::<RecipeOptimizer<Autodiff<TestBackend>>>();
    shared::<ErrorMetric>();
    shared::<RocPoint>();
    shared::<RowSlice<'_, f32>>();
    shared::<ScaledRows>();
    shared::<Scaler>();
    shared::<Schedule>();
    shared::<ScoreKind>();
    shared::<Scored>();
    shared::<Sender>();
    shared::<BiasRule>();
    shared::<Observation>();
    shared::<OnlineConfig>();
    shared::<OnlineCounts>();
    shared::<OnlineKitsune>();
    shared::<OnlineScaling>();
    shared::<OnlineState>();
    shared::<RecentThreshold>();
    shared::<Threshold>();
    shared::<ThresholdChoice>();
    shared::<ThresholdKind>();
    shared::<TiedAutoencoder<TestBackend>>();
    shared::<TiedAutoencoderConfig>();
    shared::<Trainer<Autodiff<TestBackend>, ()>>();
    shared::<TrainingSummary>();
    shared::<UnknownName>();
    shared::<Verdicts>();
    shared::<ConfusionMatrix>();
    shared::<Weights<TestBackend>>();
}
