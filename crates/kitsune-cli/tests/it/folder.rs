//! A folder to work in.

use std::fs;
use std::path::{Path, PathBuf};

use polars::prelude::DataFrame;
use serde_json::Value;
use tempfile::TempDir;

use crate::kitsune::{Kitsune, kitsune};
use crate::{files, frames};

/// The default path of the model that `kitsune train` writes.
pub(crate) const MODEL: &str = "models/kitsune.safetensors";

/// A folder that is filled file by file, in which commands run, and which is removed at the end of the test.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Adds a file, and creates the folders above it.
    pub(crate) fn file(self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) -> Self {
        files::write(&self.path().join(name), content);
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

    /// The numbers of the trained model, without its metadata, which also say how the rows were read.
    pub(crate) fn learnt(&self) -> Vec<u8> {
        let model = self.read(MODEL);
        let (length, after) = model.split_first_chunk().unwrap();
        after[u64::from_le_bytes(*length) as usize..].to_vec()
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.path().join(name).exists()
    }

    /// The names in a folder below.
    pub(crate) fn list_below(&self, name: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path().join(name)).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// All files and folders below, at any depth.
    pub(crate) fn list(&self) -> Vec<PathBuf> {
        files::list(self.path())
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
