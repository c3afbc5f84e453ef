//! A stream: rows in, results out, and the state saved in between.

use std::io::ErrorKind;
use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use burn::tensor::{DType, TensorData};
use kitsune_core::online::{Observation, OnlineConfig, OnlineKitsune, OnlineState};
use kitsune_data::input::feature_names;
use kitsune_data::{Batch, Location, OutputFolder, Source};

use super::command::{Online, was_stopped};
use super::export::export;
use super::metrics::Metrics;
use super::progress::{Followed, Progress, absolute};
use super::results::Results;
use super::writer::Writer;
use crate::alerts::AlertWriter;
use crate::console::progress::Reporter;
use crate::console::row_counts::remarks;
use crate::console::{counted, thousands};
use crate::failure::OfStream;
use crate::output::read_files::folder_for;
use crate::process::interrupt;
use crate::scoring::Reasons;

/// Rows and time from one save of the state to the next.
const SAVE_ROWS: u64 = 100_000;
const SAVE_TIME: Duration = Duration::from_mins(1);

/// Changes of what is ordinary that are said on standard error.
const TOLD_CHANGES: u64 = 3;

/// Lines of a batch that are taken at once: a batch of a file may have more than fit between two saves.
const PIECE: usize = 8_192;

/// Why the rows came to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// There were no more.
    OfRows,
    /// A signal asked for it.
    Asked,
    /// Nobody reads the results any more.
    Closed,
}

/// A detector with its output.
pub(super) struct Stream<'a> {
    online: &'a Online,
    /// `None` until the columns are known.
    pub(super) detector: Option<OnlineKitsune>,
    pub(super) progress: Progress,
    pub(super) end: End,
    writer: Option<Writer>,
    /// Whether the output is a file that grows; `None` before it is opened.
    grows: Option<bool>,
    names: Vec<String>,
    state: Option<OnlineState>,
    metrics: Option<Metrics>,
    alerts: Option<AlertWriter>,
    reporter: Reporter,
    /// Lines of the output when the state was saved last, and the time.
    saved: (u64, Instant),
    /// Lines of this run.
    lines: u64,
    /// Changes of what is ordinary in this run.
    changes: u64,
    /// Lines that are taken at once, at most.
    piece: usize,
    /// The error of a pipe that was closed.
    closed: Option<anyhow::Error>,
    /// The folders of state and model, which stay once they hold these.
    folders: Vec<OutputFolder>,
}

impl<'a> Stream<'a> {
    pub(super) fn new(online: &'a Online, detector: Option<OnlineKitsune>, progress: Progress) -> Self {
        Self {
            online,
            detector,
            saved: (progress.records, Instant::now()),
            progress,
            end: End::OfRows,
            writer: None,
            grows: None,
            names: Vec::new(),
            state: None,
            metrics: None,
            alerts: None,
            reporter: online.reporter(),
            lines: 0,
            changes: 0,
            piece: online.save_every.map_or(PIECE, |rows| PIECE.min(usize::try_from(rows).unwrap_or(PIECE))),
            closed: None,
            folders: Vec::new(),
        }
    }

    /// Makes a new detector, if none is resumed, and opens the output.
    pub(super) fn begin(&mut self, source: &Source, new: &OnlineConfig) -> Result<()> {
        self.reporter.say_notes(source);
        if self.detector.is_none() {
            if source.features() == 0 {
                let missing = if self.online.settings.feature_map.is_some() { 0 } else { new.mapper_grace } + new.train_grace;
                return Err(self.in_grace(kitsune_core::Error::InGrace { rows: 0, missing }));
            }
            self.detector = Some(self.online.detector(source, new)?);
        }
        if let Some(detector) = &self.detector {
            self.names = feature_names(detector);
            self.state = Some(detector.state());
        }
        self.folders.push(folder_for(&self.online.state)?);
        if let Some(model) = &self.online.export {
            self.folders.push(folder_for(model)?);
        }
        let from = self.progress.written_to(&self.online.output.path).filter(|_| self.online.output.path.exists());
        let (sink, grows) = self.online.output.open_growing(source.format(), from)?;
        let writer = Writer::start(sink, self.online.explain, self.names.clone())?;
        (self.writer, self.grows) = (Some(writer), Some(grows));
        if let Some(path) = &self.online.alerts {
            let (is_same, known) =
                (self.progress.alerts_are_in(path) && path.exists(), self.progress.alerts.take().map(|(_, known)| known));
            self.alerts = Some(AlertWriter::growing(path, self.names.clone(), known, is_same)?);
        }
        if let (Some(path), Some(detector)) = (&self.online.metrics, &self.detector) {
            self.metrics = Some(Metrics::start(path, detector, self.progress.records)?);
        }
        // From now on another run finds the state, and does not begin one of the same name.
        self.save(self.progress.followed)
    }

