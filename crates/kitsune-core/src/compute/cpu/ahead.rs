//! Steps that are taken while the rows of the next ones are made ready.

use std::mem;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::gradient::StepDropout;
use super::ready_rows::ReadyRows;
use crate::error::Error;

/// Steps that are handed over at once, so that the handing over costs little beside them.
const STEPS: usize = 32;

/// A window whose rows have so many bytes gets no further step, so that its rows stay in the cache. Steps that have as many each are large enough to be
/// shared by threads, and none of them is made ready before the last one is taken.
const BYTES: usize = 2 << 20;

/// A step, ready to be taken.
#[derive(Debug, Default)]
pub(crate) struct ReadyStep {
    pub(crate) rows: ReadyRows,
    pub(crate) dropout: StepDropout,
    pub(crate) learning_rate: f64,
}

/// Steps that are handed over at once. The buffers are reused.
#[derive(Debug, Default)]
struct Window {
    steps: Vec<ReadyStep>,
    count: usize,
}

impl Window {
    /// Makes the next steps ready. Returns whether there may be more after them.
    fn fill(&mut self, ready: &mut impl FnMut(&mut ReadyStep) -> Result<bool, Error>) -> Result<bool, Error> {
        self.count = 0;
        let mut bytes = 0;
        while self.count < STEPS && bytes < BYTES {
            if self.steps.len() == self.count {
                self.steps.push(ReadyStep::default());
            }
            let step = &mut self.steps[self.count];
            if !ready(step)? {
                return Ok(false);
            }
            bytes += step.rows.bytes();
            self.count += 1;
        }
        Ok(true)
    }

    fn steps(&self) -> &[ReadyStep] {
        &self.steps[..self.count]
    }
}

/// Takes the steps that `ready` makes ready, in their order, until it returns that there are no more, and calls `taken` with the number of rows of each step
/// that was taken. Where there are many steps and more than one thread, `take` has a thread of its own, and this one makes the next steps ready meanwhile.
///
/// A worker of a pool takes all steps itself: while it waited for the other thread, that could wait for the pool.
///
/// # Errors
/// Those of `ready` and `taken`, which end the steps.
pub(crate) fn steps_ahead(
    ready: impl FnMut(&mut ReadyStep) -> Result<bool, Error>,
    take: impl FnMut(&ReadyStep) + Send,
    taken: impl FnMut(usize) -> Result<(), Error>,
) -> Result<(), Error> {
    let is_alone = rayon::current_num_threads() == 1 || rayon::current_thread_index().is_some();
    steps(is_alone, ready, take, taken)
}

/// Takes steps like [`steps_ahead`], on this thread alone or on two.
fn steps(
    mut is_alone: bool,
    mut ready: impl FnMut(&mut ReadyStep) -> Result<bool, Error>,
    mut take: impl FnMut(&ReadyStep) + Send,
    mut taken: impl FnMut(usize) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut window = Window::default();
    loop {
        let more = window.fill(&mut ready)?;
        if more && !is_alone && window.count > 1 {
            match beside(&mut window, &mut ready, &mut take, &mut taken) {
                Some(ended) => return ended,
                None => is_alone = true,
            }
        }
        for step in window.steps() {
            take(step);
            taken(step.rows.rows())?;
        }
        if !more {
            return Ok(());
        }
    }
}

/// Takes the steps of a window and all after them on a thread of its own; `None`, and nothing is done, if the system has no thread left.
fn beside(
    window: &mut Window,
    ready: &mut impl FnMut(&mut ReadyStep) -> Result<bool, Error>,
    take: &mut (impl FnMut(&ReadyStep) + Send),
    taken: &mut impl FnMut(usize) -> Result<(), Error>,
) -> Option<Result<(), Error>> {
    thread::scope(|scope| {
        let ((to_take, windows), (back, done)) = (sync_channel::<Window>(1), sync_channel(1));
        let run = move || {
            for window in windows {
                window.steps().iter().for_each(&mut *take);
                if back.send(window).is_err() {
                    break;
                }
            }
        };
        let taker = thread::Builder::new().name("kitsune-steps".into()).spawn_scoped(scope, run).ok()?;
        let ended = hand_over(mem::take(window), ready, (to_take, &done), taken);
        // Without a receiver the thread ends after the steps that it has.
        drop(done);
        taker.join().unwrap_or_else(|panic| resume_unwind(panic));
        Some(ended)
    })
}

