use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use super::fixed_batches::FixedBatches;
use super::progress::PassProgress;
use super::shuffler::Shuffler;
use crate::error::Error;
use crate::format::Format;
use crate::formats::catch_panic::catch_panic;
use crate::formats::table::{Piece, Request, Table};
use crate::locations::data_file::DataFile;
use crate::rows::Rows;
use crate::rows::batch::{Batch, ReadContext};

/// One reading of all rows: an iterator of batches of any size, which ends after the first error.
///
/// Files are read on one thread and converted on another, one batch ahead each. They end when the pass is dropped.
#[derive(Debug)]
pub struct Pass {
    receiver: Option<Receiver<Result<(Rows, ReadContext), Error>>>,
    reader: Option<JoinHandle<()>>,
    progress: PassProgress,
}

impl Pass {
    pub(crate) fn start(
        files: Vec<(usize, DataFile)>,
        table: Arc<dyn Table>,
        request: Request,
        shuffler: Option<Shuffler>,
    ) -> Result<Self, Error> {
        let (sender, receiver) = sync_channel(1);
        let progress = PassProgress::default();
        let reader = Reader { files, table, request, progress: progress.clone(), sender };
        let reader = thread::Builder::new().name("kitsune-data".into()).spawn(move || reader.run(shuffler)).map_err(Error::thread)?;
        Ok(Self { receiver: Some(receiver), reader: Some(reader), progress })
    }

    /// Cuts the rows into batches of exactly `rows` rows (0 counts as 1); the last one holds what is left.
    pub fn cut(self, rows: usize) -> FixedBatches {
        FixedBatches::new(self, rows.max(1))
    }

    /// A handle that tells how far the pass is.
    pub fn progress(&self) -> PassProgress {
        self.progress.clone()
    }

    pub(crate) fn next_rows(&mut self) -> Option<Result<(Rows, ReadContext), Error>> {
        let next = self.receiver.as_ref()?.recv().ok();
        if !matches!(next, Some(Ok(_))) {
            self.receiver = None;
        }
        next
    }

    pub(crate) fn yielded(&self, rows: Rows, context: ReadContext) -> Batch {
        self.progress.add_rows(rows.len());
        Batch::new(rows, context)
    }
}

impl Iterator for Pass {
    type Item = Result<Batch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let rows = self.next_rows()?;
        Some(rows.map(|(rows, context)| self.yielded(rows, context)))
    }
}

impl std::iter::FusedIterator for Pass {}

impl Drop for Pass {
    fn drop(&mut self) {
        // Without a receiver the reader stops at its next batch; waiting for it means that no two passes hold memory at once.
        self.receiver = None;
        if let Some(reader) = self.reader.take() {
            // The reader catches every panic, so there is nothing to learn from the result.
            reader.join().ok();
        }
    }
}

/// What the thread owns.
struct Reader {
    /// In the order in which they are read, each with its place in that of the source.
    files: Vec<(usize, DataFile)>,
    table: Arc<dyn Table>,
    request: Request,
    progress: PassProgress,
    sender: SyncSender<Result<(Rows, ReadContext), Error>>,
}

impl Reader {
    fn run(self, mut shuffler: Option<Shuffler>) {
        let features = self.request.features.len();
        let (mut gone, mut first_row) = (0, 0);
        for (index, file) in &self.files {
            let (mut stopped, mut passed) = (false, 0);
            let mut number = Batch::first_number(*index);
            let mut deliver = |piece: Piece| {
                let Piece { mut values, kept, labels, left_out, bytes, more } = piece;
                let read = values.rows(features) as u64;
                let treated = self.request.missing.apply(&mut values, features);
                let mut rows = Rows::numbered(values, features, number);
                number += rows.len() as u64;
                self.progress.add_left_out(left_out);
                self.progress.add_treated(&treated);
                passed = file.bytes().map_or(bytes, |size| bytes.min(size));
                self.progress.set_bytes(gone + passed);
                // Who waits for an answer to each record batch waits for those without rows as well.
                let is_answered = shuffler.is_none() && self.table.format() == Format::Ipc;
                let context = if let Some(shuffler) = &mut shuffler {
                    rows = shuffler.push(rows);
                    ReadContext::default()
                } else {
                    let labels = labels.map(|labels| without(labels, &treated.omitted));
                    ReadContext { first_row, omitted: treated.omitted, kept, labels, more }
                };
                first_row += read;
                let flow = self.send(rows, context, is_answered);
                stopped = flow.is_break();
                flow
            };
            let read = catch_panic(file.name(), self.table.format(), || self.table.read(file, &self.request, &mut deliver));
            if let Err(error) = read {
                // Nobody listens any more where this fails, which is no error.
                self.sender.send(Err(error)).ok();
                return;
            }
            if stopped {
                return;
            }
            // The size of a stream shows only at its end.
            gone += file.bytes().unwrap_or(passed);
            self.progress.set_bytes(gone);
        }
        let mut last = shuffler.into_iter().flat_map(Shuffler::finish);
        // Nobody listens any more where a send fails.
        let _ = last.try_for_each(|rows| self.send(rows, ReadContext::default(), false));
    }

    /// Hands rows over, `even_none`, waiting until there is room; breaks off when nobody wants them.
    fn send(&self, rows: Rows, context: ReadContext, even_none: bool) -> ControlFlow<()> {
        let nothing = rows.len() == 0 && context.omitted.is_empty() && !even_none;
        if nothing || self.sender.send(Ok((rows, context))).is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

/// The labels of the rows that were not omitted; the places of those that were ascend.
fn without(labels: Vec<bool>, omitted: &[usize]) -> Vec<bool> {
    let mut omitted = omitted.iter().peekable();
    labels.into_iter().enumerate().filter(|(row, _)| omitted.next_if(|&next| next == row).is_none()).map(|(_, label)| label).collect()
}
