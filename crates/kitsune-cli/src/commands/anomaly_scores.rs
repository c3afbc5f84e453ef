//! `kitsune anomaly-scores`: rows to scores and verdicts.

use std::path::PathBuf;

use anyhow::Result;
use burn::tensor::backend::Backend;
use kitsune_data::{Batch, Records};

use crate::backend::{Task, dispatch};
use crate::console::counted;
use crate::console::progress::Reporter;
use crate::failure::Failure;
use crate::input::Input;
use crate::output::reason_columns::explain;
use crate::output::{Output, SCORE};
use crate::process::interrupt;
use crate::report::collect::Findings;
use crate::scoring::{Reasons, RowScores, Scorer, Scoring, Tally};

/// A scoring, as it was asked for.
#[derive(Debug)]
pub(crate) struct AnomalyScores {
    pub(crate) input: Input,
    pub(crate) output: Output,
    pub(crate) scoring: Scoring,
    pub(crate) keep: Vec<String>,
    pub(crate) with_row_numbers: bool,
    pub(crate) with_tails: bool,
    /// Reasons for each flagged row.
    pub(crate) explain: Option<usize>,
    /// Folder for a page.
    pub(crate) report: Option<PathBuf>,
}

pub(crate) fn run(command: AnomalyScores) -> Result<(), Failure> {
    interrupt::listen()?;
    let (backend, device, streamed) = (command.scoring.backend, command.scoring.device, command.output.is_stream());
    dispatch(backend, device, command).map_err(|error| match error.into() {
        Failure::Interrupted { .. } => Failure::Interrupted { streamed },
        other => other,
    })
}

impl Task for AnomalyScores {
    type Output = ();

    fn run<B: Backend>(self, device: &B::Device) -> Result<()> {
        let scorer = Scorer::<B>::open(&self.scoring, device)?;
        let source = scorer.source(&self.input, &self.keep)?;
        self.output.check(source.files())?;
        let mut findings = self.report.as_deref().map(|folder| Findings::new(folder, self.explain)).transpose()?;
        let mut sink = self.output.open(source.format())?;

        let mut reporter = Reporter::new(self.scoring.quiet);
        reporter.begin("scoring", source.bytes());
        let pass = source.pass(0)?;
        let counts = pass.counts();
        let (mut answered, mut tally) = (false, Tally::default());
        for batch in pass {
            let batch = batch?;
            let scores = scorer.score(&batch, self.with_tails, &mut tally)?;
            let reasons = self.reasons(&scorer, &batch, &scores)?;
            if let Some(findings) = &mut findings {
                findings.take(&scorer, &batch, &scores.scores, reasons.as_ref())?;
            }
            answered = true;
            sink.write(self.results(batch.records(), scores, reasons, &scorer)?)?;
            reporter.advance(counts.bytes(), counts.rows());
        }
        if !answered {
            let reasons = self.explain.map(|_| Reasons::new());
            sink.write(self.results(source.empty_records()?, RowScores::default(), reasons, &scorer)?)?;
        }
        let files = sink.finish()?;
        reporter.end();
        scorer.say_notes(&reporter);
        tally.say(&scorer, &counts, "", &reporter);
        match &files[..] {
            [] => {}
            [file] => reporter.say(&format!("wrote {}", file.display())),
            files => reporter.say(&format!("wrote {} to {}", counted(files.len() as u64, "file"), self.output.path.display())),
        }
        if let Some(findings) = findings {
            let page = findings.write(&scorer, self.input.named(), None)?;
            reporter.say(&format!("wrote {}", page.display()));
        }
        Ok(())
    }
}

impl AnomalyScores {
    /// Reasons of the flagged rows, or of all where there is no threshold, if they are wanted.
    fn reasons<B: Backend>(&self, scorer: &Scorer<B>, batch: &Batch, scores: &RowScores) -> Result<Option<Reasons>> {
        let Some(count) = self.explain else { return Ok(None) };
        let rows = if scorer.decision().is_some() { scorer.flagged(&scores.scores) } else { (0..scores.scores.len()).collect() };
        Ok(Some(scorer.reasons(batch, &rows, count)?))
    }

    /// Puts beside the rows what is wanted of their results.
    fn results<B: Backend>(&self, mut records: Records, found: RowScores, reasons: Option<Reasons>, scorer: &Scorer<B>) -> Result<Records> {
        let RowScores { scores, tails, .. } = found;
        if self.with_row_numbers {
            records = records.row_numbers("row")?;
        }
        let (verdicts, rows) = (Verdicts::of(&scores, scorer), scores.len());
        records = records.numbers(SCORE, scores)?;
        if let Some(verdicts) = verdicts {
            records = verdicts.beside(records)?;
        }
        if self.with_tails {
            records = records.lists("tails", tails, scorer.model().feature_map().clusters().len())?;
        }
        if let (Some(count), Some(reasons)) = (self.explain, reasons) {
            records = explain(records, &reasons, rows, count, scorer.model())?;
        }
        Ok(records)
    }
}

/// What a threshold makes of scores.
struct Verdicts {
    anomalies: Vec<bool>,
    /// Where it has tail probabilities.
    tails: Option<Vec<Option<f64>>>,
}

impl Verdicts {
    fn of<B: Backend>(scores: &[f32], scorer: &Scorer<B>) -> Option<Self> {
        let decision = scorer.decision()?;
        let tails = || scores.iter().map(|&score| decision.tail_probability(score)).collect();
        Some(Self { anomalies: scores.iter().map(|&score| decision.flags(score)).collect(), tails: decision.knows_tail().then(tails) })
    }

    fn beside(self, records: Records) -> Result<Records> {
        let records = records.booleans("is_anomaly", self.anomalies)?;
        Ok(match self.tails {
            Some(tails) => records.optional_numbers("tail_probability", tails)?,
            None => records,
        })
    }
}
