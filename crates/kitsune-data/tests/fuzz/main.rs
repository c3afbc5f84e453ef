//! Mutations of valid files: whatever is read of them is what a naive parser reads, nothing panics, and memory is bounded.
//!
//! A test binary of its own, for it counts the memory of its whole process and hears all panics in it: other tests would disturb that.
//!
//! As tests these run for a few seconds. `KITSUNE_FUZZ_CASES` says through how many mutations each is to go instead, or
//! `KITSUNE_FUZZ_SECONDS` for how long, and `KITSUNE_FUZZ_SEED` which mutations there are; with `--nocapture` each prints their number and the
//! time. Ten million: `KITSUNE_FUZZ_CASES=2500000 cargo test --release -p kitsune-data --test fuzz -- mutated --nocapture`. A failure prints the input; a file with it in `corpus/` makes it a test for good.

#![expect(clippy::unwrap_used, reason = "a test whose set-up fails can only panic")]

mod corpus;
mod csv;
mod frame_options;
mod ipc;
mod json_lines;
mod json_node;
mod memory;
mod mutator;
mod naive_json;
mod naive_names;
mod outcome;
mod panics;
mod parquet;
mod parquet_bytes;
mod run;
mod zeek;
