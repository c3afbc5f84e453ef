//! The thread of a pass: it reads file after file and takes each piece through the stages between a file and a batch.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use super::cached_rows::Recorder;
use super::label_file::PassLabels;
use super::progress::PassProgress;
use super::shuffler::Shuffler;
use crate::error::{Error, SchemaError};
use crate::format::Format;
use crate::formats::catch_panic::catch_panic;
use crate::formats::table::{Piece, Request, Table};
use crate::labels::{LabelKinds, MOST_KINDS};
use crate::locations::data_file::DataFile;
use crate::missing_words::MissingWords;
use crate::rows::batch::{Batch, BatchLabels, ReadContext};
use crate::rows::lags::Lagger;
use crate::rows::missing::{Treated, Treatment};
use crate::rows::row_numbers::RowNumbers;
use crate::rows::{Rows, Values};

/// The files of a pass and what is requested of them.
pub(super) struct Reader {
    /// The files in the order of this pass, each with its index in the order of the source.
    pub(super) files: Vec<(usize, DataFile)>,
    pub(super) table: Arc<dyn Table>,
    pub(super) request: Request,
}

impl Reader {
    pub(super) fn run(self, mut stages: Stages) {
        let mut stream = self.table.stream(&self.request);
        for (index, file) in &self.files {
            stages.begin(*index, file);
            let mut flow = ControlFlow::Continue(());
            let mut deliver = |piece| {
                flow = stages.take(piece);
                flow
            };
            let read = catch_panic(file.name(), self.table.format(), || match &mut stream {
                Some(stream) => stream.read(file, &mut deliver),
                None => self.table.read(file, &self.request, &mut deliver),
            });
            if let Some(stream) = &stream {
                stages.progress.set_remarks(stream.remarks());
            }
            if let Err(error) = read {
                return stages.fail(file.explained(error));
            }
            if flow.is_break() {
                return;
            }
            if let Err(error) = file.end_pass(stages.end()) {
                return stages.fail(error);
            }
        }
        stages.finish();
    }
}

/// What the stages of a pass do.
pub(super) struct StageOptions {
    /// The number of rows before each row whose values are added.
    pub(super) lags: usize,
    /// The labels of the rows, if they have a file of their own.
    pub(super) labels: Option<PassLabels>,
    pub(super) label_kinds: LabelKinds,
    pub(super) shuffler: Option<Shuffler>,
    /// Keeps the rows for later passes.
    pub(super) recorder: Option<Recorder>,
}

/// The stages of a piece: labels, lags, missing values, row numbers, progress, and then either shuffling or the context in which the rows were read.
pub(super) struct Stages {
    /// The number of features, lags included.
    features: usize,
    /// Whether the files are one, so that the rows before the first one of a file are those of the file before.
    is_stream: bool,
    lagger: Lagger,
    missing: Treatment,
    labels: Option<PassLabels>,
    label_kinds: LabelKinds,
    words: Arc<MissingWords>,
    progress: PassProgress,
    shuffler: Option<Shuffler>,
    recorder: Option<Recorder>,
    /// Whether pieces without rows are sent as well. The writer of an Arrow stream may wait for an answer to each record batch, empty or
    /// not. Rows without a single column are none.
    sends_empty: bool,
    sender: SyncSender<Result<(Rows, ReadContext), Error>>,
    file: CurrentFile,
    /// The number of rows before the next piece that were not left out because of their label.
    rows: u64,
    /// The size of all files before the current one.
    bytes: u64,
}

/// The progress in the current file.
#[derive(Default)]
struct CurrentFile {
    size: Option<u64>,
    bytes: u64,
    /// The number of its rows so far, whatever becomes of them.
    rows: u64,
    next_number: u64,
}

impl Stages {
    pub(super) fn new(
        table: &dyn Table,
        request: &Request,
        options: StageOptions,
        progress: PassProgress,
        sender: SyncSender<Result<(Rows, ReadContext), Error>>,
    ) -> Self {
        let StageOptions { lags, labels, label_kinds, shuffler, recorder } = options;
        Self {
            labels,
            features: request.features.len() * (1 + lags),
            is_stream: table.is_stream(),
            lagger: Lagger::new(lags, request.features.len()),
            missing: request.missing.clone(),
            label_kinds,
            words: Arc::clone(&request.words),
            progress,
            sends_empty: shuffler.is_none() && table.format() == Format::Ipc && !request.features.is_empty(),
            shuffler,
            recorder,
            sender,
            file: CurrentFile::default(),
            rows: 0,
            bytes: 0,
        }
    }

