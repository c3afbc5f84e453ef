//! `kitsune train`: rows to a model.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::rc::Rc;

use anyhow::{Context, Result, bail};
use burn::tensor::backend::Backend;
use kitsune_core::{FeatureMapper, InputScaling, Kitsune, KitsuneConfig, Losses, Progress};
use kitsune_data::{Batch, ColumnWatch, Counts, Missing, OutputFolder, Source};

use crate::backend::{BackendKind, Task, dispatch};
use crate::console::{counted, quoted};
use crate::failure::Failure;
use crate::input::{Input, OnMissing};
use crate::progress::Reporter;
use crate::{interrupt, memory};

/// Name of the model in its folder.
const MODEL: &str = "kitsune.safetensors";

/// A training, as it was asked for.
#[derive(Debug)]
pub(crate) struct Train {
    pub(crate) input: Input,
    pub(crate) checkpoint_dir: PathBuf,
    pub(crate) shuffle_bytes: usize,
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
    check_memory(source.features())?;
    let folder = OutputFolder::create(&train.checkpoint_dir)?;
    let (backend, device) = (train.backend, train.device);
    dispatch(backend, device, Training { train, source })?;
    folder.keep();
    Ok(())
}

/// Refuses statistics that would not fit: they grow with the square of the number of features, whatever the rows.
fn check_memory(features: usize) -> Result<()> {
    let (needed, available) = (FeatureMapper::memory(features), memory::available());
    if needed > available {
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
    fn source(&self) -> Result<Source> {
        let mut source = self.input.open()?;
        if self.input.label.is_some() && self.normal_only {
            source = source.normal_only();
        }
        if self.config.inputs == InputScaling::Identity {
            source = source.within(0.0, 1.0);
        }
        Ok(source.shuffle(self.config.seed).shuffle_bytes(self.shuffle_bytes))
    }

    /// What becomes of missing values; their means take a pass of their own.
    fn missing(&self, source: &Source) -> Result<Missing> {
        Ok(match self.input.on_missing {
            OnMissing::Error => Missing::Refuse,
            OnMissing::Drop => Missing::Drop,
            OnMissing::Fill(value) => Missing::Fill(value),
            OnMissing::Mean => Missing::FillEach(source.means()?),
        })
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
        let missing = train.missing(&source)?;
        let source = source.on_missing(missing);
        // The first pass counts the bytes read and the rows left out; later ones know the rows.
        let statistics = source.pass(0)?;
        let counts = statistics.counts();
        let statistics = RefCell::new(Some(statistics));
        let watch = Rc::new(RefCell::new(ColumnWatch::new()));
        let watching = Rc::clone(&watch);
        let rows = |epoch: usize| -> Result<_, kitsune_data::Error> {
            let pass = match statistics.borrow_mut().take() {
                Some(pass) if epoch == 0 => pass,
                _ => source.pass(epoch)?,
            };
            let watching = (epoch == 0).then(|| Rc::clone(&watching));
            Ok(pass.map(move |batch| {
                batch.map(|batch| {
                    if let Some(watch) = &watching {
                        watch.borrow_mut().observe(&batch);
                    }
                    Batch::into_data(batch)
                })
            }))
        };

        let names = (0..source.features()).map(|feature| source.called(feature)).collect();
        let mut story = Story { reporter: Reporter::new(train.quiet), counts, watch, names, losses: None };
        story.reporter.begin("reading", source.bytes());
        let model: Kitsune<B> = train.config.fit_observed(&rows, device, &mut |progress| story.observe(progress)).with_context(|| {
            let named = train.input.named();
            match story.not_used() {
                Some(not_used) => format!("no model could be trained on {named} ({not_used})"),
                None => format!("no model could be trained on {named}"),
            }
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
    watch: Rc<RefCell<ColumnWatch>>,
    /// What features are called on the command line.
    names: Vec<String>,
    /// Of the last epoch.
    losses: Option<Losses>,
}

impl Story {
    /// How many rows do not count, if there are any.
    fn not_used(&self) -> Option<String> {
        let why = [(self.counts.left_out(), "left out, whose label is not 0"), (self.counts.dropped(), "dropped, for a value was missing")];
        let parts: Vec<_> =
            why.into_iter().filter(|&(rows, _)| rows > 0).map(|(rows, why)| format!("{} {why}", counted(rows, "row"))).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// What was noticed while the statistics were taken.
    fn notices(&self) -> Vec<String> {
        let mut notices: Vec<_> = self.not_used().into_iter().collect();
        if self.counts.filled() > 0 {
            notices.push(format!("{} filled", counted(self.counts.filled(), "missing value")));
        }
        let watch = self.watch.borrow();
        for (features, what) in [(watch.rising(), "only ever rise, as row numbers and times do"), (watch.constant(), "never change")] {
            if !features.is_empty() {
                let names: Vec<_> = features.iter().map(|&feature| self.names[feature].as_str()).collect();
                let word = quoted(&names.join(","));
                notices.push(format!("warning: these columns {what}, and tell nothing of new rows: --exclude {word} leaves them out"));
            }
        }
        notices
    }

    fn observe(&mut self, progress: Progress) -> ControlFlow<()> {
        match progress {
            Progress::Statistics { rows } => self.reporter.advance(self.counts.bytes(), rows),
            Progress::Planned { rows, features, clusters, epochs, steps } => {
                self.reporter.end();
                self.notices().iter().for_each(|notice| self.reporter.say(notice));
                self.reporter.say(&format!(
                    "{} of {} in {}: {}, {}",
                    counted(rows, "row"),
                    counted(features as u64, "feature"),
                    counted(clusters as u64, "cluster"),
                    counted(epochs as u64, "epoch"),
                    counted(steps, "step")
                ));
                self.reporter.begin("training", Some(rows.saturating_mul(epochs as u64)));
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
