//! Rows to scores, for every command that scores.

pub(crate) mod threshold;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use burn::tensor::backend::Backend;
use burn::tensor::{Element, TensorData};
use kitsune_core::{Kitsune, Reason, ScoreKind};
use kitsune_data::{Batch, Counts, Source};

use crate::backend::BackendKind;
use crate::console::progress::Reporter;
use crate::console::{counted, thousands};
use crate::input::Input;
use crate::input::for_model::{missing_for, open_for};
use crate::process::interrupt;
use crate::scoring::threshold::{Decision, ThresholdChoice};

/// How rows are scored, as it was asked for.
#[derive(Debug)]
pub(crate) struct Scoring {
    pub(crate) model_checkpoint: PathBuf,
    pub(crate) batch_size: usize,
    pub(crate) score: Option<ScoreKind>,
    pub(crate) threshold: ThresholdChoice,
    pub(crate) backend: BackendKind,
    pub(crate) device: usize,
    pub(crate) quiet: bool,
}

/// A model and what is wanted of it.
#[derive(Debug)]
pub(crate) struct Scorer<B: Backend> {
    model: Kitsune<B>,
    /// The model file, as it was named.
    file: String,
    kind: ScoreKind,
    batch_size: usize,
    decision: Option<Decision>,
    /// What is to be said about the threshold.
    notes: Vec<String>,
}

/// What a model says of some rows.
#[derive(Debug, Default)]
pub(crate) struct RowScores {
    /// `[rows]`.
    pub(crate) scores: Vec<f32>,
    /// [rows, clusters], if they are wanted.
    pub(crate) tails: Vec<f32>,
    /// Values outside the range of the training rows.
    outside: u64,
}

/// What is counted while rows are scored.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    scored: u64,
    flagged: u64,
    outside: u64,
}

/// The reasons of some of the rows of a batch.
pub(crate) type Reasons = BTreeMap<usize, Vec<Reason>>;

impl<B: Backend> Scorer<B> {
    /// Loads the model and finds the threshold.
    pub(crate) fn open(scoring: &Scoring, device: &B::Device) -> Result<Self> {
        let model = Kitsune::<B>::from_pretrained(&scoring.model_checkpoint, device)
            .context("give a model with --model-checkpoint, or make one with kitsune train")?;
        let kind = scoring.score.unwrap_or(model.config().score);
        let (decision, notes) = Decision::find(scoring.threshold, &model, kind)?;
        let file = scoring.model_checkpoint.display().to_string();
        Ok(Self { model, file, kind, batch_size: scoring.batch_size, decision, notes })
    }

    pub(crate) fn model(&self) -> &Kitsune<B> {
        &self.model
    }

    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    pub(crate) fn kind(&self) -> ScoreKind {
        self.kind
    }

    pub(crate) fn decision(&self) -> Option<&Decision> {
        self.decision.as_ref()
    }

    /// Says what is to be said about the threshold.
    pub(crate) fn say_notes(&self, reporter: &Reporter) {
        self.notes.iter().for_each(|note| reporter.say(note));
    }

    /// The rows with the columns of the model, by name where both have names.
    pub(crate) fn source(&self, input: &Input, keep: &[String]) -> Result<Source> {
        let mut source = open_for(input, &self.model)?;
        if source.features() == 0 {
            // Without a single row not even the columns to keep need to be there.
            return Ok(source.clone().keep(keep).unwrap_or(source));
        }
        if !keep.is_empty() {
            source = source.keep(keep).context("--keep")?;
        }
        Ok(source.on_missing(missing_for(input, &self.model)?))
    }

