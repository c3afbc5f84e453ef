//! A campaign of faults against the command: kills, signals, limits, full disks, damaged files, and files that change while they are read.
//!
//! `cargo run --release -p kitsune-benches --example faults -- target/release/kitsune [--seed N] [--kills N] [--mutants N] [--short]
//! [--only PART[:NUMBER]] [FOLDER]`
//!
//! It prints a table, and exits with 1 if anything failed. `--only` repeats a part, or one trial of it. What the failed trials left is kept in
//! the folder, under `failures`. Linux only: it needs `/dev/full`, and `prlimit` and `setpriv` of util-linux. Parts that need root say when
//! they are skipped.

#[cfg(target_os = "linux")]
mod campaign;

use std::process::ExitCode;

#[cfg(target_os = "linux")]
fn main() -> Result<ExitCode, Box<dyn std::error::Error + Send + Sync>> {
    campaign::run()
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    use std::io::Write;
    writeln!(std::io::stderr(), "the campaign of faults runs on Linux only").ok();
    ExitCode::FAILURE
}
