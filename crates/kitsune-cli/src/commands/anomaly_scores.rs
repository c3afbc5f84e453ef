//! `kitsune anomaly-scores`: rows to scores and verdicts.

use std::mem::replace;
use std::path::PathBuf;

use anyhow::{Result, bail};
use burn::tensor::backend::Backend;
use kitsune_data::input::Input;
use kitsune_data::{Batch, OutputError, Records, Source};

use crate::alerts::{AlertWriter, FlaggedPacket};
use crate::backend::{Task, dispatch};
use crate::console::progress::Reporter;
use crate::console::{counted, note};
use crate::failure::Failure;
use crate::output::Output;
use crate::output::alert_file::check_alerts_name;
use crate::output::content::{Content, SCORE};
use crate::output::read_files::{ReadFiles, check_outside};
use crate::output::reason_columns::explain;
use crate::process::interrupt;
use crate::report::collect::{ReportData, page_in};
use crate::scoring::drift::NamedDrift;
use crate::scoring::pooling;
use crate::scoring::scored_pass::ScoredPass;
use crate::scoring::tally::Tally;
use crate::scoring::{Reasons, RowScores, Scorer, Scoring};

/// The settings of a scoring.
#[derive(Debug)]
pub(crate) struct AnomalyScores {
    pub(crate) input: Input,
    pub(crate) output: Output,
    pub(crate) scoring: Scoring,
    pub(crate) keep: Vec<String>,
    pub(crate) with_row_numbers: bool,
    pub(crate) with_tails: bool,
    /// The number of reasons for each flagged row.
    pub(crate) explain: Option<usize>,
    /// The folder of the report page.
    pub(crate) report: Option<PathBuf>,
    /// The file of the alerts.
    pub(crate) alerts: Option<PathBuf>,
}

pub(crate) fn run(command: AnomalyScores) -> Result<(), Failure> {
    command.output.check_name().map_err(Failure::usage)?;
    check_alerts_name(command.alerts.as_deref(), &command.output).map_err(Failure::usage)?;
    interrupt::listen();
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
        let (source, added) = self.rows(&scorer)?;
        // The page alone adds no columns to the scores.
        let aside = added.clone().filter(|_| self.alerts.is_none()).unwrap_or_default();
        let read = ReadFiles::of([&source], self.input.label_file.as_deref());
        self.output.check(&read)?;
        self.output.check_outside(&self.input.locations)?;
        if let Some(folder) = &self.report {
            read.check(&page_in(folder), Content::Report)?;
        }
        let mut alerts = self.alerts(&scorer, &read)?;
        let mut page = self.report.as_deref().map(|folder| ReportData::new(folder, self.explain)).transpose()?;
        if let Some(added) = added {
            page = page.map(|page| page.with_packets(scorer.names().to_vec(), added));
        }
        let mut watch = page.as_ref().map(|_| scorer.model().drift_watch());
        let mut sink = self.output.open(source.format())?;
        let mut is_known = self.scoring.quiet;
        sink = sink.with_waiting(move |folder| {
            if !replace(&mut is_known, true) {
                note(&format!("waiting for another run that writes to {}", folder.display()));
            }
            interrupt::control_flow()
        });

        // What the format cannot hold is an error that does not know where it would have been written.
        let unwritable = |error: kitsune_data::Error| match error {
            kitsune_data::Error::Output(OutputError::Stopped { .. }) => kitsune_core::Error::Stopped.into(),
            kitsune_data::Error::Output(_) => {
                anyhow::Error::from(error).context(format!("{} cannot be written", self.output.path.display()))
            }
            error => error.into(),
        };

        let mut reporter = Reporter::new(self.scoring.quiet);
        reporter.say_notes(&source);
        reporter.begin("scoring", source.bytes());
        let pass = source.pass(0)?;
        let counts = pass.progress();
        let mut scoring = ScoredPass::new(&scorer, &source, self.alerts.is_some())?;
        let (mut answered, mut tally) = (false, Tally::default());
        for batch in pass {
            let batch = batch?;
            let (scores, times) = scoring.score(&batch, self.with_tails)?;
            tally.count(&scores, None);
            let reasons = self.reasons(&scorer, &batch, &scores)?;
            if let Some(watch) = &mut watch {
                watch.observe(batch.data())?;
            }
            if let Some(page) = &mut page {
                page.take(&scorer, &batch, &scores, reasons.as_ref())?;
            }
            if let (Some(alerts), Some(times)) = (&mut alerts, &times) {
                let score = |row: usize| f64::from(scores.scored.scores[row]);
                let flagged: Vec<_> = scores.flagged().map(|row| (row, score(row))).collect();
                alerts.take(&batch, times, &flagged, |rows| scorer.reasons(&batch, rows, 1))?;
            }
            answered = true;
            sink.write(self.results(batch.records().without(&aside), scores, reasons, &scorer)?).map_err(unwritable)?;
            reporter.advance(counts.bytes(), counts.rows());
        }
        if !answered {
            let reasons = self.explain.map(|_| Reasons::new());
            sink.write(self.results(source.empty_records()?.without(&aside), scorer.no_scores()?, reasons, &scorer)?)
                .map_err(unwritable)?;
        }
        if interrupt::asked() {
            return Err(kitsune_core::Error::Stopped.into());
        }
        // While the rows came, somebody may have made a file of that name.
        self.output.check(&read)?;
        let files = sink.finish().map_err(unwritable)?;
        reporter.end();
        scorer.report_notes(&reporter);
        tally.report(&scorer, &counts, "", &reporter);
        match &files[..] {
            [] => {}
            [file] => reporter.say(&format!("wrote {}", file.display())),
            files => reporter.say(&format!("wrote {} to {}", counted(files.len() as u64, "file"), self.output.path.display())),
        }
        if let Some((number, Some(path))) = alerts.map(AlertWriter::finish).transpose()? {
            reporter.say(&format!("wrote {} to {}", counted(number, "alert"), path.display()));
        }
        if let (Some(page), Some(watch)) = (page, watch) {
            let drift = NamedDrift::new(watch.drift(), tally.misfit(&scorer), &scorer);
            let path = page.write(&scorer, self.input.named(), drift, None)?;
            reporter.say(&format!("wrote {}", path.display()));
        }
        Ok(())
    }
}

