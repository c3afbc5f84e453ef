//! Runs of the command: signals at their moments, and what the system says about the ended process.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Seek};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::Result;

/// A process that takes longer hangs, and is killed.
const PATIENCE: Duration = Duration::from_mins(1);
/// So many bytes of messages are looked at.
const MESSAGE_BYTES: u64 = 1 << 16;

/// A run of the command that has not begun.
pub(super) struct Run {
    command: Command,
    /// Signals with the time after the start at which they are sent.
    signals: Vec<(Duration, i32)>,
}

/// How a run ended.
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    pub(super) seconds: f64,
    /// Seconds of all processors.
    pub(super) cpu_seconds: f64,
    /// Peak resident memory in bytes.
    pub(super) peak: u64,
    pub(super) stderr: String,
    pub(super) line: String,
}

impl Run {
    /// A run of a program, such as one that sets limits and then becomes the command.
    pub(super) fn new(folder: &Path, program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null());
        Self { command, signals: Vec::new() }
    }

    /// Adds words, which blanks separate.
    pub(super) fn words(mut self, words: &str) -> Self {
        self.command.args(words.split_whitespace());
        self
    }

    pub(super) fn word(mut self, word: impl AsRef<OsStr>) -> Self {
        self.command.arg(word);
        self
    }

    pub(super) fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub(super) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(super) fn stdin(mut self, stdin: impl Into<Stdio>) -> Self {
        self.command.stdin(stdin);
        self
    }

    pub(super) fn stdout(mut self, stdout: impl Into<Stdio>) -> Self {
        self.command.stdout(stdout);
        self
    }

    /// Sends a signal so many seconds after the start, if the process still runs.
    pub(super) fn signal(mut self, seconds: f64, signal: i32) -> Self {
        self.signals.push((Duration::from_secs_f64(seconds), signal));
        self.signals.sort();
        self
    }

    pub(super) fn end(self) -> Result<Ended> {
        self.end_while(|_| Ok(()))
    }

    /// Waits for the end, and calls `meanwhile` with the seconds since the start again and again.
    pub(super) fn end_while(mut self, mut meanwhile: impl FnMut(f64) -> Result<()>) -> Result<Ended> {
        let mut messages = tempfile::tempfile()?;
        let line = format!("{:?}", self.command);
        let child = self.command.stderr(messages.try_clone()?).spawn().map_err(|error| format!("{line}: {error}"))?;
        let (start, mut signals) = (Instant::now(), self.signals.into_iter().peekable());
        let mut hangs = false;
        let (status, usage) = loop {
            if let Some(ended) = ended(&child)? {
                break ended;
            }
            let time = start.elapsed();
            while let Some((_, signal)) = signals.next_if(|&(at, _)| at <= time) {
                send(&child, signal);
            }
            meanwhile(time.as_secs_f64())?;
            if time > PATIENCE && !hangs {
                hangs = true;
                send(&child, libc::SIGKILL);
            }
            sleep(if time < Duration::from_millis(50) { Duration::from_micros(200) } else { Duration::from_millis(1) });
        };
        let seconds = start.elapsed().as_secs_f64();
        let stderr = read(&mut messages)?;
        if hangs {
            return Err(format!("{line}: it did not end in {} s: {stderr}", PATIENCE.as_secs()).into());
        }
        let time = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 * 1e-6;
        let cpu_seconds = time(usage.ru_utime) + time(usage.ru_stime);
        Ok(Ended { status, seconds, cpu_seconds, peak: usage.ru_maxrss as u64 * 1024, stderr, line })
    }
}

fn read(messages: &mut File) -> Result<String> {
    let mut bytes = Vec::new();
    messages.rewind()?;
    messages.take(MESSAGE_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[expect(unsafe_code, reason = "std gives no usage of a single child")]
fn ended(child: &Child) -> Result<Option<(ExitStatus, libc::rusage)>> {
    let mut status = 0;
    // SAFETY: a usage is numbers alone, for which zeros are values.
    let mut usage = unsafe { std::mem::zeroed::<libc::rusage>() };
    // SAFETY: both pointers are to values of this function. The child was not waited for before, so that its number is its own.
    match unsafe { libc::wait4(child.id() as i32, &raw mut status, libc::WNOHANG, &raw mut usage) } {
        0 => Ok(None),
        -1 => Err(std::io::Error::last_os_error().into()),
        _ => Ok(Some((ExitStatus::from_raw(status), usage))),
    }
}

#[expect(unsafe_code, reason = "std sends no signal but SIGKILL")]
fn send(child: &Child, signal: i32) {
    // SAFETY: the child was not waited for, so that its number is its own.
    unsafe { libc::kill(child.id() as i32, signal) };
}
