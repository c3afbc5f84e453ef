use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use crate::files::DataFile;
use crate::guard::guarded;
use crate::random::{Purpose, Random};
use crate::rows::Rows;
use crate::shuffler::Shuffler;
use crate::table::{Request, Table};
use crate::{Batch, Counts, Cut, Error};

/// One reading of all rows: an iterator of batches of any size, which ends after the first error.
///
/// Files are read and converted on a thread of their own, one batch ahead. It ends when the pass is dropped.
#[derive(Debug)]
pub struct Pass {
    receiver: Option<Receiver<Result<Rows, Error>>>,
    reader: Option<JoinHandle<()>>,
    counts: Counts,
}

impl Pass {
    pub(crate) fn start(
        files: Arc<[DataFile]>,
        table: Arc<dyn Table>,
        request: Request,
        shuffle: Option<(u64, usize)>,
    ) -> Result<Self, Error> {
        let (sender, receiver) = sync_channel(1);
        let counts = Counts::default();
        let reader = Reader { files, table, request, shuffle, counts: counts.clone(), sender };
        let reader = thread::Builder::new().name("kitsune-data".into()).spawn(move || reader.run()).map_err(Error::thread)?;
        Ok(Self { receiver: Some(receiver), reader: Some(reader), counts })
    }

    /// Cuts the rows into batches of exactly `rows` rows (0 counts as 1); the last one holds what is left.
    pub fn cut(self, rows: usize) -> Cut {
        Cut::new(self, rows.max(1))
    }

    /// A handle that tells how far the pass is.
    pub fn counts(&self) -> Counts {
        self.counts.clone()
    }

    pub(crate) fn next_rows(&mut self) -> Option<Result<Rows, Error>> {
        let next = self.receiver.as_ref()?.recv().ok();
        if !matches!(next, Some(Ok(_))) {
            self.receiver = None;
        }
        next
    }

    pub(crate) fn yielded(&self, rows: Rows) -> Batch {
        self.counts.add_rows(rows.len());
        Batch::new(rows)
    }
}

impl Iterator for Pass {
    type Item = Result<Batch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let rows = self.next_rows()?;
        Some(rows.map(|rows| self.yielded(rows)))
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
    files: Arc<[DataFile]>,
    table: Arc<dyn Table>,
    request: Request,
    /// Seed and epoch.
    shuffle: Option<(u64, usize)>,
    counts: Counts,
    sender: SyncSender<Result<Rows, Error>>,
}

impl Reader {
    fn run(self) {
        let mut shuffler =
            self.shuffle.map(|(seed, epoch)| Shuffler::new(seed, epoch, self.request.precision, self.request.features.len()));
        let mut gone = 0;
        for file in self.order() {
            let mut stopped = false;
            let mut deliver = |piece: crate::table::Piece| {
                self.counts.add_left_out(piece.left_out);
                self.counts.set_bytes(gone + piece.bytes.min(file.bytes));
                let rows = match &mut shuffler {
                    Some(shuffler) => shuffler.push(piece.rows),
                    None => piece.rows,
                };
                let flow = self.send(rows);
                stopped = flow.is_break();
                flow
            };
            let read = guarded(&file.path, self.table.format(), || self.table.read(&file.path, &self.request, &mut deliver));
            if let Err(error) = read {
                // Nobody listens any more where this fails, which is no error.
                self.sender.send(Err(error)).ok();
                return;
            }
            if stopped {
                return;
            }
            gone += file.bytes;
            self.counts.set_bytes(gone);
        }
        if let Some(shuffler) = shuffler {
            // A send that fails here has nothing to stop: this is the last one.
            let _ = self.send(shuffler.finish());
        }
    }

    fn order(&self) -> Vec<&DataFile> {
        let mut files: Vec<_> = self.files.iter().collect();
        if let Some((seed, epoch)) = self.shuffle {
            let mut random = Random::new(seed, epoch, Purpose::Files);
            for last in (1..files.len()).rev() {
                files.swap(last, random.below(last + 1));
            }
        }
        files
    }

    /// Hands rows over, waiting until there is room; breaks off when nobody wants them.
    fn send(&self, rows: Rows) -> ControlFlow<()> {
        if rows.len() == 0 || self.sender.send(Ok(rows)).is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}
