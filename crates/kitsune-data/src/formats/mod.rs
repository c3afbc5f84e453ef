//! The formats of files, each a folder behind the trait [`Table`](table::Table), and what they share.

pub(crate) mod catch_panic;
pub(crate) mod columns;
pub(crate) mod csv;
pub(crate) mod frames;
pub(crate) mod ipc;
pub(crate) mod json_lines;
pub(crate) mod parquet;
pub(crate) mod read_ahead;
pub(crate) mod table;
pub(crate) mod text_chunks;
