//! The binary under test, as cargo built it for this crate.

use std::process::Command;

pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kitsune"));
    // Vulkan's loader wants a folder of its own.
    command.env("XDG_RUNTIME_DIR", env!("CARGO_TARGET_TMPDIR"));
    command
}
