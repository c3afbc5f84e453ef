//! The output of a stream, written on a thread of its own while the next rows are scored.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result, anyhow};
use kitsune_data::{Records, Sink};

use super::results::Results;

/// Batches that wait for the writer.
const WAITING: usize = 1;

/// The results of rows, in order.
pub(super) struct Writer {
    /// Dropped to end the thread.
    sender: Option<SyncSender<Message>>,
    thread: Option<JoinHandle<Result<Sink>>>,
}

enum Message {
    Rows(Records, Results),
    /// Answered once everything before it is written.
    Written(Sender<()>),
}

impl Writer {
    /// `count` reasons are written for each row, if they are asked for; `names` are those of the features.
    pub(super) fn start(sink: Sink, count: Option<usize>, names: Vec<String>) -> Result<Self> {
        let (sender, receiver) = sync_channel(WAITING);
        let run = move || write_all(&receiver, sink, count, &names);
        let thread = thread::Builder::new().name("output".into()).spawn(run).context("no thread for the output")?;
        Ok(Self { sender: Some(sender), thread: Some(thread) })
    }

    pub(super) fn write(&mut self, records: Records, results: Results) -> Result<()> {
        self.send(Message::Rows(records, results))
    }

    /// Waits until everything is written.
    pub(super) fn wait(&mut self) -> Result<()> {
        let (answer, answered) = channel();
        self.send(Message::Written(answer))?;
        answered.recv().or_else(|_| self.failed())
    }

    /// Waits until everything is written, and gives the sink back.
    pub(super) fn end(mut self) -> Result<Sink> {
        self.sender = None;
        self.join()
    }

    fn send(&mut self, message: Message) -> Result<()> {
        let is_sent = self.sender.as_ref().is_some_and(|sender| sender.send(message).is_ok());
        if is_sent { Ok(()) } else { self.failed() }
    }

    /// The error that has ended the thread.
    fn failed(&mut self) -> Result<()> {
        self.sender = None;
        self.join().map(drop)
    }

    fn join(&mut self) -> Result<Sink> {
        let ended = self.thread.take().map(JoinHandle::join);
        ended.and_then(Result::ok).unwrap_or_else(|| Err(anyhow!("the output has ended")))
    }
}

fn write_all(receiver: &Receiver<Message>, mut sink: Sink, count: Option<usize>, names: &[String]) -> Result<Sink> {
    for message in receiver {
        match message {
            Message::Rows(records, results) => sink.write(results.appended_to(records, count, names)?)?,
            // Who asked may have ended meanwhile.
            Message::Written(answer) => drop(answer.send(())),
        }
    }
    Ok(sink)
}
