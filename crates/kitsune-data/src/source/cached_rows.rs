//! Decoded rows that a pass records and later passes replay.

use std::fs::File;
use std::io::{self, Write};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::locations::random_file::RandomFile;
use crate::rows::{Precision, Rows, Values};

/// The bytes of a block of rows, or those of a single row if that is larger.
const BLOCK_BYTES: usize = 1 << 20;

/// The rows of a source as pass 0 delivered them, file by file.
#[derive(Debug)]
pub(super) struct CachedRows {
    precision: Precision,
    features: usize,
    /// The blocks of each file, in the order of the source.
    files: Vec<Vec<Block>>,
    spilled: Option<Spilled>,
}

/// Some consecutive rows of a file.
#[derive(Debug)]
enum Block {
    InMemory(Values),
    /// The values of so many rows, at an offset of the temporary file.
    OnDisk {
        offset: u64,
        rows: usize,
    },
}

/// The temporary file of the blocks that memory does not hold: row-major values in the order of their bytes on this machine.
#[derive(Debug)]
struct Spilled {
    file: RandomFile,
    folder: PathBuf,
}

impl CachedRows {
    /// The rows of a file, block by block. The error names the folder of the temporary file.
    pub(super) fn of_file(&self, file: usize) -> impl Iterator<Item = Result<Values, (&Path, io::Error)>> {
        self.files[file].iter().map(|block| match (block, &self.spilled) {
            (Block::InMemory(values), _) => Ok(values.clone()),
            (Block::OnDisk { offset, rows }, Some(Spilled { file, folder })) => {
                let bytes = (rows * self.features * self.precision.bytes()) as u64;
                let read = file.read(*offset..offset + bytes);
                read.map(|bytes| self.precision.values(&bytes)).map_err(|error| (folder.as_path(), error))
            }
            (Block::OnDisk { .. }, None) => unreachable!("a block on the disk has a file"),
        })
    }

    pub(super) fn features(&self) -> usize {
        self.features
    }
}

/// Records the rows of a pass. They count only if the pass reaches its end.
#[derive(Debug)]
pub(super) struct Recorder {
    /// Where the rows of a complete pass go.
    complete: Arc<OnceLock<CachedRows>>,
    rows: CachedRows,
    /// The bytes that blocks in memory may still take.
    left: usize,
    /// The folder of the temporary file for the other blocks.
    folder: Option<PathBuf>,
    writer: Option<(File, u64)>,
    /// The rows of the current file that are in no block yet.
    open: Values,
    file: usize,
    /// Whether the rows do not fit, so that later passes read the files again.
    is_full: bool,
}

impl Recorder {
    pub(super) fn new(
        complete: Arc<OnceLock<CachedRows>>,
        (precision, features): (Precision, usize),
        files: usize,
        bytes: usize,
        folder: Option<PathBuf>,
    ) -> Self {
        let rows = CachedRows { precision, features, files: (0..files).map(|_| Vec::new()).collect(), spilled: None };
        Self { complete, rows, left: bytes, folder, writer: None, open: precision.empty(), file: 0, is_full: features == 0 }
    }

    /// Begins a file.
    pub(super) fn begin(&mut self, file: usize) {
        self.close();
        self.file = file;
    }

    /// Takes the next rows of the file.
    pub(super) fn push(&mut self, rows: &Rows) {
        if self.is_full {
            return;
        }
        self.open.extend(&rows.values);
        if self.open.bytes() >= BLOCK_BYTES {
            self.close();
        }
    }

    /// The pass has reached its end.
    pub(super) fn finish(mut self) {
        self.close();
        if let Some((file, length)) = self.writer.take() {
            self.rows.spilled = self.folder.take().map(|folder| Spilled { file: RandomFile::local(file, length), folder });
        }
        if !self.is_full {
            // Only the first complete pass counts; another one has the same rows.
            self.complete.set(self.rows).ok();
        }
    }

    /// Makes a block of the rows that are in none yet.
    fn close(&mut self) {
        let values = mem::replace(&mut self.open, self.rows.precision.empty());
        let rows = values.rows(self.rows.features);
        if rows == 0 || self.is_full {
            return;
        }
        let bytes = values.bytes();
        let block = if let Some(left) = self.left.checked_sub(bytes) {
            self.left = left;
            Ok(Block::InMemory(values))
        } else {
            // The rows of a file stay in their order, but memory that is too small for this block may hold a later one.
            self.spill(&values).map(|offset| Block::OnDisk { offset, rows })
        };
        if let Ok(block) = block {
            self.rows.files[self.file].push(block);
        } else {
            // A full disk is no error: the files can be read again.
            self.is_full = true;
            self.rows.files.clear();
            self.writer = None;
        }
    }

    /// Appends values to the temporary file and returns their offset.
    fn spill(&mut self, values: &Values) -> io::Result<u64> {
        let folder = self.folder.as_ref().ok_or(io::ErrorKind::StorageFull)?;
        let (file, length) = match &mut self.writer {
            Some(writer) => writer,
            None => self.writer.insert((tempfile::tempfile_in(folder)?, 0)),
        };
        let offset = *length;
        let bytes = values.to_bytes();
        file.write_all(&bytes)?;
        *length += bytes.len() as u64;
        Ok(offset)
    }
}
