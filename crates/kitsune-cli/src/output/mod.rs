//! The output of a command: where scores are written.

pub(crate) mod checkpoint_file;
pub(crate) mod evaluation_text;
pub(crate) mod reason_columns;

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use kitsune_data::{Format, Header, Sink, SourceOptions};

/// The formats in which scores are written.
const FORMATS: [Format; 4] = [Format::JsonLines, Format::Csv, Format::Parquet, Format::Ipc];
/// The column of the scores.
pub(crate) const SCORE: &str = "score";

/// Where scores are written, from the command line.
#[derive(Debug)]
pub(crate) struct Output {
    /// `-` for standard output.
    pub(crate) path: PathBuf,
    pub(crate) format: Option<Format>,
    /// The number of files in a folder.
    pub(crate) parts: usize,
}

impl Output {
    /// Opens the output. Without a format of its own, a stream has the `input` format if that is Arrow IPC.
    pub(crate) fn open(&self, input: Format) -> Result<Sink> {
        Ok(match (self.is_stdout(), self.file_format()) {
            (true, format) => {
                let usual = if input == Format::Ipc { Format::Ipc } else { Format::JsonLines };
                Sink::stream(Box::new(io::stdout()), format.unwrap_or(usual))?
            }
            (false, Some(format)) => Sink::file(&self.path, format)?,
            (false, None) => Sink::parts(&self.path, "scores", self.parts)?,
        })
    }

    /// Refuses a path that cannot hold scores, a file that is read, and a file that holds anything but scores. If the output is forgotten after
    /// a pattern, the last file that matches is taken for it.
    pub(crate) fn check(&self, read: &[PathBuf]) -> Result<()> {
        // A path that does not exist has no canonical form, and is no input.
        let real = |path: &Path| path.canonicalize().ok();
        if !self.is_stdout() && real(&self.path).is_some_and(|path| read.iter().any(|file| real(file).as_ref() == Some(&path))) {
            bail!("{} is one of the files that are read: give another path for the scores", self.path.display());
        }
        if self.is_stream() {
            return Ok(());
        }
        if matches!(extension(&self.path).as_deref(), Some("gz" | "zst")) && !self.path.is_dir() {
            bail!("scores are not compressed: give {} instead of {}", self.path.with_extension("").display(), self.path.display());
        }
        if self.file_format().is_none() && self.path.is_file() {
            bail!(
                "{} is a file: give a folder for the scores, or a file that ends in .ndjson, .csv, .parquet or .arrow",
                self.path.display()
            );
        }
        if self.path.is_file() && !holds_scores(&self.path) {
            bail!("{} exists and holds no scores: give another path for them, as the last path, or remove it", self.path.display());
        }
        Ok(())
    }

    /// Whether scores are written to a stream and cannot be taken back.
    pub(crate) fn is_stream(&self) -> bool {
        self.is_stdout() || Sink::is_direct(&self.path)
    }

    pub(crate) fn is_stdout(&self) -> bool {
        self.path == Path::new("-")
    }

    /// The format of a single file, or `None` for a folder.
    fn file_format(&self) -> Option<Format> {
        let by_extension = || {
            let extension = extension(&self.path)?;
            FORMATS.into_iter().find(|format| format.extensions().contains(&&*extension)).filter(|_| !self.path.is_dir())
        };
        self.format.or_else(by_extension)
    }
}

/// The folder of a file.
pub(crate) fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn extension(path: &Path) -> Option<String> {
    Some(path.extension()?.to_str()?.to_lowercase())
}

/// Whether a file holds scores or is empty.
fn holds_scores(path: &Path) -> bool {
    let has_column = |format| {
        let source = SourceOptions::new().with_format(format).with_header(Header::Present).open(path);
        source.is_ok_and(|source| source.names().is_some_and(|names| names.iter().any(|name| name == SCORE)))
    };
    path.metadata().is_ok_and(|metadata| metadata.len() == 0) || FORMATS.into_iter().any(has_column)
}