/// Hands windows over and takes them back. Two circulate: one is filled while the steps of the other are taken.
fn hand_over(
    first: Window,
    ready: &mut impl FnMut(&mut ReadyStep) -> Result<bool, Error>,
    (to_take, done): (SyncSender<Window>, &Receiver<Window>),
    taken: &mut impl FnMut(usize) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut told = |window: &Window| window.steps().iter().try_for_each(|step| taken(step.rows.rows()));
    // Only a panic of the other thread closes its channels, and whoever joins it learns of that.
    let mut next = Window::default();
    let mut is_sent = to_take.send(first).is_ok();
    while is_sent {
        let more = next.fill(ready)?;
        is_sent = to_take.send(next).is_ok();
        let Ok(window) = done.recv() else { break };
        told(&window)?;
        if !more {
            return done.recv().map_or(Ok(()), |window| told(&window));
        }
        next = window;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    /// Steps whose learning rates count them, until there are `count`; the one of number `bad` is an error.
    fn ready(count: usize, bad: Option<usize>) -> impl FnMut(&mut ReadyStep) -> Result<bool, Error> {
        let mut next = 0;
        move |step| {
            if Some(next) == bad {
                return Err(Error::Stopped);
            }
            step.learning_rate = next as f64;
            next += 1;
            Ok(next <= count)
        }
    }

    /// What comes of steps: the rates of those that were taken, how many were told, and whether they came to their end.
    fn taken(is_alone: bool, count: usize, bad: Option<usize>, stop_after: usize) -> (Vec<f64>, usize, bool) {
        let (mut found, mut told) = (Vec::new(), 0);
        let tell = |_| {
            told += 1;
            if told == stop_after { Err(Error::Stopped) } else { Ok(()) }
        };
        let ended = steps(is_alone, ready(count, bad), |step| found.push(step.learning_rate), tell);
        (found, told, ended.is_ok())
    }

    #[test]
    fn all_steps_are_taken_in_their_order_by_one_thread_or_two() {
        for count in [0, 1, STEPS - 1, STEPS, STEPS + 1, 2 * STEPS, 5 * STEPS + 7] {
            let expected: Vec<f64> = (0..count).map(|step| step as f64).collect();
            for is_alone in [true, false] {
                assert_eq!(taken(is_alone, count, None, usize::MAX), (expected.clone(), count, true), "{count} steps, alone: {is_alone}");
            }
        }
    }

    #[test]
    fn an_error_of_either_side_ends_the_steps_and_only_those_before_it_are_told() {
        for is_alone in [true, false] {
            for bad in [0, 5, STEPS + 5, 4 * STEPS] {
                let (found, told, is_good) = taken(is_alone, 9 * STEPS, Some(bad), usize::MAX);
                assert!(!is_good && told <= found.len() && found.len() <= bad, "alone: {is_alone}, step {bad}: {told} of {}", found.len());
            }
            for stop_after in [1, STEPS, 3 * STEPS + 1] {
                let (found, told, is_good) = taken(is_alone, 9 * STEPS, None, stop_after);
                assert!(!is_good && told == stop_after, "alone: {is_alone}, {told}");
                // Of what was handed over before, nothing more than two windows is taken.
                assert!((stop_after..=stop_after + 2 * STEPS).contains(&found.len()), "alone: {is_alone}, {}", found.len());
            }
        }
    }

    #[test]
    fn a_panic_of_a_step_is_one_of_the_caller() {
        let take = |step: &ReadyStep| assert!(step.learning_rate < 3.0 * STEPS as f64, "a step too many");
        let run = || steps(false, ready(9 * STEPS, None), take, |_| Ok(()));
        let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"a step too many"));
    }
}
