//! Standard streams that are full, closed, or whose reader is gone.

use std::fs::OpenOptions;
use std::io::{Read, pipe};

use super::Result;
use super::jobs::Jobs;
use super::options::Options;
use super::process::Ended;
use super::signals::end;
use super::trial::{Part, Trial};

/// Commands that print results.
fn printing(jobs: &Jobs, number: u64) -> String {
    let (rows, model) = (jobs.rows.display(), jobs.model.display());
    match number % 8 {
        0 => format!("score {rows} - --quiet --model {model}"),
        1 => format!("score {rows} - --quiet --output-format csv --model {model}"),
        2 => format!("score {rows} - --quiet --output-format ipc --keep * --model {model}"),
        3 => format!("evaluate {rows} --label-column label --quiet --bootstrap 0 --json --model {model}"),
        4 => format!("inspect --model {model}"),
        5 => "man train".to_owned(),
        6 => "completions bash".to_owned(),
        _ => "train --help".to_owned(),
    }
}

pub(super) fn parts<'a>(jobs: &'a Jobs, options: &Options) -> Vec<Part<'a>> {
    vec![
        Part::new("stdout-full", options.trials, |trial| {
            let run = trial.kitsune(&printing(jobs, trial.number)).stdout(OpenOptions::new().write(true).open("/dev/full")?);
            let ended = trial.end(run)?;
            // The help is printed by the parser of the command line.
            if trial.number % 8 < 7 && !(ended.status.code() == Some(1) && ended.stderr.contains("space")) {
                return Err(format!("{} where the device is full", ended.status).into());
            }
            calm(&ended)
        }),
        Part::new("stdout-closed", options.trials, |trial| {
            let run = trial.through("sh", &["-c", "exec \"$@\" >&-", "sh"], &printing(jobs, trial.number));
            let ended = trial.end(run)?;
            calm(&ended)
        }),
        Part::new("stderr-closed", options.trials, |trial| {
            let run = trial.through("sh", &["-c", "exec \"$@\" 2>&-", "sh"], &printing(jobs, trial.number));
            let ended = trial.end(run)?;
            succeeds(&ended)
        }),
        Part::new("stderr-full", options.trials, |trial| {
            let run = trial.through("sh", &["-c", "exec \"$@\" 2>/dev/full", "sh"], &printing(jobs, trial.number));
            let ended = trial.end(run)?;
            succeeds(&ended)
        }),
        Part::new("reader-gone", options.trials, |trial| reader_gone(trial, jobs)),
    ]
}

/// A reader that takes some bytes, like `head`.
fn reader_gone(trial: &mut Trial<'_>, jobs: &Jobs) -> Result<String> {
    let (mut reader, writer) = pipe()?;
    let run = trial.kitsune(&printing(jobs, trial.number)).stdout(writer);
    let bytes = trial.random.below(2_000);
    let taking = std::thread::spawn(move || reader.read_exact(&mut vec![0; bytes]));
    let ended = trial.end(run)?;
    drop(taking.join());
    succeeds(&ended)
}

fn succeeds(ended: &Ended) -> Result<String> {
    if ended.status.success() { calm(ended) } else { Err(format!("{}, but nobody took anything away", ended.status).into()) }
}

/// Neither a panic nor death by a signal.
pub(super) fn calm(ended: &Ended) -> Result<String> {
    if !matches!(ended.status.code(), Some(0..=2)) {
        return Err(format!("it ended with {}", ended.status).into());
    }
    match ["panicked", "a bug in kitsune", "UserWarning"].into_iter().find(|word| ended.stderr.contains(word)) {
        Some(word) => Err(format!("it says {word:?}").into()),
        None => Ok(end(ended)),
    }
}
