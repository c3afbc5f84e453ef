//! Rows to scores, for every command that scores.

pub(crate) mod tally;
pub(crate) mod threshold;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use burn::tensor::backend::Backend;
use kitsune_core::{Kitsune, Reason, ScoreKind};
use kitsune_data::{Batch, Source};

use crate::backend::BackendKind;
use crate::console::progress::Reporter;
use crate::input::Input;
use crate::input::for_model::{missing_for, open_for};
use crate::process::interrupt;
use crate::scoring::threshold::{AppliedThreshold, ThresholdChoice};

/// How rows are to be scored, from the command line.
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

/// A model, the kind of its score, and the threshold for it.
#[derive(Debug)]
pub(crate) struct Scorer<B: Backend> {
    model: Kitsune<B>,
    /// The model file, as it was named.
    file: String,
    kind: ScoreKind,
    batch_size: usize,
    threshold: Option<AppliedThreshold>,
    /// Warnings about the threshold.
    notes: Vec<String>,
}

/// The scores of some rows.
#[derive(Debug)]
pub(crate) struct RowScores {
    /// `[rows]`.
    pub(crate) scores: Vec<f32>,
    /// Whether each row is flagged; `None` without a threshold.
    pub(crate) flags: Option<Vec<bool>>,
    /// [rows, clusters], empty unless asked for.
    pub(crate) tails: Vec<f32>,
    /// Values outside the range of the training rows.
    outside: u64,
}

/// The strongest reasons for some rows of a batch, by the index of the row in the batch.
pub(crate) type Reasons = BTreeMap<usize, Vec<Reason>>;

impl RowScores {
    /// The indices of the flagged rows; none without a threshold.
    pub(crate) fn flagged(&self) -> impl Iterator<Item = usize> {
        let flags = self.flags.as_deref().unwrap_or_default();
        flags.iter().enumerate().filter(|&(_, &is_flagged)| is_flagged).map(|(row, _)| row)
    }
}

impl<B: Backend> Scorer<B> {
    /// Loads the model and finds the threshold.
    pub(crate) fn open(scoring: &Scoring, device: &B::Device) -> Result<Self> {
        let model = Kitsune::<B>::from_pretrained(&scoring.model_checkpoint, device)
            .context("give a model with --model-checkpoint, or make one with kitsune train")?;
        let kind = scoring.score.unwrap_or(model.config().score);
        let (threshold, notes) = AppliedThreshold::find(scoring.threshold, &model, kind)?;
        let file = scoring.model_checkpoint.display().to_string();
        Ok(Self { model, file, kind, batch_size: scoring.batch_size, threshold, notes })
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

    pub(crate) fn threshold(&self) -> Option<&AppliedThreshold> {
        self.threshold.as_ref()
    }

    /// Reports the warnings about the threshold.
    pub(crate) fn report_notes(&self, reporter: &Reporter) {
        self.notes.iter().for_each(|note| reporter.say(note));
    }

    /// The rows with the columns of the model, by name where both have names.
    pub(crate) fn source(&self, input: &Input, keep: &[String]) -> Result<Source> {
        let mut source = open_for(input, &self.model)?;
        if source.features() == 0 {
            // Files without a single row may lack the columns of --keep as well.
            return Ok(source.clone().keep(keep).unwrap_or(source));
        }
        if !keep.is_empty() {
            source = source.keep(keep).context("--keep")?;
        }
        Ok(source.on_missing(missing_for(input, &self.model)?))
    }

    /// The scores and flags of a batch, and the errors of all clusters if `with_tails`.
    pub(crate) fn score(&self, batch: &Batch, with_tails: bool) -> Result<RowScores> {
        let mut check = interrupt::control_flow;
        let scoring = kitsune_core::Scoring::new(self.kind).with_batch_rows(self.batch_size).with_check(&mut check);
        let mut scoring = if with_tails { scoring.with_errors() } else { scoring };
        let (scored, errors) = self.model.score_host(batch.data(), &mut scoring)?;
        Ok(RowScores {
            flags: self.flags(&scored.scores),
            tails: errors.map_or_else(Vec::new, |errors| errors.tails.into_data().iter::<f32>().collect()),
            scores: scored.scores,
            outside: scored.outside,
        })
    }

    /// The scores of no rows at all.
    pub(crate) fn no_scores(&self) -> RowScores {
        RowScores { scores: Vec::new(), flags: self.flags(&[]), tails: Vec::new(), outside: 0 }
    }

    /// The probability for each score that a normal row scores at least as high, where the threshold knows it.
    pub(crate) fn tail_probabilities(&self, scores: &[f32]) -> Option<Vec<Option<f64>>> {
        let threshold = self.threshold.as_ref().filter(|threshold| threshold.knows_tail())?;
        Some(scores.iter().map(|&score| threshold.tail_probability(score)).collect())
    }

    fn flags(&self, scores: &[f32]) -> Option<Vec<bool>> {
        let threshold = self.threshold.as_ref()?;
        Some(scores.iter().map(|&score| threshold.flags(score)).collect())
    }

    /// The strongest reasons, at most `count` per row, for the rows of a batch with these indices.
    pub(crate) fn reasons(&self, batch: &Batch, rows: &[usize], count: usize) -> Result<Reasons> {
        let mut reasons = Reasons::new();
        for part in rows.chunks(self.batch_size) {
            if interrupt::asked() {
                bail!(kitsune_core::Error::Stopped);
            }
            let found = self.model.reasons_at(batch.data(), part, count)?;
            reasons.extend(part.iter().copied().zip(found));
        }
        Ok(reasons)
    }
}
