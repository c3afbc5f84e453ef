//! A stream: rows in, results out, and the state saved in between.

mod piece;
mod saving;
mod telling;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, bail};
use kitsune_core::online::{OnlineConfig, OnlineKitsune, OnlineState};
use kitsune_data::input::feature_names;
use kitsune_data::{Location, OutputFolder, Source};

use self::piece::{Piece, observe};
use super::command::{Online, was_stopped};
use super::metrics::Metrics;
use super::progress::{Followed, Progress};
use super::writer::Writer;
use crate::alerts::AlertWriter;
use crate::console::progress::Reporter;
use crate::console::row_counts::remarks;
use crate::console::{counted, thousands};
use crate::failure::OfStream;
use crate::input::packet_clock::RowTimes;
use crate::output::read_files::folder_for;
#[cfg(feature = "live")]
use crate::process::interface;
use crate::process::interrupt;
use crate::scoring::pooling::senders;

/// Lines of a batch that are taken at once: a batch of a file may have more than fit between two saves.
const PIECE: usize = 8_192;

/// Why the rows came to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// There were no more.
    OfRows,
    /// A signal asked for it.
    Asked,
    /// Results or alerts can be handed over no more.
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
            let mut alerts = AlertWriter::growing(path, self.names.clone(), known, is_same)?;
            if self.progress.clock.is_none() {
                // A run without alerts came between, and nobody knows how long those that were open have been quiet.
                alerts.close_all()?;
            }
            self.alerts = Some(alerts);
        }
        let pools = self.detector.as_ref().is_some_and(|detector| detector.config().pool.is_some());
        self.progress.clock = if pools || self.alerts.is_some() { Some(self.progress.clock.unwrap_or_default()) } else { None };
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
        if !of_files && let Some(clock) = &mut self.progress.clock {
            // However long it was, the time since the rows that the state knows has passed.
            clock.trust_next();
        }
        let mut pass = source.pass(0)?;
        let counts = pass.progress();
        // It is dropped before the pass, which waits for its reader.
        #[cfg(feature = "live")]
        let _ended = interface::Ended;
        for batch in pass.by_ref() {
            let batch = match batch {
                Ok(batch) => batch,
                Err(error) => {
                    let error = OfStream(error).into();
                    if was_stopped(&error) {
                        self.end = End::Asked;
                        break;
                    }
                    return self.fail(error, followed);
                }
            };
            let (lines, of_rows) = (batch.records().rows(), batch.lines());
            let skipped = left.min(lines as u64);
            left -= skipped;
            let mut at = skipped as usize;
            while self.end == End::OfRows && (at < lines || lines == 0) {
                let end = lines.min(at + self.piece);
                let piece = Piece::of(&batch, &of_rows, at..end);
                let times = match self.times(&piece, source.files()) {
                    Ok(times) => times,
                    // The rows before the bad one come first.
                    Err(_) if end - at > 1 => {
                        self.piece = 1;
                        continue;
                    }
                    Err(error) => return self.fail(error, followed),
                };
                self.take(&piece, times)?;
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

    /// Ends the stream because of bad rows. What came before is not lost.
    fn fail(&mut self, error: anyhow::Error, followed: Option<Followed>) -> Result<()> {
        self.progress.followed = followed;
        self.close()?;
        Err(error)
    }

    /// When the rows of a piece came, if that matters. The clock goes on once all of them have a time.
    fn times(&mut self, piece: &Piece<'_>, files: &[PathBuf]) -> Result<Option<RowTimes>> {
        let Some(mut clock) = self.progress.clock else { return Ok(None) };
        let times = clock.take(piece.batch, piece.rows.clone(), files)?;
        self.progress.clock = Some(clock);
        Ok(Some(times))
    }

    /// Takes some of the lines of a batch, whose rows came at these times.
    fn take(&mut self, piece: &Piece<'_>, times: Option<RowTimes>) -> Result<()> {
        // Alerts tell the strongest reason.
        let count = self.online.explain.or_else(|| self.alerts.as_ref().map(|_| 1));
        let Some(detector) = &mut self.detector else { return Ok(()) };
        let senders = match &times {
            Some(times) if detector.config().pool.is_some() => Some(senders(piece.batch, piece.rows.clone(), times)?),
            _ => None,
        };
        let (results, changes) = observe(detector, piece, senders.as_deref(), count)?;
        if let (Some(alerts), Some(times)) = (&mut self.alerts, &times) {
            let known = |row: usize| results.reasons.get(&(row - piece.rows.start)).map(|reasons| (row, reasons.clone()));
            let reasons = |rows: &[usize]| Ok(rows.iter().filter_map(|&row| known(row)).collect());
            let told = alerts.take(piece.batch, times, &results.flagged(piece.rows.start), reasons);
            self.unless_untold(told);
        }
        let records = piece.batch.records().part(piece.lines.clone());
        let (before, rows) = (self.progress.records, records.rows() as u64);
        let written = self.writer.as_mut().map_or(Ok(()), |writer| writer.write(records, results));
        self.unless_closed(written)?;
        self.progress.records += rows;
        self.lines += rows;
        self.tell_of_state();
        for line in changes {
            self.tell_of_change(before + line as u64 + 1);
        }
        if let (Some(metrics), Some(detector)) = (&self.metrics, &self.detector) {
            metrics.tell(detector, self.progress.records);
        }
        Ok(())
    }
}
