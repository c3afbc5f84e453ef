//! Models of the `PyTorch` original.

mod clusters;
mod compression;
mod places;
mod settings;
mod state_dict;

use std::path::Path;

use burn::tensor::backend::Backend;

use crate::error::Error;
use crate::features::map::FeatureMap;
use crate::kinds::Outside;
use crate::kitsune::file_autoencoders::LARGEST_WEIGHT;
use crate::kitsune::from_torch::clusters::feature_map;
use crate::kitsune::from_torch::settings::config;
use crate::kitsune::from_torch::state_dict::{StateDict, StoredAutoencoder};
use crate::kitsune::{Card, Kitsune};
use crate::model::calibration::{Calibration, ScoreRule};
use crate::model::cluster_weights::ClusterWeights;
use crate::model::detector::{Detector, NEAREST};
use crate::model::marginals::Marginals;
use crate::model::neighbours::{NeighbourValues, Neighbours};
use crate::model::prototypes::{PrototypeValues, Prototypes};
use crate::model::residuals::Residuals;
use crate::scaler::Scaler;
use crate::torch::{Checkpoint, Fault, Storages, StoredTensor};

impl<B: Backend> Kitsune<B> {
    /// Makes a model of a checkpoint of batch Kitsune, the `PyTorch` original. The file is read without importing or calling anything that it names.
    ///
    /// It is what the original saves, or a state dict of the same names: `tails.K.w` [visible, hidden], `tails.K.hidden_bias`,
    /// `tails.K.reconstruct_bias`, and the same of `head`. The names may begin with `module.` or `_orig_mod.`, and the state dict may be the entry
    /// `weights`, `state_dict`, `model_state_dict` or `model` of a dictionary. The elements may be f16, bf16, f32 or f64.
    ///
    /// Features of each tail are in what the original saves, or an entry `clusters` of the dictionary beside the state dict, a list of lists of
    /// features from 0 on. A state dict by itself lacks them: then `map` is needed. Hyper-parameters that the file lacks are inferred from the
    /// shapes, or are the original's.
    ///
    /// The model has the original's score, [`ScoreKind::Head`](crate::ScoreKind::Head), and takes rows as they are: the original wants them in 0-1, and
    /// counts values outside as they are, as this model does. It has no threshold, and its other scores are not standardised, until it is
    /// [recalibrated](Self::recalibrated).
    ///
    /// # Errors
    /// [`Error::Read`]; [`Error::Call`] for a file that asks for a call; [`Error::NoClusters`]; [`Error::Foreign`] for a file of something else, a tensor that reads its
    /// storage negated or conjugated, and for a `map` that is not that of the file; [`Error::Inconsistent`] for a file whose
    /// parts contradict each other, a storage that is missing, weights that are not finite, and weights that are all 0.
    pub fn from_torch(path: impl AsRef<Path>, map: Option<&FeatureMap>, device: &B::Device) -> Result<Self, Error> {
        let path = path.as_ref();
        let made = Checkpoint::open(path).and_then(|checkpoint| Self::of_checkpoint(&checkpoint, map, device));
        made.map_err(|fault| fault.of(path))
    }

    fn of_checkpoint(checkpoint: &Checkpoint, map: Option<&FeatureMap>, device: &B::Device) -> Result<Self, Fault> {
        let root = checkpoint.root();
        let stored = StateDict::find(root)?;
        stored.check_size(checkpoint.length())?;
        let map = &feature_map(root, &stored, map)?;
        let config = config(root, &stored)?;
        let mut storages = checkpoint.storages();
        let tails = stored.tails.iter().map(|tail| OwnedWeights::read(&mut storages, tail)).collect::<Result<Vec<_>, _>>()?;
        let head = OwnedWeights::read(&mut storages, &stored.head)?;

        let contradiction = |error: Error| Fault::foreign(error.to_string());
        let mut ensemble = config.init::<B>(map, device).map_err(contradiction)?;
        let tails: Vec<_> = tails.iter().map(OwnedWeights::borrowed).collect();
        ensemble.tails = ensemble.tails.with_cluster_weights(&tails, device).map_err(contradiction)?;
        ensemble.head = ensemble.head.with_cluster_weights(&[head.borrowed()], device).map_err(contradiction)?;
        let (features, width) = (map.features(), map.features() + map.sizes().iter().sum::<usize>());
        let detector = Detector {
            ensemble,
            tail_residuals: Residuals::neutral(map, device),
            body_residuals: Residuals::neutral(map, device),
            prototypes: Prototypes::from_values(PrototypeValues { centres: Vec::new(), middle: vec![0.0; features] }, NEAREST, device),
            neighbours: Neighbours::from_values(NeighbourValues::none(width), device),
            marginals: Marginals::from_values(Vec::new(), device),
            calibration: Calibration::neutral(map, ScoreRule::Mean, device),
        };
        let card = Card::new(Scaler::identity(features).with_outside(Outside::Extend));
        Ok(Self::assemble(detector, card, device))
    }
}

/// The weights of one autoencoder, which has at least one hidden unit.
struct OwnedWeights {
    weight: Vec<f32>,
    hidden_bias: Vec<f32>,
    visible_bias: Vec<f32>,
}

impl OwnedWeights {
    fn read<'a>(storages: &mut Storages<'a>, stored: &StoredAutoencoder<'a>) -> Result<Self, Fault> {
        let mut read = |part: &str, tensor: &'a StoredTensor| {
            let name = format!("{}.{part}", stored.name);
            let values = storages.read(&name, tensor)?;
            match values.iter().find(|value| !(-LARGEST_WEIGHT..=LARGEST_WEIGHT).contains(*value)) {
                Some(value) => Err(Fault::damaged(format!("tensor {name} holds {value:e}, but weights are within {LARGEST_WEIGHT:e}"))),
                None => Ok(values),
            }
        };
        let weight = read("w", stored.weight)?;
        let hidden_bias = read("hidden_bias", stored.hidden_bias)?;
        let visible_bias = read("reconstruct_bias", stored.visible_bias)?;
        if !weight.is_empty() && weight.iter().all(|&weight| weight == 0.0) {
            return Err(Fault::damaged(format!("tensor {}.w holds nothing but zeros, as weights that were never set", stored.name)));
        }
        if stored.hidden == 0 {
            // A unit without weights is 0 and adds nothing, as no unit does.
            return Ok(Self { weight: vec![0.0; stored.visible], hidden_bias: vec![0.0], visible_bias });
        }
        Ok(Self { weight, hidden_bias, visible_bias })
    }

    fn borrowed(&self) -> ClusterWeights<'_> {
        ClusterWeights { weight: &self.weight, hidden_bias: &self.hidden_bias, visible_bias: &self.visible_bias }
    }
}
