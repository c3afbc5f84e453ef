#![doc = include_str!("../README.md")]
// What formats share stands idle in a build without some of them.
#![cfg_attr(not(all(feature = "parquet", feature = "ipc", feature = "json", feature = "packets", feature = "cloud")), allow(dead_code))]

mod as_text;
mod condition;
mod error;
mod fault;
pub mod files;
mod format;
mod formats;
#[cfg(feature = "kitsune-core")]
pub mod input;
mod labels;
mod locations;
mod missing_words;
mod named;
mod notation;
mod note;
mod numeral;
#[cfg(feature = "packets")]
pub mod packets;
mod reading;
mod remark;
mod rows;
mod sinks;
mod source;

pub use condition::Condition;
pub use error::{Error, LocationError, OutputError, SchemaError, TextError};
pub use fault::{Files, Flaw, Position, RowPosition};
pub use format::{Format, Header};
pub use formats::catch_panic::catches_panics;
#[cfg(feature = "ipc")]
pub use formats::memory::arrow_stream::{ArrowBatch, ArrowStream};
#[cfg(feature = "ipc")]
pub use formats::memory::matrix::Matrix;
#[cfg(feature = "ipc")]
pub use formats::memory::rows::MemoryRows;
pub use formats::polars_process::start_polars;
pub use labels::{LabelKind, LabelKinds, NormalLabels, UnclearLabels};
pub use locations::location::Location;
pub use named::UnknownName;
pub use notation::Notation;
pub use note::Note;
pub use reading::{PacketReading, Reading};
pub use remark::Remark;
pub use rows::batch::Batch;
pub use rows::lags::lagged_name;
pub use rows::missing::Missing;
pub use rows::records::Records;
pub use sinks::output_folder::OutputFolder;
pub use sinks::sink::Sink;
pub use source::Source;
pub use source::cached_source::CachedSource;
pub use source::column_watch::ColumnWatch;
#[cfg(feature = "ipc")]
pub use source::exported::ExportedStream;
pub use source::fixed_batches::FixedBatches;
#[cfg(feature = "loader")]
pub use source::loader::SourceLoader;
pub use source::options::SourceOptions;
pub use source::pass::Pass;
pub use source::progress::PassProgress;

/// The README of the project, so that its code is compiled.
#[cfg(all(doctest, feature = "kitsune-core"))]
#[doc = include_str!("../../../README.md")]
struct ProjectReadme;
