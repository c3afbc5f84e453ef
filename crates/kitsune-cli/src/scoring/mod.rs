//! Rows to scores, for every command that scores.

pub(crate) mod drift;
pub(crate) mod pooling;
pub(crate) mod scored_pass;
pub(crate) mod tally;
pub(crate) mod threshold;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use burn::tensor::{TensorData, backend::Backend};
use kitsune_core::scoring::{AppliedThreshold, Reason, Scored, Verdicts};
use kitsune_core::{Kitsune, ScoreKind, ScoreOptions, ThresholdChoice};
use kitsune_data::input::{Input, feature_names, open_for, with_missing_for};
use kitsune_data::{Batch, Source};

use self::pooling::PoolBy;
use crate::backend::BackendKind;
use crate::console::progress::Reporter;
use crate::process::interrupt;

/// How rows are to be scored, from the command line.
#[derive(Debug)]
pub(crate) struct Scoring {
    pub(crate) model: PathBuf,
    pub(crate) batch_size: usize,
    pub(crate) score: Option<ScoreKind>,
    pub(crate) threshold: ThresholdChoice,
    /// `None` for what the model's threshold is for.
    pub(crate) pool: Option<PoolBy>,
    pub(crate) backend: BackendKind,
    pub(crate) device: usize,
    pub(crate) quiet: bool,
}

/// A model, the kind of its score, and the threshold for it.
#[derive(Debug)]
pub(crate) struct Scorer<B: Backend> {
    model: Kitsune<B>,
    /// The names of the features.
    names: Vec<String>,
    /// The model file, as it was named.
    file: String,
    kind: ScoreKind,
    batch_size: usize,
    threshold: Option<AppliedThreshold>,
    backend: BackendKind,
    /// Warnings about the threshold.
    notes: Vec<String>,
}

/// The scores of some rows, and the verdicts on them.
#[derive(Debug)]
pub(crate) struct RowScores {
    /// The scores, with the errors of all clusters if these were asked for.
    pub(crate) scored: Scored,
    /// `None` without a threshold.
    pub(crate) verdicts: Option<Verdicts>,
}

/// The strongest reasons for some rows of a batch, by the index of the row in the batch.
pub(crate) type Reasons = BTreeMap<usize, Vec<Reason>>;

impl RowScores {
    /// The indices of the flagged rows; none without a threshold.
    pub(crate) fn flagged(&self) -> impl Iterator<Item = usize> {
        self.verdicts.iter().flat_map(Verdicts::flagged)
    }

    /// The probability that a normal row scores at least as high as this row, where the threshold knows it.
    pub(crate) fn tail_probability(&self, row: usize) -> Option<f64> {
        self.verdicts.as_ref()?.tail_probabilities.as_ref().map(|tails| tails[row])
    }
}

impl<B: Backend> Scorer<B> {
    /// Loads the model and finds the threshold.
    pub(crate) fn open(scoring: &Scoring, device: &B::Device) -> Result<Self> {
        let model = Kitsune::<B>::from_pretrained(&scoring.model, device)?;
        let kind = scoring.score.unwrap_or(model.config().score);
        let pool = scoring.pool.map_or(model.pool(), PoolBy::half_life);
        let is_pooled_as_usual = pool == model.pool();
        let model = model.with_pool(pool)?;
        let (threshold, notes) = threshold::find(scoring.threshold, &model, kind, is_pooled_as_usual)?;
        let file = scoring.model.display().to_string();
        let names = feature_names(&model);
        Ok(Self { model, names, file, kind, batch_size: scoring.batch_size, threshold, backend: scoring.backend, notes })
    }

    pub(crate) fn model(&self) -> &Kitsune<B> {
        &self.model
    }

    /// The names of the features, or the numbers of their columns.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
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

    /// Reports how the scores are computed and the warnings about the threshold.
    pub(crate) fn report_notes(&self, reporter: &Reporter) {
        reporter.say(&self.backend.with_engine(self.model.engine()));
        self.notes.iter().for_each(|note| reporter.say(note));
    }

    /// The rows with the columns of the model, by name where both have names.
    pub(crate) fn source(&self, input: &Input, keep: &[String]) -> Result<Source> {
        let mut source = open_for(input, &self.model)?;
        if source.features() == 0 {
            // Files without a single row may lack the columns of --keep as well.
            return Ok(source.clone().keep(keep).unwrap_or(source));
        }
        let needed = if self.model.pool().is_some() { pooling::columns(&source)? } else { Vec::new() };
        if !keep.is_empty() || !needed.is_empty() {
            source = source.keep(needed.into_iter().chain(keep.iter().map(String::as_str))).context("--keep")?;
        }
        Ok(with_missing_for(source, input, &self.model)?)
    }

    /// The scores of no rows at all.
    pub(crate) fn no_scores(&self) -> Result<RowScores> {
        let rows = TensorData::new(Vec::<f32>::new(), [0, self.model.feature_map().features()]);
        Ok(self.judged(self.scored(&rows, false)?))
    }

    /// The scores of rows by themselves, and the errors of all clusters if `with_tails`.
    fn scored(&self, rows: &TensorData, with_tails: bool) -> Result<Scored> {
        let options = ScoreOptions::new().with_score(self.kind).with_batch_rows(self.batch_size).with_check(&interrupt::control_flow);
        Ok(self.model.score_rows(rows, &if with_tails { options.with_errors() } else { options })?)
    }

    /// The scores with the verdicts on them.
    fn judged(&self, scored: Scored) -> RowScores {
        let verdicts = self.threshold.as_ref().map(|threshold| threshold.verdicts(&scored.scores));
        RowScores { scored, verdicts }
    }

    /// The strongest reasons, at most `count` per row, for the rows of a batch with these indices.
    pub(crate) fn reasons(&self, batch: &Batch, rows: &[usize], count: usize) -> Result<Reasons> {
        let mut reasons = Reasons::new();
        for part in rows.chunks(self.batch_size) {
            if interrupt::asked() {
                bail!(kitsune_core::Error::Stopped);
            }
            let found = self.model.reasons(batch.data(), part.iter().copied(), count)?;
            reasons.extend(part.iter().copied().zip(found));
        }
        Ok(reasons)
    }
}
