//! The sink, which writes records to a file, a stream or parts.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use polars::prelude::{Schema, SchemaRef};

use super::csv::Csv;
use super::encoder::Encoder;
#[cfg(feature = "ipc")]
use super::ipc::{IpcFile, IpcStream};
#[cfg(feature = "json")]
use super::json_lines::JsonLines;
use super::output::Output;
use super::output_folder::OutputFolder;
#[cfg(feature = "parquet")]
use super::parquet::Parquet;
use super::part_names::PartNames;
use super::parts_folder::Parts;
use super::pending_file::PendingFile;
use super::portable;
use crate::error::{Error, OutputError};
use crate::files::destination::{Destination, folder_of};
use crate::format::Format;
use crate::rows::records::Records;

/// A target of rows: a file, a stream, or a fixed number of files.
///
/// All records must have the same columns. Files appear when the sink is [finished](Self::finish), and replace older ones. Dropped before
/// that, it leaves nothing, not even a folder that it created. Bytes that a stream, a pipe or a device has received cannot be taken back.
///
/// If there is no row at all, records without rows give the columns of a complete file.
///
/// | | numbers | lists | dates, times, durations, decimals | bytes | categories |
/// | --- | --- | --- | --- | --- | --- |
/// | NDJSON | the shortest decimal that reads back | arrays | strings | strings of hexadecimal digits | strings |
/// | CSV | the shortest decimal that reads back | one column for each element | text | hexadecimal digits | text |
/// | Parquet, Arrow IPC | results as 64-bit floats, others as they are; integers of 128 bits as strings | lists | as they are | as they are | strings |
pub struct Sink {
    format: Format,
    encoder: Box<dyn Encoder>,
    output: Output,
    /// The columns of the first records.
    columns: Option<SchemaRef>,
    rows: u64,
    /// Called if the sink has to wait for another run.
    waiting: Waiting,
    /// Dropped last: files must be closed before they are removed.
    target: Target,
}

enum Target {
    Stream,
    /// A device, a pipe, or a file that grows under its name.
    Device(PathBuf),
    File(PendingFile),
    Parts(Parts),
}

impl Sink {
    /// NDJSON cut into `parts` files in a folder, which is created if it does not exist: `{stem}_0.json`, `{stem}_1.json`, …
    ///
    /// The parts are contiguous, in order, and differ by at most one row. They replace an older set as a whole: when all are on the disk, one
    /// after the other is renamed over the older one, and older parts beyond them go last. Who reads the folder at this moment may find parts
    /// of both sets. A process that is killed then has its set completed by the next sink of the same folder and stem. On Unix only one sink
    /// at a time replaces parts in a folder, and others [wait](Self::with_waiting).
    ///
    /// Each part has the access of the older one of its name, or else of the first older one. A part that is a link is replaced by a file.
    ///
    /// # Errors
    ///
    /// If the folder cannot be written to, or holds a folder of the name of a part, if `parts` is 0, if `stem` is not a plain name, or if NDJSON is not built in.
    pub fn parts(folder: &Path, stem: &str, parts: usize) -> Result<Self, Error> {
        let encoder = file_encoder(Format::JsonLines)?;
        let (parts, output) = Parts::create(folder, stem, parts)?;
        Ok(Self::new(Format::JsonLines, encoder, output, Target::Parts(parts)))
    }

    /// One file. Missing folders of its path are created.
    ///
    /// A pipe or a character device is written to directly. An older file keeps its mode, and its owner where that is allowed. What is replaced
    /// is the file behind a link, even if the link leads to nothing yet.
    ///
    /// # Errors
    ///
    /// If the path leads to a folder, a socket or a block device, or cannot be written to, or if the format is not built in or only read.
    pub fn file(path: &Path, format: Format) -> Result<Self, Error> {
        let encoder = file_encoder(format)?;
        if path.is_dir() || path.file_name().is_none() || path.as_os_str().to_string_lossy().ends_with(std::path::is_separator) {
            return Err(OutputError::IsAFolder { path: path.into() }.into());
        }
        let (target, output) = match Destination::of(path).map_err(Error::write(path))? {
            Destination::Stream => {
                let stream = Destination::open_stream(path).map_err(Error::write(path))?;
                (Target::Device(path.into()), Output::file(stream, path))
            }
            Destination::File(target) => PendingFile::create(path, &target).map(|(file, output)| (Target::File(file), output))?,
        };
        Ok(Self::new(format, encoder, output, target))
    }

