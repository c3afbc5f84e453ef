//! From what somebody names to bytes: files, folders, patterns, object stores and standard input.
//!
//! A [`Location`] is what was named; [`find`] makes it the [`DataFile`]s it stands for; and each of these opens as an [`Input`], from its
//! start to its end and decompressed, or as a [`RandomFile`]. Nothing outside this module knows where bytes come from.
//!
//! Threads, connections and standard input are touched only where a location asks for them.

mod compression;
mod data_file;
mod find;
mod folder;
mod input;
mod location;
mod object;
mod object_reader;
mod pattern;
mod random_file;
mod runtime;
mod sniff;
mod standard_input;
mod store;
mod store_error;
#[cfg(test)]
mod tests;

pub use self::location::Location;

pub(crate) use self::data_file::DataFile;
pub(crate) use self::find::find;
pub(crate) use self::input::Input;
pub(crate) use self::random_file::RandomFile;
