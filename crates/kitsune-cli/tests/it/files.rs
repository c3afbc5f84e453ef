//! Files below a folder. The tests against an S3 server use this file as well.

use std::fs;
use std::path::{Path, PathBuf};

/// Writes a file, and creates the folders above it.
pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// All files and folders below a folder, at any depth, in order.
pub(crate) fn list(folder: &Path) -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            }
            found.push(path);
        }
    }
    let mut found = Vec::new();
    walk(folder, &mut found);
    found.sort();
    found
}
