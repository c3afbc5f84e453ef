//! Decoded rows that a pass records and later passes replay.

use std::fs::File;
use std::io::{self, Write};
use std::mem;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::locations::random_file::RandomFile;
use crate::rows::{Precision, Rows, Values};

/// The bytes of the rows of a block as they are recorded, or those of a single row if that is larger.
const BLOCK_BYTES: usize = 1 << 20;

/// The rows of a source as pass 0 delivered them, file by file.
#[derive(Debug)]
pub(super) struct CachedRows {
    /// The precision of all rows: f32 if each block has it.
    precision: Precision,
    features: usize,
    /// The blocks of each file, in the order of the source.
    files: Vec<Vec<Block>>,
    spilled: Option<Spilled>,
}

/// Some consecutive rows of a file. They are stored as f32 if each of their values is one, which many files of f64 hold: counts, flags, what a
/// sensor measured.
#[derive(Debug)]
enum Block {
    InMemory(Values),
    /// The values of so many rows, at an offset of the temporary file.
    OnDisk {
        offset: u64,
        rows: usize,
        precision: Precision,
    },
}

impl Block {
    fn precision(&self) -> Precision {
        match self {
            Self::InMemory(values) => values.precision(),
            Self::OnDisk { precision, .. } => *precision,
        }
    }
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
        let mut bytes = Vec::new();
        self.files[file].iter().map(move |block| match (block, &self.spilled) {
            (Block::InMemory(values), _) => Ok(values.to_precision(self.precision)),
            (&Block::OnDisk { offset, rows, precision }, Some(Spilled { file, folder })) => {
                let length = (rows * self.features * precision.bytes()) as u64;
                bytes.clear();
                file.read_into(&mut bytes, offset..offset + length).map_err(|error| (folder.as_path(), error))?;
                Ok(self.precision.values(precision, &bytes))
            }
            (Block::OnDisk { .. }, None) => unreachable!("a block on the disk has a file"),
        })
    }

    pub(super) fn precision(&self) -> Precision {
        self.precision
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
        let features = self.rows.features;
        let block_rows = (BLOCK_BYTES / (features * self.rows.precision.bytes()).max(1)).max(1);
        let mut first = 0;
        while first < rows.len() && !self.is_full {
            let missing = block_rows - self.open.rows(features);
            let end = rows.len().min(first + missing);
            let values = first * features..end * features;
            if end - first == block_rows {
                self.store(&rows.values, values);
            } else {
                self.open.extend(&rows.values, values);
            }
            if self.open.rows(features) == block_rows {
                self.close();
            }
            first = end;
        }
    }

    /// The pass has reached its end.
    pub(super) fn finish(mut self) {
        self.close();
        if let Some((file, length)) = self.writer.take() {
            self.rows.spilled = self.folder.take().map(|folder| Spilled { file: RandomFile::local(file, length), folder });
        }
        if !self.is_full {
            if self.rows.files.iter().flatten().all(|block| block.precision() == Precision::F32) {
                self.rows.precision = Precision::F32;
            }
            // Only the first complete pass counts; another one has the same rows.
            self.complete.set(self.rows).ok();
        }
    }

    /// Makes a block of the rows that are in none yet.
    fn close(&mut self) {
        let mut open = mem::replace(&mut self.open, self.rows.precision.empty());
        self.store(&open, 0..open.rows(self.rows.features) * self.rows.features);
        open.clear_rows();
        self.open = open;
    }

    /// Makes a block of some values.
    fn store(&mut self, values: &Values, range: Range<usize>) {
        if range.is_empty() || self.is_full {
            return;
        }
        let rows = range.len() / self.rows.features;
        let values = values.as_f32(range.clone()).unwrap_or_else(|| values.part(range));
        let block = if let Some(left) = self.left.checked_sub(values.bytes().len()) {
            self.left = left;
            Ok(Block::InMemory(values))
        } else {
            // The rows of a file stay in their order, but memory that is too small for this block may hold a later one.
            let precision = values.precision();
            spill(&mut self.writer, self.folder.as_deref(), values.bytes()).map(|offset| Block::OnDisk { offset, rows, precision })
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
}

/// Appends bytes to the temporary file, which is made in `folder` when it is first needed, and returns their offset.
fn spill(writer: &mut Option<(File, u64)>, folder: Option<&Path>, bytes: &[u8]) -> io::Result<u64> {
    let (file, length) = match writer {
        Some(writer) => writer,
        None => writer.insert((tempfile::tempfile_in(folder.ok_or(io::ErrorKind::StorageFull)?)?, 0)),
    };
    let offset = *length;
    file.write_all(bytes)?;
    *length += bytes.len() as u64;
    Ok(offset)
}
