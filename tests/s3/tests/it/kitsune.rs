//! Running the binary, and what it has to say.

use std::env;
use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::{self, Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// One run of `kitsune`, put together word by word.
pub(crate) struct Kitsune(Command);

impl Kitsune {
    /// A run that knows nothing of what the user of this machine has set up.
    pub(crate) fn new(home: &Path) -> Self {
        let mut command = Command::new(binary());
        for (name, _) in env::vars_os() {
            let upper = name.to_string_lossy().to_uppercase();
            if upper.starts_with("AWS_") || upper.ends_with("_PROXY") {
                command.env_remove(name);
            }
        }
        // Who asks for backtraces must not see one either.
        command.env("HOME", home).env("USERPROFILE", home).env("RUST_BACKTRACE", "1");
        Self(command)
    }

    /// More words, which are separated by blanks.
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

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.0.env_remove(name);
        self
    }

    pub(crate) fn within(mut self, folder: &Path) -> Self {
        self.0.current_dir(folder);
        self
    }

    #[track_caller]
    pub(crate) fn succeeds(self) {
        self.ends_with(0);
    }

    /// Was typed well and cannot be done: exit code 1, and one line that says all these parts.
    #[track_caller]
    pub(crate) fn fails(self, parts: &[&str]) {
        let told = self.ends_with(1);
        let is_one_line = told.starts_with("error: ") && told.lines().count() == 1;
        assert!(is_one_line, "not one line about an error: {told}");
        for part in parts {
            assert!(told.contains(part), "{told:?} does not say {part:?}");
        }
    }

    /// What it says on stderr.
    #[track_caller]
    fn ends_with(mut self, code: i32) -> String {
        let output = self.0.output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{:?} said: {told}", self.0);
        for trace in ["panicked", "backtrace", "a bug in kitsune"] {
            assert!(!told.contains(trace), "a panic shows: {told}");
        }
        assert!(output.stdout.is_empty(), "there is nothing to be said on stdout");
        told
    }
}

fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| env::var_os("KITSUNE").map_or_else(build, |path| path::absolute(path).unwrap()))
}

/// Builds it as `cargo run -p kitsune-cli` does. Cargo tells on stderr how far it is.
fn build() -> PathBuf {
    writeln!(io::stderr(), "building kitsune, which is to be tested").unwrap();
    let mut cargo = Command::new("cargo");
    // What cargo told this test is not for another cargo: build scripts look at it, and half of the dependencies would be built again.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO") && !["CARGO_HOME", "CARGO_TARGET_DIR"].contains(&&*text) {
            cargo.env_remove(&name);
        }
    }
    let output = cargo
        .args(["build", "-p", "kitsune-cli", "--message-format=json-render-diagnostics"])
        .current_dir(WORKSPACE)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "kitsune was not built");
    let messages = String::from_utf8(output.stdout).unwrap();
    let executable = |line: &str| serde_json::from_str::<Value>(line).unwrap()["executable"].as_str().map(PathBuf::from);
    messages.lines().find_map(executable).expect("kitsune is among what was built")
}
