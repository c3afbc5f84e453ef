//! `kitsune train`: rows to a model.

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use burn::tensor::backend::Backend;
use kitsune_core::training::Training;
use kitsune_core::{FeatureMapper, Kitsune, KitsuneConfig};
use kitsune_data::files::{self, folder_of};
use kitsune_data::input::{Input, open_to_train};
use kitsune_data::{CachedSource, ColumnWatch, OutputFolder, PassProgress, Source};

use crate::backend::{BackendKind, Task, dispatch};
use crate::console::progress::Reporter;
use crate::console::training_messages::TrainingMessages;
use crate::console::{counted, quoted};
use crate::failure::{Failure, WithLabels, not_made};
use crate::input::label_names::{label_among_features, likely_label};
use crate::output::checkpoint_file::CheckpointFile;
use crate::output::content::Content;
use crate::output::model_file::{check_model_name, save};
use crate::output::read_files::{ReadFiles, folder_for};
use crate::process::{interrupt, memory};

/// The settings of a training.
#[derive(Debug)]
pub(crate) struct Train {
    pub(crate) input: Input,
    /// The file to write.
    pub(crate) model: PathBuf,
    /// The model to continue.
    pub(crate) from: Option<PathBuf>,
    /// Resume from the checkpoint of an interrupted training.
    pub(crate) resume: bool,
    /// The least time between two checkpoints.
    pub(crate) checkpoint_interval: Duration,
    pub(crate) shuffle_bytes: usize,
    /// The bytes of decoded rows that memory keeps; 0 for no cache.
    pub(crate) cached_bytes: usize,
    /// Leave out rows whose label is not normal.
    pub(crate) normal_only: bool,
    pub(crate) config: KitsuneConfig,
    pub(crate) backend: BackendKind,
    pub(crate) device: usize,
    pub(crate) quiet: bool,
}

pub(crate) fn run(train: Train) -> Result<(), Failure> {
    train.config.validate()?;
    check_model_name(&train.model, "--model").map_err(Failure::usage)?;
    interrupt::listen();
    let mut checkpoint = CheckpointFile::beside(&train.model, train.resume, train.checkpoint_interval);
    let (backend, device) = (train.backend, train.device);
    dispatch(backend, device, Run { train, checkpoint: &mut checkpoint }).map_err(|error| match error.into() {
        Failure::Interrupted { .. } if checkpoint.is_ours() => Failure::Suspended { checkpoint: checkpoint.path().to_owned() },
        other => other,
    })
}

/// Refuses more features than the memory holds: the statistics grow with the square of their number.
fn check_memory(features: usize) -> Result<()> {
    let needed = FeatureMapper::memory(features);
    if let Some(available) = memory::available().filter(|&available| needed > available) {
        let gigabytes = |bytes: u64| format!("{:.1} GB", bytes as f64 / 1e9);
        bail!(
            "the statistics of {} need {}, but only {} of memory are free: leave some out with --exclude or --columns",
            counted(features as u64, "feature"),
            gigabytes(needed),
            gigabytes(available)
        );
    }
    Ok(())
}

impl Train {
    /// The rows, with the columns of the model that the training continues.
    fn source<B: Backend>(&self, model: Option<&Kitsune<B>>) -> Result<Source> {
        let source = open_to_train(&self.input, model, &self.config, self.normal_only).map_err(anyhow::Error::from);
        let source = match model {
            Some(_) => source.with_context(|| format!("the training of the model cannot continue on {}", self.input.named()))?,
            None => source?,
        };
        Ok(source.with_shuffle_bytes(self.shuffle_bytes))
    }

    /// The rows with a cache for later passes. What memory does not hold goes to a temporary file, but not to memory unless somebody asked for that.
    fn cached(&self, source: Source) -> CachedSource {
        let cached = source.cached(self.cached_bytes);
        let beside = || Some(folder_of(&self.model).to_owned()).filter(|folder| !files::is_in_memory(folder));
        let asked = env::var_os("TMPDIR").filter(|folder| !folder.is_empty()).map(PathBuf::from);
        match asked.or_else(beside).filter(|_| self.cached_bytes > 0) {
            Some(folder) => cached.with_folder(folder),
            None => cached,
        }
    }
}

