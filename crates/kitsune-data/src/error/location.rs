//! Errors about the locations that a user names.

use std::path::PathBuf;

/// Why the locations that a user named give no files to read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocationError {
    /// No location was given.
    #[error("no file or folder was named")]
    NothingNamed,

    /// The text of a location is invalid.
    #[error("{text} cannot be read: {reason}")]
    Invalid {
        /// The text as it was given.
        text: String,
        /// What is wrong with the text.
        reason: String,
    },

    /// There is no file or folder with this path.
    #[error("there is no file or folder {}", path.display())]
    Missing {
        /// The path or URL as it was given.
        path: PathBuf,
    },

    /// Nothing matches a pattern.
    #[error("no file or folder matches {}", pattern.display())]
    NoMatch {
        /// The pattern as it was given.
        pattern: PathBuf,
    },

    /// The path is a device, a socket or a pipe, which cannot be read twice.
    #[error("{} is neither a file nor a folder: a stream can be read as standard input only", path.display())]
    NotAFile {
        /// The path as it was given.
        path: PathBuf,
    },

    /// Standard input, or another stream, was opened a second time.
    #[error("{name} can be read once only: spool it, or write it to a file first")]
    ReadOnce {
        /// The name of the stream.
        name: String,
    },

    /// Rows that somebody yields were asked for a second time.
    #[error("{} can be read once only: give a list or a table instead of an iterator", rows.display())]
    YieldedOnce {
        /// The rows.
        rows: PathBuf,
    },

    /// The folder holds no file at all.
    #[error("the folder {} holds no files: give one with CSV, Parquet, JSON or Arrow files, or captures", path.display())]
    EmptyFolder {
        /// The folder that was searched.
        path: PathBuf,
    },

    /// A compressed file has no bytes, although even nothing takes some bytes when it is compressed.
    #[error("{} is empty, as no compressed file is: it may have been cut off", path.display())]
    NothingCompressed {
        /// The file.
        path: PathBuf,
    },

    /// The files that were found are not of the wanted format.
    #[error("there is no {wanted} file in {}, only {found}", path.display())]
    NoSuchFiles {
        /// The folder or the pattern that was searched.
        path: PathBuf,
        /// The wanted extensions.
        wanted: String,
        /// The extensions that were found.
        found: String,
    },

    /// The files are of several formats, and no format was given.
    #[error("there are {found} files in {locations}: give the format of those to read")]
    MixedFormats {
        /// The locations that were searched.
        locations: String,
        /// The number of files of each format.
        found: String,
    },

    /// The extension of a single file names no format, and no format was given.
    #[error("the extension of {} does not tell its format: give the format", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
}