    /// The scores of a batch, and the errors of all clusters if they are wanted.
    pub(crate) fn score(&self, batch: &Batch, with_tails: bool, tally: &mut Tally) -> Result<RowScores> {
        let mut scores = RowScores::default();
        for rows in cut(batch.data(), self.batch_size) {
            if interrupt::asked() {
                bail!(kitsune_core::Error::Stopped);
            }
            let (scored, errors) = if with_tails {
                self.model.score_batch_with_errors(rows, self.kind)?
            } else {
                (self.model.score_batch(rows, self.kind)?, None)
            };
            scores.scores.extend(scored.scores);
            scores.outside += scored.outside;
            if let Some(errors) = errors {
                scores.tails.extend(errors.tails.into_data().iter::<f32>());
            }
        }
        tally.scored += scores.scores.len() as u64;
        tally.flagged += self.flagged(&scores.scores).len() as u64;
        tally.outside += scores.outside;
        Ok(scores)
    }

    /// The rows that are flagged, by their place among the scores; none where there is no threshold.
    pub(crate) fn flagged(&self, scores: &[f32]) -> Vec<usize> {
        let flags = |decision: &Decision| (0..scores.len()).filter(|&row| decision.flags(scores[row])).collect();
        self.decision.as_ref().map_or_else(Vec::new, flags)
    }

    /// The strongest reasons, at most `count`, of these rows of a batch.
    pub(crate) fn reasons(&self, batch: &Batch, rows: &[usize], count: usize) -> Result<Reasons> {
        let mut reasons = Reasons::new();
        for part in rows.chunks(self.batch_size) {
            if interrupt::asked() {
                bail!(kitsune_core::Error::Stopped);
            }
            let found = self.model.reasons(&gathered(batch.data(), part), count)?;
            reasons.extend(part.iter().copied().zip(found));
        }
        Ok(reasons)
    }
}

impl Tally {
    /// Says what came of the rows; `set` names them where there are several sets.
    pub(crate) fn say<B: Backend>(&self, scorer: &Scorer<B>, counts: &Counts, set: &str, reporter: &Reporter) {
        for (number, what) in [(counts.dropped(), "dropped, for a value was missing"), (counts.filled(), "filled")] {
            if number > 0 {
                reporter.say(&format!("{set}{} {what}", counted(number, if what == "filled" { "missing value" } else { "row" })));
            }
        }
        if self.outside > 0 {
            reporter.say(&format!("{set}{} lay outside the range of the training rows", counted(self.outside, "value")));
        }
        if let Some(decision) = scorer.decision() {
            let (flagged, scored) = (thousands(self.flagged), counted(self.scored, "row"));
            reporter.say(&format!("{set}{flagged} of {scored} flagged: {}", decision.told()));
        }
    }
}

/// Cuts rows into batches of at most so many.
fn cut(data: &TensorData, rows: usize) -> Vec<TensorData> {
    fn parts<E: Element>(values: &[E], rows: usize, features: usize) -> Vec<TensorData> {
        let part = |values: &[E]| TensorData::new(values.to_vec(), [values.len() / features, features]);
        values.chunks(rows * features).map(part).collect()
    }
    let (found, features) = (data.shape[0], data.shape[1]);
    match (data.as_slice::<f32>(), data.as_slice::<f64>()) {
        _ if found == 0 => Vec::new(),
        (Ok(values), _) => parts(values, rows, features),
        (_, Ok(values)) => parts(values, rows, features),
        // Batches have no other type; what cannot be cut is scored at once.
        _ => vec![data.clone()],
    }
}

/// Those rows by themselves.
fn gathered(data: &TensorData, rows: &[usize]) -> TensorData {
    fn taken<E: Element>(values: &[E], rows: &[usize], features: usize) -> TensorData {
        let values: Vec<E> = rows.iter().flat_map(|row| &values[row * features..(row + 1) * features]).copied().collect();
        TensorData::new(values, [rows.len(), features])
    }
    let features = data.shape[1];
    match (data.as_slice::<f32>(), data.as_slice::<f64>()) {
        (Ok(values), _) => taken(values, rows, features),
        // Batches have no other type.
        (_, values) => taken(values.unwrap_or_default(), rows, features),
    }
}
