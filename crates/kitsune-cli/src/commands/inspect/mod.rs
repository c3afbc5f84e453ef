//! `kitsune inspect`: what is in a model file, or in the state of an online detector.

mod cluster_list;
mod state;

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::Result;
use burn::tensor::backend::Backend;
use kitsune_core::Kitsune;
use kitsune_core::kinds::{Named, OptimizerKind};
use kitsune_core::online::OnlineKitsune;
use kitsune_core::threshold::NormalScores;
use kitsune_data::input::feature_names;
use serde_json::{Value, json};

use self::cluster_list::put_clusters;
use crate::backend::{BackendKind, Task, dispatch};
use crate::console::{self, thousands};
use crate::failure::Failure;
use crate::output::content::Content;

/// The model to show, and the format.
#[derive(Debug)]
pub(crate) struct Inspect {
    pub(crate) model: PathBuf,
    pub(crate) json: bool,
}

pub(crate) fn run(inspect: Inspect) -> Result<(), Failure> {
    // What cannot be read is reported as a model that cannot be read.
    let text = if Content::State.is_in(&inspect.model).unwrap_or(false) {
        state::text(&OnlineKitsune::load(&inspect.model)?, inspect.json)?
    } else {
        dispatch(BackendKind::first_built(), 0, inspect)?
    };
    Ok(console::results(text)?)
}

impl Task for Inspect {
    type Output = String;

    fn run<B: Backend>(self, device: &B::Device) -> Result<String> {
        let model = Kitsune::<B>::from_pretrained(&self.model, device)?;
        if self.json { Ok(format!("{:#}\n", to_json(&model))) } else { Ok(to_text(&model)?) }
    }
}

fn to_json<B: Backend>(model: &Kitsune<B>) -> Value {
    let names = feature_names(model);
    let hidden_units = model.ensemble().tails().hidden_units();
    let clusters: Vec<Value> = model
        .feature_map()
        .clusters()
        .iter()
        .zip(&hidden_units)
        .map(|(features, hidden)| {
            let names: Vec<_> = features.iter().map(|&feature| names[feature].as_str()).collect();
            json!({ "features": features, "names": names, "hidden_units": hidden })
        })
        .collect();
    json!({
        "features": model.feature_map().features(),
        "columns": model.columns(),
        "ranges": ranges(model),
        "training_ranges": training_ranges(model),
        "means": model.means(),
        "clusters": clusters,
        "threshold": threshold(model),
        "pool": model.pool(),
        "config": model.config(),
        "reading": model.reading(),
        "summary": model.summary(),
    })
}

/// The threshold, and the number of normal rows whose scores it was fitted to.
fn threshold<B: Backend>(model: &Kitsune<B>) -> Option<Value> {
    let (threshold, scores) = (model.threshold()?, model.normal_scores());
    let kind = threshold.kind().map(Named::name);
    let rows = scores.map(NormalScores::rows);
    Some(json!({ "score": threshold.value(), "kind": kind, "alert_rate": threshold.alert_rate(), "normal_rows": rows }))
}

/// The minimum and the maximum by which each feature is scaled.
fn ranges<B: Backend>(model: &Kitsune<B>) -> Vec<[f64; 2]> {
    let (knots, features) = (model.scaler().knots(), model.scaler().features());
    let (low, high) = (&knots[..features], &knots[knots.len() - features..]);
    low.iter().zip(high).map(|(&low, &high)| [low, high]).collect()
}

/// The lowest and the highest value of each feature in training, if values beyond them raise the score.
fn training_ranges<B: Backend>(model: &Kitsune<B>) -> Option<Vec<[f64; 2]>> {
    let range = model.range()?;
    Some(range.lowest().iter().zip(range.highest()).map(|(&low, &high)| [low, high]).collect())
}

