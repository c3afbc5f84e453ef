//! Outputs: the sink, one encoder for each format, and one file for each kind of target.

#[cfg(any(feature = "parquet", feature = "ipc"))]
mod arrow_types;
mod cell_layout;
mod csv;
mod encoder;
#[cfg(feature = "ipc")]
mod ipc;
#[cfg(feature = "json")]
mod json_lines;
mod new_set;
mod output;
pub(crate) mod output_folder;
#[cfg(feature = "parquet")]
mod parquet;
mod part_names;
mod parts_folder;
mod pending_file;
mod portable;
#[cfg(any(feature = "parquet", feature = "ipc"))]
mod row_groups;
pub(crate) mod sink;

#[cfg(test)]
mod tests;
