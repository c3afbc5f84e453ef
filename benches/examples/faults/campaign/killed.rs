//! Kills at random moments of each command that writes files.

use super::Result;
use super::job::{Job, State};
use super::jobs::Jobs;
use super::options::Options;
use super::trial::{Part, Trial};

/// Moments are drawn up to so many times the duration of the command, so that some come after its end.
const BEYOND: f64 = 1.1;

pub(super) fn parts<'a>(jobs: &'a Jobs, options: &Options) -> Vec<Part<'a>> {
    let part = |job: &'a Job| Part::new(format!("kill-{}", job.name), options.kills, |trial| kill(trial, job));
    jobs.all.iter().map(part).collect()
}

fn kill(trial: &mut Trial<'_>, job: &Job) -> Result<String> {
    // A model that is replaced by its calibration has to be there.
    let with_older = job.name == "calibrate" || trial.random.below(4) > 0;
    if with_older {
        job.lay(trial.folder)?;
    }
    let mut state = die(trial, job, &job.words, with_older)?;
    let words = format!("{} {}", job.words, job.again);
    if job.name != "calibrate" {
        // A second run is killed as well, or fails on its own: then it has put right what the first one left.
        match (&job.failing, trial.random.below(3)) {
            (Some(failing), 0) => {
                let ended = trial.end(trial.kitsune(failing))?;
                if ended.status.code() != Some(1) {
                    return Err("the run on bad rows did not fail".into());
                }
                if job.state(trial.folder, with_older)? == State::Mixed {
                    return Err("after the next run there are parts of two runs".into());
                }
                job.expect_clean(trial.folder, true)?;
            }
            (_, 1) => state = die(trial, job, &words, with_older)?,
            _ => {}
        }
        let ended = trial.end(trial.kitsune(&words))?;
        if !ended.status.success() {
            return Err("the run after the kill fails".into());
        }
        job.expect(trial.folder, with_older, State::Newer)?;
        job.expect_clean(trial.folder, false)?;
    } else if state == State::Older {
        // A calibrated model cannot be calibrated to the same bytes twice.
        let ended = trial.end(trial.kitsune(&words))?;
        if !ended.status.success() {
            return Err("the run after the kill fails".into());
        }
        job.expect(trial.folder, with_older, State::Newer)?;
        job.expect_clean(trial.folder, false)?;
    }
    Ok(format!("{state:?}").to_lowercase())
}

/// A run that is killed, or ends before.
fn die(trial: &mut Trial<'_>, job: &Job, words: &str, with_older: bool) -> Result<State> {
    let moment = trial.random.uniform() * BEYOND * job.seconds;
    let ended = trial.end(trial.kitsune(words).signal(moment, libc::SIGKILL))?;
    let state = job.state(trial.folder, with_older)?;
    if ended.status.success() && state != State::Newer {
        return Err(format!("it ended well, but the files are {state:?}").into());
    }
    Ok(state)
}
