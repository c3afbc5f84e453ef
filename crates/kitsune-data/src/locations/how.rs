//! How the files of a location were named.

/// How the files of a location were named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// By name: the file is read whatever its extension is.
    File,
    Folder,
    Pattern,
}
