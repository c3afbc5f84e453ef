//! The thread of a pass: it reads file after file and takes each piece through the stages between a file and a batch.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use super::progress::PassProgress;
use super::shuffler::Shuffler;
use crate::error::Error;
use crate::format::Format;
use crate::formats::catch_panic::catch_panic;
use crate::formats::table::{Piece, Request, Table};
use crate::locations::data_file::DataFile;
use crate::rows::batch::{Batch, ReadContext};
use crate::rows::missing::{Treated, Treatment};
use crate::rows::omitted::remaining;
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
        for (index, file) in &self.files {
            stages.begin(*index, file);
            let mut flow = ControlFlow::Continue(());
            let mut deliver = |piece| {
                flow = stages.take(piece);
                flow
            };
            let read = catch_panic(file.name(), self.table.format(), || self.table.read(file, &self.request, &mut deliver));
            if let Err(error) = read {
                return stages.fail(error);
            }
            if flow.is_break() {
                return;
            }
            stages.end();
        }
        stages.finish();
    }
}

/// The stages of a piece: missing values, row numbers, progress, and then either shuffling or the context in which the rows were read.
pub(super) struct Stages {
    features: usize,
    missing: Treatment,
    progress: PassProgress,
    shuffler: Option<Shuffler>,
    /// Whether pieces without rows are sent as well. The writer of an Arrow stream may wait for an answer to each record batch, empty or
    /// not.
    sends_empty: bool,
    sender: SyncSender<Result<(Rows, ReadContext), Error>>,
    file: CurrentFile,
    /// The number of rows before the next piece that were read and not left out because of their label.
    rows: u64,
    /// The size of all files before the current one.
    bytes: u64,
}

/// The progress in the current file.
#[derive(Default)]
struct CurrentFile {
    size: Option<u64>,
    bytes: u64,
    next_number: u64,
}

impl Stages {
    pub(super) fn new(
        table: &dyn Table,
        request: &Request,
        shuffler: Option<Shuffler>,
        progress: PassProgress,
        sender: SyncSender<Result<(Rows, ReadContext), Error>>,
    ) -> Self {
        Self {
            features: request.features.len(),
            missing: request.missing.clone(),
            progress,
            sends_empty: shuffler.is_none() && table.format() == Format::Ipc,
            shuffler,
            sender,
            file: CurrentFile::default(),
            rows: 0,
            bytes: 0,
        }
    }

    fn begin(&mut self, index: usize, file: &DataFile) {
        self.file = CurrentFile { size: file.bytes(), bytes: 0, next_number: Batch::first_number(index) };
    }

    /// Takes a piece through all stages. Breaks if the pass was dropped.
    fn take(&mut self, piece: Piece) -> ControlFlow<()> {
        let Piece { mut values, kept, labels, left_out, bytes, more } = piece;
        let rows_read = values.rows(self.features) as u64;
        let treated = self.missing.apply(&mut values, self.features);
        let rows = self.numbered(values);
        self.report(left_out, &treated, bytes);
        let (rows, context) = if let Some(shuffler) = &mut self.shuffler {
            (shuffler.push(rows), ReadContext::default())
        } else {
            let labels = labels.map(|labels| without_omitted(labels, &treated.omitted));
            (rows, ReadContext { first_row: self.rows, omitted: treated.omitted, kept, labels, more })
        };
        self.rows += rows_read;
        self.send(rows, context)
    }

    /// Gives each row the number that it has in every pass.
    fn numbered(&mut self, values: Values) -> Rows {
        let rows = Rows::numbered(values, self.features, self.file.next_number);
        self.file.next_number += rows.len() as u64;
        rows
    }

    fn report(&mut self, left_out: usize, treated: &Treated, bytes: u64) {
        self.progress.add_left_out(left_out);
        self.progress.add_treated(treated);
        self.file.bytes = self.file.size.map_or(bytes, |size| bytes.min(size));
        self.progress.set_bytes(self.bytes + self.file.bytes);
    }

    /// Counts the file as read.
    fn end(&mut self) {
        // The size of a stream is known only at its end.
        self.bytes += self.file.size.unwrap_or(self.file.bytes);
        self.progress.set_bytes(self.bytes);
    }

    /// Sends the rows that are still in the shuffler.
    fn finish(mut self) {
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

/// The labels of the rows that were not omitted.
fn without_omitted(labels: Vec<bool>, omitted: &[usize]) -> Vec<bool> {
    let remaining = remaining(labels.len(), omitted);
    labels.into_iter().zip(remaining).filter(|&(_, remains)| remains).map(|(label, _)| label).collect()
}
