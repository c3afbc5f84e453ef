//! The loop over mutations, and what must hold for each of them.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Debug;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::mutator::{Mutator, Random};
use crate::outcome::Outcome;
use crate::panics::Panics;
use crate::{memory, panics};

/// No file of a few KB is worth more memory.
const MOST_BYTES: usize = 256 << 20;

/// A format that is fuzzed.
pub(crate) trait Subject {
    const EXTENSION: &'static str;
    /// So many mutations are a test.
    const CASES: u64;
    /// How files are read.
    type How: Debug;

    fn mutator() -> Mutator;
    fn how(random: &mut Random) -> Self::How;
    /// Reads a file as users would.
    fn read(path: &Path, how: &Self::How) -> Outcome;
    /// Compares what was read with what a naive parser reads, and names the kind of case.
    fn check(bytes: &[u8], how: &Self::How, found: &Outcome) -> Result<&'static str, String>;
    /// Whether a panic on the way, turned into an error, is known.
    fn known(panic: &str) -> bool;
}

/// One test at a time: memory and panics are counted for the whole process.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Goes through mutations until there were enough of them.
#[expect(clippy::print_stderr, reason = "a long run tells what it did")]
pub(crate) fn fuzz<S: Subject>() {
    let _alone = alone();
    let number = |name| env::var(name).ok().map(|text| text.parse::<u64>().unwrap_or_else(|_| panic!("{name} is no number: {text}")));
    let seed = number("KITSUNE_FUZZ_SEED").unwrap_or(1);
    let (most_cases, time) = (number("KITSUNE_FUZZ_CASES"), number("KITSUNE_FUZZ_SECONDS").map(Duration::from_secs));
    let is_long = most_cases.is_some() || time.is_some();
    let most_cases = if is_long { most_cases } else { Some(S::CASES) };
    let folder = tempfile::tempdir().unwrap();
    let (mutator, start) = (S::mutator(), Instant::now());
    let (mut kinds, mut caught, mut case) = (BTreeMap::<_, u64>::new(), Panics::new(), 0);
    while most_cases.is_none_or(|most| case < most) && time.is_none_or(|time| start.elapsed() < time) {
        let mut random = Random::of_case(seed, case);
        let (bytes, how) = (mutator.file(&mut random), S::how(&mut random));
        match one::<S>(&folder, &bytes, &how) {
            Ok((kind, panics)) => {
                *kinds.entry(kind).or_default() += 1;
                for (panic, count) in panics {
                    *caught.entry(panic).or_default() += count;
                }
            }
            Err(what) => panic!("seed {seed}, case {case}, read as {how:?}: {what}\nb\"{}\"", bytes.escape_ascii()),
        }
        case += 1;
    }
    if is_long {
        let seconds = start.elapsed().as_secs_f64();
        eprintln!("{}, seed {seed}: {case} cases in {seconds:.1} s: {kinds:?}, panics {caught:#?}", S::EXTENSION);
    }
}

/// One file, looked at from all sides.
pub(crate) fn one<S: Subject>(folder: &TempDir, bytes: &[u8], how: &S::How) -> Result<(&'static str, Panics), String> {
    let path = folder.path().join("rows").with_extension(S::EXTENSION);
    // If the process ends here, this file is what ended it.
    fs::write(&path, bytes).unwrap();
    let read = || catch_unwind(AssertUnwindSafe(|| S::read(&path, how)));
    let ((found, peak), panics) = panics::heard(|| memory::peak(read));
    let found = found.map_err(|_| format!("a panic escaped: {panics:?}"))?;
    if peak > MOST_BYTES {
        return Err(format!("{} MiB for a file of {} bytes", peak >> 20, bytes.len()));
    }
    if let Some(panic) = panics.keys().find(|panic| !S::known(panic)) {
        return Err(format!("a panic on the way: {panic}"));
    }
    Ok((S::check(bytes, how, &found)?, panics))
}