    fn begin(&mut self, index: usize, file: &DataFile) {
        if !self.is_stream {
            self.lagger.begin();
        }
        if let Some(labels) = &mut self.labels {
            labels.begin(index);
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.begin(index);
        }
        self.file = CurrentFile { size: file.bytes(), bytes: 0, rows: 0, next_number: Batch::first_number(index) };
    }

    /// Takes a piece through all stages. Breaks if the pass was dropped.
    fn take(&mut self, mut piece: Piece) -> ControlFlow<()> {
        self.file.rows += (piece.kept.height() + piece.left_out + piece.unmatched.rows()) as u64;
        if let Some(labels) = &mut self.labels {
            labels.apply(&mut piece, self.lagger.features());
        }
        let Piece { values, blank, kept, labels, left_out, unmatched, skipped, bytes, more } = piece;
        let labels = labels.map(|labels| BatchLabels { kinds: self.label_kinds.enter(&labels), anomalies: labels.anomalies() });
        if self.label_kinds.are_too_many() {
            self.fail(SchemaError::ManyLabels { limit: MOST_KINDS }.into());
            return ControlFlow::Break(());
        }
        let (mut values, incomplete) = self.lagger.extend(values);
        let rows_read = (values.rows(self.features) + incomplete + blank.len()) as u64;
        values.clear(self.words.numbers());
        let mut treated = self.missing.apply(&mut values, self.features);
        treated.omit_first(incomplete);
        treated.omit_blank(&blank);
        let rows = self.numbered(values);
        if let Some(recorder) = &mut self.recorder {
            recorder.push(&rows);
        }
        self.progress.add_skipped(skipped);
        let read = rows_read + unmatched.rows() as u64;
        self.report([left_out, unmatched.rows(), incomplete], &treated, bytes);
        let (rows, context) = if let Some(shuffler) = &mut self.shuffler {
            (shuffler.push(rows), ReadContext::default())
        } else {
            let labels = labels.map(|labels| labels.without(&treated.omitted));
            let row_numbers = RowNumbers { before: self.rows, gaps: unmatched };
            (rows, ReadContext { row_numbers, omitted: treated.omitted, kept, labels, more })
        };
        self.rows += read;
        self.send(rows, context)
    }

    /// Gives each row the number that it has in every pass.
    fn numbered(&mut self, values: Values) -> Rows {
        let rows = Rows::numbered(values, self.features, self.file.next_number);
        self.file.next_number += rows.len() as u64;
        rows
    }

    fn report(&mut self, [left_out, unmatched, incomplete]: [usize; 3], treated: &Treated, bytes: u64) {
        self.progress.add_left_out(left_out);
        self.progress.add_unmatched(unmatched);
        self.progress.add_incomplete(incomplete);
        self.progress.add_treated(treated);
        self.file.bytes = self.file.size.map_or(bytes, |size| bytes.min(size));
        self.progress.set_bytes(self.bytes + self.file.bytes);
    }

    /// Counts the file as read, and returns the number of its rows.
    fn end(&mut self) -> u64 {
        // The size of a stream is known only at its end.
        self.bytes += self.file.size.unwrap_or(self.file.bytes);
        self.progress.set_bytes(self.bytes);
        self.file.rows
    }

    /// Sends the rows that are still in the shuffler.
    fn finish(mut self) {
        if let Some(recorder) = self.recorder.take() {
            recorder.finish();
        }
        let mut last = self.shuffler.take().into_iter().flat_map(Shuffler::finish);
        // A send fails only if the pass was dropped.
        let _ = last.try_for_each(|rows| self.send(rows, ReadContext::default()));
    }

    fn fail(&self, error: Error) {
        // A send fails only if the pass was dropped.
        self.sender.send(Err(error)).ok();
    }

    /// Sends rows, waiting until the channel has space. Breaks if the pass was dropped.
    fn send(&self, rows: Rows, context: ReadContext) -> ControlFlow<()> {
        let is_empty = rows.len() == 0 && context.omitted.is_empty();
        if is_empty && !self.sends_empty || self.sender.send(Ok((rows, context))).is_ok() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }
}