    /// Reads rows to their end, of which the first `skip` lines were read before.
    pub(super) fn read(&mut self, source: &Source, mut followed: Option<Followed>, skip: u64) -> Result<()> {
        let mut left = skip;
        if skip > 0 {
            self.reporter.say(&format!("goes on after the {} of {} that the state knows", counted(skip, "row"), self.online.named()));
        }
        let of_files = followed.is_none() && !self.online.input.locations.iter().any(Location::is_standard_input);
        // An interface ends by itself, so that every packet that it has captured has a line, and those that it has lost are counted.
        let listens = self.online.listens;
        let is_asked = || !listens && interrupt::asked();
        let work = if followed.is_none() { source.bytes() } else { None };
        self.reporter.begin("online", work);
        let pass = source.pass(0)?;
        let counts = pass.progress();
        for batch in pass {
            let batch = match batch {
                Ok(batch) => batch,
                Err(error) => {
                    let error = OfStream(error).into();
                    if was_stopped(&error) {
                        self.end = End::Asked;
                        break;
                    }
                    // What came before is not lost.
                    self.progress.followed = followed;
                    self.close()?;
                    return Err(error);
                }
            };
            let (lines, of_rows) = (batch.records().rows(), batch.lines());
            let skipped = left.min(lines as u64);
            left -= skipped;
            let mut at = skipped as usize;
            while self.end == End::OfRows && (at < lines || lines == 0) {
                let end = lines.min(at + self.piece);
                self.take(&batch, &of_rows, at..end)?;
                if of_files {
                    self.progress.of_files += (end - at) as u64;
                }
                if let Some(followed) = &mut followed {
                    followed.records += (end - at) as u64;
                }
                self.reporter.advance(counts.bytes(), self.lines);
                self.save_if_due(followed)?;
                if is_asked() {
                    self.end = End::Asked;
                }
                at = end;
                if lines == 0 {
                    break;
                }
            }
            if self.end != End::OfRows || is_asked() {
                break;
            }
        }
        if interrupt::asked() {
            self.end = End::Asked;
        }
        for remark in remarks(&counts) {
            self.reporter.say(&remark);
        }
        self.progress.followed = followed;
        if left > 0 && self.end == End::OfRows {
            let (known, found) = (counted(skip, "row"), thousands(skip - left));
            bail!("the state has read {known} of {}, which has only {found}: --resume goes on with the same files", self.online.named());
        }
        Ok(())
    }

