//! The formats of files, each a folder behind the trait [`Table`](table::Table), and what they share.

#[cfg(feature = "packets")]
pub(crate) mod captures;
pub(crate) mod catch_panic;
pub(crate) mod columns;
pub(crate) mod csv;
pub(crate) mod damaged;
pub(crate) mod distinct_names;
#[cfg(any(feature = "parquet", feature = "json", feature = "ipc"))]
pub(crate) mod frames;
#[cfg(feature = "ipc")]
pub(crate) mod ipc;
#[cfg(feature = "json")]
pub(crate) mod json_lines;
#[cfg(feature = "ipc")]
pub(crate) mod memory;
#[cfg(feature = "parquet")]
pub(crate) mod parquet;
pub(crate) mod polars_process;
pub(crate) mod read_ahead;
pub(crate) mod table;
pub(crate) mod text_chunks;
