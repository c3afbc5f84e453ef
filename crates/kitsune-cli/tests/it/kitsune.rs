//! Runs of the binary and what they print. The tests against an S3 server use this file as well.

use std::ffi::OsStr;
use std::io::{Write, pipe};
use std::path::Path;
use std::process::Command;
use std::thread;

use crate::binary;

/// A run of `kitsune`, put together word by word.
pub(crate) struct Kitsune(Command);

/// The output of a run.
pub(crate) struct Printed {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A run with these words, which blanks separate.
pub(crate) fn kitsune(words: &str) -> Kitsune {
    let mut command = binary::command();
    // Errors come without a backtrace even for a user who asks for backtraces.
    command.env("RUST_BACKTRACE", "1");
    Kitsune(command).words(words)
}

impl Kitsune {
    /// Adds words, which blanks separate.
    pub(crate) fn words(mut self, words: &str) -> Self {
        self.0.args(words.split_whitespace());
        self
    }

    /// Adds one word, whatever characters are in it.
    pub(crate) fn word(mut self, word: impl AsRef<OsStr>) -> Self {
        self.0.arg(word);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    pub(crate) fn within(mut self, folder: &Path) -> Self {
        self.0.current_dir(folder);
        self
    }

    /// Hands over these bytes on standard input, through a pipe.
    pub(crate) fn reads(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        let (reader, mut writer) = pipe().unwrap();
        let bytes = bytes.into();
        // Fails if the command stops reading early.
        thread::spawn(move || writer.write_all(&bytes).ok());
        self.0.stdin(reader);
        self
    }

    /// The command itself, for tests that need the child process or its streams.
    pub(crate) fn into_command(self) -> Command {
        self.0
    }

    #[track_caller]
    pub(crate) fn succeeds(self) -> Printed {
        self.ends_with(0)
    }

    /// Succeeds, and returns the bytes on stdout.
    #[track_caller]
    pub(crate) fn gives(self) -> Vec<u8> {
        self.output(0).0
    }

    /// Is a correct command that fails: exit code 1, and one line that contains all these parts.
    #[track_caller]
    pub(crate) fn fails(self, parts: &[&str]) -> Printed {
        let printed = self.ends_with(1);
        let lines: Vec<_> = printed.stderr.lines().collect();
        assert!(matches!(lines[..], [line] if line.starts_with("error: ")), "not one line about an error: {}", printed.stderr);
        assert_eq!(printed.stdout, "", "errors are no results");
        printed.says(parts);
        printed
    }

    /// Is a command that can never work: exit code 2, and a message that contains all these parts.
    #[track_caller]
    pub(crate) fn rejects_words(self, parts: &[&str]) {
        let printed = self.ends_with(2);
        assert!(printed.stderr.starts_with("error: "), "not an error: {}", printed.stderr);
        assert_eq!(printed.stdout, "", "errors are no results");
        printed.says(parts);
    }

    #[track_caller]
    fn ends_with(self, code: i32) -> Printed {
        let (stdout, stderr) = self.output(code);
        Printed { stdout: String::from_utf8(stdout).unwrap(), stderr }
    }

    #[track_caller]
    fn output(mut self, code: i32) -> (Vec<u8>, String) {
        let output = self.0.output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{:?} said: {stderr}", self.0);
        for trace in ["panicked", "backtrace", "a bug in kitsune"] {
            assert!(!stderr.contains(trace), "a panic shows: {stderr}");
        }
        (output.stdout, stderr)
    }
}

impl Printed {
    /// Asserts that stderr contains all these parts.
    #[track_caller]
    pub(crate) fn says(&self, parts: &[&str]) {
        assert_says(&self.stderr, parts);
    }
}

#[track_caller]
pub(crate) fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{text:?} does not say {part:?}");
    }
}