    /// Takes some of the lines of a batch; `lines` are those of its rows.
    fn take(&mut self, batch: &Batch, lines: &[usize], part: Range<usize>) -> Result<()> {
        let Some(detector) = &mut self.detector else { return Ok(()) };
        let records = batch.records().part(part.clone());
        let mut results = Results::default();
        let [first, end] = [part.start, part.end].map(|bound| lines.partition_point(|&line| line < bound));
        let (explain, before) = (self.online.explain, self.progress.records);
        let mut drifts = Vec::new();
        let mut of_rows = lines[first..end].iter();
        detector.observe_batch(batch.data(), first..end, |detector, row, found| -> Result<()> {
            let line = of_rows.next().map_or(0, |line| line - part.start);
            if let (Some(count), Some(true)) = (explain, found.and_then(|found| found.is_anomaly)) {
                results.reasons.insert(results.found.len(), detector.reasons(row, count)?);
            }
            if found.is_some_and(|found| found.drift) {
                drifts.push(before + line as u64 + 1);
            }
            results.found.push(found);
            Ok(())
        })?;
        if let Some(alerts) = &mut self.alerts {
            let flagged = |(row, found): (usize, &Option<Observation>)| {
                found.as_ref().filter(|found| found.is_anomaly == Some(true)).map(|found| (row, found.score))
            };
            let flagged: Vec<_> = (first..end).zip(&results.found).filter_map(flagged).collect();
            let reasons = |rows: &[usize]| {
                let mut reasons = Reasons::new();
                for &row in rows {
                    if let Some(known) = results.reasons.get(&(row - first)) {
                        reasons.insert(row, known.clone());
                        continue;
                    }
                    reasons.insert(row, detector.reasons(&values_of(batch.data(), row)?, 1)?);
                }
                Ok(reasons)
            };
            alerts.take(batch, (end > first).then(|| end - 1), &flagged, reasons)?;
        }
        let rows = records.rows() as u64;
        let written = self.writer.as_mut().map_or(Ok(()), |writer| writer.write(records, results));
        self.unless_closed(written)?;
        self.progress.records += rows;
        self.lines += rows;
        self.tell_of_state();
        for row in drifts {
            self.tell_of_change(row);
        }
        if let (Some(metrics), Some(detector)) = (&self.metrics, &self.detector) {
            metrics.tell(detector, self.progress.records);
        }
        Ok(())
    }

    /// Says that what is ordinary has changed, a few times: rows that depend on each other, such as packets, change often.
    fn tell_of_change(&mut self, row: u64) {
        self.changes += 1;
        if self.changes <= TOLD_CHANGES {
            let row = thousands(row);
            self.reporter.say(&format!("row {row}: what is ordinary has changed, since scores are no longer distributed as before"));
        } else if self.changes == TOLD_CHANGES + 1 {
            self.reporter.say("further changes are told by the column drift alone");
        }
    }

    /// Says what the detector does now, if it has begun to do it.
    fn tell_of_state(&mut self) {
        let Some(detector) = &self.detector else { return };
        let state = detector.state();
        let before = self.state.replace(state);
        let is_new = |is: fn(&OnlineState) -> bool| is(&state) && !before.as_ref().is_some_and(is);
        if let Some(map) = detector.feature_map().filter(|_| before.is_some_and(|before| matches!(before, OnlineState::Mapping { .. })))
            && !matches!(state, OnlineState::Mapping { .. })
        {
            self.reporter.say(&format!(
                "{} of {}",
                counted(map.clusters().len() as u64, "cluster"),
                counted(map.features() as u64, "column")
            ));
        }
        if is_new(|state| matches!(state, OnlineState::Executing)) {
            self.reporter.say(&match (detector.threshold(), detector.normal_scores()) {
                (Some(threshold), _) => format!("the grace period is over, and rows are scored: the threshold is {threshold:.4}"),
                (None, Some(scores)) => format!(
                    "the grace period is over, and rows are scored, but have no verdicts: an alert rate of {} needs more than the {} at its end",
                    detector.config().alert_rate,
                    counted(scores.rows() as u64, "row")
                ),
                (None, None) => "the grace period is over".to_owned(),
            });
        }
    }

    fn save_if_due(&mut self, followed: Option<Followed>) -> Result<()> {
        let (rows, time) = (self.progress.records - self.saved.0, self.saved.1.elapsed());
        if self.grows == Some(false) && !self.online.output.is_stream() {
            // A kill would lose the results of these rows with the file that is not complete.
            return Ok(());
        }
        let is_due = match self.online.save_every {
            Some(every) => rows >= every,
            None => rows > 0 && (rows >= SAVE_ROWS && time >= Duration::from_secs(1) || time >= SAVE_TIME),
        };
        if is_due { self.save(followed) } else { Ok(()) }
    }

