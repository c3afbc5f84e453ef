//! What a long call asks the interpreter in between: whether a signal came, and to show its progress.

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use pyo3::prelude::*;

use crate::failure::{Answer, Failure};

/// The least time between two questions: asking takes the interpreter from its other threads.
const INTERVAL: Duration = Duration::from_millis(50);

/// Asks the interpreter now and then, for a call that has released it.
#[derive(Debug)]
pub(crate) struct Watcher {
    /// A function of a stage, of how much of it is done, and of how much there is, if that is known.
    progress: Option<Py<PyAny>>,
    asked: Cell<Instant>,
    raised: RefCell<Option<PyErr>>,
}

impl Watcher {
    pub(crate) fn new(progress: Option<Py<PyAny>>) -> Self {
        Self { progress, asked: Cell::new(Instant::now()), raised: RefCell::new(None) }
    }

    /// Breaks if a handler of a signal has raised an exception, as that of Ctrl-C does.
    pub(crate) fn look(&self) -> ControlFlow<()> {
        self.ask(false, |py, _| py.check_signals())
    }

    /// Shows the progress, and breaks as [`look`](Self::look) does, or if showing it raises an exception. `is_new` says that a stage begins.
    pub(crate) fn show(&self, is_new: bool, stage: &str, done: u64, total: Option<u64>) -> ControlFlow<()> {
        self.ask(is_new, |py, progress| {
            if let Some(progress) = progress {
                progress.call1(py, (stage, done, total))?;
            }
            py.check_signals()
        })
    }

    fn ask(&self, at_once: bool, question: impl FnOnce(Python<'_>, Option<&Py<PyAny>>) -> PyResult<()>) -> ControlFlow<()> {
        let now = Instant::now();
        if !at_once && now.duration_since(self.asked.get()) < INTERVAL {
            return ControlFlow::Continue(());
        }
        self.asked.set(now);
        match Python::attach(|py| question(py, self.progress.as_ref())) {
            Ok(()) => ControlFlow::Continue(()),
            Err(raised) => {
                *self.raised.borrow_mut() = Some(raised);
                ControlFlow::Break(())
            }
        }
    }

    /// The answer of the call, or the exception that broke it off.
    pub(crate) fn answer<T>(&self, answer: Answer<T>) -> Answer<T> {
        match self.raised.borrow_mut().take() {
            Some(raised) => Err(Failure::from(raised)),
            None => answer,
        }
    }
}