impl AnomalyScores {
    /// The rows, with the columns that are kept. If alerts are to be written or shown, they have the columns of packets as well: those that --keep does not
    /// name come second.
    fn rows<B: Backend>(&self, scorer: &Scorer<B>) -> Result<(Source, Option<Vec<&'static str>>)> {
        let source = scorer.source(&self.input, &self.keep)?;
        if source.features() == 0 || self.alerts.is_none() && self.report.is_none() {
            return Ok((source, None));
        }
        let needed = match FlaggedPacket::columns(&source) {
            Ok(needed) => needed,
            // Rows that are no packets have a page, too.
            Err(_) if self.alerts.is_none() => return Ok((source, None)),
            Err(error) => return Err(error),
        };
        let kept = source.kept_names();
        let added = needed.iter().copied().filter(|name| !kept.contains(name)).collect();
        let keep = self.keep.iter().map(String::as_str);
        let source = if self.alerts.is_some() {
            source.keep(needed.into_iter().chain(keep))?
        } else {
            // The page does not change the order of what is kept without it.
            let of_hosts = if scorer.model().pool().is_some() { pooling::columns(&source)? } else { Vec::new() };
            source.keep(of_hosts.into_iter().chain(keep).chain(needed))?
        };
        Ok((source, Some(added)))
    }

    /// With `--alerts`, what writes them.
    fn alerts<B: Backend>(&self, scorer: &Scorer<B>, read: &ReadFiles) -> Result<Option<AlertWriter>> {
        let Some(path) = &self.alerts else { return Ok(None) };
        read.check(path, Content::Alerts)?;
        check_outside(path, path, Content::Alerts, &self.input.locations)?;
        if scorer.threshold().is_none() {
            bail!("--alerts needs a threshold, which packets are above or below: --threshold NUMBER gives one");
        }
        Ok(Some(AlertWriter::new(path, scorer.names().to_vec())?))
    }

    /// With `--explain`, the reasons for the flagged rows, or for all rows without a threshold.
    fn reasons<B: Backend>(&self, scorer: &Scorer<B>, batch: &Batch, scores: &RowScores) -> Result<Option<Reasons>> {
        let Some(count) = self.explain else { return Ok(None) };
        let rows: Vec<_> = if scores.verdicts.is_some() { scores.flagged().collect() } else { (0..scores.scored.scores.len()).collect() };
        Ok(Some(scorer.reasons(batch, &rows, count)?))
    }

    /// Appends the results that were asked for to the records of their rows.
    fn results<B: Backend>(&self, mut records: Records, found: RowScores, reasons: Option<Reasons>, scorer: &Scorer<B>) -> Result<Records> {
        let RowScores { scored, verdicts } = found;
        let rows = scored.scores.len();
        if self.with_row_numbers {
            records = records.with_row_numbers("row")?;
        }
        records = records.with_numbers(SCORE, scored.scores)?;
        if let Some(verdicts) = verdicts {
            records = records.with_booleans("is_anomaly", verdicts.is_anomaly)?;
            if let Some(tail_probabilities) = verdicts.tail_probabilities {
                records = records.with_optional_numbers("tail_probability", tail_probabilities.into_iter().map(Some).collect())?;
            }
        }
        if self.with_tails {
            let tails = scored.errors.map_or_else(Vec::new, |errors| errors.tails);
            records = records.with_lists("tails", tails, scorer.model().feature_map().clusters().len())?;
        }
        if let (Some(count), Some(reasons)) = (self.explain, reasons) {
            records = explain(records, &reasons, rows, count, scorer.names())?;
        }
        Ok(records)
    }
}
