//! `kitsune online`: a detector that learns and scores a stream, row by row.

pub(crate) mod command;
pub(crate) mod export;
mod metrics;
mod progress;
mod results;
pub(crate) mod settings;
mod stream;
mod writer;

use anyhow::Result;
use kitsune_core::online::OnlineConfig;

use self::command::{Online, was_stopped};
use self::export::Export;
use self::progress::Progress;
use self::stream::{End, Stream};
use crate::failure::Failure;
use crate::process::interrupt;

/// What the command does.
#[derive(Debug)]
pub(crate) enum Task {
    Stream(Box<Online>),
    Export(Export),
}

pub(crate) fn run(task: Task) -> Result<(), Failure> {
    match task {
        Task::Stream(online) => stream(&online),
        Task::Export(export) => export.run(),
    }
}

fn stream(online: &Online) -> Result<(), Failure> {
    online.check_names()?;
    interrupt::listen_patiently();
    let (detector, new) = match online.load()? {
        Some(detector) => (Some(online.settings.applied_to(detector)?), OnlineConfig::new()),
        None => (None, online.settings.of_new()?),
    };
    let progress = detector.as_ref().map(Progress::of).transpose()?.unwrap_or_default();
    if detector.is_some() {
        online.check_continued(&progress)?;
    }
    Ok(read_all(online, Stream::new(online, detector, progress), &new)?)
}

/// Reads the rows to their end; those of a file that is followed, and of the files that replace it, until a signal comes.
fn read_all(online: &Online, mut stream: Stream<'_>, new: &OnlineConfig) -> Result<()> {
    let mut is_first = true;
    loop {
        let opened = match online.open(stream.detector.as_ref(), &stream.progress, is_first) {
            Err(error) if was_stopped(&error) => {
                stream.end = End::Asked;
                return stream.finish();
            }
            Err(error) => {
                // What came before is not lost.
                if !is_first {
                    stream.close()?;
                }
                return Err(error);
            }
            Ok(opened) => opened,
        };
        let (source, followed, skip) = opened;
        if is_first {
            online.check_outputs(&source, &stream.progress)?;
            stream.begin(&source, new)?;
        }
        stream.read(&source, followed, skip)?;
        if online.followed.is_none() || stream.end != End::OfRows {
            return stream.finish();
        }
        is_first = false;
    }
}
