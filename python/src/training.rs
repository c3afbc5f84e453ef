//! Rows to a model.

use std::env;
use std::path::PathBuf;

use kitsune_core::training::{Progress, Training};
use kitsune_core::{Kitsune, KitsuneConfig, RowSource};
use kitsune_data::files::is_in_memory;
use kitsune_data::input::open_to_train;

use crate::backend::{AnyModel, Built, Task};
use crate::failure::Answer;
use crate::input::Input;
use crate::watcher::Watcher;

/// The bytes of decoded rows that memory keeps between passes, as of the command.
const CACHED_BYTES: usize = 256 << 20;

/// A training.
pub(crate) struct Train<'a> {
    pub(crate) config: &'a KitsuneConfig,
    pub(crate) input: &'a Input,
    /// The model that the training continues.
    pub(crate) initial: Option<&'a AnyModel>,
    /// Whether rows train only if they are normal by their labels.
    pub(crate) normal_only: bool,
    pub(crate) watcher: &'a Watcher,
}

impl Task for Train<'_> {
    type Output = Answer<AnyModel>;

    fn run<B: Built>(self, device: &B::Device) -> Self::Output {
        let moved = match (self.initial, self.initial.and_then(B::unwrapped)) {
            (Some(model), None) => Some(Kitsune::<B>::from_bytes(&crate::backend::with_model!(model, model => model.to_bytes())?, device)?),
            _ => None,
        };
        let initial = moved.as_ref().or_else(|| self.initial.and_then(B::unwrapped));
        let source = open_to_train(&self.input.rows, initial, self.config, self.normal_only)?;
        source.check()?;
        if !self.input.is_costly {
            return self.train::<B>(initial, &source, device);
        }
        let cached = source.cached(CACHED_BYTES);
        match folder() {
            Some(folder) => self.train::<B>(initial, &cached.with_folder(folder), device),
            None => self.train::<B>(initial, &cached, device),
        }
    }
}

impl Train<'_> {
    fn train<B: Built>(self, initial: Option<&Kitsune<B>>, rows: &impl RowSource, device: &B::Device) -> Answer<AnyModel> {
        let training = Training::new(self.config, rows);
        let training = match initial {
            Some(model) => training.with_initial_model(model),
            None => training,
        };
        let (watcher, mut total) = (self.watcher, None);
        let observer = |progress| match progress {
            Progress::Statistics { rows } => watcher.show(false, "reading", rows, None),
            Progress::Planned { steps, .. } => {
                total = Some(steps);
                watcher.look()
            }
            Progress::RoughFit => watcher.show(false, "rough fit", 0, None),
            Progress::Training => watcher.show(true, "training", 0, total),
            Progress::Step { step, .. } => watcher.show(Some(step) == total, "training", step, total),
            Progress::Calibration => watcher.show(true, "calibration", 0, None),
            _ => watcher.look(),
        };
        let trained = training.observed(observer).run(device);
        Ok(B::wrapped(self.watcher.answer(trained.map_err(Into::into))?))
    }
}

/// The folder for rows that memory does not keep, unless it is in memory itself and nobody asked for it.
fn folder() -> Option<PathBuf> {
    let asked = env::var_os("TMPDIR").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    asked.or_else(|| Some(env::temp_dir()).filter(|folder| !is_in_memory(folder)))
}
