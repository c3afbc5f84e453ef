//! The state of a stream, saved in between, and its end.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::super::export::export;
use super::super::progress::{Followed, absolute};
use super::super::writer::Writer;
use super::{End, Stream};
use crate::alerts::AlertWriter;
use crate::console::counted;

/// Rows and time from one save of the state to the next.
const SAVE_ROWS: u64 = 100_000;
const SAVE_TIME: Duration = Duration::from_mins(1);

impl Stream<'_> {
    pub(super) fn save_if_due(&mut self, followed: Option<Followed>) -> Result<()> {
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
    pub(super) fn save(&mut self, followed: Option<Followed>) -> Result<()> {
        let written = self.writer.as_mut().map_or(Ok(()), Writer::wait);
        self.unless_closed(written)?;
        if self.detector.is_none() {
            return Ok(());
        }
        if let Some(grows) = self.grows {
            self.progress.written = self.online.written(grows);
        }
        if let (Some(path), Some(alerts)) = (&self.online.alerts, &mut self.alerts) {
            let told = alerts.progress();
            if let Some(progress) = self.unless_untold(told) {
                self.progress.alerts = Some((absolute(path), progress));
            }
        }
        let Some(detector) = &mut self.detector else { return Ok(()) };
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

    /// Completes the output and saves the state.
    pub(in super::super) fn close(&mut self) -> Result<()> {
        self.reporter.end();
        let mut written = Vec::new();
        if let Some(writer) = self.writer.take() {
            let files = writer.end().and_then(|sink| Ok(sink.finish()?));
            let ended = files.map(|files| written = files);
            self.unless_closed(ended)?;
        }
        if let Some(alerts) = &mut self.alerts {
            let told = alerts.close_all();
            self.unless_untold(told);
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

    /// Completes output, state and metrics.
    pub(in super::super) fn finish(mut self) -> Result<()> {
        self.close()?;
        if let Some(metrics) = self.metrics.take() {
            metrics.finish()?;
        }
        self.tell_of_flagged();
        let Some(detector) = &self.detector else { return Ok(()) };
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

    /// Whoever reads the results and closes the pipe has all that it wanted: the stream ends, but its state is saved first.
    pub(super) fn unless_closed(&mut self, written: Result<()>) -> Result<()> {
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

    /// Alerts that cannot be written end the stream, but its state is saved first.
    pub(super) fn unless_untold<T>(&mut self, told: Result<T>) -> Option<T> {
        told.map_err(|error| {
            self.alerts = None;
            self.end = End::Closed;
            self.closed.get_or_insert(error);
        })
        .ok()
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>()).any(|error| error.kind() == ErrorKind::BrokenPipe)
}
