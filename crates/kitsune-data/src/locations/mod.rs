//! From the names of locations to bytes: files, folders, patterns, object stores and standard input.
//!
//! [`find`](find::find) turns each [`Location`](location::Location) into [`DataFile`](data_file::DataFile)s. A file opens as an
//! [`Input`](input::Input), which reads it from start to end and decompresses it, or as a [`RandomFile`](random_file::RandomFile). No other
//! module knows where bytes come from.
//!
//! Threads, connections and standard input are used only if a location needs them.

mod compression;
pub(crate) mod data_file;
pub(crate) mod find;
mod folder;
mod how;
pub(crate) mod input;
pub(crate) mod location;
mod pattern;
pub(crate) mod random_file;
mod read_at;
pub(crate) mod sniff;
mod stamp;
mod standard_input;
mod temporary_file;
#[cfg(test)]
mod tests;

// Without object stores there are types without values in their place.
#[cfg(not(feature = "cloud"))]
#[path = "without_cloud/object.rs"]
mod object;
#[cfg(not(feature = "cloud"))]
#[path = "without_cloud/store.rs"]
mod store;

#[cfg(feature = "cloud")]
mod object;
#[cfg(feature = "cloud")]
mod object_blocks;
#[cfg(feature = "cloud")]
mod object_reader;
#[cfg(feature = "cloud")]
mod runtime;
#[cfg(feature = "cloud")]
mod store;
#[cfg(feature = "cloud")]
mod store_error;
