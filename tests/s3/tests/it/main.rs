//! The command against an S3 server: it reads the same rows from there as from files, and reports failures in one line.

#![cfg(test)]

mod binary;
mod credentials;
#[path = "../../../../crates/kitsune-cli/tests/it/files.rs"]
mod files;
#[path = "../../../../crates/kitsune-cli/tests/it/kitsune.rs"]
#[expect(dead_code, reason = "some of it serves the command's own tests only")]
mod kitsune;
mod locations;
mod refusals;
mod world;
