//! From what somebody names to bytes: files, folders, patterns, object stores and standard input.
//!
//! A [`Location`](location::Location) is what was named; [`find`](find::find) makes it the [`DataFile`](data_file::DataFile)s it stands for;
//! and each of these opens as an [`Input`](input::Input), from its start to its end and decompressed, or as a
//! [`RandomFile`](random_file::RandomFile). Nothing outside this module knows where bytes come from.
//!
//! Threads, connections and standard input are touched only where a location asks for them.

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
