//! Where results go.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use kitsune_data::{Format, Sink};

/// Where results go, as it was asked for.
#[derive(Debug)]
pub(crate) struct Output {
    /// `-` for standard output.
    pub(crate) path: PathBuf,
    pub(crate) format: Option<Format>,
    /// Files that a folder gets.
    pub(crate) parts: usize,
}

impl Output {
    /// `input`: the format of what is read, which a stream of results has as well where it can.
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

    /// Refuses to replace what is read, which a name that was forgotten behind a pattern would do.
    pub(crate) fn check_apart_from(&self, files: &[PathBuf]) -> Result<()> {
        // What is not there yet has no real path, and is no input.
        let real = |path: &Path| path.canonicalize().ok();
        if !self.is_stdout() && real(&self.path).is_some_and(|place| files.iter().any(|file| real(file).as_ref() == Some(&place))) {
            bail!("{} is one of the files that are read: give another place for the scores", self.path.display());
        }
        Ok(())
    }

    pub(crate) fn is_stdout(&self) -> bool {
        self.path == Path::new("-")
    }

    /// The format of the only file, unless a folder is meant.
    fn file_format(&self) -> Option<Format> {
        let by_extension = || {
            let extension = self.path.extension()?.to_str()?.to_lowercase();
            let all = [Format::JsonLines, Format::Csv, Format::Parquet, Format::Ipc];
            // One document by its name, but scores have always been lines.
            let of = |format: &Format| format.extensions().contains(&&*extension) || (*format == Format::JsonLines && extension == "json");
            all.into_iter().find(of).filter(|_| !self.path.is_dir())
        };
        self.format.or_else(by_extension)
    }
}
