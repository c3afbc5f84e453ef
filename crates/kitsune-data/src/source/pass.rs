//! One reading of all rows.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};

use super::cached_rows::CachedRows;
use super::column_watch::ColumnWatch;
use super::progress::PassProgress;
use super::reader::{Reader, StageOptions, Stages};
use super::shuffler::Shuffler;
use crate::error::Error;
use crate::formats::table::{Request, Table};
use crate::locations::data_file::DataFile;
use crate::rows::Rows;
use crate::rows::batch::{Batch, ReadContext};

/// Batches that wait for whoever takes them. With fewer, one that takes longer than the others would stop all that work for it.
const WAITING: usize = 4;

/// One reading of all rows: an iterator of batches of any size, which ends after the first error.
///
/// One thread reads the files and another converts them, a few batches ahead; of text, one more parses it. They end when the pass is dropped.
#[derive(Debug)]
pub struct Pass {
    receiver: Option<Receiver<Result<(Rows, ReadContext), Error>>>,
    reader: Option<JoinHandle<()>>,
    progress: PassProgress,
    watch: Option<ColumnWatch>,
}

impl Pass {
    pub(super) fn start(
        files: Vec<(usize, DataFile)>,
        table: Arc<dyn Table>,
        request: Request,
        options: StageOptions,
        progress: PassProgress,
        watch: Option<ColumnWatch>,
    ) -> Result<Self, Error> {
        let (sender, receiver) = sync_channel(WAITING);
        let stages = Stages::new(&*table, &request, options, progress.clone(), sender);
        let reader = Reader { files, table, request };
        let reader = thread::Builder::new().name("kitsune-data".into()).spawn(move || reader.run(stages)).map_err(Error::thread)?;
        Ok(Self { receiver: Some(receiver), reader: Some(reader), progress, watch })
    }

    /// Starts a pass over recorded rows, with the files in this order.
    pub(super) fn replay(order: Vec<usize>, rows: Arc<OnceLock<CachedRows>>, shuffler: Option<Shuffler>) -> Result<Self, Error> {
        let (sender, receiver) = sync_channel(WAITING);
        let run = move || {
            // It is there, since the pass that recorded it has reached its end.
            if let Some(rows) = rows.get() {
                replay(order, rows, shuffler, &sender);
            }
        };
        let reader = thread::Builder::new().name("kitsune-data".into()).spawn(run).map_err(Error::thread)?;
        Ok(Self { receiver: Some(receiver), reader: Some(reader), progress: PassProgress::new(), watch: None })
    }

    /// A handle that reports how far the pass is.
    pub fn progress(&self) -> PassProgress {
        self.progress.clone()
    }

    pub(super) fn next_rows(&mut self) -> Option<Result<(Rows, ReadContext), Error>> {
        let next = self.receiver.as_ref()?.recv().ok();
        if !matches!(next, Some(Ok(_))) {
            self.receiver = None;
        }
        next
    }

    /// The rows as a batch, which is counted and shown to the watch.
    pub(super) fn yielded(&self, rows: Rows, context: ReadContext) -> Batch {
        self.progress.add_rows(rows.len());
        let batch = Batch::new(rows, context);
        if let Some(watch) = &self.watch {
            watch.observe(&batch);
        }
        batch
    }
}

/// Sends recorded rows until all are sent or the pass is dropped.
fn replay(order: Vec<usize>, cached: &CachedRows, mut shuffler: Option<Shuffler>, sender: &SyncSender<Result<(Rows, ReadContext), Error>>) {
    // A send fails only if the pass was dropped.
    let send = |rows: Rows| rows.len() == 0 || sender.send(Ok((rows, ReadContext::default()))).is_ok();
    for file in order {
        let mut number = Batch::first_number(file);
        for values in cached.of_file(file) {
            let values = match values {
                Ok(values) => values,
                Err((folder, error)) => {
                    sender.send(Err(Error::read(folder)(error))).ok();
                    return;
                }
            };
            let rows = Rows::numbered(values, cached.features(), number);
            number += rows.len() as u64;
            let rows = match &mut shuffler {
                Some(shuffler) => shuffler.push(rows),
                None => rows,
            };
            if !send(rows) {
                return;
            }
        }
    }
    shuffler.into_iter().flat_map(Shuffler::finish).all(send);
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
        // Without a receiver the reader stops at its next batch. Waiting for it means that no two passes hold memory at once.
        self.receiver = None;
        if let Some(reader) = self.reader.take() {
            // The reader catches every panic, so there is nothing to learn from the result.
            reader.join().ok();
        }
    }
}
