//! Every public type can go to another thread and be printed.

use std::fmt::Debug;

use burn::backend::Autodiff;
use kitsune_core::{
    Activation, Carried, CarriedRecord, Coverage, Ensemble, Error, Errors, FeatureMap, FeatureMapper, HeadInput, HiddenSize, InputScaling,
    Kitsune, KitsuneConfig, Losses, OptimizerKind, Outside, Progress, RawRows, ReconstructionError, ScaledRows, Scaler, Schedule,
    ScoreKind, Scored, TiedAutoencoder, Trainer, TrainingSummary, Weights,
};

use crate::TestBackend;

fn shared<T: Send + Sync + Unpin + Debug>() {}

#[test]
fn every_public_type_can_be_sent_shared_and_printed() {
    shared::<Activation>();
    shared::<Carried<TestBackend, String>>();
    shared::<CarriedRecord<String>>();
    shared::<Coverage>();
    shared::<Ensemble<TestBackend>>();
    shared::<Ensemble<Autodiff<TestBackend>>>();
    shared::<Error>();
    shared::<Errors<TestBackend>>();
    shared::<FeatureMap>();
    shared::<FeatureMapper>();
    shared::<HeadInput>();
    shared::<HiddenSize>();
    shared::<InputScaling>();
    shared::<Kitsune<TestBackend>>();
    shared::<KitsuneConfig>();
    shared::<Losses>();
    shared::<OptimizerKind>();
    shared::<Outside>();
    shared::<Progress>();
    shared::<RawRows<TestBackend>>();
    shared::<ReconstructionError>();
    shared::<ScaledRows>();
    shared::<Scaler>();
    shared::<Schedule>();
    shared::<ScoreKind>();
    shared::<Scored<TestBackend>>();
    shared::<TiedAutoencoder<TestBackend>>();
    shared::<TrainingSummary>();
    shared::<Weights<TestBackend>>();
}

#[test]
fn a_trainer_can_be_sent_and_shared_where_its_optimizer_can() {
    shared::<Trainer<Autodiff<TestBackend>, ()>>();
}
