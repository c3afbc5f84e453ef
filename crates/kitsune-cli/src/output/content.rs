//! What the files hold that kitsune writes, and how it knows its own.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::Result;
use kitsune_data::{Error, Format, Header, SourceOptions};

/// The column of the scores.
pub(crate) const SCORE: &str = "score";
/// The formats in which scores are written.
pub(super) const FORMATS: [Format; 4] = [Format::JsonLines, Format::Csv, Format::Parquet, Format::Ipc];

/// What a file holds that kitsune writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Scores,
    Model,
    Checkpoint,
    /// The state of an online detector.
    State,
    Metrics,
    Report,
    ManualPage,
}

impl Content {
    /// Its name in messages.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Scores => "scores",
            Self::Model => "model",
            Self::Checkpoint => "checkpoint",
            Self::State => "state of an online detector",
            Self::Metrics => "metrics",
            Self::Report => "report",
            Self::ManualPage => "manual page",
        }
    }

    /// What to do if a file cannot be replaced.
    pub(super) fn advice(self) -> &'static str {
        match self {
            Self::Scores => "give another path for them, as the last path, or remove it",
            Self::Model => "give another path for the model, or remove it",
            Self::Checkpoint => "the training needs it for its checkpoint, so give --model another name, or remove it",
            Self::State => "give another path as --model-checkpoint, or remove it",
            Self::Metrics => "give --metrics another path, or remove it",
            Self::Report => "give --report another folder, or remove it",
            Self::ManualPage => "give --output another folder, or remove it",
        }
    }

    /// Whether a file holds this. It reads a few kilobytes of the file, however large that is.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, so that nobody knows.
    pub(crate) fn is_in(self, path: &Path) -> Result<bool> {
        Ok(match self {
            Self::Scores => holds_scores(path)?,
            // The beginning of what kitsune-core writes, also of a file that was cut.
            Self::Model => begins_with(path, r#"{"__metadata__":{"kitsune":"{\"kind\":\"model\","#)?,
            Self::Checkpoint => begins_with(path, r#"{"__metadata__":{"kitsune":"{\"kind\":\"checkpoint\","#)?,
            Self::State => begins_with(path, r#"{"__metadata__":{"kitsune":"{\"kind\":\"online-detector\","#)?,
            Self::Metrics => begins_with(path, "# HELP kitsune_")?,
            Self::Report => begins_with(path, "<meta name=\"generator\" content=\"kitsune ")?,
            Self::ManualPage => begins_with(path, "\n.TH kitsune")?,
        })
    }
}

fn holds_scores(path: &Path) -> Result<bool> {
    for format in FORMATS {
        match SourceOptions::new().with_format(format).with_header(Header::Present).open(path) {
            Ok(source) if source.names().is_some_and(are_of_scores) => return Ok(true),
            // What the system answers says nothing about the content.
            Err(Error::Read { source, .. }) if source.raw_os_error().is_some() => return Err(source.into()),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(false)
}

/// Whether columns are those of scores: what `--keep` carries, then the score, and nothing behind it but what belongs to it. Rows of somebody may have
/// a last column of that name, so that a score without a verdict counts only if nothing but row numbers comes before it.
fn are_of_scores(names: &[String]) -> bool {
    let Some(at) = names.iter().position(|name| name == SCORE) else { return false };
    let (before, after) = (&names[..at], &names[at + 1..]);
    let is_ours = |name: &String| ["is_anomaly", "tail_probability", "drift", "tails", "reason_"].iter().any(|ours| name.starts_with(ours));
    after.iter().all(is_ours) && (!after.is_empty() || before.iter().all(|name| name == "row"))
}

/// Whether a mark is among the first characters of a file.
fn begins_with(path: &Path, mark: &str) -> Result<bool> {
    const HEAD: u64 = 4096;
    let mut head = Vec::new();
    File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    Ok(String::from_utf8_lossy(&head).contains(mark))
}
