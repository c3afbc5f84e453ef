use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::{Error, Format};

/// The files under `path` in a stable order, their sizes, and the format they are in.
///
/// A folder is read recursively, and each folder once, however many links lead to it. Names that start with `_` or `.` are skipped:
/// they are what Spark, editors and operating systems leave beside the data.
pub(crate) fn find(path: &Path, format: Option<Format>) -> Result<(Format, Vec<DataFile>), Error> {
    let metadata = fs::metadata(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => Error::Missing { path: path.into() },
        _ => Error::Read { path: path.into(), source },
    })?;
    if metadata.is_file() {
        let format = format.or_else(|| Format::of(path)).ok_or_else(|| Error::UnknownFormat { path: path.into() })?;
        return Ok((format, vec![DataFile { path: path.into(), bytes: metadata.len() }]));
    }
    if !metadata.is_dir() {
        return Err(Error::NotAFile { path: path.into() });
    }
    let mut files = Vec::new();
    walk(path, &mut HashSet::new(), &mut files)?;
    let format = format.map_or_else(|| guess(path, &files), Ok)?;
    let found = found(&files);
    files.retain(|file| Format::of(&file.path) == Some(format));
    if files.is_empty() {
        return Err(if found.is_empty() {
            Error::EmptyFolder { path: path.into() }
        } else {
            Error::NoSuchFiles { path: path.into(), wanted: format!(".{}", format.extension()), found }
        });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok((format, files))
}

/// One file of a source.
#[derive(Clone, Debug)]
pub(crate) struct DataFile {
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
}

fn walk(folder: &Path, visited: &mut HashSet<PathBuf>, files: &mut Vec<DataFile>) -> Result<(), Error> {
    let real = folder.canonicalize().map_err(Error::read(folder))?;
    if !visited.insert(real) {
        return Ok(());
    }
    let entries: Result<Vec<_>, _> = fs::read_dir(folder).map_err(Error::read(folder))?.collect();
    let mut paths: Vec<_> = entries.map_err(Error::read(folder))?.into_iter().filter(is_data).map(|entry| entry.path()).collect();
    // Sorted, so that of several links to one folder it is always the same that counts.
    paths.sort();
    for path in paths {
        let metadata = fs::metadata(&path).map_err(Error::read(&path))?;
        if metadata.is_dir() {
            walk(&path, visited, files)?;
        } else if metadata.is_file() {
            files.push(DataFile { path, bytes: metadata.len() });
        }
    }
    Ok(())
}

fn is_data(entry: &fs::DirEntry) -> bool {
    !matches!(entry.file_name().as_encoded_bytes().first(), Some(b'_' | b'.'))
}

fn guess(folder: &Path, files: &[DataFile]) -> Result<Format, Error> {
    let count = |format| files.iter().filter(|file| Format::of(&file.path) == Some(format)).count();
    match (count(Format::Csv), count(Format::Parquet)) {
        (0, 0) if files.is_empty() => Err(Error::EmptyFolder { path: folder.into() }),
        (0, 0) => Err(Error::NoSuchFiles { path: folder.into(), wanted: ".csv or .parquet".into(), found: found(files) }),
        (_, 0) => Ok(Format::Csv),
        (0, _) => Ok(Format::Parquet),
        (csv, parquet) => Err(Error::MixedFormats { path: folder.into(), csv, parquet }),
    }
}

/// "2 .json, 1 .txt": how many files there are of each extension.
fn found(files: &[DataFile]) -> String {
    let mut counts = BTreeMap::new();
    for file in files {
        let extension = file.path.extension().map_or_else(|| "without extension".into(), |name| format!(".{}", name.to_string_lossy()));
        *counts.entry(extension).or_insert(0_usize) += 1;
    }
    counts.iter().map(|(extension, count)| format!("{count} {extension}")).collect::<Vec<_>>().join(", ")
}
