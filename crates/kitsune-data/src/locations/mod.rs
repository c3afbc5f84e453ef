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
pub(crate) mod input;
pub(crate) mod location;
mod object;
mod object_reader;
mod pattern;
pub(crate) mod random_file;
mod runtime;
mod sniff;
mod standard_input;
mod store;
mod store_error;
#[cfg(test)]
mod tests;
