//! `kitsune inspect`: what is in a model file.

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::Result;
use burn::tensor::backend::Backend;
use kitsune_core::{Kitsune, OptimizerKind};
use serde_json::{Value, json};

use crate::backend::{BackendKind, Task, dispatch};
use crate::console::{self, thousands};
use crate::failure::Failure;
use crate::terms::Term;

/// Which model to show, and how.
#[derive(Debug)]
pub(crate) struct Inspect {
    pub(crate) model: PathBuf,
    pub(crate) json: bool,
}

pub(crate) fn run(inspect: Inspect) -> Result<(), Failure> {
    let text = dispatch(BackendKind::first_built(), 0, inspect)?;
    Ok(console::results(text)?)
}

impl Task for Inspect {
    type Output = String;

    fn run<B: Backend>(self, device: &B::Device) -> Result<String> {
        let model = Kitsune::<B>::from_pretrained(&self.model, device)?;
        if self.json { Ok(format!("{:#}\n", to_json(&model))) } else { Ok(to_text(&model)?) }
    }
}

/// The name of a feature, its number where the data had no names.
fn feature_name<B: Backend>(model: &Kitsune<B>, feature: usize) -> String {
    model.columns().map_or_else(|| format!("column {feature}"), |names| names[feature].clone())
}

fn to_json<B: Backend>(model: &Kitsune<B>) -> Value {
    let hidden_units = model.ensemble().tails().hidden_units();
    let clusters: Vec<Value> = model
        .feature_map()
        .clusters()
        .iter()
        .zip(&hidden_units)
        .map(|(features, hidden)| {
            let names: Vec<String> = features.iter().map(|&feature| feature_name(model, feature)).collect();
            json!({ "features": features, "names": names, "hidden_units": hidden })
        })
        .collect();
    json!({
        "features": model.feature_map().features(),
        "columns": model.columns(),
        "ranges": ranges(model),
        "means": model.means(),
        "clusters": clusters,
        "config": model.config(),
        "summary": model.summary(),
    })
}

/// The least and the greatest value of each feature, as rows are scaled by them.
fn ranges<B: Backend>(model: &Kitsune<B>) -> Vec<[f64; 2]> {
    let (knots, features) = (model.scaler().knots(), model.scaler().features());
    let (low, high) = (&knots[..features], &knots[knots.len() - features..]);
    low.iter().zip(high).map(|(&low, &high)| [low, high]).collect()
}

fn to_text<B: Backend>(model: &Kitsune<B>) -> Result<String, std::fmt::Error> {
    let (config, summary) = (model.config(), model.summary());
    let hidden_units = model.ensemble().tails().hidden_units();
    let mut text = String::new();
    let unknown = || "unknown".to_owned();

    writeln!(text, "features          {}", model.feature_map().features())?;
    writeln!(text, "inputs            {}", config.inputs.term())?;
    writeln!(text, "default score     {}", config.score.term())?;
    writeln!(text, "hidden units      {}, {}", config.hidden_size.term(), config.activation.term())?;
    writeln!(text, "error             {}", config.error.term())?;
    writeln!(text, "head input        {}", config.head_input.term())?;
    writeln!(text, "dropout           {}", config.dropout)?;
    let momentum = if config.optimizer == OptimizerKind::Sgd { format!(", momentum {}", config.momentum) } else { String::new() };
    writeln!(
        text,
        "optimizer         {}, learning rate {}, {}{momentum}, batch size {}, seed {}",
        config.optimizer.term(),
        config.initial_learning_rate(),
        config.schedule.term(),
        config.batch_size,
        config.seed
    )?;
    writeln!(
        text,
        "training          {} rows, {} epochs, {} steps",
        summary.rows.map_or_else(unknown, thousands),
        summary.epochs.map_or_else(unknown, thousands),
        thousands(summary.steps)
    )?;
    if let (Some(tails), Some(head)) = (summary.tail_loss, summary.head_loss) {
        writeln!(text, "last epoch's loss tails {tails:.4}, head {head:.4}")?;
    }
    writeln!(text, "clusters          {}", hidden_units.len())?;
    for (cluster, (features, hidden)) in model.feature_map().clusters().iter().zip(&hidden_units).enumerate() {
        let names: Vec<String> = features.iter().map(|&feature| feature_name(model, feature)).collect();
        writeln!(text, "{cluster:>4}: {:>2} features, {hidden:>2} hidden: {}", features.len(), names.join(", "))?;
    }
    Ok(text)
}
