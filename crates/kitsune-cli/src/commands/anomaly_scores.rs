//! `kitsune anomaly-scores`: rows to scores.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use burn::tensor::backend::Backend;
use kitsune_core::{InputScaling, Kitsune, ScoreKind};
use kitsune_data::{JsonParts, Source, SourceOptions};

use crate::backend::{BackendKind, Task, dispatch};
use crate::console::counted;
use crate::failure::Failure;
use crate::interrupt;
use crate::progress::Reporter;

/// A scoring, as it was asked for.
#[derive(Debug)]
pub(crate) struct AnomalyScores {
    pub(crate) path: PathBuf,
    pub(crate) scores_dir: PathBuf,
    pub(crate) model_checkpoint: PathBuf,
    pub(crate) options: SourceOptions,
    pub(crate) label_column: Option<String>,
    pub(crate) batch_size: usize,
    pub(crate) parts: usize,
    pub(crate) score: Option<ScoreKind>,
    pub(crate) backend: BackendKind,
    pub(crate) device: usize,
    pub(crate) quiet: bool,
}

pub(crate) fn run(scoring: AnomalyScores) -> Result<(), Failure> {
    interrupt::listen()?;
    let (backend, device) = (scoring.backend, scoring.device);
    dispatch(backend, device, scoring)?;
    Ok(())
}

impl Task for AnomalyScores {
    type Output = ();

    fn run<B: Backend>(self, device: &B::Device) -> Result<()> {
        let model = Kitsune::<B>::from_pretrained(&self.model_checkpoint, device)
            .context("give a model with --model-checkpoint, or make one with kitsune train")?;
        let source = self.source(&model)?;
        let kind = self.score.unwrap_or(model.config().score);
        let mut sink = JsonParts::create(&self.scores_dir, "scores", self.parts, "score")?;

        let mut reporter = Reporter::new(self.quiet);
        reporter.begin("scoring", source.bytes());
        let pass = source.pass(0)?;
        let counts = pass.counts();
        let (mut rows, mut outside) = (0, 0);
        for batch in pass.cut(self.batch_size) {
            let scored = model.score_batch(batch?.into_data(), kind)?;
            sink.push(&scored.scores)?;
            rows += scored.scores.len() as u64;
            outside += scored.outside;
            reporter.advance(counts.bytes().min(source.bytes()), rows);
            if interrupt::asked() {
                bail!(kitsune_core::Error::Stopped);
            }
        }
        let files = sink.finish()?;
        reporter.end();
        if outside > 0 {
            reporter.say(&format!("{} lay outside the range of the training rows", counted(outside, "value")));
        }
        reporter.say(&format!("wrote {} to {}", counted(files.len() as u64, "file"), self.scores_dir.display()));
        Ok(())
    }
}

impl AnomalyScores {
    /// The rows with the columns of the model, by name where both have names.
    fn source<B: Backend>(&self, model: &Kitsune<B>) -> Result<Source> {
        let mut source = self.options.open(&self.path)?;
        if let Some(label) = &self.label_column {
            source = source.label(label).with_context(|| format!("--label-column {label} for {}", self.path.display()))?;
        }
        if let (Some(columns), Some(_)) = (model.columns(), source.names()) {
            source = source.select(columns).context("the data lack columns that the model was trained on")?;
        } else {
            let (found, expected) = (source.features(), model.feature_map().features());
            if found != expected {
                let (path, found) = (self.path.display(), counted(found as u64, "column"));
                bail!("{path} has {found}, but the model was trained on {expected} (a column of labels is left out by --label-column)");
            }
        }
        if model.config().inputs == InputScaling::Identity {
            source = source.within(0.0, 1.0);
        }
        Ok(source)
    }
}
