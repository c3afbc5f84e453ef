//! A folder to work in.

use std::fs;
use std::path::{Path, PathBuf};

use polars::prelude::DataFrame;
use serde_json::Value;
use tempfile::TempDir;

use crate::frames;
use crate::kitsune::{Kitsune, kitsune};

/// Where `kitsune train` puts its model unless it is told otherwise.
pub(crate) const MODEL: &str = "models/kitsune.safetensors";

/// A folder that is filled file by file, in which commands run, and which is removed in the end.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// With one more file; folders on the way to it are made.
    pub(crate) fn file(self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) -> Self {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn parquet(self, name: &str, frame: &DataFrame) -> Self {
        self.file(name, frames::parquet(frame))
    }

    /// A run in this folder.
    pub(crate) fn kitsune(&self, words: &str) -> Kitsune {
        kitsune(words).within(self.path())
    }

    pub(crate) fn read(&self, name: impl AsRef<Path>) -> Vec<u8> {
        fs::read(self.path().join(name)).unwrap()
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.path().join(name).exists()
    }

    /// The names in one of the folders below.
    pub(crate) fn list_below(&self, name: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path().join(name)).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// All that is in the folder, at any depth.
    pub(crate) fn list(&self) -> Vec<PathBuf> {
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
        walk(self.path(), &mut found);
        found.sort();
        found
    }

    /// The scores in a folder, part by part.
    pub(crate) fn parts(&self, name: impl AsRef<Path>) -> Vec<Vec<f32>> {
        let folder = self.path().join(name);
        let count = fs::read_dir(&folder).unwrap().count();
        let score = |line: &str| serde_json::from_str::<Value>(line).unwrap()["score"].as_f64().unwrap() as f32;
        let part = |number| fs::read_to_string(folder.join(format!("scores_{number}.json"))).unwrap().lines().map(score).collect();
        (0..count).map(part).collect()
    }

    /// The scores in a folder, in the order of the rows.
    pub(crate) fn scores(&self, name: impl AsRef<Path>) -> Vec<f32> {
        self.parts(name).concat()
    }
}
