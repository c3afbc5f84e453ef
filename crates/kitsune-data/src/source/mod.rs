//! Files that hold rows, described once and read in passes.

mod cached_rows;
pub(crate) mod cached_source;
pub(crate) mod column_watch;
#[cfg(feature = "ipc")]
pub(crate) mod exported;
pub(crate) mod fixed_batches;
mod label_file;
mod labels;
mod labels_from;
#[cfg(feature = "loader")]
pub(crate) mod loader;
mod means;
pub(crate) mod options;
pub(crate) mod pass;
mod picking;
pub(crate) mod progress;
pub(crate) mod random;
mod reader;
mod remembered;
#[cfg(feature = "kitsune-core")]
mod row_source;
mod shuffler;
mod start;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use self::column_watch::ColumnWatch;
use self::label_file::LabelFile;
use self::progress::PassProgress;
use crate::condition::{ColumnTest, Condition};
use crate::error::Error;
use crate::format::Format;
use crate::formats::catch_panic::catch_panic;
use crate::formats::damaged::damaged;
use crate::formats::table::{Range, Table};
use crate::labels::{LabelKinds, NormalLabels};
use crate::locations::data_file::DataFile;
use crate::missing_words::MissingWords;
use crate::note::Note;
use crate::reading::Reading;
use crate::rows::lags::lagged_name;
use crate::rows::missing::Missing;
use crate::rows::records::Records;
use crate::rows::row_numbers::RowNumbers;

/// The default number of bytes of rows that are shuffled at a time.
const SHUFFLE_BYTES: usize = 32 << 20;

/// Files that hold rows. They are described once and read in any number of passes.
///
/// By default the features are all columns of the files, in their order. [`with_label`](Self::with_label), [`select`](Self::select),
/// [`exclude`](Self::exclude) and [`with_names`](Self::with_names) change that. A list, an array or a Spark vector counts as one column for
/// each of its elements, and an object inside a JSON row as one column for each of its fields, such as `flow.bytes`. A last column without a
/// name and a value, what a log of Zeek declares to be no number, and what the headers of packets say are features only if they are chosen by
/// their own names: see [`notes`](Self::notes).
///
/// Captures are one stream of packets, whose rows depend on all packets before: they have the same order in every pass, that of their first packets.
///
/// A pattern is the name of a column (a list has its own name and those of its elements, `list[3]`), a glob (`flow_*`), the number of a
/// column from 0, or a range of numbers (`3`, `0-2`). Names are tried before globs, and globs before numbers. Of several columns of one name
/// the second is called `NAME (2)`, and so on: see [`Note::NewNames`].
///
/// With the feature `kitsune-core` a source is a `RowSource` of that crate, with row numbers and the names of its features.
#[derive(Clone, Debug)]
pub struct Source {
    files: Arc<[DataFile]>,
    paths: Arc<[PathBuf]>,
    table: Arc<dyn Table>,
    features: Vec<usize>,
    picked: bool,
    names: Option<Vec<String>>,
    label: Option<usize>,
    labels: Labels,
    /// The labels of normal rows, as the caller names them.
    wanted_normal: Option<NormalLabels>,
    known_normal: KnownNormal,
    label_file: Option<LabelFile>,
    label_kinds: LabelKinds,
    conditions: Vec<Condition>,
    tests: Arc<[ColumnTest]>,
    lags: usize,
    kept: Vec<usize>,
    missing: Missing,
    words: Arc<MissingWords>,
    /// How cells are read.
    cells: Reading,
    range: Range,
    seed: Option<u64>,
    shuffle_bytes: usize,
    means: KnownMeans,
    notes: Vec<Note>,
    /// The names of the columns that were chosen, and that no row has so far.
    unseen: Vec<String>,
    /// What pass 0 reports to.
    progress: Option<PassProgress>,
    watch: Option<ColumnWatch>,
}

/// The means of the features, once they were asked for. Clones share them.
#[derive(Clone, Debug, Default)]
struct KnownMeans(Arc<OnceLock<Vec<f64>>>);

/// The labels of normal rows, once they were asked for. Clones share them.
#[derive(Clone, Debug, Default)]
struct KnownNormal(Arc<OnceLock<Arc<NormalLabels>>>);

/// How labels are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Labels {
    Ignored,
    NormalOnly,
    Yielded,
    /// Every label is counted, and no row is yielded.
    Counted,
}

