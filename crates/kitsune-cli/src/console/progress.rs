//! Progress of the work: a bar on a terminal, plain lines elsewhere, nothing with `--quiet`.

use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use kitsune_data::Source;

use crate::console::{counted, note, thousands};

/// Time between plain lines about the same phase.
const LINE_INTERVAL: Duration = Duration::from_secs(5);

/// Reports the progress of one phase after the other.
pub(crate) struct Reporter {
    manner: Manner,
    phase: Option<Phase>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Quiet,
    Lines,
    Bar,
}

/// A phase that processes rows.
struct Phase {
    name: &'static str,
    start: Instant,
    last_line: Instant,
    rows: u64,
    bar: ProgressBar,
}

impl Reporter {
    pub(crate) fn new(quiet: bool) -> Self {
        let manner = match (quiet, stderr().is_terminal()) {
            (true, _) => Manner::Quiet,
            (false, true) => Manner::Bar,
            (false, false) => Manner::Lines,
        };
        Self { manner, phase: None }
    }

    /// Prints a line that stays on the terminal.
    pub(crate) fn say(&self, line: &str) {
        match (self.manner, &self.phase) {
            (Manner::Quiet, _) => {}
            (Manner::Bar, Some(phase)) => phase.bar.suspend(|| note(line)),
            _ => note(line),
        }
    }

    /// Prints what there is to know about the rows.
    pub(crate) fn say_notes(&self, source: &Source) {
        source.notes().iter().for_each(|note| self.say(&note.to_string()));
    }

    /// Begins a phase with `work` rows or bytes. If that is unknown, the rows are only counted.
    pub(crate) fn begin(&mut self, name: &'static str, work: Option<u64>) {
        let bar = if self.manner == Manner::Bar { ProgressBar::no_length() } else { ProgressBar::hidden() };
        bar.set_prefix(name);
        let template = match work {
            Some(work) => {
                bar.set_length(work);
                "{prefix:>10} [{bar:30}] {percent:>3} %  {msg}  ETA {eta}"
            }
            None => "{prefix:>10} {spinner}  {msg}",
        };
        // The templates are constants. With a wrong one the bar would have the default style.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        let now = Instant::now();
        self.phase = Some(Phase { name, start: now, last_line: now, rows: 0, bar });
    }

    /// Reports that `done` rows or bytes of the work are done, and how many rows were processed.
    pub(crate) fn advance(&mut self, done: u64, rows: u64) {
        let Some(phase) = &mut self.phase else { return };
        phase.rows = rows;
        match self.manner {
            Manner::Bar => {
                phase.bar.set_position(done);
                phase.bar.set_message(phase.so_far());
            }
            Manner::Lines if phase.last_line.elapsed() >= LINE_INTERVAL => {
                phase.last_line = Instant::now();
                let Some(total) = phase.bar.length() else {
                    return note(&format!("{}: {}", phase.name, phase.so_far()));
                };
                let share = (done as f64 / total.max(1) as f64).clamp(0.0, 1.0);
                let left = phase.start.elapsed().mul_f64((1.0 - share) / share.max(1e-3));
                note(&format!("{}: {:.0} %, {}, about {} left", phase.name, 100.0 * share, phase.rate(), HumanDuration(left)));
            }
            Manner::Quiet | Manner::Lines => {}
        }
    }

    /// Ends the phase with a line about it.
    pub(crate) fn end(&mut self) {
        let Some(phase) = self.phase.take() else { return };
        phase.bar.finish_and_clear();
        if self.manner != Manner::Quiet {
            let seconds = phase.start.elapsed().as_secs_f64();
            note(&format!("{}: {} in {seconds:.1} s, {}", phase.name, counted(phase.rows, "row"), phase.rate()));
        }
    }
}

impl Phase {
    /// The rate, and the number of rows so far if the total is unknown.
    fn so_far(&self) -> String {
        if self.bar.length().is_some() { self.rate() } else { format!("{}, {}", counted(self.rows, "row"), self.rate()) }
    }

    fn rate(&self) -> String {
        let per_second = self.rows as f64 / self.start.elapsed().as_secs_f64().max(1e-9);
        format!("{} rows/s", thousands(per_second as u64))
    }
}
