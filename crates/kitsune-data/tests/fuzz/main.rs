//! Mutations of valid files: whatever is read of them is what a naive parser reads, nothing panics, and memory is bounded.
//!
//! A test binary of its own, for it counts the memory of its whole process and hears all panics in it: other tests would disturb that.
//!
//! As tests these run for a few seconds. `KITSUNE_FUZZ_SECONDS` says how long each is to run instead, and `KITSUNE_FUZZ_SEED` which
//! mutations there are. A failure prints the input; a file with it in `corpus/` makes it a test for good.

#![expect(clippy::unwrap_used, reason = "a test whose set-up fails can only panic")]

mod corpus;
mod csv;
mod ipc;
mod json_lines;
mod json_node;
mod memory;
mod mutator;
mod naive_json;
mod naive_names;
mod outcome;
mod panics;
mod run;
mod zeek;