    /// A file of NDJSON or CSV that grows under its name, by whole lines. Missing folders of its path are created. Without `from`, an older file is
    /// emptied; with `from`, an older file is cut to that many bytes and continued. A pipe or a character device is written to directly. Unlike other
    /// files, it stays as it is if the sink is dropped.
    ///
    /// # Errors
    ///
    /// If the path leads to a folder, a socket or a block device, cannot be written to, or has fewer bytes than `from`, or if the format is of another kind.
    pub fn growing(path: &Path, format: Format, from: Option<u64>) -> Result<Self, Error> {
        let encoder: MakeEncoder = match (format, from) {
            (Format::Csv, Some(1..)) => |output| Box::new(Csv::continued(output)),
            (Format::Csv | Format::JsonLines, _) => file_encoder(format)?,
            _ => return Err(OutputError::NotGrowing { format }.into()),
        };
        let target = match Destination::of(path).map_err(Error::write(path))? {
            Destination::Stream => return Self::file(path, format),
            Destination::File(target) => target,
        };
        // Dropped at the end, it removes no folder that has a file.
        let _folder = OutputFolder::create(folder_of(&target))?;
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(&target).map_err(Error::write(path))?;
        let found = file.metadata().map_err(Error::write(path))?.len();
        let start = from.unwrap_or(0);
        if found < start {
            return Err(OutputError::TooShort { path: path.into(), found, expected: start }.into());
        }
        // A file that was cut to nothing is written to the disk when it is closed, by some file systems, and whoever closes it waits.
        let cut = if found == start { Ok(()) } else { file.set_len(start) };
        cut.and_then(|()| file.seek(SeekFrom::End(0))).map_err(Error::write(path))?;
        Ok(Self::new(format, encoder, Output::file(file, path), Target::Device(path.into())))
    }

    /// Whether a [file](Self::file) with this path is written to directly, because it is a pipe or a device. Bytes that it has received
    /// cannot be taken back.
    pub fn is_direct(path: &Path) -> bool {
        matches!(Destination::of(path), Ok(Destination::Stream))
    }

    /// The [parts](Self::parts) of a stem that are in a folder, which a sink with this stem would replace.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read.
    pub fn parts_in(folder: &Path, stem: &str) -> Result<Vec<PathBuf>, Error> {
        Ok(PartNames::new(folder, stem).there()?.into_iter().map(|name| folder.join(name)).collect())
    }

    /// While [`finish`](Self::finish) has to wait for another sink that replaces parts in the folder, it calls `waiting` with the folder twenty times a
    /// second, and ends with [`OutputError::Stopped`] if that breaks.
    #[must_use]
    pub fn with_waiting(self, waiting: impl FnMut(&Path) -> ControlFlow<()> + Send + Sync + 'static) -> Self {
        Self { waiting: Box::new(waiting), ..self }
    }

    /// A stream such as standard output, flushed after each [`write`](Self::write). Arrow IPC is written in its stream format: each record
    /// batch that was read becomes one, even without rows, and whatever parts it comes in.
    ///
    /// # Errors
    ///
    /// If the format is Parquet, which cannot be read before it is complete, or is not built in or only read.
    pub fn stream(out: Box<dyn Write + Send>, format: Format) -> Result<Self, Error> {
        let encoder: MakeEncoder = match format {
            Format::Parquet => return Err(OutputError::NoStream { format }.into()),
            #[cfg(feature = "ipc")]
            Format::Ipc => |output| Box::new(IpcStream::new(output)),
            format => file_encoder(format)?,
        };
        Ok(Self::new(format, encoder, Output::stream(out), Target::Stream))
    }

