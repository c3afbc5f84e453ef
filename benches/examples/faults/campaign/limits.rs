//! Limits of the system: file sizes, memory, threads and open files.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;

use super::Result;
use super::job::{Job, Output, State};
use super::jobs::Jobs;
use super::options::Options;
use super::process::{Ended, Run};
use super::streams::calm;
use super::trial::{Part, Trial};

/// The number of the user nobody.
const NOBODY: u32 = 65534;

pub(super) fn parts<'a>(jobs: &'a Jobs, options: &Options) -> Vec<Part<'a>> {
    let mut parts = vec![
        Part::new("RLIMIT_FSIZE", options.trials, |trial| {
            let job = job(trial, jobs);
            let largest = job.outputs.iter().map(Output::bytes).max().unwrap_or(0);
            // Messages go into a file as well.
            let limit = 2_000 + trial.random.below(largest + largest / 8);
            starve(trial, job, &format!("--fsize={limit}"), &["too large", "os error 27"])
        }),
        Part::new("RLIMIT_AS", options.trials, |trial| {
            let job = job(trial, jobs);
            // From 32 MiB to 4 GiB.
            let limit = (32.0 * 1_048_576.0 * 128.0_f64.powf(trial.random.uniform())) as u64;
            starve(trial, job, &format!("--as={limit}"), &["memory", "thread"])
        }),
        Part::new("RLIMIT_NOFILE", options.trials, |trial| {
            let job = job(trial, jobs);
            let limit = 3 + trial.random.below(18);
            starve(trial, job, &format!("--nofile={limit}"), &["open files", "os error 24"])
        }),
    ];
    if can_be_nobody(options) {
        parts.push(Part::new("RLIMIT_NPROC", options.trials, |trial| threads(trial, jobs)));
    }
    parts
}

fn job<'a>(trial: &Trial<'_>, jobs: &'a Jobs) -> &'a Job {
    &jobs.all[trial.number as usize % jobs.all.len()]
}

/// A run below a limit: it succeeds, or says what lacked and leaves the older files.
fn starve(trial: &mut Trial<'_>, job: &Job, limit: &str, words: &[&str]) -> Result<String> {
    job.lay(trial.folder)?;
    let run = trial.through("prlimit", &[limit, "--"], &job.words);
    let ended = trial.end(run).map_err(|error| format!("{limit}: {error}"))?;
    judge(trial.folder, job, &ended, words).map_err(|error| format!("{limit}: {error}").into())
}

/// The command succeeded, or lacked what one of these words names.
pub(super) fn judge(folder: &Path, job: &Job, ended: &Ended, words: &[&str]) -> Result<String> {
    if cannot_start(ended) {
        return Ok("could not be started".to_owned());
    }
    if ended.status.success() {
        job.expect(folder, true, State::Newer)?;
        job.expect_clean(folder, false)?;
        return calm(ended);
    }
    let how = calm(ended)?;
    if ended.stderr.contains("damaged") || !words.iter().any(|word| ended.stderr.contains(word)) {
        return Err(format!("it does not say what lacked: {words:?}").into());
    }
    job.expect(folder, true, State::Older)?;
    job.expect_clean(folder, true)?;
    Ok(how)
}

/// The kernel or the dynamic linker gave up before the command began.
fn cannot_start(ended: &Ended) -> bool {
    let says = |words: &str| ended.stderr.contains(words);
    let by_linker = ended.status.code() == Some(127) && says("shared libraries");
    let by_prlimit = says("prlimit: failed to execute") || says("setpriv: failed to execute");
    by_linker
        || by_prlimit
        || (ended.status.signal() == Some(libc::SIGKILL) || ended.status.signal() == Some(libc::SIGSEGV))
            && ended.stderr.is_empty()
            && ended.cpu_seconds < 0.02
}

/// The superuser has no limit of threads, so that the run is one of nobody.
fn threads(trial: &mut Trial<'_>, jobs: &Jobs) -> Result<String> {
    let job = job(trial, jobs);
    job.lay(trial.folder)?;
    give_to_nobody(trial.folder)?;
    let limit = format!("--nproc={}", 1 + trial.random.below(12));
    let options = [&limit, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];
    let run = trial.through("prlimit", &options, &job.words);
    let ended = trial.end(run)?;
    judge(trial.folder, job, &ended, &["thread", "os error 11"]).map_err(|error| format!("{limit}: {error}").into())
}

fn give_to_nobody(folder: &Path) -> Result<()> {
    chown(folder, Some(NOBODY), Some(NOBODY))?;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            give_to_nobody(&path)?;
        } else {
            chown(path, Some(NOBODY), Some(NOBODY))?;
        }
    }
    Ok(())
}

/// Whether this is the superuser, and nobody can run the command and read the rows.
#[expect(clippy::print_stderr, reason = "a part that is skipped says so")]
fn can_be_nobody(options: &Options) -> bool {
    let readable = || -> Result<bool> {
        for folder in options.folder().ancestors() {
            let mode = fs::metadata(folder)?.permissions().mode();
            if folder == options.folder() {
                fs::set_permissions(folder, fs::Permissions::from_mode(mode | 0o755))?;
            } else if mode & 0o005 != 0o005 {
                return Ok(false);
            }
        }
        let run = Run::new(options.folder(), "setpriv").words("--reuid=65534 --regid=65534 --clear-groups --").word(&options.kitsune);
        Ok(run.words("--version").end()?.status.success())
    };
    let can = readable().unwrap_or(false);
    if !can {
        eprintln!("RLIMIT_NPROC is skipped: it needs root, and a command and a folder that nobody can read");
    }
    can
}
