//! Parts of the campaign: many trials of one kind, two at a time, and their row in the table.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter, Write};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use kitsune_benches::Random;

use super::Result;
use super::options::Options;
use super::process::{Ended, Run};

const WORKERS: usize = 2;
/// So many failures of a part keep their files and are printed.
const KEPT_FAILURES: u64 = 50;

type Try<'a> = dyn Fn(&mut Trial<'_>) -> Result<String> + Sync + 'a;

/// Trials of one kind.
pub(super) struct Part<'a> {
    pub(super) name: String,
    trials: usize,
    /// Gives how it ended, in a word.
    attempt: Box<Try<'a>>,
}

/// One trial, in an empty folder of its own.
pub(super) struct Trial<'a> {
    pub(super) number: u64,
    pub(super) random: Random,
    pub(super) folder: &'a Path,
    kitsune: &'a Path,
    peak: u64,
    seconds: f64,
    log: String,
}

/// The row of a part.
pub(super) struct Row {
    name: String,
    trials: u64,
    pub(super) failed: u64,
    ends: BTreeMap<String, u64>,
    peak: u64,
    seconds: f64,
}

impl<'a> Part<'a> {
    pub(super) fn new(name: impl Into<String>, trials: usize, attempt: impl Fn(&mut Trial<'_>) -> Result<String> + Sync + 'a) -> Self {
        Self { name: name.into(), trials, attempt: Box::new(attempt) }
    }

    pub(super) fn run(&self, options: &Options) -> Result<Row> {
        let numbers = options.number().map_or(0..self.trials as u64, |number| number..number + 1);
        let next = AtomicU64::new(numbers.start);
        let row = Mutex::new(Row { name: self.name.clone(), trials: 0, failed: 0, ends: BTreeMap::new(), peak: 0, seconds: 0.0 });
        thread::scope(|scope| {
            let work = || -> Result<()> {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= numbers.end {
                        return Ok(());
                    }
                    self.one(number, options, &row)?;
                }
            };
            let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
            workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| "a trial panicked")?)
        })?;
        Ok(row.into_inner()?)
    }

    fn one(&self, number: u64, options: &Options, row: &Mutex<Row>) -> Result<()> {
        let folder = options.folder().join("trials").join(format!("{}-{number}", self.name));
        fs::create_dir_all(&folder)?;
        let seed = self.name.bytes().fold(options.seed, |seed, byte| seed.wrapping_mul(31) ^ u64::from(byte));
        let random = Random::new(Random::new(seed).bits() ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut trial = Trial { number, random, folder: &folder, kitsune: &options.kitsune, peak: 0, seconds: 0.0, log: String::new() };
        let end = (self.attempt)(&mut trial);
        let (peak, seconds, log) = (trial.peak, trial.seconds, trial.log);
        let mut row = row.lock().map_err(|error| error.to_string())?;
        (row.trials, row.peak, row.seconds) = (row.trials + 1, row.peak.max(peak), row.seconds.max(seconds));
        match end {
            Ok(end) => *row.ends.entry(end).or_default() += 1,
            Err(error) => {
                row.failed += 1;
                if row.failed <= KEPT_FAILURES {
                    keep(&folder, options, &format!("{}: {error}\n{log}", options.repeating(&self.name, number)))?;
                }
            }
        }
        drop(row);
        Ok(fs::remove_dir_all(folder)?)
    }
}

/// Keeps the files of a failed trial, with what failed, and prints it.
#[expect(clippy::print_stderr, reason = "a failure is seen at once, beside the table")]
fn keep(folder: &Path, options: &Options, what: &str) -> Result<()> {
    let kept = options.failures().join(folder.file_name().unwrap_or_default());
    copy(folder, &kept)?;
    fs::write(kept.join("failure.txt"), what)?;
    eprintln!("{what}");
    Ok(())
}

fn copy(folder: &Path, kept: &Path) -> Result<()> {
    fs::create_dir_all(kept)?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &kept.join(entry.file_name()))?;
        } else if entry.file_type()?.is_file() {
            fs::copy(entry.path(), kept.join(entry.file_name()))?;
        }
    }
    Ok(())
}

impl Trial<'_> {
    /// The command under test, with words that blanks separate.
    pub(super) fn kitsune(&self, words: &str) -> Run {
        Run::new(self.folder, self.kitsune).words(words)
    }

    /// A program such as `prlimit`, which becomes the command under test with these words.
    pub(super) fn through(&self, program: &str, options: &[&str], words: &str) -> Run {
        options.iter().fold(Run::new(self.folder, program), Run::word).word(self.kitsune).words(words)
    }

    /// Waits for the end, and notes memory, time and messages.
    pub(super) fn end(&mut self, run: Run) -> Result<Ended> {
        let ended = run.end()?;
        self.note(&ended);
        Ok(ended)
    }

    pub(super) fn note(&mut self, ended: &Ended) {
        (self.peak, self.seconds) = (self.peak.max(ended.peak), self.seconds.max(ended.seconds));
        let Ended { line, status, seconds, stderr, .. } = ended;
        writeln!(self.log, "{line}\n{status}, {seconds:.3} s\n{stderr}").ok();
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Display for Row {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let ends: Vec<_> = self.ends.iter().map(|(end, count)| format!("{end}: {count}")).collect();
        let (name, megabytes) = (&self.name, self.peak as f64 / 1e6);
        write!(f, "| {name} | {} | {} | {} | {megabytes:.0} | {:.2} |", self.trials, self.failed, ends.join(", "), self.seconds)
    }
}
