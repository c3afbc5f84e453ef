//! Where a model comes from, if it was not trained here.

use std::path::PathBuf;

use anyhow::Context;
use kitsune_core::Kitsune;
use kitsune_core::features::FeatureMap;

use crate::backend::{AnyModel, Built, Task};
use crate::failure::Answer;

/// What a model is loaded from.
pub(crate) enum Origin<'a> {
    File(PathBuf),
    Bytes(&'a [u8]),
    /// A checkpoint of the `PyTorch` original, and the features of each tail, if the checkpoint lacks them.
    Torch {
        path: PathBuf,
        clusters: Option<Vec<Vec<usize>>>,
    },
}

impl Task for Origin<'_> {
    type Output = Answer<AnyModel>;

    fn run<B: Built>(self, device: &B::Device) -> Self::Output {
        Ok(B::wrapped(match self {
            Self::File(path) => Kitsune::<B>::from_pretrained(path, device)?,
            Self::Bytes(bytes) => Kitsune::<B>::from_bytes(bytes, device)?,
            Self::Torch { path, clusters } => {
                let map = clusters.map(FeatureMap::partition).transpose().context("clusters")?;
                Kitsune::<B>::from_torch(path, map.as_ref(), device)?
            }
        }))
    }
}
