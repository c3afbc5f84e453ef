//! What can be wrong with the locations that a user names.

use std::path::PathBuf;

/// Why no files were found for the locations that were named.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocationError {
    /// No location was given.
    #[error("no file or folder was named")]
    NothingNamed,

    /// What was named cannot be understood.
    #[error("{text} cannot be read: {reason}")]
    Invalid {
        /// What was named.
        text: String,
        /// What is wrong with it.
        reason: String,
    },

    /// The path leads nowhere.
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

    /// Standard input was to be read again.
    #[error("standard input can be read once only: spool it, or write it to a file first")]
    ReadOnce,

    /// The folder holds no file at all.
    #[error("the folder {} holds no files: give one with CSV, Parquet, NDJSON or Arrow files", path.display())]
    EmptyFolder {
        /// The folder that was searched.
        path: PathBuf,
    },

    /// There are files, but none that can be read.
    #[error("there is no {wanted} file in {}, only {found}", path.display())]
    NoSuchFiles {
        /// The folder or the pattern that was searched.
        path: PathBuf,
        /// The extensions that were looked for.
        wanted: String,
        /// What is there instead.
        found: String,
    },

    /// There are files of several formats, and none was given.
    #[error("{locations} holds {found} files: give the format of those to read")]
    MixedFormats {
        /// Where these are.
        locations: String,
        /// How many there are of each.
        found: String,
    },

    /// The extension of a single file says nothing, and no format was given.
    #[error("the extension of {} does not tell its format: give the format", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
}
