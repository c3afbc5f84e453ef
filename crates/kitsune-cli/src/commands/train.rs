//! `kitsune train`: rows to a model.

use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::{Context, Result};
use burn::tensor::backend::Backend;
use kitsune_core::{InputScaling, Kitsune, KitsuneConfig, Losses, Progress};
use kitsune_data::{Batch, Counts, OutputFolder, Source, SourceOptions};

use crate::backend::{BackendKind, Task, dispatch};
use crate::console::counted;
use crate::failure::Failure;
use crate::interrupt;
use crate::progress::Reporter;

/// Name of the model in its folder.
const MODEL: &str = "kitsune.safetensors";

/// A training, as it was asked for.
#[derive(Debug)]
pub(crate) struct Train {
    pub(crate) input_path: PathBuf,
    pub(crate) checkpoint_dir: PathBuf,
    pub(crate) options: SourceOptions,
    pub(crate) label_column: Option<String>,
    /// Leave out rows whose label is not 0.
    pub(crate) normal_only: bool,
    pub(crate) config: KitsuneConfig,
    pub(crate) backend: BackendKind,
    pub(crate) device: usize,
    pub(crate) quiet: bool,
}

pub(crate) fn run(train: Train) -> Result<(), Failure> {
    train.config.validate()?;
    interrupt::listen()?;
    let source = train.source()?;
    let folder = OutputFolder::create(&train.checkpoint_dir)?;
    let (backend, device) = (train.backend, train.device);
    dispatch(backend, device, Training { train, source })?;
    folder.keep();
    Ok(())
}

impl Train {
    fn source(&self) -> Result<Source> {
        let mut source = self.options.open(&self.input_path)?;
        if let Some(label) = &self.label_column {
            source = source.label(label).with_context(|| format!("--label-column {label} for {}", self.input_path.display()))?;
            if self.normal_only {
                source = source.normal_only();
            }
        }
        if self.config.inputs == InputScaling::Identity {
            source = source.within(0.0, 1.0);
        }
        Ok(source.shuffle(self.config.seed))
    }
}

struct Training {
    train: Train,
    source: Source,
}

impl Task for Training {
    type Output = ();

    fn run<B: Backend>(self, device: &B::Device) -> Result<()> {
        let Self { train, source } = self;
        // The first pass counts the bytes read and the rows left out; later ones know the rows.
        let statistics = source.pass(0)?;
        let counts = statistics.counts();
        let statistics = std::cell::RefCell::new(Some(statistics));
        let rows = |epoch: usize| -> Result<_, kitsune_data::Error> {
            let pass = match statistics.borrow_mut().take() {
                Some(pass) if epoch == 0 => pass,
                _ => source.pass(epoch)?,
            };
            Ok(pass.map(|batch| batch.map(Batch::into_data)))
        };

        let mut story = Story { reporter: Reporter::new(train.quiet), counts, bytes: source.bytes(), losses: None };
        story.reporter.begin("reading", source.bytes());
        let model: Kitsune<B> =
            train.config.fit_observed(&rows, device, &mut |progress| story.observe(progress)).with_context(|| match story.left_out() {
                Some(left_out) => format!("no model could be trained on {} ({left_out})", train.input_path.display()),
                None => format!("no model could be trained on {}", train.input_path.display()),
            })?;
        let model = match source.names() {
            Some(names) => model.with_columns(names.to_vec())?,
            None => model,
        };
        let path = train.checkpoint_dir.join(MODEL);
        model.save(&path)?;
        story.reporter.say(&format!("wrote {}", path.display()));
        Ok(())
    }
}

/// What is told of a training.
struct Story {
    reporter: Reporter,
    counts: Counts,
    bytes: u64,
    /// Of the last epoch.
    losses: Option<Losses>,
}

impl Story {
    /// How many rows do not count, if there are any.
    fn left_out(&self) -> Option<String> {
        let rows = self.counts.left_out();
        (rows > 0).then(|| format!("{} left out, whose label is not 0", counted(rows, "row")))
    }

    fn observe(&mut self, progress: Progress) -> ControlFlow<()> {
        match progress {
            Progress::Statistics { rows } => self.reporter.advance(self.counts.bytes().min(self.bytes), rows),
            Progress::Planned { rows, features, clusters, epochs, steps } => {
                self.reporter.end();
                if let Some(left_out) = self.left_out() {
                    self.reporter.say(&left_out);
                }
                self.reporter.say(&format!(
                    "{} of {} in {}: {}, {}",
                    counted(rows, "row"),
                    counted(features as u64, "feature"),
                    counted(clusters as u64, "cluster"),
                    counted(epochs as u64, "epoch"),
                    counted(steps, "step")
                ));
                self.reporter.begin("training", rows.saturating_mul(epochs as u64));
            }
            Progress::Step { rows, .. } => self.reporter.advance(rows, rows),
            Progress::Epoch { losses, .. } => self.losses = Some(losses),
            Progress::Calibration => {
                self.reporter.end();
                if let Some(Losses { tails, head }) = self.losses {
                    self.reporter.say(&format!("mean loss in the last epoch: tails {tails:.4}, head {head:.4}"));
                }
            }
            _ => {}
        }
        if interrupt::asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
