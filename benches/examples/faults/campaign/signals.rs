//! Signals that ask the command to stop, at random moments, once and twice, and ignored ones.

use std::os::unix::process::ExitStatusExt;

use libc::{SIGHUP, SIGINT, SIGTERM};

use super::Result;
use super::job::State;
use super::jobs::Jobs;
use super::options::Options;
use super::process::Ended;
use super::trial::{Part, Trial};

/// What a shell reports of a command that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// Draws signals and their moments, by the seconds of the start of a command and those until its end.
type Moments = fn(&mut Trial<'_>, f64, f64) -> Vec<(f64, i32)>;

pub(super) fn parts<'a>(jobs: &'a Jobs, options: &Options) -> Vec<Part<'a>> {
    let part = |name: &str, signals: Moments| Part::new(name, options.trials, move |trial| interrupt(trial, jobs, signals));
    vec![
        part("SIGINT", |trial, _, seconds| vec![(trial.random.uniform() * seconds, SIGINT)]),
        part("SIGTERM", |trial, _, seconds| vec![(trial.random.uniform() * seconds, SIGTERM)]),
        part("SIGINT-at-once", |trial, start, _| vec![(trial.random.uniform() * start, SIGINT)]),
        part("SIGTERM-at-once", |trial, start, _| vec![(trial.random.uniform() * start, SIGTERM)]),
        part("SIGINT-twice", |trial, _, seconds| {
            let first = trial.random.uniform() * seconds;
            vec![(first, SIGINT), (first + trial.random.uniform() * 0.02, SIGINT)]
        }),
        part("SIGTERM-SIGINT", |trial, _, seconds| {
            let first = trial.random.uniform() * seconds;
            vec![(first, SIGTERM), (first + trial.random.uniform() * 0.02, SIGINT)]
        }),
        Part::new("ignored-SIGHUP", options.trials, |trial| ignored(trial, jobs, SIGHUP)),
        Part::new("ignored-SIGINT", options.trials, |trial| ignored(trial, jobs, SIGINT)),
        Part::new("ignored-SIGTERM", options.trials, |trial| ignored(trial, jobs, SIGTERM)),
    ]
}

fn interrupt(trial: &mut Trial<'_>, jobs: &Jobs, signals: Moments) -> Result<String> {
    let job = &jobs.all[trial.number as usize % jobs.all.len()];
    job.lay(trial.folder)?;
    let signals = signals(trial, jobs.start, job.seconds);
    let run = signals.iter().fold(trial.kitsune(&job.words), |run, &(moment, signal)| run.signal(moment, signal));
    let ended = trial.end(run)?;
    let state = job.state(trial.folder, true)?;
    // By the time of the processors, since a busy machine lets the command wait before it begins.
    let is_early = ended.cpu_seconds < jobs.start;
    let by_signal = signals.iter().any(|&(_, signal)| ended.status.signal() == Some(signal));
    match ended.status.code() {
        Some(0) if state == State::Newer => job.expect_clean(trial.folder, false)?,
        Some(INTERRUPTED) => {
            // Whoever asks twice does not wait until everything is put away.
            if signals.len() == 1 {
                job.expect(trial.folder, true, State::Older)?;
                job.expect_clean(trial.folder, true)?;
                // Before the work has begun there is nothing to say.
                if !is_early && !ended.stderr.contains("interrupted") {
                    return Err("it does not say that it was interrupted".into());
                }
            }
        }
        _ if is_early && by_signal && state == State::Older => {}
        _ => return Err(format!("{}, and the files are {state:?}", ended.status).into()),
    }
    Ok(end(&ended))
}

/// A signal that was ignored when the command began, as by `nohup` and for the background jobs of a script.
fn ignored(trial: &mut Trial<'_>, jobs: &Jobs, signal: i32) -> Result<String> {
    let job = &jobs.all[trial.number as usize % jobs.all.len()];
    job.lay(trial.folder)?;
    let moment = trial.random.uniform() * job.seconds;
    // Not before the shell has set it.
    let moment = moment.max(jobs.start);
    let script = format!("trap '' {signal}; exec \"$@\"");
    let run = trial.through("sh", &["-c", &script, "sh"], &job.words).signal(moment, signal);
    let ended = trial.end(run)?;
    if !ended.status.success() {
        return Err(format!("{} by an ignored signal", ended.status).into());
    }
    job.expect(trial.folder, true, State::Newer)?;
    job.expect_clean(trial.folder, false)?;
    Ok(end(&ended))
}

/// How a run ended, in a word.
pub(super) fn end(ended: &Ended) -> String {
    match (ended.status.code(), ended.status.signal()) {
        (Some(code), _) => format!("exit {code}"),
        (_, Some(signal)) => format!("signal {signal}"),
        _ => ended.status.to_string(),
    }
}
