//! Running the binary, and what it has to say.

use std::ffi::OsStr;
use std::io::{Write, pipe};
use std::path::Path;
use std::process::Command;
use std::thread;

/// One run of `kitsune`, put together word by word.
pub(crate) struct Kitsune(Command);

/// What a run said.
pub(crate) struct Told {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A run with these words, which are separated by blanks.
pub(crate) fn kitsune(words: &str) -> Kitsune {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kitsune"));
    // Who asks for backtraces must not see one either; Vulkan's loader wants a folder of its own.
    command.env("RUST_BACKTRACE", "1").env("XDG_RUNTIME_DIR", env!("CARGO_TARGET_TMPDIR"));
    Kitsune(command).words(words)
}

impl Kitsune {
    pub(crate) fn words(mut self, words: &str) -> Self {
        self.0.args(words.split_whitespace());
        self
    }

    /// One more word, whatever characters are in it.
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

    /// With these bytes on standard input, through a pipe.
    pub(crate) fn reads(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        let (reader, mut writer) = pipe().unwrap();
        let bytes = bytes.into();
        // Fails where the command has seen enough.
        thread::spawn(move || writer.write_all(&bytes).ok());
        self.0.stdin(reader);
        self
    }

    /// For what needs the child itself, or streams of its own.
    pub(crate) fn into_command(self) -> Command {
        self.0
    }

    pub(crate) fn succeeds(self) -> Told {
        self.ends_with(0)
    }

    /// Succeeds, and leaves these bytes on stdout.
    pub(crate) fn gives(self) -> Vec<u8> {
        self.output(0).0
    }

    /// Was typed well and cannot be done: exit code 1, and one line that says all these parts.
    pub(crate) fn fails(self, parts: &[&str]) -> Told {
        let told = self.ends_with(1);
        let lines: Vec<_> = told.stderr.lines().collect();
        assert!(matches!(lines[..], [line] if line.starts_with("error: ")), "not one line about an error: {}", told.stderr);
        assert_eq!(told.stdout, "", "errors are no results");
        told.says(parts);
        told
    }

    /// Was typed in a way that can never work: exit code 2, and a message that says all these parts.
    pub(crate) fn rejects_words(self, parts: &[&str]) {
        let told = self.ends_with(2);
        assert!(told.stderr.starts_with("error: "), "not an error: {}", told.stderr);
        assert_eq!(told.stdout, "", "errors are no results");
        told.says(parts);
    }

    fn ends_with(self, code: i32) -> Told {
        let (stdout, stderr) = self.output(code);
        Told { stdout: String::from_utf8(stdout).unwrap(), stderr }
    }

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

impl Told {
    /// On stderr.
    pub(crate) fn says(&self, parts: &[&str]) {
        assert_says(&self.stderr, parts);
    }
}

pub(crate) fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{text:?} does not say {part:?}");
    }
}
