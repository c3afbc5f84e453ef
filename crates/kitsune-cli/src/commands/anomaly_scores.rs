//! `kitsune anomaly-scores`: rows to scores.

use std::collections::HashSet;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use burn::tensor::backend::Backend;
use burn::tensor::{Element, TensorData};
use kitsune_core::{InputScaling, Kitsune, ScoreKind};
use kitsune_data::{Batch, Missing, Records, Source};

use crate::backend::{BackendKind, Task, dispatch};
use crate::console::counted;
use crate::failure::Failure;
use crate::input::{Input, OnMissing};
use crate::interrupt;
use crate::output::{Output, SCORE};
use crate::progress::Reporter;

/// A scoring, as it was asked for.
#[derive(Debug)]
pub(crate) struct AnomalyScores {
    pub(crate) input: Input,
    pub(crate) output: Output,
    pub(crate) model_checkpoint: PathBuf,
    pub(crate) batch_size: usize,
    pub(crate) keep: Vec<String>,
    pub(crate) with_row_numbers: bool,
    pub(crate) with_tails: bool,
    pub(crate) score: Option<ScoreKind>,
    pub(crate) backend: BackendKind,
    pub(crate) device: usize,
    pub(crate) quiet: bool,
}

pub(crate) fn run(scoring: AnomalyScores) -> Result<(), Failure> {
    interrupt::listen()?;
    let (backend, device, streamed) = (scoring.backend, scoring.device, scoring.output.is_stream());
    dispatch(backend, device, scoring).map_err(|error| match error.into() {
        Failure::Interrupted { .. } => Failure::Interrupted { streamed },
        other => other,
    })
}

impl Task for AnomalyScores {
    type Output = ();

    fn run<B: Backend>(self, device: &B::Device) -> Result<()> {
        let model = Kitsune::<B>::from_pretrained(&self.model_checkpoint, device)
            .context("give a model with --model-checkpoint, or make one with kitsune train")?;
        let source = self.source(&model)?;
        self.output.check(source.files())?;
        let mut sink = self.output.open(source.format())?;

        let mut reporter = Reporter::new(self.quiet);
        reporter.begin("scoring", source.bytes());
        let pass = source.pass(0)?;
        let counts = pass.counts();
        let (mut answered, mut outside) = (false, 0);
        for batch in pass {
            let (records, outside_now) = self.score(&model, batch?)?;
            answered = true;
            outside += outside_now;
            sink.write(records)?;
            reporter.advance(counts.bytes(), counts.rows());
        }
        if !answered {
            sink.write(self.results(source.empty_records()?, Scores::default(), &model)?)?;
        }
        let files = sink.finish()?;
        reporter.end();
        for (number, what) in [(counts.dropped(), "dropped, for a value was missing"), (counts.filled(), "filled")] {
            if number > 0 {
                reporter.say(&format!("{} {what}", counted(number, if what == "filled" { "missing value" } else { "row" })));
            }
        }
        if outside > 0 {
            reporter.say(&format!("{} lay outside the range of the training rows", counted(outside, "value")));
        }
        match &files[..] {
            [] => {}
            [file] => reporter.say(&format!("wrote {}", file.display())),
            files => reporter.say(&format!("wrote {} to {}", counted(files.len() as u64, "file"), self.output.path.display())),
        }
        Ok(())
    }
}

/// What a model says of some rows.
#[derive(Default)]
struct Scores {
    scores: Vec<f32>,
    /// [rows, clusters], if they are wanted.
    tails: Vec<f32>,
}

impl AnomalyScores {
    /// The rows with the columns of the model, by name where both have names.
    fn source<B: Backend>(&self, model: &Kitsune<B>) -> Result<Source> {
        let mut source = self.input.open_expecting(model.columns().unwrap_or_default())?;
        if source.features() == 0 {
            // Files without a single row may have no columns either, not even those to keep. Where all were left out, the pass says so.
            return Ok(source.clone().keep(&self.keep).unwrap_or(source));
        }
        if let (Some(columns), Some(names)) = (model.columns(), source.names()) {
            let offered: HashSet<_> = names.iter().cloned().collect();
            source = source.select(columns).context("the data lack columns that the model was trained on")?;
            let left_out: Vec<_> = source.names().unwrap_or_default().iter().filter(|name| !offered.contains(*name)).cloned().collect();
            if !left_out.is_empty() {
                bail!("the model needs {}, which --columns or --exclude leaves out", left_out.join(", "));
            }
        } else {
            let (found, expected) = (source.features(), model.feature_map().features());
            if found != expected {
                let (path, found) = (self.input.named(), counted(found as u64, "column"));
                bail!("{path} has {found}, but the model was trained on {expected} (a column of labels is left out by --label-column)");
            }
        }
        if !self.keep.is_empty() {
            source = source.keep(&self.keep).context("--keep")?;
        }
        if model.config().inputs == InputScaling::Identity {
            source = source.within(0.0, 1.0);
        }
        Ok(source.on_missing(match self.input.on_missing {
            OnMissing::Error => Missing::Refuse,
            OnMissing::Drop => Missing::Drop,
            OnMissing::Fill(value) => Missing::Fill(value),
            OnMissing::Mean => {
                let means =
                    model.means().ok_or_else(|| anyhow!("the model does not know the means of its training rows (--on-missing mean)"))?;
                Missing::FillEach(means.to_vec())
            }
        }))
    }

    /// The lines of a batch, and how many of its values lay outside the range of the training rows.
    fn score<B: Backend>(&self, model: &Kitsune<B>, batch: Batch) -> Result<(Records, u64)> {
        let records = batch.records();
        let kind = self.score.unwrap_or(model.config().score);
        let (mut scores, mut outside) = (Scores::default(), 0);
        for rows in cut(batch.into_data(), self.batch_size) {
            if interrupt::asked() {
                bail!(kitsune_core::Error::Stopped);
            }
            let scored = model.score_batch(rows, kind)?;
            scores.scores.extend(scored.scores);
            outside += scored.outside;
            if let Some(errors) = scored.errors.filter(|_| self.with_tails) {
                scores.tails.extend(errors.tails.into_data().iter::<f32>());
            }
        }
        Ok((self.results(records, scores, model)?, outside))
    }

    /// Puts beside the rows what is wanted of their results.
    fn results<B: Backend>(&self, mut records: Records, scores: Scores, model: &Kitsune<B>) -> Result<Records> {
        if self.with_row_numbers {
            records = records.row_numbers("row")?;
        }
        records = records.numbers(SCORE, scores.scores)?;
        if self.with_tails {
            records = records.lists("tails", scores.tails, model.feature_map().clusters().len())?;
        }
        Ok(records)
    }
}

/// Cuts rows into batches of at most so many.
fn cut(data: TensorData, rows: usize) -> Vec<TensorData> {
    fn parts<E: Element>(values: &[E], rows: usize, features: usize) -> Vec<TensorData> {
        let part = |values: &[E]| TensorData::new(values.to_vec(), [values.len() / features, features]);
        values.chunks(rows * features).map(part).collect()
    }
    if data.shape[0] <= rows {
        return if data.shape[0] == 0 { Vec::new() } else { vec![data] };
    }
    let features = data.shape[1];
    match (data.as_slice::<f32>(), data.as_slice::<f64>()) {
        (Ok(values), _) => parts(values, rows, features),
        (_, Ok(values)) => parts(values, rows, features),
        // Batches have no other type; what cannot be cut is scored at once.
        _ => vec![data],
    }
}
