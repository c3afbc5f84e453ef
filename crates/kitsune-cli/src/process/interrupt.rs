//! Signals: the first Ctrl-C asks the command to stop, the second one ends it, and an ignored one stays ignored.

use std::io;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// The exit code after Ctrl-C, which shells use for it.
pub(crate) const EXIT_CODE: u8 = 130;

/// Ctrl-C, the end of a session, and a polite kill.
#[cfg(unix)]
const STOPPING: [i32; 3] = [SIGINT, SIGTERM, signal_hook::consts::SIGHUP];
#[cfg(not(unix))]
const STOPPING: [i32; 2] = [SIGINT, SIGTERM];

static ASKED: AtomicBool = AtomicBool::new(false);
/// Whether the next signal ends the process: before the command listens, and after the first signal.
static ENDS: AtomicBool = AtomicBool::new(true);

/// Milliseconds after the first signal in which others do not count, if the command is patient.
const PATIENCE: i64 = 1_000;
/// Whether several signals at once are one: who ends a command and its group sends it two.
static IS_PATIENT: AtomicBool = AtomicBool::new(false);
/// When the first signal came.
static FIRST: AtomicI64 = AtomicI64::new(i64::MIN);

/// Takes the signals over: until the command [listens](listen), each one ends the process with the exit code of Ctrl-C.
///
/// A signal that is ignored already stays ignored: `nohup` ignores the end of the session, and a shell ignores Ctrl-C for its background jobs.
/// A file that grows beyond the limit of the process makes a write fail, as a full disk does, and does not kill.
pub(crate) fn take_over() -> io::Result<()> {
    for signal in STOPPING.into_iter().filter(|&signal| !is_ignored(signal)) {
        end_at_once(signal)?;
        flag::register(signal, &ASKED)?;
        flag::register(signal, &ENDS)?;
    }
    #[cfg(unix)]
    {
        static TOO_LARGE: AtomicBool = AtomicBool::new(false);
        flag::register(signal_hook::consts::SIGXFSZ, &TOO_LARGE)?;
    }
    Ok(())
}

/// Lets a signal end the process with a word, if it is time for that.
#[cfg(unix)]
#[expect(unsafe_code, reason = "what a signal handler may do is restricted")]
fn end_at_once(signal: i32) -> io::Result<()> {
    let end = || {
        let now = milliseconds();
        let first = FIRST.compare_exchange(i64::MIN, now, Ordering::SeqCst, Ordering::SeqCst).map_or_else(|first| first, |_| now);
        let is_same = IS_PATIENT.load(Ordering::SeqCst) && now.saturating_sub(first) < PATIENCE;
        if ENDS.load(Ordering::SeqCst) && !is_same {
            const TEXT: &[u8] = b"interrupted\n";
            // SAFETY: the bytes are there, and a handler may write. If stderr takes nothing, nobody reads it.
            unsafe { libc::write(libc::STDERR_FILENO, TEXT.as_ptr().cast(), TEXT.len()) };
            signal_hook::low_level::exit(EXIT_CODE.into());
        }
    };
    // SAFETY: it loads and stores atomics, reads a clock, writes and exits, all of which a handler may do.
    unsafe { signal_hook::low_level::register(signal, end) }.map(drop)
}

/// The time by a clock that nobody sets.
#[cfg(unix)]
#[expect(unsafe_code, reason = "a signal handler may read this clock, and the standard library does not say so of its own")]
fn milliseconds() -> i64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the time is there to be written to.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
}

#[cfg(not(unix))]
fn end_at_once(signal: i32) -> io::Result<()> {
    flag::register_conditional_shutdown(signal, EXIT_CODE.into(), &ENDS).map(drop)
}

/// A pipe that can be read once a signal asks the command to stop.
#[cfg(unix)]
pub(crate) fn pipe() -> io::Result<io::PipeReader> {
    let (reader, writer) = io::pipe()?;
    // What was ignored before the signals were taken over is ignored still.
    for signal in STOPPING.into_iter().filter(|&signal| !is_ignored(signal)) {
        signal_hook::low_level::pipe::register(signal, writer.try_clone()?)?;
    }
    Ok(reader)
}

/// From now on the first signal asks the command to stop after its current batch.
pub(crate) fn listen() {
    ENDS.store(false, Ordering::SeqCst);
}

/// As [`listen`], for a command that saves its work when it stops: signals within a second of the first one do not end it.
pub(crate) fn listen_patiently() {
    IS_PATIENT.store(true, Ordering::SeqCst);
    listen();
}

/// Whether the command was asked to stop.
pub(crate) fn asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}

/// The answer for the libraries, which ask their observer whether to continue.
pub(crate) fn control_flow() -> ControlFlow<()> {
    if asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// Whether whoever started the process ignores a signal.
#[cfg(unix)]
#[expect(unsafe_code, reason = "the standard library does not tell how signals are handled")]
fn is_ignored(signal: i32) -> bool {
    use std::mem::MaybeUninit;
    use std::ptr;

    let mut action = MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: without a new action, this only writes the current one to `action`, and it returns 0 if it has done so.
    unsafe { libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) == 0 && action.assume_init().sa_sigaction == libc::SIG_IGN }
}

#[cfg(not(unix))]
fn is_ignored(_: i32) -> bool {
    false
}
