//! The model file: one safetensors file per model.

use std::path::Path;

use burn::module::Param;
use burn::tensor::{Tensor, TensorData, backend::Backend};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::Value;

use crate::archive::{self, Archive, ArchiveWriter, Kind};
use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::features::map::{Coverage, FeatureMap};
use crate::kinds::Outside;
use crate::kitsune::atomic_file::write_atomically;
use crate::kitsune::file_autoencoders::{AutoencoderValues, put_autoencoder, values};
use crate::kitsune::file_calibration::{calibration, excess, largest_number, largest_residual, put_calibration};
use crate::kitsune::file_parts::{neighbours, rarities, residuals};
use crate::kitsune::{Card, Kitsune, TrainingSummary};
use crate::model::calibration::{Calibration, ScoreRule};
use crate::model::detector::{Detector, NEAREST};
use crate::model::excess::{Excess, KINDS};
use crate::model::marginals::{BINS, Marginals};
use crate::model::neighbours::{NeighbourValues, Neighbours};
use crate::model::prototypes::{PrototypeValues, Prototypes};
use crate::model::residuals::{ResidualValues, Residuals};
use crate::model::tied_autoencoder::PaddedLayout;
use crate::pool::Pool;
use crate::rows::reading::Reading;
use crate::scaler::Scaler;
use crate::scaler::piecewise_linear::EXTENT;
use crate::threshold::fit::Threshold;
use crate::threshold::normal_scores::NormalScores;

const KIND: Kind = Kind { name: "model", title: "kitsune model", format: 5 };

/// The metadata of the file beside its tensors: the key `kitsune` of the safetensors metadata, as JSON.
#[derive(Debug, Serialize, Deserialize)]
struct Contents {
    #[serde(deserialize_with = "config_of_any_version")]
    config: KitsuneConfig,
    feature_map: FeatureMap,
    outside: Outside,
    columns: Option<Vec<String>>,
    threshold: Option<Threshold>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pool: Option<f64>,
    #[serde(default)]
    reading: Option<Value>,
    summary: TrainingSummary,
}

/// Reads the hyper-parameters and adds the fields that older files lack. This is done by hand because Burn's derive takes no serde
/// attributes; fields of type `Option` need nothing.
fn config_of_any_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<KitsuneConfig, D::Error> {
    let mut config = Value::deserialize(deserializer)?;
    if let Some(fields) = config.as_object_mut() {
        fields.entry("sample_bytes").or_insert_with(|| KitsuneConfig::new().sample_bytes.into());
        fields.entry("prototypes").or_insert(0.into());
        fields.entry("neighbours").or_insert(0.into());
        fields.entry("trim").or_insert(0.0.into());
        fields.entry("hold_out").or_insert(0.0.into());
        fields.entry("alert_rate").or_insert_with(|| KitsuneConfig::new().alert_rate.into());
        fields.entry("threshold").or_insert_with(|| Value::from("Quantile"));
        fields.entry("map_distance").or_insert_with(|| Value::from("Signed"));
        fields.entry("excess").or_insert(false.into());
        // The bound of builds that had no other.
        fields.entry("body_units").or_insert(256.into());
    }
    KitsuneConfig::deserialize(config).map_err(D::Error::custom)
}

