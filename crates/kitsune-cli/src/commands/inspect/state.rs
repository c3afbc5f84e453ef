//! What is in the state of an online detector.

use std::fmt::Write;

use anyhow::Result;
use kitsune_core::features::FeatureMap;
use kitsune_core::online::{OnlineKitsune, OnlineState};
use kitsune_data::input::feature_names;
use serde_json::{Value, json};

use super::cluster_list::put_clusters;
use crate::console::{counted, thousands};

/// The state, as text or as JSON.
pub(super) fn text(detector: &OnlineKitsune, as_json: bool) -> Result<String> {
    if as_json { Ok(format!("{:#}\n", to_json(detector))) } else { Ok(to_text(detector)?) }
}

fn to_json(detector: &OnlineKitsune) -> Value {
    json!({
        "features": detector.features(),
        "columns": detector.columns(),
        "rows": detector.rows(),
        "state": detector.state(),
        "clusters": detector.feature_map().map(FeatureMap::clusters),
        "threshold": detector.threshold(),
        "counts": detector.counts(),
        "config": detector.config(),
        "reading": detector.reading(),
    })
}

fn to_text(detector: &OnlineKitsune) -> Result<String, std::fmt::Error> {
    let (config, counts) = (detector.config(), detector.counts());
    let mut text = String::new();
    writeln!(text, "features          {}", detector.features())?;
    writeln!(text, "rows              {}", thousands(detector.rows()))?;
    let state = match detector.state() {
        OnlineState::Mapping { rows_left } => format!("learns which columns belong together, from {}", counted(rows_left, "more row")),
        OnlineState::Training { rows_left } => format!("trains on {}", counted(rows_left, "more row")),
        _ => format!("scores; flagged {} of {}", thousands(counts.flagged), counted(counts.observed, "row")),
    };
    writeln!(text, "state             {state}")?;
    writeln!(text, "grace period      {} and {} rows", thousands(config.mapper_grace), thousands(config.train_grace))?;
    writeln!(text, "scaling           {}", config.scaling)?;
    writeln!(text, "score             {}", config.score)?;
    writeln!(text, "hidden units      {}", config.hidden_size)?;
    writeln!(text, "learning rate     {}, bias rule {}, seed {}", config.learning_rate, config.bias, config.seed)?;
    match (detector.threshold(), config.threshold) {
        (Some(threshold), None) => writeln!(text, "threshold         {threshold}, at an alert rate of {}", config.alert_rate)?,
        (Some(threshold), Some(_)) => writeln!(text, "threshold         {threshold}, a fixed number")?,
        (None, _) => writeln!(text, "threshold         none")?,
    }
    if let Some(half_life) = config.pool {
        writeln!(text, "scores            are those of hosts, pooled with a half-life of {half_life} seconds")?;
    }
    match config.adapt {
        Some(share) => writeln!(text, "learned after     {} rows, at most a share of {share}", thousands(counts.learned))?,
        None => writeln!(text, "learned after     nothing")?,
    }
    writeln!(text, "changes           {}", thousands(counts.drifts))?;
    for (name, value) in detector.reading().and_then(Value::as_object).into_iter().flatten() {
        writeln!(text, "read with         {name} {value}")?;
    }
    if let Some(map) = detector.feature_map() {
        let hidden: Vec<usize> = map.sizes().into_iter().map(|visible| config.hidden_size.units(visible)).collect();
        put_clusters(&mut text, map, &hidden, &feature_names(detector))?;
    }
    Ok(text)
}
