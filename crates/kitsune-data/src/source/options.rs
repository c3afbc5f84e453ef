//! How files are opened.

use std::path::Path;
use std::sync::Arc;

use super::Source;
use crate::error::{Error, TextError};
use crate::format::{Format, Header};
#[cfg(feature = "packets")]
use crate::formats::captures::CaptureTable;
use crate::formats::csv::CsvTable;
use crate::formats::csv::cells::Dialect;
#[cfg(feature = "ipc")]
use crate::formats::ipc::IpcTable;
#[cfg(feature = "json")]
use crate::formats::json_lines::JsonLinesTable;
#[cfg(feature = "ipc")]
use crate::formats::memory::rows::MemoryRows;
#[cfg(feature = "parquet")]
use crate::formats::parquet::ParquetTable;
use crate::formats::table::Table;
use crate::locations::data_file::DataFile;
use crate::locations::find::find;
use crate::locations::location::Location;
use crate::missing_words::MissingWords;
use crate::reading::{PacketReading, Reading};

/// How to open a [`Source`] whose files do not say it themselves.
///
/// | Name | Default | Purpose |
/// | --- | --- | --- |
/// | `format` | from the extensions | the format of the files |
/// | `header` | from the first row of the first CSV file | whether CSV files start with names |
/// | `delimiter` | a comma, or a semicolon where decimals have a comma | the separator of the cells of CSV files |
/// | `comment` | none | the character that CSV comments begin with |
/// | `missing_values` | none | words and numbers that stand for a missing value, besides the usual ones |
/// | `decimal_comma` | no | whether the decimals of CSV files have a comma |
/// | `packets` | 100 statistics | how the packets of captures become rows |
/// | `spooling` | no | whether standard input is copied first, so that it can be read more than once |
/// | `expected_names` | nothing | names of features, for a stream whose lists no row has measured yet |
#[derive(Clone, Debug, Default)]
pub struct SourceOptions {
    format: Option<Format>,
    header: Option<Header>,
    delimiter: Option<u8>,
    comment: Option<u8>,
    reading: Reading,
    spool: bool,
    expected: Vec<String>,
}

impl SourceOptions {
    /// Options by which everything is guessed.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads files of this format only: the files with its extension in a folder, or a single file whatever its name is.
    #[must_use]
    pub fn with_format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// Says whether CSV files start with the names of the columns.
    #[must_use]
    pub fn with_header(mut self, header: Header) -> Self {
        self.header = Some(header);
        self
    }

    /// Sets the separator of the cells of CSV files.
    ///
    /// # Errors
    ///
    /// Unless it is an ASCII character that is no letter, digit, quote, sign, point or line end.
    pub fn with_delimiter(mut self, delimiter: char) -> Result<Self, Error> {
        self.delimiter = Some(separating(delimiter, "delimiter")?);
        Ok(self)
    }

    /// Skips rows of CSV files that begin with this character.
    ///
    /// # Errors
    ///
    /// As for [`with_delimiter`](Self::with_delimiter).
    pub fn with_comment(mut self, comment: char) -> Result<Self, Error> {
        self.comment = Some(separating(comment, "mark of comments")?);
        Ok(self)
    }

    /// Takes these words and numbers for missing values, in addition to the usual ones: `n.d.`, `-9999`.
    ///
    /// The usual ones are an empty cell, NA, N/A, n.a., NaN and `NaT`, null, nil, None, undefined, dashes, question marks and points alone, `\N`,
    /// `<NA>`, `(empty)`, and the errors of spreadsheets such as `#N/A` and `#DIV/0!`. The case of letters and blanks around a word do not
    /// matter. A number stands for a missing value in every format and however it is written: `-9999` is `-9999.0` as well.
    #[must_use]
    pub fn with_missing_values(mut self, words: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.reading.missing_values = words.into_iter().map(|word| word.as_ref().into()).collect();
        self
    }

    /// Reads `1,5` in CSV files as 1.5. The cells are then separated by semicolons, unless [`with_delimiter`](Self::with_delimiter) says
    /// otherwise. Between commas such cells must be quoted.
    #[must_use]
    pub fn with_decimal_comma(mut self) -> Self {
        self.reading.decimal_comma = true;
        self
    }

    /// Turns the packets of captures into rows in this way. Its link types are those of captures that were read before: if the packets begin with
    /// others, a [note](Source::notes) says so.
    #[must_use]
    pub fn with_packets(mut self, packets: PacketReading) -> Self {
        self.reading.packets = Some(packets);
        self
    }