fn to_text<B: Backend>(model: &Kitsune<B>) -> Result<String, std::fmt::Error> {
    let (config, summary) = (model.config(), model.summary());
    let hidden_units = model.ensemble().tails().hidden_units();
    let names = feature_names(model);
    let mut text = String::new();
    let unknown = || "unknown".to_owned();

    writeln!(text, "features          {}", model.feature_map().features())?;
    writeln!(text, "inputs            {}", config.inputs)?;
    writeln!(text, "default score     {}", config.score)?;
    writeln!(text, "distance          {}", config.map_distance)?;
    writeln!(text, "hidden units      {}, {}", config.hidden_size, config.activation)?;
    writeln!(text, "error             {}", config.error)?;
    writeln!(text, "head input        {}", config.head_input)?;
    let body = model.ensemble().body().map_or_else(|| "none".to_owned(), |body| format!("{} hidden units", body.hidden_units()[0]));
    writeln!(text, "body              {body}")?;
    writeln!(
        text,
        "prototypes        {}",
        if config.prototypes == 0 { "none".to_owned() } else { format!("{} at most", config.prototypes) }
    )?;
    let neighbours = match model.stored_rows() {
        0 => "none: no training row is stored in the model".to_owned(),
        rows => format!("{} training rows are stored in the model", thousands(rows as u64)),
    };
    writeln!(text, "neighbours        {neighbours}")?;
    writeln!(text, "dropout           {}", config.dropout)?;
    let trained = summary.rows.map(|rows| rows.saturating_sub(summary.held_out));
    let of_rows = |rows| config.batch_rows_for(rows, model.feature_map().features());
    let batch_size = config.batch_size.or(trained.map(of_rows)).map_or_else(unknown, |rows| thousands(rows as u64));
    let momentum = if config.optimizer == OptimizerKind::Sgd { format!(", momentum {}", config.momentum) } else { String::new() };
    writeln!(
        text,
        "optimizer         {}, learning rate {}, {}{momentum}, batch size {}, seed {}",
        config.optimizer,
        config.initial_learning_rate(),
        config.schedule,
        batch_size,
        config.seed
    )?;
    writeln!(
        text,
        "training          {} rows, {} epochs, {} steps",
        summary.rows.map_or_else(unknown, thousands),
        summary.epochs.map_or_else(unknown, thousands),
        thousands(summary.steps)
    )?;
    writeln!(text, "trimmed           {:.2} % of the rows, {} % asked for", 100.0 * summary.trimmed, 100.0 * config.trim)?;
    writeln!(text, "held out          {} rows", thousands(summary.held_out))?;
    if let (Some(tails), Some(head)) = (summary.tail_loss, summary.head_loss) {
        let body = summary.body_loss.map_or_else(String::new, |body| format!(", body {body:.4}"));
        writeln!(text, "last epoch's loss tails {tails:.4}{body}, head {head:.4}")?;
    }
    let normal_rows = model.normal_scores().map_or_else(|| "none".to_owned(), |scores| thousands(scores.rows() as u64));
    match model.threshold().map(|threshold| (threshold.value(), threshold.kind().zip(threshold.alert_rate()))) {
        Some((value, Some((kind, rate)))) => {
            let rows = if model.pool().is_some() { "scores of normal hosts" } else { "normal rows" };
            writeln!(text, "threshold         {value}, {kind} at an alert rate of {rate}, by {normal_rows} {rows}")?;
        }
        Some((value, None)) => writeln!(text, "threshold         {value}, a fixed number")?,
        None => writeln!(text, "threshold         none")?,
    }
    if let Some(half_life) = model.pool() {
        writeln!(text, "scores            are those of hosts, pooled with a half-life of {half_life} seconds")?;
    }
    let effect = if model.range().is_some() { "raise the score with their distance" } else { "add nothing to the score" };
    writeln!(text, "values beyond those in training {effect}")?;
    for (name, value) in model.reading().and_then(Value::as_object).into_iter().flatten() {
        writeln!(text, "read with         {name} {value}")?;
    }
    put_clusters(&mut text, model.feature_map(), &hidden_units, &names)?;
    Ok(text)
}
