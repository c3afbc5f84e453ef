//! Running the binary, and what it has to say.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use assert_cmd::assert::OutputAssertExt;

/// One run of `kitsune`, put together word by word.
pub(crate) struct Kitsune(Command);

/// What a run said.
pub(crate) struct Told {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A run with these words, which are separated by blanks.
pub(crate) fn kitsune(words: &str) -> Kitsune {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("kitsune"));
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

    /// For what needs the child itself, or streams of its own.
    pub(crate) fn into_command(self) -> Command {
        self.0
    }

    pub(crate) fn succeeds(self) -> Told {
        self.ends_with(0)
    }

    /// Was typed well and cannot be done: exit code 1, and one line that says all these parts.
    pub(crate) fn fails(self, parts: &[&str]) {
        let told = self.ends_with(1);
        let lines: Vec<_> = told.stderr.lines().collect();
        assert!(matches!(lines[..], [line] if line.starts_with("error: ")), "not one line about an error: {}", told.stderr);
        assert_eq!(told.stdout, "", "errors are no results");
        told.says(parts);
    }

    /// Was typed in a way that can never work: exit code 2, and a message that says all these parts.
    pub(crate) fn rejects_words(self, parts: &[&str]) {
        let told = self.ends_with(2);
        assert!(told.stderr.starts_with("error: "), "not an error: {}", told.stderr);
        assert_eq!(told.stdout, "", "errors are no results");
        told.says(parts);
    }

    fn ends_with(mut self, code: i32) -> Told {
        let assert = self.0.assert().code(code);
        let output = assert.get_output();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let told = Told { stdout: text(&output.stdout), stderr: text(&output.stderr) };
        for trace in ["panicked", "backtrace", "a bug in kitsune"] {
            assert!(!told.stderr.contains(trace), "a panic shows: {}", told.stderr);
        }
        told
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