/// A column that seems to hold labels and does not serve as such.
fn warning_of_labels(source: &Source, has_labels: bool) -> Option<String> {
    let label = if has_labels { label_among_features(source) } else { likely_label(source) }?;
    let word = quoted(&label);
    Some(if has_labels {
        format!("warning: the column {label} seems to hold labels, and is a feature: --exclude {word} leaves it out")
    } else {
        format!("warning: the column {label} seems to hold labels: --label-column {word} trains on the normal rows only")
    })
}

struct Run<'a> {
    train: Train,
    checkpoint: &'a mut CheckpointFile,
}

impl Task for Run<'_> {
    type Output = ();

    fn run<B: Backend>(self, device: &B::Device) -> Result<()> {
        let Self { train, checkpoint } = self;
        let from = train.from.as_ref().map(|path| Kitsune::<B>::from_pretrained(path, device).context("--from")).transpose()?;
        let source = train.source(from.as_ref())?;
        check_memory(source.features())?;
        let read = ReadFiles::of([&source], train.input.label_file.as_deref());
        read.check(&train.model, Content::Model)?;
        read.check(checkpoint.path(), Content::Checkpoint)?;
        let folders = [folder_for(&train.model)?, folder_for(checkpoint.path())?];
        source.check().map_err(|error| if train.input.has_labels() { WithLabels(error).into() } else { anyhow::Error::from(error) })?;
        // The first pass counts the bytes read and the rows left out; later ones know the rows.
        let (counts, watch) = (PassProgress::new(), ColumnWatch::new());
        let source = source.with_progress(&counts).with_watch(&watch);

        let names = (0..source.features()).map(|feature| source.called(feature)).collect();
        let mut messages = TrainingMessages::new(Reporter::new(train.quiet), counts.clone(), watch.clone(), names);
        messages.reporter.say_notes(&source);
        if let Some(warning) = warning_of_labels(&source, train.input.has_labels()) {
            messages.reporter.say(&warning);
        }
        match (train.resume, checkpoint.exists()) {
            (true, false) => messages.reporter.say(&format!("there is no {}: training from the beginning", checkpoint.path().display())),
            (false, true) => {
                let path = checkpoint.path().display();
                messages.reporter.say(&format!("{path} is the checkpoint of an interrupted training: --resume would have resumed it"));
            }
            _ => {}
        }
        messages.reporter.begin("reading", source.bytes());
        let resumed = checkpoint.path().to_owned();
        let rows = train.cached(source);
        let training = Training::new(&train.config, &rows);
        let training = match &from {
            Some(model) => training.with_initial_model(model),
            None => training,
        };
        let (trouble, mut is_known) = (checkpoint.trouble(), false);
        let observer = |progress| {
            messages.observe(progress);
            // The next checkpoint would fail for the same reason.
            if let Some(trouble) = trouble.take().filter(|_| !std::mem::replace(&mut is_known, true)) {
                messages
                    .reporter
                    .say(&format!("warning: {trouble}: an interruption would lose what was learned since the last checkpoint"));
            }
            interrupt::control_flow()
        };
        let trained = training.observed(observer).with_checkpoints(checkpoint).run(device);
        let model = trained.map_err(|error| {
            let named = train.input.named();
            let what = match messages.not_used() {
                _ if error.is_about_checkpoint() => format!("{} cannot be resumed", resumed.display()),
                Some(not_used) => format!("no model could be trained on {named} ({not_used})"),
                None => format!("no model could be trained on {named}"),
            };
            not_made(what, error)
        })?;
        // Its temporary file may be on the disk that the model needs.
        drop(rows);
        messages.reporter.say(&train.backend.with_engine(model.engine()));
        messages.conclude(&model);
        save(&model, &train.model)?;
        folders.into_iter().for_each(OutputFolder::keep);
        checkpoint.remove()?;
        messages.reporter.say(&format!("wrote {}", train.model.display()));
        Ok(())
    }
}
