//! Counts for Prometheus, in a file that its collectors read.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use kitsune_core::online::{OnlineCounts, OnlineKitsune, OnlineState};
use kitsune_data::files;

/// Time between two files.
const INTERVAL: Duration = Duration::from_secs(5);

/// Writes the counts every few seconds on a thread of its own, so that a stream that waits for rows is seen to wait.
pub(crate) struct Metrics {
    path: PathBuf,
    counts: Arc<Mutex<Counts>>,
    /// Dropped to end the thread.
    end: Option<Sender<()>>,
    writer: Option<JoinHandle<()>>,
}

/// What is written.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    rows: u64,
    observed: OnlineCounts,
    state: Option<OnlineState>,
    threshold: Option<f64>,
    last_save: Option<SystemTime>,
}

impl Counts {
    fn of(detector: &OnlineKitsune, rows: u64) -> Self {
        let (observed, state) = (detector.counts(), Some(detector.state()));
        Self { rows, observed, state, threshold: detector.threshold(), last_save: None }
    }
}

impl Metrics {
    /// Writes a first file, so that a path that cannot be written to is reported at once.
    pub(crate) fn start(path: &Path, detector: &OnlineKitsune, rows: u64) -> Result<Self> {
        let first = Counts::of(detector, rows);
        write(path, first, 0.0)?;
        let counts = Arc::new(Mutex::new(first));
        let (end, ended) = channel::<()>();
        let (shared, file) = (counts.clone(), path.to_owned());
        let run = move || {
            let mut before = rows;
            while ended.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                let counts = *lock(&shared);
                // A disk that is full now may have space in five seconds, and a detector does not end for its metrics.
                write(&file, counts, counts.rows.saturating_sub(before) as f64 / INTERVAL.as_secs_f64()).ok();
                before = counts.rows;
            }
        };
        let writer = thread::Builder::new().name("metrics".into()).spawn(run).context("no thread for --metrics")?;
        Ok(Self { path: path.to_owned(), counts, end: Some(end), writer: Some(writer) })
    }

    /// Tells what the detector has done.
    pub(crate) fn tell(&self, detector: &OnlineKitsune, rows: u64) {
        let mut counts = lock(&self.counts);
        *counts = Counts { last_save: counts.last_save, ..Counts::of(detector, rows) };
    }

    pub(crate) fn tell_of_save(&self) {
        lock(&self.counts).last_save = Some(SystemTime::now());
    }

    /// Writes the last counts.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.end = None;
        if let Some(writer) = self.writer.take() {
            writer.join().ok();
        }
        write(&self.path, *lock(&self.counts), 0.0)
    }
}

fn lock(counts: &Mutex<Counts>) -> std::sync::MutexGuard<'_, Counts> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write(path: &Path, counts: Counts, rows_per_second: f64) -> Result<()> {
    files::write(path, text(counts, rows_per_second).as_bytes()).with_context(|| format!("{} cannot be written", path.display()))
}

/// The counts in the text format of Prometheus.
fn text(counts: Counts, rows_per_second: f64) -> String {
    let mut text = String::new();
    let mut put = |name: &str, kind: &str, help: &str, value: String| {
        writeln!(text, "# HELP kitsune_{name} {help}\n# TYPE kitsune_{name} {kind}\nkitsune_{name} {value}").ok();
    };
    let Counts { rows, observed, state, threshold, last_save } = counts;
    put("rows_total", "counter", "Rows that were read.", rows.to_string());
    put("rows_per_second", "gauge", "Rows in each of the last five seconds.", rows_per_second.to_string());
    put("observed_rows_total", "counter", "Rows that were scored.", observed.observed.to_string());
    put("flagged_rows_total", "counter", "Rows that were anomalies.", observed.flagged.to_string());
    put("learned_rows_total", "counter", "Rows after the grace period that were learned.", observed.learned.to_string());
    put("drifts_total", "counter", "Changes of what is ordinary.", observed.drifts.to_string());
    let (number, left) = match state {
        Some(OnlineState::Mapping { rows_left }) => (0, rows_left),
        Some(OnlineState::Training { rows_left }) => (1, rows_left),
        Some(OnlineState::Executing) => (2, 0),
        _ => (0, 0),
    };
    put("state", "gauge", "0 while it learns which columns belong together, 1 while it trains, 2 while it scores.", number.to_string());
    put("grace_rows_left", "gauge", "Rows of this state that are to come.", left.to_string());
    if let Some(threshold) = threshold {
        put("threshold", "gauge", "The lowest score of an anomaly now.", threshold.to_string());
    }
    if let Some(since) = last_save.and_then(|time| time.duration_since(UNIX_EPOCH).ok()) {
        put("last_save_timestamp_seconds", "gauge", "When the state was saved last.", format!("{:.3}", since.as_secs_f64()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_has_its_help_and_its_type() {
        let counts = Counts { rows: 7, threshold: Some(1.5), last_save: Some(UNIX_EPOCH), ..Counts::default() };
        let text = text(counts, 2.0);
        for lines in text.lines().collect::<Vec<_>>().chunks(3) {
            let name = lines[2].split(' ').next().unwrap();
            assert!(lines[0].starts_with(&format!("# HELP {name} ")) && lines[1].starts_with(&format!("# TYPE {name} ")), "{lines:?}");
        }
        assert!(text.contains("\nkitsune_rows_total 7\n") && text.contains("\nkitsune_threshold 1.5\n"), "{text}");
    }
}
