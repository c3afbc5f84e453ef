#![doc = include_str!("../README.md")]

mod batch;
mod columns;
mod counts;
mod csv;
mod cut;
mod error;
mod files;
mod format;
mod guard;
mod json_parts;
mod matrix;
mod output_folder;
mod parquet;
mod pass;
mod place;
mod random;
mod rows;
mod shuffler;
mod source;
mod table;

pub use batch::Batch;
pub use counts::Counts;
pub use cut::Cut;
pub use error::Error;
pub use format::{Format, Header};
pub use json_parts::JsonParts;
pub use output_folder::OutputFolder;
pub use pass::Pass;
pub use place::{At, Flaw, Place};
pub use source::{Source, SourceOptions};
