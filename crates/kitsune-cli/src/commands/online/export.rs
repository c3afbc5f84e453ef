//! A detector that becomes an ordinary model.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use burn::tensor::backend::Backend;
use kitsune_core::online::OnlineKitsune;
use kitsune_data::files::write;

use crate::backend::{self, BackendKind, dispatch};
use crate::failure::Failure;
use crate::output::content::Content;
use crate::output::model_file::check_model_name;
use crate::output::read_files::{ReadFiles, folder_for};

/// A state that becomes an ordinary model.
#[derive(Debug)]
pub(crate) struct Export {
    pub(crate) state: PathBuf,
    pub(crate) model: PathBuf,
}

impl Export {
    pub(super) fn run(self) -> Result<(), Failure> {
        check_model_name(&self.model, "--export").map_err(Failure::usage)?;
        ReadFiles::of([], Some(self.state.as_path())).check(&self.model, Content::Model)?;
        let detector = OnlineKitsune::load(&self.state)?;
        let _folder = folder_for(&self.model)?;
        Ok(export(&detector, &self.model)?)
    }
}

/// Writes a detector as an ordinary model.
pub(super) fn export(detector: &OnlineKitsune, path: &Path) -> Result<()> {
    struct Bytes<'a>(&'a OnlineKitsune);
    impl backend::Task for Bytes<'_> {
        type Output = Vec<u8>;

        fn run<B: Backend>(self, device: &B::Device) -> Result<Vec<u8>> {
            Ok(self.0.to_kitsune::<B>(device)?.to_bytes()?)
        }
    }
    let bytes = dispatch(BackendKind::first_built(), 0, Bytes(detector))?;
    write(path, &bytes).with_context(|| format!("{} cannot be written", path.display()))
}
