//! The crate through its public interface: files in, batches out.

#![expect(clippy::unwrap_used, reason = "a test whose set-up fails can only panic")]

#[cfg(feature = "packets")]
mod afterimage;
mod architecture;
mod autotraits;
mod bad_csv;
mod bad_ipc;
mod bad_json_lines;
mod bad_parquet;
mod cached;
#[cfg(feature = "packets")]
mod captured;
#[cfg(feature = "packets")]
mod captures;
mod cells;
mod changed;
mod columns;
mod conditions;
mod damaged;
mod damaged_pages;
mod folder;
mod formats;
mod ipc_files;
mod json;
mod labels;
mod loader;
#[cfg(feature = "ipc")]
mod memory;
mod missing;
mod normal_labels;
mod numbers;
mod other_types;
mod pandas;
#[path = "../fuzz/parquet_bytes.rs"]
mod parquet_bytes;
mod passes;
mod replaced_files;
mod replaced_parts;
#[cfg(feature = "kitsune-core")]
mod row_source;
mod same_names;
mod sinks;
mod structs;
mod zeek;
