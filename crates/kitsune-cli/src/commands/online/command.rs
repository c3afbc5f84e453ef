//! The settings of a stream: what it reads, what it writes, and what it refuses.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use kitsune_core::RowSource;
use kitsune_core::online::{OnlineConfig, OnlineKitsune};
use kitsune_data::files::Destination;
use kitsune_data::{Format, Location, Source};

use super::progress::{Followed, Progress, Written, absolute};
use super::settings::{Settings, feature_map};
use crate::console::progress::Reporter;
use crate::failure::Failure;
use crate::input::Input;
use crate::input::for_model::open_for;
use crate::output::Output;
use crate::output::content::Content;
use crate::output::model_file::check_model_name;
use crate::output::read_files::ReadFiles;
use crate::process::follow::Follow;
use crate::process::standard_input;

/// The settings of a stream.
#[derive(Debug)]
pub(crate) struct Online {
    /// The rows; without locations if a file is followed.
    pub(crate) input: Input,
    pub(crate) file_format: Option<Format>,
    /// The file that is followed.
    pub(crate) followed: Option<PathBuf>,
    pub(crate) output: Output,
    /// The file of the state.
    pub(crate) state: PathBuf,
    pub(crate) resume: bool,
    /// Rows from one save to the next.
    pub(crate) save_every: Option<u64>,
    pub(crate) export: Option<PathBuf>,
    pub(crate) metrics: Option<PathBuf>,
    pub(crate) keep: Vec<String>,
    /// The number of reasons for each flagged row.
    pub(crate) explain: Option<usize>,
    pub(crate) settings: Settings,
    pub(crate) quiet: bool,
}

impl Online {
    /// Refuses names that can never work.
    pub(super) fn check_names(&self) -> Result<(), Failure> {
        self.output.check_name().map_err(Failure::usage)?;
        if !self.output.is_single() {
            let shown = self.output.path.display();
            return Err(Failure::usage(anyhow!(
                "{shown} is a folder: give one file for the scores (.ndjson, .csv, .parquet or .arrow), or - for standard output"
            )));
        }
        check_model_name(&self.state, "--model-checkpoint").map_err(Failure::usage)?;
        if let Some(model) = &self.export {
            check_model_name(model, "--export").map_err(Failure::usage)?;
        }
        if let Some(path) = self.followed.as_deref().filter(|path| path.as_os_str() == "-" || is_compressed(path)) {
            return Err(Failure::usage(anyhow!("--follow reads a plain file, not {}", path.display())));
        }
        Ok(())
    }

    /// The state to go on from. A state is never overwritten by a new detector.
    pub(super) fn load(&self) -> Result<Option<OnlineKitsune>, Failure> {
        let shown = self.state.display();
        let is_there = self.state.metadata().is_ok_and(|found| found.len() > 0);
        if self.resume {
            return Ok(if is_there { Some(OnlineKitsune::load(&self.state)?) } else { None });
        }
        if is_there {
            ReadFiles::default().check(&self.state, Content::State).map_err(Failure::usage)?;
            return Err(Failure::usage(anyhow!(
                "{shown} holds the state of a detector: --resume goes on with it, and another --model-checkpoint begins a new one"
            )));
        }
        Ok(None)
    }

    /// Refuses an output that cannot be continued.
    pub(super) fn check_continued(&self, progress: &Progress) -> Result<(), Failure> {
        let path = &self.output.path;
        let is_file = !self.output.is_stream() && path.metadata().is_ok_and(|found| found.len() > 0);
        if !is_file || progress.written_to(path).is_some() {
            return Ok(());
        }
        let shown = path.display();
        Err(Failure::usage(if self.output.can_grow() {
            anyhow!("{shown} is not the file that this detector has written to, and would be lost: give another path for the scores")
        } else {
            anyhow!("{shown} is complete, and files of its format cannot be continued: give another path for the scores")
        }))
    }

    /// Opens the rows. Also returns the file that is followed, and the lines of these rows that were read before.
    pub(super) fn open(
        &self,
        detector: Option<&OnlineKitsune>,
        progress: &Progress,
        is_first: bool,
    ) -> Result<(Source, Option<Followed>, u64)> {
        let mut followed = None;
        let input = match &self.followed {
            None => self.input.clone(),
            Some(path) => {
                let follow = Follow::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
                followed = Some(progress.followed(follow.identity(), path, is_first));
                self.input.following(follow, self.file_format.or_else(|| format_of(path)))
            }
        };
        let skip = match &followed {
            Some(followed) => followed.records,
            None if input.locations.iter().any(Location::is_standard_input) => 0,
            None => progress.records,
        };
        let mut source = match detector {
            Some(detector) => open_for(&input, detector)?,
            None => input.open()?,
        };
        if source.features() > 0 {
            if !self.keep.is_empty() {
                source = source.keep(&self.keep).context("--keep")?;
            }
            source = source.with_missing(self.input.on_missing.clone());
        }
        Ok((source, followed, skip))
    }

    /// Refuses outputs that are read, or that hold something else.
    pub(super) fn check_outputs(&self, source: &Source, progress: &Progress) -> Result<()> {
        let read = ReadFiles::of([source], self.followed.as_deref());
        // What was written before may end with half a line.
        if progress.written_to(&self.output.path).is_none() {
            self.output.check(&read)?;
        }
        self.output.check_outside(&self.input.locations)?;
        read.check(&self.state, Content::State)?;
        if let Some(model) = &self.export {
            read.check(model, Content::Model)?;
        }
        if let Some(metrics) = &self.metrics {
            read.check(metrics, Content::Metrics)?;
        }
        Ok(())
    }

    /// A detector for these rows.
    pub(super) fn detector(&self, source: &Source, config: &OnlineConfig) -> Result<OnlineKitsune> {
        let (features, names) = (source.features(), source.columns());
        let map = self.settings.feature_map.as_deref().map(|path| feature_map(path, features, names.as_deref())).transpose()?;
        let config = config.clone().with_feature_map(map);
        let detector = OnlineKitsune::new(config, features)?.with_reading(RowSource::reading(source))?;
        Ok(match names {
            Some(names) => detector.with_columns(names)?,
            None => detector,
        })
    }

    /// The rows, for messages.
    pub(super) fn named(&self) -> String {
        self.followed.as_ref().map_or_else(|| self.input.named(), |path| path.display().to_string())
    }

    pub(super) fn reporter(&self) -> Reporter {
        Reporter::new(self.quiet)
    }

    /// Where the output stands, if it is a file that grows.
    pub(super) fn written(&self, grows: bool) -> Result<Option<Written>> {
        if !grows {
            return Ok(None);
        }
        let shown = self.output.path.display();
        let bytes = self.output.path.metadata().with_context(|| format!("{shown} cannot be read"))?.len();
        Ok(Some(Written { path: absolute(&self.output.path), bytes }))
    }
}

/// Whether an error says that a signal ended the wait for rows.
pub(super) fn was_stopped(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>()).any(standard_input::was_stopped)
}

fn is_compressed(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "gz" || extension == "zst")
        || Destination::of(path).is_ok_and(|destination| destination == Destination::Stream)
}

/// The format that an extension names.
fn format_of(path: &Path) -> Option<Format> {
    let extension = path.extension()?.to_str()?.to_lowercase();
    Format::ALL.iter().copied().find(|format| format.extensions().contains(&&*extension))
}
