//! `kitsune calibrate`: a new threshold for a model, from other normal rows.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use burn::tensor::backend::Backend;
use kitsune_core::Kitsune;
use kitsune_core::kinds::ThresholdKind;
use kitsune_core::training::Progress;
use kitsune_data::PassProgress;
use kitsune_data::input::{Input, open_for, with_missing_for};

use crate::backend::{BackendKind, Task, dispatch};
use crate::console::progress::Reporter;
use crate::console::row_counts::row_counts;
use crate::console::training_messages::{about_threshold, lack_of_threshold};
use crate::failure::{Failure, not_made};
use crate::output::content::Content;
use crate::output::model_file::{check_model_name, save};
use crate::output::read_files::{ReadFiles, folder_for};
use crate::process::interrupt;

/// The settings of a calibration.
#[derive(Debug)]
pub(crate) struct Calibrate {
    pub(crate) model: PathBuf,
    /// The file to write; `None` replaces the model.
    pub(crate) output: Option<PathBuf>,
    pub(crate) input: Input,
    /// `None` for the kind in the model.
    pub(crate) threshold: Option<ThresholdKind>,
    pub(crate) alert_rate: Option<f64>,
    pub(crate) backend: BackendKind,
    pub(crate) device: usize,
    pub(crate) quiet: bool,
}

pub(crate) fn run(calibrate: Calibrate) -> Result<(), Failure> {
    if let Some(output) = &calibrate.output {
        check_model_name(output, "--output").map_err(Failure::usage)?;
    }
    interrupt::listen();
    Ok(dispatch(calibrate.backend, calibrate.device, calibrate)?)
}

impl Calibrate {
    /// The file to write.
    fn output(&self) -> &Path {
        self.output.as_ref().unwrap_or(&self.model)
    }
}

impl Task for Calibrate {
    type Output = ();

    fn run<B: Backend>(self, device: &B::Device) -> Result<()> {
        let model = Kitsune::<B>::from_pretrained(&self.model, device)?;
        let mut source = open_for(&self.input, &model)?;
        if self.input.has_labels() {
            source.normal_labels()?;
            source = source.normal_only();
        }
        let source = with_missing_for(source, &self.input, &model)?;
        let output = self.output();
        ReadFiles::of([&source], self.input.label_file.as_deref()).check(output, Content::Model)?;
        let folder = folder_for(output)?;

        let mut reporter = Reporter::new(self.quiet);
        reporter.say_notes(&source);
        reporter.begin("calibrating", source.bytes());
        source.check()?;
        let counts = PassProgress::new();
        let source = source.with_progress(&counts);
        let (kind, alert_rate) = (model.config().threshold, model.config().alert_rate);
        let (kind, alert_rate) = (self.threshold.unwrap_or(kind), self.alert_rate.unwrap_or(alert_rate));
        let mut observer = |progress| {
            if let Progress::Statistics { rows } = progress {
                reporter.advance(counts.bytes(), rows);
            }
            interrupt::control_flow()
        };
        let model = model
            .recalibrated(&source, kind, alert_rate, &mut observer)
            .map_err(|error| not_made(format!("no threshold could be fitted to {}", self.input.named()), error))?;
        reporter.end();
        for text in row_counts(&counts) {
            reporter.say(&text);
        }
        if model.threshold().is_none() {
            let model_file = self.model.display();
            bail!("nothing was written, and {model_file} stays as it is: {} (--alert-rate, --threshold)", lack_of_threshold(&model));
        }
        reporter.say(&about_threshold(&model));
        save(&model, output)?;
        folder.keep();
        reporter.say(&format!("wrote {}", output.display()));
        Ok(())
    }
}
