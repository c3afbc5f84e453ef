//! The settings of a stream: what it reads, what it writes, and what it refuses.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use kitsune_core::RowSource;
use kitsune_core::online::{OnlineConfig, OnlineKitsune};
use kitsune_data::files::Destination;
use kitsune_data::input::{Input, open_for, remembered};
use kitsune_data::{Format, Location, Source};

use super::progress::{Followed, Progress, Written, absolute};
use super::settings::{Settings, feature_map};
use crate::alerts::FlaggedPacket;
use crate::console::progress::Reporter;
use crate::failure::Failure;
use crate::output::Output;
use crate::output::alert_file::check_alerts_name;
use crate::output::content::Content;
use crate::output::model_file::check_model_name;
use crate::output::read_files::{ReadFiles, check_outside};
use crate::process::follow::{Follow, Unit};
use crate::process::standard_input;
use crate::scoring::pooling;

/// The settings of a stream.
#[derive(Debug)]
pub(crate) struct Online {
    /// The rows; without locations if a file is followed.
    pub(crate) input: Input,
    pub(crate) file_format: Option<Format>,
    /// The file that is followed.
    pub(crate) followed: Option<PathBuf>,
    /// Whether the rows are the packets of an interface, which end by themselves when a signal asks for it.
    pub(crate) listens: bool,
    pub(crate) output: Output,
    /// The file of the state.
    pub(crate) state: PathBuf,
    pub(crate) resume: bool,
    /// Rows from one save to the next.
    pub(crate) save_every: Option<u64>,
    pub(crate) export: Option<PathBuf>,
    pub(crate) metrics: Option<PathBuf>,
    /// The file of the alerts.
    pub(crate) alerts: Option<PathBuf>,
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
        check_alerts_name(self.alerts.as_deref(), &self.output).map_err(Failure::usage)?;
        if let Some(model) = &self.export {
            check_model_name(model, "--export").map_err(Failure::usage)?;
        }
        if let Some(path) = self.followed.as_deref().filter(|path| !is_plain(path)) {
            return Err(Failure::usage(anyhow!(
                "--follow reads a plain file of NDJSON or CSV, or a plain capture, not {}",
                path.display()
            )));
        }
        let output = if self.output.is_stream() { None } else { Some(&self.output.path) };
        let written: Vec<PathBuf> = output
            .into_iter()
            .chain([&self.state])
            .chain(&self.export)
            .chain(&self.metrics)
            .chain(&self.alerts)
            .map(|path| absolute(path))
            .collect();
        if let Some(path) = written.iter().enumerate().find_map(|(at, path)| written[..at].contains(path).then_some(path)) {
            return Err(Failure::usage(anyhow!(
                "{} cannot be several things at once: scores, state, model, metrics or alerts",
                path.display()
            )));
        }
        Ok(())
    }

    /// The state to go on from. A state is never overwritten by a new detector.
    pub(super) fn load(&self) -> Result<Option<OnlineKitsune>, Failure> {
        let shown = self.state.display();
        let is_there = self.state.metadata().is_ok_and(|found| found.len() > 0);
        if self.resume && is_there {
            return Ok(Some(OnlineKitsune::load(&self.state)?));
        }
        let mut grow = self.output.can_grow().then_some(&self.output.path).into_iter().chain(&self.alerts);
        if let Some(path) = grow.find(|path| self.resume && path.metadata().is_ok_and(|found| found.is_file() && found.len() > 0)) {
            let path = path.display();
            return Err(Failure::usage(anyhow!(
                "there is no state {shown} to go on with, and {path} would be emptied: give another path for one of them"
            )));
        }
        if self.resume {
            return Ok(None);
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
        if let Some(path) = &self.alerts
            && path.metadata().is_ok_and(|found| found.is_file() && found.len() > 0)
            && !progress.alerts_are_in(path)
        {
            return Err(Failure::usage(anyhow!(
                "{} is not the file of alerts that this detector has written to, and would be lost: give --alerts another path",
                path.display()
            )));
        }
        let path = &self.output.path;
        let is_file = !self.output.is_stream() && path.metadata().is_ok_and(|found| found.len() > 0);
        let shown = path.display();
        if progress.written.as_ref().is_some_and(|written| written.path == absolute(path) && written.shape != self.shape()) {
            return Err(Failure::usage(anyhow!(
                "{shown} was written with another --keep, --explain, --alerts or --output-format: give the same ones, or another path"
            )));
        }
        if !is_file || progress.written_to(path).is_some() {
            return Ok(());
        }
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
        if self.listens {
            self.reporter().say(&format!("waiting for packets of {}", self.named()));
        }
        let mut followed = None;
        let input = match &self.followed {
            None => self.input.clone(),
            Some(path) => {
                let format = self.file_format.or_else(|| format_of(path));
                let unit = if format == Some(Format::Capture) { Unit::Bytes } else { Unit::Lines };
                let follow = Follow::open(path, unit).with_context(|| format!("{} cannot be read", path.display()))?;
                followed = Some(progress.followed(follow.identity(), path, is_first));
                self.input.following(follow, format)
            }
        };
        let skip = match &followed {
            Some(followed) => followed.records,
            None if input.locations.iter().any(Location::is_standard_input) => 0,
            None => progress.of_files,
        };
        let mut source = match detector {
            Some(detector) => {
                let source = open_for(&input, detector)?;
                if source.reading().conditions != remembered(detector)?.conditions {
                    bail!(
                        "--where lets other rows in than when the state was made, so that nobody knows where to go on: leave it out with --resume"
                    );
                }
                source
            }
            None => input.open()?,
        };
        if source.features() > 0 {
            let mut needed = if self.alerts.is_some() { FlaggedPacket::columns(&source)? } else { Vec::new() };
            if detector.map_or(self.settings.pools(), |detector| detector.config().pool.is_some()) {
                needed.extend(pooling::columns(&source)?);
            }
            if !self.keep.is_empty() || !needed.is_empty() {
                source = source.keep(needed.into_iter().chain(self.keep.iter().map(String::as_str))).context("--keep")?;
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
        if let Some(alerts) = self.alerts.as_ref().filter(|alerts| !progress.alerts_are_in(alerts)) {
            read.check(alerts, Content::Alerts)?;
        }
        if let Some(alerts) = &self.alerts {
            check_outside(alerts, alerts, Content::Alerts, &self.input.locations)?;
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
    pub(super) fn written(&self, grows: bool) -> Option<Written> {
        if !grows {
            return None;
        }
        // Somebody may have moved it away, and then it cannot be continued.
        let found = self.output.path.metadata().ok();
        found.map(|found| Written { path: absolute(&self.output.path), bytes: found.len(), shape: self.shape() })
    }

    /// What the columns of the output are made of.
    fn shape(&self) -> String {
        let columns = format!("{:?}", (&self.keep, self.explain, self.output.format));
        if self.alerts.is_some() { columns + " with those of alerts" } else { columns }
    }
}

/// Whether an error says that a signal ended the wait for rows.
pub(super) fn was_stopped(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>()).any(standard_input::was_stopped)
}

/// Whether a path can be that of a file of lines that grows.
fn is_plain(path: &Path) -> bool {
    let is_compressed = path.extension().is_some_and(|extension| ["gz", "zst", "bz2", "xz"].iter().any(|other| extension == *other));
    let is_binary = matches!(format_of(path), Some(Format::Parquet | Format::Ipc));
    let is_stream = Destination::of(path).is_ok_and(|destination| destination == Destination::Stream);
    let is_url = path.to_str().is_some_and(|path| path.contains("://"));
    !(path.as_os_str() == "-" || is_compressed || is_binary || is_stream || is_url || path.is_dir())
}

/// The format that an extension names.
fn format_of(path: &Path) -> Option<Format> {
    let extension = path.extension()?.to_str()?.to_lowercase();
    Format::ALL.iter().copied().find(|format| format.extensions().contains(&&*extension))
}