impl<B: Backend> Kitsune<B> {
    /// Saves the model as **one safetensors file**, which has its name when it is complete. An older file keeps its mode.
    /// Behind a link, the file that it leads to is replaced. A pipe or a device is written to as it is.
    ///
    /// The tensors are a public contract. Clusters are padded to the largest one, and the padding is 0.
    ///
    /// | name | type and shape |
    /// | --- | --- |
    /// | `tails.weight` | F32 [clusters, visible, hidden] |
    /// | `tails.hidden_bias` | F32 [clusters, hidden] |
    /// | `tails.visible_bias` | F32 [clusters, visible] |
    /// | `head.weight`, `head.hidden_bias`, `head.visible_bias` | as for the tails, with 1 cluster whose visible units are the clusters |
    /// | `body.weight`, `body.hidden_bias`, `body.visible_bias` | as for the tails, with 1 cluster of all features; absent without a body |
    /// | `head.minimum`, `head.maximum` | F32 `[clusters]`: range of each tail's error in training |
    /// | `scaler.knots` | F64 [knots, features]: raw values, ascending |
    /// | `scaler.values` | F32 [knots, features]: the scaled value at each knot |
    /// | `scaler.range` | F64 [2, features]: the lowest and the highest raw value over all training rows, not inside the outer knots; absent if values beyond it add nothing to a score |
    /// | `scaler.mean` | F64 `[features]`: means of the raw training rows; absent if unknown |
    /// | `prototypes.centres` | F32 [prototypes, features]: centres minus the middle; absent without prototypes |
    /// | `prototypes.middle` | F32 `[features]`: absent without prototypes |
    /// | `residuals.tails.mean`, `residuals.body.mean` | F32 [clusters, visible]: mean residual over ordinary rows; without a body the latter is absent |
    /// | `residuals.tails.whitening`, `residuals.body.whitening` | F32 [clusters, visible, visible]: an upper triangle `W` with `W Wᵀ` the inverse of the residuals' covariance |
    /// | `neighbours.rows` | F32 [rows, axes]: stored training rows minus the middle; absent without neighbours, like those below. A row is compared by its values in 0-1 times the scale and the whitened residuals of all units of the tails' clusters; where these are more than 16, by their projection |
    /// | `neighbours.axes` | F32 [features + units, axes]: the directions of the projection; absent without one |
    /// | `neighbours.scale`, `neighbours.middle` | F32 `[1]` and `[axes]` |
    /// | `neighbours.spreads` | F32 `[rows]`: the root of each stored row's mean distance to its five nearest |
    /// | `marginals.rarities` | F32 [features, 24]: what a value in 0-1 adds to the rarity of its row, at the centres of 24 equal bins |
    /// | `calibration.tails` | F32 [2, clusters]: mean and deviation of each tail's error over the training rows |
    /// | `calibration.features` | F32 [2, features]: the same of the error of tails and body together in each feature |
    /// | `calibration.parts` | F32 [3, 8]: origin and unit of the surprise, and weight in a score, of the tails (mean standardised error), body (not in a score), prototypes, nothing, residuals of the tails, residuals of the body, neighbours, marginals |
    /// | `calibration.head` | F32 `[3]`: mean and deviation of the head's error, and its weight in the mean of the parts; only in a model that learned row by row ([`OnlineKitsune`](crate::online::OnlineKitsune)), whose `calibration.parts` are those of format 3 |
    /// | `calibration.excess` | F32 `[7]`: what a value nine widths beyond its range adds to the score combined, tails, body, prototypes, head, neighbours, marginals; with `scaler.range` only |
    /// | `threshold.normal_scores` | F32 `[rows]`: scores of normal rows, ascending; absent without such rows |
    ///
    /// The metadata key `kitsune` is a JSON object: `kind` ("model"), `format` (5), `config`, `feature_map`, `outside`, `columns`,
    /// `threshold`, `pool` (the half-life in seconds of pooled scores, absent if scores are not pooled), `reading`, `summary`. Files of format 4, which have no marginals, and no weights in their `calibration.parts`, F32 [2, 7], of format 3, which have neither residuals nor neighbours, of format 2, which have neither range nor
    /// `reading`, and of format 1, which have tails and head only, can be read as well, and score as they did: their `calibration.parts` are
    /// F32 [2, 4], mean and deviation of tails, body, prototypes and the mean of the three.
    ///
    /// # Errors
    /// [`Error::Write`], which names the file. In that case no partial file remains, and an older file of that name is unchanged.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let bytes = self.to_bytes()?;
        write_atomically(path, &bytes).map_err(|source| Error::Write { path: path.to_owned(), source })
    }

    /// Loads a model, saved by [`save`](Self::save), on any backend.
    ///
    /// # Errors
    /// [`Error::Read`] if the file cannot be read; [`Error::Foreign`] for a truncated file or a file of another kind;
    /// [`Error::NewerFormat`]; [`Error::Inconsistent`] if the parts of the file contradict each other.
    pub fn from_pretrained(path: impl AsRef<Path>, device: &B::Device) -> Result<Self, Error> {
        let path = path.as_ref();
        let origin = path.display().to_string();
        Self::read(&archive::read_file(path, &origin, KIND)?, &origin, device)
    }

    /// Loads a model from the bytes of [`to_bytes`](Self::to_bytes), or of a file, on any backend.
    ///
    /// # Errors
    /// Those of [`from_pretrained`](Self::from_pretrained), except for [`Error::Read`].
    pub fn from_bytes(bytes: &[u8], device: &B::Device) -> Result<Self, Error> {
        Self::read(bytes, "the data", device)
    }

    /// The bytes of the file that [`save`](Self::save) writes. Equal models have equal bytes.
    ///
    /// # Errors
    /// [`Error::Inconsistent`], which no sound model causes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let Detector { ensemble, tail_residuals, body_residuals, prototypes, neighbours, marginals, calibration } = &self.detector;
        let scaler = self.scaler();
        let clusters = ensemble.feature_map().clusters().len();
        let mut archive = ArchiveWriter::default();
        put_autoencoder(&mut archive, "tails", ensemble.tails());
        put_autoencoder(&mut archive, "head", ensemble.head());
        if let Some(body) = ensemble.body() {
            put_autoencoder(&mut archive, "body", body);
        }
        archive.f32("head.minimum", &[clusters], &values(ensemble.head_minimum.val()));
        archive.f32("head.maximum", &[clusters], &values(ensemble.head_maximum.val()));
        let knots = [scaler.knots().len() / scaler.features().max(1), scaler.features()];
        archive.f64("scaler.knots", &knots, scaler.knots());
        archive.f32("scaler.values", &knots, scaler.values());
        if let Some(means) = self.means() {
            archive.f64("scaler.mean", &[means.len()], means);
        }
        if let Some(PrototypeValues { centres, middle }) = prototypes.to_values() {
            archive.f32("prototypes.centres", &[centres.len() / middle.len(), middle.len()], &centres);
            archive.f32("prototypes.middle", &[middle.len()], &middle);
        }
        let calibration = calibration.to_values();
        if calibration.rule == ScoreRule::Surprise {
            let of_body = ensemble.body().map(|_| ("body", body_residuals));
            for (name, residuals) in [("tails", tail_residuals)].into_iter().chain(of_body) {
                let [_, visible, _] = ensemble.tails().dims();
                let ResidualValues { mean, whitening } = residuals.to_values();
                archive.f32(format!("residuals.{name}.mean"), &[clusters, visible], &mean);
                archive.f32(format!("residuals.{name}.whitening"), &[clusters, visible, visible], &whitening);
            }
        }
        if let Some(NeighbourValues { rows, middle, spreads, scale, axes }) = neighbours.to_values() {
            archive.f32("neighbours.rows", &[spreads.len(), middle.len()], &rows);
            archive.f32("neighbours.middle", &[middle.len()], &middle);
            archive.f32("neighbours.spreads", &[spreads.len()], &spreads);
            archive.f32("neighbours.scale", &[1], &[scale]);
            if !axes.is_empty() {
                archive.f32("neighbours.axes", &[axes.len() / middle.len(), middle.len()], &axes);
            }
        }
        if let Some(rarities) = marginals.to_values() {
            archive.f32("marginals.rarities", &[scaler.features(), BINS], &rarities);
        }
        put_calibration(&mut archive, &calibration);
        if let Some(Excess { range, scales }) = &self.card.get().excess {
            archive.f64("scaler.range", &[2, scaler.features()], &[range.lowest(), range.highest()].concat());
            archive.f32("calibration.excess", &[KINDS], scales);
        }
        if let Some(scores) = self.normal_scores() {
            archive.f32("threshold.normal_scores", &[scores.rows()], scores.as_slice());
        }
        let contents = Contents {
            config: self.config().clone(),
            feature_map: self.feature_map().clone(),
            outside: scaler.outside(),
            columns: self.columns().map(<[String]>::to_vec),
            threshold: self.threshold().copied(),
            pool: self.pool(),
            reading: self.reading().cloned(),
            summary: self.summary().clone(),
        };
        archive.finish(KIND, &contents)
    }

    fn read(bytes: &[u8], origin: &str, device: &B::Device) -> Result<Self, Error> {
        let archive = Archive::read(bytes, origin, KIND)?;
        let Contents { config, feature_map, outside, columns, threshold, pool, reading, summary } = archive.contents()?;
        let contradiction = |error: Error| archive.inconsistent(error.to_string());
        config.validate().map_err(contradiction)?;
        pool.map(Pool::new).transpose().map_err(contradiction)?;

        // The shapes of the tensors in the file bound the sizes that the metadata may claim. They are checked before anything is allocated.
        let [knots, features] = archive.shape("scaler.knots")?[..] else {
            return Err(archive.inconsistent("tensor scaler.knots is no matrix".to_owned()));
        };
        if knots < 2 || features != feature_map.features() {
            let claimed = feature_map.features();
            return Err(archive.inconsistent(format!("{knots} knots for {features} features, but the map has {claimed} features")));
        }
        feature_map.validate(Coverage::Free).map_err(contradiction)?;
        if columns.as_ref().is_some_and(|columns| columns.len() != features) {
            return Err(archive.inconsistent("the number of column names is not that of the features".to_owned()));
        }
        let clusters = feature_map.clusters().len();
        // The farthest from 0 that a scaled value can be.
        let farthest = if outside == Outside::Extend { EXTENT } else { 1.0 };
        let scaler = Scaler::from_parts(
            features,
            archive.f64("scaler.knots", &[knots, features])?,
            archive.f32("scaler.values", &[knots, features])?,
            outside,
        )
        .map_err(contradiction)?;
        let ascends = |knot: usize, feature: usize| scaler.table().value(knot, feature) <= scaler.table().value(knot + 1, feature);
        let sound = scaler.values().iter().all(|value| (0.0..=1.0).contains(value))
            && (0..features).all(|feature| (0..knots - 1).all(|knot| ascends(knot, feature)));
        if !sound {
            return Err(archive.inconsistent("tensor scaler.values does not ascend within 0 to 1".to_owned()));
        }
        let means = archive.contains("scaler.mean").then(|| archive.f64("scaler.mean", &[features])).transpose()?;
        let calibration = calibration(&archive, clusters, features)?;
        let excess = excess(&archive, &scaler)?;
        let reading = reading.map(Reading::new).transpose().map_err(contradiction)?;
        let normal_scores = normal_scores(&archive)?;
        if threshold.is_some_and(|threshold| threshold.kind().is_some()) && normal_scores.is_none() {
            return Err(archive.inconsistent("it has a threshold, but not the scores that this was fitted to".to_owned()));
        }
        let tails = AutoencoderValues::get(&archive, "tails", &PaddedLayout::new(&feature_map.sizes(), config.hidden_size))?;
        let head = AutoencoderValues::get(&archive, "head", &PaddedLayout::new(&[clusters], config.hidden_size))?;
        let body = config
            .body_size(features)
            .map(|size| AutoencoderValues::get(&archive, "body", &PaddedLayout::new(&[features], size)))
            .transpose()?;
        let prototypes = if config.prototypes > 0 {
            let count = match archive.shape("prototypes.centres")?[..] {
                [count, _] if count > 0 => count,
                _ => return Err(archive.inconsistent("tensor prototypes.centres is no matrix of at least one row".to_owned())),
            };
            // Means of rows are not farther from 0 than these, and neither are they from each other by more than twice that.
            let farthest = 2.0 * farthest as f32;
            PrototypeValues {
                centres: archive.f32_within("prototypes.centres", &[count, features], farthest)?,
                middle: archive.f32_within("prototypes.middle", &[features], farthest)?,
            }
        } else {
            PrototypeValues { centres: Vec::new(), middle: vec![0.0; features] }
        };
        let residuals = |name: &str| residuals(&archive, name, &feature_map);
        let is_there = calibration.rule == ScoreRule::Surprise;
        let of_tails = is_there.then(|| residuals("tails")).transpose()?;
        let of_body = (is_there && config.body_ratio.is_some()).then(|| residuals("body")).transpose()?;
        let neighbours = neighbours(&archive, &config, &feature_map)?;
        let rarities = rarities(&archive, features, &calibration.weights)?;
        let head_minimum = archive.f32("head.minimum", &[clusters])?;
        let head_maximum = archive.f32("head.maximum", &[clusters])?;
        let sizes = largest_residual(of_tails.iter().chain(&of_body), &feature_map, farthest);
        if largest_number(&calibration, farthest, sizes, neighbours.stretch(), config.head_input, [&head_minimum, &head_maximum])
            > f64::from(f32::MAX)
        {
            return Err(archive.inconsistent("by its calibration, scores would not be finite".to_owned()));
        }

        let mut ensemble = config.init::<B>(&feature_map, device).map_err(contradiction)?;
        // This sets the padding to 0, since not every backend masks it.
        ensemble.tails = tails.put_into(ensemble.tails, device)?;
        ensemble.head = head.put_into(ensemble.head, device)?;
        if let Some(body) = body {
            ensemble.body = body.put_into(ensemble.body, device)?;
        }
        replace(&mut ensemble.head_minimum, head_minimum, device);
        replace(&mut ensemble.head_maximum, head_maximum, device);
        let put = |values: Option<ResidualValues>| match values {
            Some(values) => Residuals::from_values(values, [clusters, feature_map.visible()], device),
            None => Residuals::neutral(&feature_map, device),
        };
        let detector = Detector {
            ensemble,
            tail_residuals: put(of_tails),
            body_residuals: put(of_body),
            prototypes: Prototypes::from_values(prototypes, NEAREST, device),
            neighbours: Neighbours::from_values(neighbours, device),
            marginals: Marginals::from_values(rarities, device),
            calibration: Calibration::from_values(calibration, device),
        };
        let card = Card { scaler, columns, means, normal_scores, threshold, pool, excess, reading, summary };
        Ok(Self::assemble(detector, card, device))
    }
}

/// Reads the scores of normal rows; `None` if the file has none.
fn normal_scores(archive: &Archive<'_>) -> Result<Option<NormalScores>, Error> {
    if !archive.contains("threshold.normal_scores") {
        return Ok(None);
    }
    let [rows] = archive.shape("threshold.normal_scores")?[..] else {
        return Err(archive.inconsistent("tensor threshold.normal_scores is no list".to_owned()));
    };
    let scores = NormalScores::new(archive.f32("threshold.normal_scores", &[rows])?);
    scores.map(Some).map_err(|error| archive.inconsistent(error.to_string()))
}

/// Replaces the values of a parameter by others of the same shape.
fn replace<B: Backend, const D: usize>(param: &mut Param<Tensor<B, D>>, values: Vec<f32>, device: &B::Device) {
    let data = TensorData::new(values, param.shape());
    *param = param.clone().map(|old| Tensor::from_data(data, device).set_require_grad(old.is_require_grad()));
}
