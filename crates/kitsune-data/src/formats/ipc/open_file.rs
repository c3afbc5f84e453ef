//! A stream or a file whose schema was read.

use std::io::{self, Read};

use super::file_schema::FileSchema;
use super::footer::Footer;
use super::messages::{CONTINUATION, FILE_MAGIC, Messages};
use crate::error::Error;
use crate::format::Format;
use crate::formats::catch_panic::catch_panic;
use crate::formats::damaged::damaged;
use crate::locations::data_file::DataFile;
use crate::locations::input::Input;
use crate::locations::random_file::RandomFile;

/// The first bytes of a file: its magic number, and the mark of its first message.
const START_BYTES: u64 = 12;

/// A stream or a file whose schema was read.
pub(super) struct OpenFile {
    pub(super) messages: Messages,
    pub(super) schema: FileSchema,
    pub(super) how: How,
}

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// From its start to its end.
    Straight,
    /// Record batch by record batch as its footer lists them, because its schema is no message, or because they come in another order.
    ByFooter,
}

impl OpenFile {
    /// Opens a file for a look at its schema and its first rows. The next reader still begins at the first byte.
    pub(super) fn look(file: &DataFile) -> Result<Self, Error> {
        let mut input = file.open()?;
        let start = start(&mut input).map_err(Error::read(file.name()))?;
        let is_file = start.starts_with(FILE_MAGIC);
        let is_straight = start.get(FILE_MAGIC.len()..).is_some_and(|mark| mark == CONTINUATION);
        // The footer of a stream is not there yet.
        if !is_file || (is_straight && file.bytes().is_none()) {
            return Self::straight(file, input, start);
        }
        let Some(random) = random(file, file.random()?, is_straight, DataFile::open)? else { return Self::straight(file, input, start) };
        let footer = catch_panic(file.name(), Format::Ipc, || {
            Footer::read(&random).map_err(|error| damaged(file.name(), Format::Ipc)(error.into()))
        })?;
        if is_straight && footer.is_in_order { Self::straight(file, input, start) } else { Self::by_footer(file, random, footer) }
    }

    /// Opens a file to read it from its first row to its last, as it was found to be read.
    pub(super) fn pass(file: &DataFile, how: How) -> Result<Self, Error> {
        if how == How::ByFooter
            && let Some(random) = random(file, file.random_for_pass()?, false, DataFile::open_for_pass)?
        {
            let footer = Footer::read(&random).map_err(|error| damaged(file.name(), Format::Ipc)(error.into()))?;
            return Self::by_footer(file, random, footer);
        }
        let mut input = file.open_for_pass()?;
        let start = start(&mut input).map_err(Error::read(file.name()))?;
        Self::straight(file, input, start)
    }

    fn straight(file: &DataFile, source: Input, mut start: Vec<u8>) -> Result<Self, Error> {
        let is_file = start.starts_with(FILE_MAGIC);
        if is_file {
            start.drain(..FILE_MAGIC.len());
        }
        catch_panic(file.name(), Format::Ipc, || {
            let mut messages = Messages::Stream { source, start, is_file };
            let (schema, version) = messages.schema().map_err(|error| damaged(file.name(), Format::Ipc)(error.into()))?;
            let schema = FileSchema::new(schema, version).map_err(damaged(file.name(), Format::Ipc))?;
            Ok(Self { messages, schema, how: How::Straight })
        })
    }

    fn by_footer(file: &DataFile, random: RandomFile, footer: Footer) -> Result<Self, Error> {
        catch_panic(file.name(), Format::Ipc, || {
            let Footer { schema, version, blocks, .. } = footer;
            let schema = FileSchema::new(schema, version).map_err(damaged(file.name(), Format::Ipc))?;
            Ok(Self { messages: Messages::Listed { file: random, blocks: blocks.into_iter(), consumed: 0 }, schema, how: How::ByFooter })
        })
    }
}

/// The first bytes, or all of a shorter source.
fn start(input: &mut Input) -> io::Result<Vec<u8>> {
    let mut start = Vec::with_capacity(START_BYTES as usize);
    input.take(START_BYTES).read_to_end(&mut start)?;
    Ok(start)
}

/// The file for random access. One that is compressed as a whole is unpacked for it, unless it can be read from start to end.
fn random(
    file: &DataFile,
    random: RandomFile,
    is_straight: bool,
    open: impl FnOnce(&DataFile) -> Result<Input, Error>,
) -> Result<Option<RandomFile>, Error> {
    let is_plain = || {
        let start = 0..random.len().min(FILE_MAGIC.len() as u64);
        random.need(start.clone())?;
        Ok(random.read(start)? == FILE_MAGIC)
    };
    if is_plain().map_err(Error::read(file.name()))? {
        return Ok(Some(random));
    }
    if is_straight { Ok(None) } else { RandomFile::copied(open(file)?).map(Some).map_err(Error::read(file.name())) }
}
