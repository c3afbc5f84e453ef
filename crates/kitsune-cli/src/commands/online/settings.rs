//! The settings of a detector, from the command line.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use kitsune_core::ScoreKind;
use kitsune_core::features::{Coverage, FeatureMap};
use kitsune_core::kinds::HiddenSize;
use kitsune_core::online::{BiasRule, OnlineConfig, OnlineKitsune, OnlineScaling};
use serde_json::Value;

use crate::failure::Failure;
use crate::scoring::pooling::PoolBy;

/// What was typed; `None` leaves a setting to the default, or to the state that is resumed.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) mapper_grace: Option<u64>,
    pub(crate) train_grace: Option<u64>,
    pub(crate) feature_map: Option<PathBuf>,
    pub(crate) max_features_per_cluster: Option<usize>,
    pub(crate) hidden_ratio: Option<f64>,
    pub(crate) learning_rate: Option<f64>,
    pub(crate) scaling: Option<OnlineScaling>,
    pub(crate) bias: Option<BiasRule>,
    pub(crate) score: Option<ScoreKind>,
    pub(crate) seed: Option<u64>,
    pub(crate) pool: Option<PoolBy>,
    pub(crate) alert_rate: Option<f64>,
    pub(crate) threshold: Option<f64>,
    pub(crate) adapt: Option<f64>,
}

impl Settings {
    /// The settings of a new detector, but for the feature map.
    pub(crate) fn of_new(&self) -> Result<OnlineConfig, Failure> {
        let config = self.over(OnlineConfig::new());
        config.validate()?;
        Ok(config)
    }

    /// Whether a new detector pools scores.
    pub(super) fn pools(&self) -> bool {
        self.pool.and_then(PoolBy::half_life).is_some()
    }

    /// What was typed over other settings.
    fn over(&self, base: OnlineConfig) -> OnlineConfig {
        let mut config = self.watch_over(base);
        set(&mut config.mapper_grace, self.mapper_grace);
        set(&mut config.train_grace, self.train_grace);
        set(&mut config.max_features_per_cluster, self.max_features_per_cluster);
        set(&mut config.hidden_size, self.hidden_ratio.map(HiddenSize::HiddenRatio));
        set(&mut config.learning_rate, self.learning_rate);
        set(&mut config.scaling, self.scaling);
        set(&mut config.bias, self.bias);
        set(&mut config.score, self.score);
        set(&mut config.seed, self.seed);
        set(&mut config.pool, self.pool.map(PoolBy::half_life));
        config
    }

    /// What may change from run to run.
    fn watch_over(&self, base: OnlineConfig) -> OnlineConfig {
        let mut config = base;
        if let Some(rate) = self.alert_rate {
            config.alert_rate = rate;
            config.threshold = None;
        }
        config.threshold = self.threshold.or(config.threshold);
        // A share of 0 ends what an earlier run began.
        config.adapt = self.adapt.or(config.adapt).filter(|&share| share != 0.0);
        config
    }

    /// A detector that goes on with what may change from run to run. Everything else must be as it was.
    pub(crate) fn applied_to(&self, detector: OnlineKitsune) -> Result<OnlineKitsune, Failure> {
        let was = detector.config();
        let differs = |flag, differs: bool| differs.then_some(flag);
        let other = [
            differs("--mapper-grace", self.mapper_grace.is_some_and(|rows| rows != was.mapper_grace)),
            differs("--train-grace", self.train_grace.is_some_and(|rows| rows != was.train_grace)),
            differs("--max-features-per-cluster", self.max_features_per_cluster.is_some_and(|most| most != was.max_features_per_cluster)),
            differs("--hidden-ratio", self.hidden_ratio.is_some_and(|ratio| HiddenSize::HiddenRatio(ratio) != was.hidden_size)),
            differs("--learning-rate", self.learning_rate.is_some_and(|rate| rate != was.learning_rate)),
            differs("--scaling", self.scaling.is_some_and(|scaling| scaling != was.scaling)),
            differs("--bias", self.bias.is_some_and(|bias| bias != was.bias)),
            differs("--score", self.score.is_some_and(|score| score != was.score)),
            differs("--seed", self.seed.is_some_and(|seed| seed != was.seed)),
            differs("--pool", self.pool.is_some_and(|by| by.half_life() != was.pool)),
            differs("--feature-map", self.feature_map.is_some()),
        ];
        if let Some(flag) = other.into_iter().flatten().next() {
            return Err(Failure::usage(anyhow!("{flag} is that of the state and cannot change: leave it out with --resume")));
        }
        let config = self.watch_over(was.clone());
        Ok(detector.with_watch(&config)?)
    }
}

fn set<T>(value: &mut T, by: Option<T>) {
    if let Some(by) = by {
        *value = by;
    }
}

/// Reads a feature map: a list of clusters, which are lists of names or of numbers from 0.
pub(crate) fn feature_map(path: &Path, features: usize, names: Option<&[String]>) -> Result<FeatureMap> {
    let shown = path.display();
    let text = fs::read_to_string(path).with_context(|| format!("{shown} cannot be read"))?;
    let clusters: Vec<Vec<Value>> = serde_json::from_str(&text)
        .with_context(|| format!("{shown} is no list of lists, such as [[\"bytes\", \"packets\"], [\"port\"]]"))?;
    let feature = |value: &Value| match value {
        Value::Number(number) => match number.as_u64() {
            Some(number) if number < features as u64 => Ok(number as usize),
            _ => bail!("{shown}: there is no column {number}, only {features}, counted from 0"),
        },
        Value::String(name) => match names.and_then(|names| names.iter().position(|found| found == name)) {
            Some(feature) => Ok(feature),
            None => bail!("{shown}: the rows have no column {name:?}"),
        },
        other => bail!("{shown}: {other} is no name and no number of a column"),
    };
    let clusters: Result<Vec<Vec<usize>>> = clusters.iter().map(|cluster| cluster.iter().map(feature).collect()).collect();
    FeatureMap::new(features, clusters?, Coverage::Free).with_context(|| shown.to_string())
}