impl Source {
    pub(crate) fn new(files: Vec<DataFile>, table: Arc<dyn Table>) -> Self {
        let mut notes = table.notes();
        let index: Vec<_> = table.columns().index().filter_map(|column| table.columns().name(column).cloned()).collect();
        if !index.is_empty() {
            notes.push(Note::IndexLeftOut { columns: index });
        }
        let columns = table.columns().new_names.clone();
        if !columns.is_empty() {
            notes.push(Note::NewNames { columns });
        }
        let paths = files.iter().map(|file| file.name().to_owned()).collect();
        let source = Self {
            files: files.into(),
            paths,
            table: Arc::clone(&table),
            features: Vec::new(),
            picked: false,
            names: None,
            label: None,
            labels: Labels::Ignored,
            wanted_normal: None,
            known_normal: KnownNormal::default(),
            label_file: None,
            label_kinds: LabelKinds::default(),
            conditions: Vec::new(),
            tests: Arc::default(),
            lags: 0,
            kept: Vec::new(),
            missing: Missing::Refuse,
            words: Arc::default(),
            cells: Reading::default(),
            range: Range::FINITE,
            seed: None,
            shuffle_bytes: SHUFFLE_BYTES,
            means: KnownMeans::default(),
            notes,
            unseen: Vec::new(),
            progress: None,
            watch: None,
        };
        let columns = table.columns();
        let features = (0..columns.kinds.len()).filter(|column| columns.aside.binary_search(column).is_err());
        source.with_features(features.collect())
    }

    /// Takes these words for missing values.
    pub(super) fn with_words(self, words: &Arc<MissingWords>) -> Self {
        Self { words: Arc::clone(words), ..self }
    }

    /// The names of the features, if the files have names.
    pub fn names(&self) -> Option<&[String]> {
        self.names.as_deref()
    }

    /// The name of a feature for choosing columns: the name of its column, or the number of its column if the files have no names.
    ///
    /// # Panics
    ///
    /// If there is no such feature.
    pub fn called(&self, feature: usize) -> String {
        let number = || lagged_name(&self.features[feature % self.features.len()].to_string(), feature / self.features.len());
        self.names.as_ref().map_or_else(number, |names| names[feature].clone())
    }

    /// The number of features, lags included.
    pub fn features(&self) -> usize {
        self.features.len() * (1 + self.lags)
    }

    /// The files in the order in which an unshuffled pass reads them: their paths, their URLs, or `standard input`.
    pub fn files(&self) -> &[PathBuf] {
        &self.paths
    }

    /// The size of all files together, as they are stored. It is unknown for a pipe.
    pub fn bytes(&self) -> Option<u64> {
        self.files.iter().map(DataFile::bytes).sum()
    }

    /// The format of the files.
    pub fn format(&self) -> Format {
        self.table.format()
    }

    /// What whoever reads messages should know about the files and the choice of columns, although it is no error.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Sets what happens to missing values. The default is [`Missing::Refuse`].
    #[must_use]
    pub fn with_missing(self, missing: Missing) -> Self {
        Self { missing, ..self }.with_note_of_unseen()
    }

    /// Makes values outside `low` to `high` an error.
    #[must_use]
    pub fn with_range(mut self, low: f64, high: f64) -> Self {
        self.range = Range { low: low.max(f64::MIN), high: high.min(f64::MAX) };
        self
    }

    /// Shuffles the rows of each pass but the first, which always has the order of the files.
    ///
    /// Files are read in a random order, but for captures, which are one stream, and their rows go through a buffer of [`with_shuffle_bytes`](Self::with_shuffle_bytes). The order
    /// depends on the seed, the epoch and the size of the buffer, and on nothing else.
    #[must_use]
    pub fn with_shuffle(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets the number of bytes of rows that are shuffled at a time, including 8 bytes for the number of each row. The default is 32 MiB;
    /// the buffer always holds at least 1,000 rows.
    #[must_use]
    pub fn with_shuffle_bytes(mut self, bytes: usize) -> Self {
        self.shuffle_bytes = bytes;
        self
    }

    /// Reports the progress of pass 0 to an existing handle, for whoever does not start the pass. Later passes have handles of their own.
    #[must_use]
    pub fn with_progress(mut self, progress: &PassProgress) -> Self {
        self.progress = Some(progress.clone());
        self
    }

    /// Shows each batch that pass 0 yields to `watch`.
    #[must_use]
    pub fn with_watch(mut self, watch: &ColumnWatch) -> Self {
        self.watch = Some(watch.clone());
        self
    }

    /// Records without rows, which give an output its columns if there are no rows at all. Columns that are passed through have the types
    /// of the files; those of CSV files are text.
    ///
    /// # Errors
    ///
    /// If a column that is passed through has a type that cannot be read.
    pub fn empty_records(&self) -> Result<Records, Error> {
        let (file, format) = (&self.table.columns().files.first, self.format());
        let kept = catch_panic(file, format, || self.table.no_rows(&self.kept).map_err(damaged(file, format)))?;
        Ok(Records::new(kept, 0, RowNumbers::default(), &[]).unfinished())
    }
}