    /// Adds rows.
    ///
    /// # Errors
    ///
    /// If the columns differ from those of the first records, if the format cannot hold them, or if the disk is full or the pipe closed.
    /// Then the error of the operating system is among the sources.
    pub fn write(&mut self, records: Records) -> Result<(), Error> {
        let ends_batch = records.ends_batch();
        let is_binary = matches!(self.format, Format::Parquet | Format::Ipc);
        let records = if is_binary { records.with_doubles().map_err(Error::unwritable(self.format))? } else { records };
        let (frame, widths) = records.into_frame().map_err(Error::unwritable(self.format))?;
        let frame = portable::plain(frame, self.format).map_err(Error::unwritable(self.format))?;
        self.check(frame.schema())?;
        self.rows += frame.height() as u64;
        self.encoder.write(frame, &widths)?;
        if ends_batch {
            self.encoder.end_batch()?;
        }
        match self.target {
            Target::Stream | Target::Device(_) => self.output.flush(),
            Target::File(_) | Target::Parts(_) => Ok(()),
        }
    }

    /// Completes the output, gives files their names, and returns them. A stream has no files.
    ///
    /// # Errors
    ///
    /// If something cannot be written. Then the older files are still there; on a file system without hard links, the next sink completes what
    /// this one has begun to replace.
    pub fn finish(mut self) -> Result<Vec<PathBuf>, Error> {
        self.encoder.finish()?;
        self.output.flush()?;
        // Not every system can rename an open file.
        drop((self.encoder, self.output));
        match self.target {
            Target::Stream => Ok(Vec::new()),
            Target::Device(path) => Ok(vec![path]),
            Target::File(file) => Ok(vec![file.finish()?]),
            Target::Parts(parts) => parts.finish(self.rows, self.waiting),
        }
    }

    fn new(format: Format, encoder: MakeEncoder, output: Output, target: Target) -> Self {
        Self {
            format,
            encoder: encoder(output.clone()),
            output,
            columns: None,
            rows: 0,
            waiting: Box::new(|_| ControlFlow::Continue(())),
            target,
        }
    }

    fn check(&mut self, columns: &SchemaRef) -> Result<(), Error> {
        let first = self.columns.get_or_insert_with(|| columns.clone());
        let differs = (0..first.len().max(columns.len())).find(|&at| first.get_at_index(at) != columns.get_at_index(at));
        differs.map_or(Ok(()), |at| {
            Err(OutputError::UnlikeRecords { row: self.rows + 1, found: column(columns, at), expected: column(first, at) }.into())
        })
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sink")
            .field("format", &self.format)
            .field("columns", &self.columns)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

/// Says whether to wait any longer for another sink that replaces parts in a folder.
type Waiting = Box<dyn FnMut(&Path) -> ControlFlow<()> + Send + Sync>;

/// Makes the encoder for an output.
type MakeEncoder = fn(Output) -> Box<dyn Encoder>;

/// The encoder of a format for files.
fn file_encoder(format: Format) -> Result<MakeEncoder, Error> {
    Ok(match format {
        Format::Csv => |output| Box::new(Csv::new(output)),
        #[cfg(feature = "parquet")]
        Format::Parquet => |output| Box::new(Parquet::new(output)),
        #[cfg(feature = "json")]
        Format::JsonLines => |output| Box::new(JsonLines::new(output)),
        #[cfg(feature = "ipc")]
        Format::Ipc => |output| Box::new(IpcFile::new(output)),
        Format::Capture => return Err(OutputError::OnlyRead { format }.into()),
        #[cfg(not(all(feature = "parquet", feature = "json", feature = "ipc")))]
        other => return Err(Error::format_not_built_in(other)),
    })
}

/// A column as messages show it.
fn column(columns: &Schema, at: usize) -> String {
    columns.get_at_index(at).map_or_else(|| "no column".into(), |(name, kind)| format!("column {name} ({kind})"))
}
