//! `kitsune import`: a checkpoint of the original as a model.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use burn::tensor::backend::Backend;
use kitsune_core::features::FeatureMap;
use kitsune_core::{Error, Kitsune};

use crate::backend::{BackendKind, Task, dispatch};
use crate::console::progress::Reporter;
use crate::console::{counted, quoted};
use crate::failure::Failure;
use crate::output::content::Content;
use crate::output::model_file::{check_model_name, save};
use crate::output::read_files::{ReadFiles, folder_for};

/// The settings of an import.
#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) checkpoint: PathBuf,
    pub(crate) model: PathBuf,
    /// A file with the clusters, for a checkpoint that lacks them.
    pub(crate) clusters: Option<PathBuf>,
    pub(crate) quiet: bool,
}

pub(crate) fn run(import: Import) -> Result<(), Failure> {
    check_model_name(&import.model, "--model").map_err(Failure::usage)?;
    Ok(dispatch(BackendKind::first_built(), 0, import)?)
}

impl Task for Import {
    type Output = ();

    fn run<B: Backend>(self, device: &B::Device) -> Result<()> {
        let read = [Some(&self.checkpoint), self.clusters.as_ref()];
        ReadFiles::of([], read.into_iter().flatten().map(PathBuf::as_path)).check(&self.model, Content::Model)?;
        let map = self.clusters.as_deref().map(feature_map).transpose()?;
        let model = Kitsune::<B>::from_torch(&self.checkpoint, map.as_ref(), device).map_err(|error| match error {
            // Its advice would be about models.
            Error::Read { path, source } => anyhow::Error::from(source).context(format!("{} cannot be read", path.display())),
            error => error.into(),
        })?;
        let folder = folder_for(&self.model)?;
        save(&model, &self.model)?;
        folder.keep();

        let reporter = Reporter::new(self.quiet);
        let (features, clusters) = (model.feature_map().features() as u64, model.feature_map().clusters().len() as u64);
        reporter.say(&format!("{} in {}", counted(features, "feature"), counted(clusters, "cluster")));
        reporter.say("rows are taken as they are: scale them to 0-1, as for the original");
        let option = quoted(&self.model.to_string_lossy());
        reporter.say(&format!("there is no threshold yet: kitsune calibrate NORMAL_ROWS --model {option} fits one"));
        reporter.say(&format!("wrote {}", self.model.display()));
        Ok(())
    }
}

/// The clusters in a file of JSON.
fn feature_map(path: &Path) -> Result<FeatureMap> {
    let shown = path.display();
    let text = fs::read(path).with_context(|| format!("{shown} cannot be read"))?;
    let clusters: Vec<Vec<usize>> = serde_json::from_slice(&text)
        .with_context(|| format!("{shown} holds no clusters: they are lists of column numbers from 0 on, such as [[0, 3], [1, 2]]"))?;
    FeatureMap::partition(clusters).with_context(|| format!("{shown} holds no clusters of columns"))
}
