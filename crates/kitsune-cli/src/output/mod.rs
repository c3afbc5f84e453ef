//! The outputs of the commands: what they may write over, and where rows of results are written.

pub(crate) mod alert_file;
pub(crate) mod checkpoint_file;
pub(crate) mod content;
pub(crate) mod evaluation_text;
pub(crate) mod model_file;
pub(crate) mod read_files;
pub(crate) mod reason_columns;

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use kitsune_data::{Format, Location, Sink};

use self::content::{Content, WRITTEN};
use self::model_file::names_folder;
use self::read_files::{ReadFiles, check_outside};

/// Begins the names of the files in a folder.
const STEM: &str = "scores";

/// Where rows of results are written, from the command line.
#[derive(Debug)]
pub(crate) struct Output {
    /// `-` for standard output.
    pub(crate) path: PathBuf,
    pub(crate) format: Option<Format>,
    /// The number of files in a folder.
    pub(crate) parts: usize,
    /// What the rows are.
    pub(crate) content: Content,
}

impl Output {
    /// Opens the output. Without a format of its own, a stream has the `input` format if that is Arrow IPC.
    pub(crate) fn open(&self, input: Format) -> Result<Sink> {
        let usual = if input == Format::Ipc { Format::Ipc } else { Format::JsonLines };
        Ok(match (self.is_stdout(), self.file_format()) {
            (true, format) => Sink::stream(Box::new(io::stdout()), format.unwrap_or(usual))?,
            (false, Some(format)) => Sink::file(&self.path, format)?,
            (false, None) if self.is_stream() => Sink::file(&self.path, usual)?,
            (false, None) => Sink::parts(&self.path, STEM, self.parts)?,
        })
    }

    /// Opens an output that is written row by row: a file of NDJSON or CSV grows under its name, after its first `from` bytes if there are any; other
    /// files appear when they are complete. Returns whether the file grows.
    pub(crate) fn open_growing(&self, input: Format, from: Option<u64>) -> Result<(Sink, bool)> {
        match self.file_format() {
            Some(format) if self.can_grow() => Ok((Sink::growing(&self.path, format, from)?, true)),
            _ => Ok((self.open(input)?, false)),
        }
    }

    /// Whether the output is a file that can grow.
    pub(crate) fn can_grow(&self) -> bool {
        !self.is_stream() && matches!(self.file_format(), Some(Format::JsonLines | Format::Csv))
    }

    /// Whether the output is a single file, or a stream.
    pub(crate) fn is_single(&self) -> bool {
        self.is_stream() || self.file_format().is_some()
    }

    /// Refuses an extension of which no format is known. A folder whose name has one must exist, or end with a slash.
    pub(crate) fn check_name(&self) -> Result<()> {
        let (shown, noun, known) = (self.path.display(), self.content.noun(), ".ndjson, .json, .csv, .parquet or .arrow");
        let is_clear = self.is_stream() || self.file_format().is_some() || self.path.is_dir() || names_folder(&self.path);
        match extension(&self.path).filter(|_| !is_clear).as_deref() {
            None => Ok(()),
            Some("gz" | "zst") => bail!("{noun} are not compressed: give {} instead of {shown}", self.path.with_extension("").display()),
            Some(other) => {
                let folder = if self.content == Content::Scores { format!(", or a folder as {shown}/") } else { String::new() };
                bail!("{noun} cannot be written as .{other}: give a file that ends in {known} instead of {shown}{folder}")
            }
        }
    }

    /// Refuses a path that cannot hold the results, a file that is read, and files that hold anything else. If the output is forgotten after
    /// a pattern, the last file that matches is taken for it.
    pub(crate) fn check(&self, read: &ReadFiles) -> Result<()> {
        if self.is_stdout() {
            return Ok(());
        }
        if self.file_format().is_some() || self.is_stream() {
            return read.check(&self.path, self.content);
        }
        if self.path.is_file() {
            bail!(
                "{} is a file: give a folder for the {}, or a file that ends in .ndjson, .csv, .parquet or .arrow",
                self.path.display(),
                self.content.noun()
            );
        }
        let older = if self.path.is_dir() { Sink::parts_in(&self.path, STEM)? } else { Vec::new() };
        older.iter().try_for_each(|part| read.check(part, self.content))
    }

    /// Refuses a path among the rows, where the next run would read the scores as rows.
    pub(crate) fn check_outside(&self, locations: &[Location]) -> Result<()> {
        if self.is_stream() {
            return Ok(());
        }
        let file = if self.file_format().is_some() { self.path.clone() } else { self.path.join(STEM) };
        check_outside(&self.path, &file, self.content, locations)
    }

    /// Whether results are written to a stream and cannot be taken back.
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
            WRITTEN
                .into_iter()
                .find(|format| format.extensions().contains(&&*extension))
                .filter(|_| !self.path.is_dir() && !names_folder(&self.path))
        };
        self.format.or_else(by_extension)
    }
}

fn extension(path: &Path) -> Option<String> {
    Some(path.extension()?.to_str()?.to_lowercase())
}