    /// Reads files in this way, as other files were read before. The conditions, the normal labels and the lags are those of the opened source;
    /// the numbers of columns are for [`Source::with_numbers`].
    #[must_use]
    pub fn with_reading(mut self, reading: Reading) -> Self {
        self.reading = reading;
        self
    }

    /// Copies standard input into a temporary file before anything else, so that it can be read in several passes.
    ///
    /// Without this, standard input allows one pass, which begins before the stream has ended.
    #[must_use]
    pub fn with_spooling(mut self) -> Self {
        self.spool = true;
        self
    }

    /// Takes the lengths of lists from these names of features, such as `list[0]` and `list[1]`, if an Arrow stream on standard input
    /// begins with a record batch without rows. Its writer may wait for an answer before it sends the first row. Names of which no column is
    /// known are the elements of a single list, by position.
    #[must_use]
    pub fn with_expected_names(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.expected = names.into_iter().map(|name| name.as_ref().into()).collect();
        self
    }

    /// Finds the files and reads the start of each.
    ///
    /// # Errors
    ///
    /// If there are no files, if they cannot be read, or if they do not fit each other: see [`Error`].
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Source, Error> {
        self.open_all(&[Location::from(path.as_ref())])
    }

    /// Finds the files of all these locations, in their order, and reads the start of each. Captures come in the order of their first packets instead:
    /// together they are one stream of packets.
    ///
    /// # Errors
    ///
    /// The errors of [`open`](Self::open).
    pub fn open_all(&self, locations: &[Location]) -> Result<Source, Error> {
        let (format, mut files) = find(locations, self.format, self.spool)?;
        let words = Arc::new(MissingWords::with(&self.reading.missing_values));
        let table = self.table(format, &mut files, &words);
        let table = table.map_err(|error| files.iter().fold(error, |error, file| file.explained(error)))?;
        let source = Source::new(files, table).with_words(&words);
        source.read_as(&self.reading)
    }

    /// Opens rows in memory, of which what these options say of files does not count.
    ///
    /// # Errors
    ///
    /// If the columns do not have what the [reading](Self::with_reading) names.
    #[cfg(feature = "ipc")]
    pub fn open_rows(&self, rows: &MemoryRows) -> Result<Source, Error> {
        let (file, table) = rows.table();
        let words = Arc::new(MissingWords::with(&self.reading.missing_values));
        Source::new(vec![file], table).with_words(&words).read_as(&self.reading)
    }

    /// The table of the files. Captures are put into the order of their packets.
    fn table(&self, format: Format, files: &mut [DataFile], words: &Arc<MissingWords>) -> Result<Arc<dyn Table>, Error> {
        Ok(match format {
            Format::Csv => Arc::new(CsvTable::open(files, self.header, self.dialect(), words)?),
            #[cfg(feature = "parquet")]
            Format::Parquet => Arc::new(ParquetTable::open(files)?),
            #[cfg(feature = "json")]
            Format::JsonLines => Arc::new(JsonLinesTable::open(files, &self.reading)?),
            #[cfg(feature = "ipc")]
            Format::Ipc => Arc::new(IpcTable::open(files, &self.expected)?),
            #[cfg(feature = "packets")]
            Format::Capture => Arc::new(CaptureTable::open(files, self.reading.packets.as_ref())?),
            #[cfg(not(all(feature = "parquet", feature = "json", feature = "ipc", feature = "packets")))]
            other => return Err(Error::format_not_built_in(other)),
        })
    }

    /// How the rows of CSV files are written.
    fn dialect(&self) -> Dialect {
        let decimal_comma = self.reading.decimal_comma;
        let delimiter = self.delimiter.unwrap_or(if decimal_comma { b';' } else { b',' });
        Dialect { delimiter, comment: self.comment, decimal_comma, zeek: false }
    }
}

impl Source {
    /// Opens a file, or a folder with all files in it, and guesses format and header.
    ///
    /// # Errors
    ///
    /// The errors of [`SourceOptions::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        SourceOptions::new().open(path)
    }
}

fn separating(character: char, what: &'static str) -> Result<u8, Error> {
    match u8::try_from(character) {
        Ok(byte) if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\n\r\0.+-".contains(&byte) => Ok(byte),
        _ => Err(TextError::Dialect { what, found: character }.into()),
    }
}