    /// Saves the state, after the results that it has given.
    fn save(&mut self, followed: Option<Followed>) -> Result<()> {
        let written = self.writer.as_mut().map_or(Ok(()), Writer::wait);
        self.unless_closed(written)?;
        let Some(detector) = &mut self.detector else { return Ok(()) };
        if let Some(grows) = self.grows {
            self.progress.written = self.online.written(grows);
        }
        if let (Some(path), Some(alerts)) = (&self.online.alerts, &self.alerts) {
            self.progress.alerts = Some((absolute(path), alerts.progress()?));
        }
        self.progress.followed = followed.map(|followed| followed.measured(self.online.followed.as_deref()));
        detector.set_note(Some(serde_json::to_value(&self.progress)?))?;
        let shown = self.online.state.display();
        kitsune_data::files::write(&self.online.state, &detector.to_bytes()?).with_context(|| format!("{shown} cannot be written"))?;
        self.saved = (self.progress.records, Instant::now());
        if let Some(metrics) = &self.metrics {
            metrics.tell_of_save();
        }
        Ok(())
    }

    /// The error of rows that end in the grace period.
    fn in_grace(&self, error: kitsune_core::Error) -> anyhow::Error {
        let state = self.online.state.display();
        let advice = format!(
            "{} ends in the grace period (--resume goes on with further rows; without {state} another detector begins)",
            self.online.named()
        );
        anyhow!(error).context(advice)
    }

    /// Completes the output and saves the state.
    pub(super) fn close(&mut self) -> Result<()> {
        self.reporter.end();
        let mut written = Vec::new();
        if let Some(writer) = self.writer.take() {
            let files = writer.end().and_then(|sink| Ok(sink.finish()?));
            let ended = files.map(|files| written = files);
            self.unless_closed(ended)?;
        }
        if let Some(alerts) = &mut self.alerts {
            alerts.close_all()?;
        }
        self.save(self.progress.followed)?;
        for file in written {
            self.reporter.say(&format!("wrote {}", file.display()));
        }
        if let Some((number, Some(path))) = self.alerts.take().map(AlertWriter::finish).transpose()? {
            self.reporter.say(&format!("wrote {} to {}", counted(number, "alert"), path.display()));
        }
        self.closed.take().map_or(Ok(()), Err)
    }

    /// Whoever reads the results and closes the pipe has all that it wanted: the stream ends, but its state is saved first.
    fn unless_closed(&mut self, written: Result<()>) -> Result<()> {
        match written {
            Err(error) if self.grows == Some(false) && is_closed_pipe(&error) => {
                self.writer = None;
                self.end = End::Closed;
                self.closed = Some(error);
                Ok(())
            }
            written => written,
        }
    }

    /// Completes output, state and metrics.
    pub(super) fn finish(mut self) -> Result<()> {
        self.close()?;
        if let Some(metrics) = self.metrics.take() {
            metrics.finish()?;
        }
        let Some(detector) = &self.detector else { return Ok(()) };
        let counts = detector.counts();
        if counts.observed > 0 {
            let share = 100.0 * counts.flagged as f64 / counts.observed as f64;
            self.reporter.say(&format!(
                "flagged {} of {} ({share:.2} %)",
                thousands(counts.flagged),
                counted(counts.observed, "scored row")
            ));
        }
        match detector.check_ready() {
            // A stream that was stopped goes on another time.
            Err(_) if self.end == End::Asked => {
                self.reporter.say("stopped in the grace period: --resume goes on");
                return Ok(());
            }
            ready => ready.map_err(|error| self.in_grace(error))?,
        }
        if let Some(model) = &self.online.export {
            export(detector, model)?;
            self.reporter.say(&format!("wrote {}", model.display()));
        }
        Ok(())
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>()).any(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// The values of a row.
fn values_of(data: &TensorData, row: usize) -> Result<Vec<f64>> {
    let width = data.shape[1];
    let range = row * width..(row + 1) * width;
    let unread = |error| anyhow!("rows cannot be read: {error:?}");
    Ok(match data.dtype {
        DType::F32 => data.as_slice::<f32>().map_err(unread)?[range].iter().map(|&value| value.into()).collect(),
        _ => data.as_slice::<f64>().map_err(unread)?[range].to_vec(),
    })
}
