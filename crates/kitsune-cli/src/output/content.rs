//! What the files hold that kitsune writes, and how it knows its own.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::Result;
use kitsune_data::packets::{FeatureExtractor, FeatureExtractorConfig, Statistics};
use kitsune_data::{Error, Format, Header, SourceOptions};

/// The column of the scores.
pub(crate) const SCORE: &str = "score";
/// The formats in which scores are written.
pub(crate) const WRITTEN: [Format; 4] = [Format::JsonLines, Format::Csv, Format::Parquet, Format::Ipc];

/// What a file holds that kitsune writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Scores,
    /// The statistics of packets.
    Statistics,
    Alerts,
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
            Self::Statistics => "statistics",
            Self::Alerts => "alerts",
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
            Self::Scores | Self::Statistics => "give another path for them, as the last path, or remove it",
            Self::Alerts => "give --alerts another path, or remove it",
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
            Self::Scores => has_columns(path, are_of_scores)?,
            Self::Statistics => has_columns(path, are_of_statistics)?,
            Self::Alerts => begins_with(path, "{\"first\":\"")?,
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

/// Whether a file is of a format of results, and has such columns.
fn has_columns(path: &Path, are_ours: fn(&[String]) -> bool) -> Result<bool> {
    for format in WRITTEN {
        match SourceOptions::new().with_format(format).with_header(Header::Present).open(path) {
            Ok(source) if source.names().is_some_and(are_ours) => return Ok(true),
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

/// Whether columns are those of extracted packets: what `--keep` carries, then nothing but statistics.
fn are_of_statistics(names: &[String]) -> bool {
    let known = FeatureExtractor::new(FeatureExtractorConfig::new().with_statistics(Statistics::WithSourceHost)).feature_names();
    let at = names.iter().position(|name| known.contains(name)).unwrap_or(names.len());
    at < names.len() && names[at..].iter().all(|name| known.contains(name))
}

/// Whether a mark is among the first characters of a file.
fn begins_with(path: &Path, mark: &str) -> Result<bool> {
    const HEAD: u64 = 4096;
    let mut head = Vec::new();
    File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    Ok(String::from_utf8_lossy(&head).contains(mark))
}
