//! The binary under test: the one that `KITSUNE` names, or else the one that cargo builds.

use std::env;
use std::io::{self, Write};
use std::path::{self, Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A run without the settings of this machine's user for object stores and proxies.
pub(crate) fn command() -> Command {
    let mut command = Command::new(binary());
    for (name, _) in env::vars_os() {
        let upper = name.to_string_lossy().to_uppercase();
        if upper.starts_with("AWS_") || upper.ends_with("_PROXY") {
            command.env_remove(name);
        }
    }
    command
}

fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| env::var_os("KITSUNE").map_or_else(build, |path| path::absolute(path).unwrap()))
}

/// Builds the binary as `cargo run -p kitsune-cli` does. Cargo reports its progress on stderr.
fn build() -> PathBuf {
    writeln!(io::stderr(), "building kitsune, which is to be tested").unwrap();
    let mut cargo = Command::new("cargo");
    // Build scripts read the variables that cargo sets for this test; with them, cargo would build half of the dependencies again. Without the
    // caller's choice about incremental compilation it would build the command again.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO") && !["CARGO_HOME", "CARGO_TARGET_DIR", "CARGO_INCREMENTAL"].contains(&&*text) {
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
