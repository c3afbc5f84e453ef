//! `kitsune calibrate`: a new threshold for a model, from other normal rows.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use burn::tensor::backend::Backend;
use kitsune_core::kinds::ThresholdKind;
use kitsune_core::scoring::Pool;
use kitsune_core::threshold::NormalScores;
use kitsune_core::training::Progress;
use kitsune_core::{Kitsune, ScoreOptions};
use kitsune_data::input::{Input, open_for, with_missing_for};
use kitsune_data::{Location, PassProgress, Source};

use crate::backend::{BackendKind, Task, dispatch};
use crate::console::progress::Reporter;
use crate::console::row_counts::row_counts;
use crate::console::training_messages::{about_threshold, lack_of_threshold};
use crate::failure::{Failure, not_made};
use crate::input::packet_clock::PacketClock;
use crate::output::content::Content;
use crate::output::model_file::{check_model_name, save};
use crate::output::read_files::{ReadFiles, folder_for};
use crate::process::interrupt;
use crate::scoring::pooling::{self, PoolBy, senders};

/// Scores of hosts that the threshold is fitted to, at most.
const MOST_SCORES: usize = 1 << 16;

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
    /// `None` for what the model does.
    pub(crate) pool: Option<PoolBy>,
    /// Whether standard input can be read twice.
    pub(crate) spools: bool,
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
        let pool = self.pool.map_or(model.pool(), PoolBy::half_life);
        if pool.is_some() {
            if !self.spools && self.input.locations.iter().any(Location::is_standard_input) {
                bail!(
                    "the model's threshold is one for scores of hosts, for which rows are read twice: give --pool host as well, and they are kept meanwhile"
                );
            }
            source = source.clone().keep(pooling::columns(&source)?)?;
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
        let counted = source.clone().with_progress(&counts);
        let (kind, alert_rate) = (model.config().threshold, model.config().alert_rate);
        let (kind, alert_rate) = (self.threshold.unwrap_or(kind), self.alert_rate.unwrap_or(alert_rate));
        let mut observer = |progress| {
            if let Progress::Statistics { rows } = progress {
                reporter.advance(counts.bytes(), rows);
            }
            interrupt::control_flow()
        };
        let model = model
            .recalibrated(&counted, kind, alert_rate, &mut observer)
            .map_err(|error| not_made(format!("no threshold could be fitted to {}", self.input.named()), error))?;
        let model = match pool {
            Some(half_life) => of_hosts(model, &source, half_life).context("no threshold could be fitted to scores of hosts")?,
            None => model,
        };
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

/// The model with a threshold for scores of hosts, which are pooled over the packets of these rows.
fn of_hosts<B: Backend>(model: Kitsune<B>, source: &Source, half_life: f64) -> Result<Kitsune<B>> {
    let (mut pool, mut clock) = (Pool::new(half_life)?, PacketClock::default());
    let (mut scores, mut rows_before, mut stride) = (Vec::new(), 0_u64, 1);
    let options = ScoreOptions::new().with_check(&interrupt::control_flow);
    for batch in source.pass(0)? {
        let batch = batch?;
        let rows = 0..batch.rows();
        let times = clock.take(&batch, rows.clone(), source.files())?;
        let found = model.score_rows(batch.data(), &options)?.scores;
        for ((number, sender), score) in (rows_before..).zip(senders(&batch, rows, &times)?).zip(found) {
            let score = pool.mean(sender, f64::from(score)) as f32;
            if number.is_multiple_of(stride) {
                scores.push(score);
            }
            // Every other one stays, so that memory is bounded and all rows count alike.
            if scores.len() > MOST_SCORES {
                scores = scores.into_iter().step_by(2).collect();
                stride *= 2;
            }
        }
        rows_before += batch.rows() as u64;
    }
    Ok(model.with_pool(Some(half_life))?.with_normal_scores(NormalScores::new(scores)?))
}
