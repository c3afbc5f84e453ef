//! A round as bytes.

use burn::tensor::backend::Backend;
use serde::{Deserialize, Serialize};

use crate::archive::{Archive, ArchiveWriter, Kind};
use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::features::map::{Coverage, FeatureMap};
use crate::kinds::Outside;
use crate::scaler::Scaler;
use crate::training::checkpoint::State;
use crate::training::distributed::part_statistics_file::{parts, put_parts, sum};
use crate::training::distributed::plan::{Part, Plan};
use crate::training::distributed::round::Round;
use crate::training::score_limit::ScoreLimit;

const KIND: Kind = Kind { name: "round", title: "round of a kitsune training", format: 1 };

/// The metadata of the archive beside its tensors.
#[derive(Debug, Serialize, Deserialize)]
struct Contents {
    config: KitsuneConfig,
    feature_map: FeatureMap,
    outside: Outside,
    /// The score above which a row trains nothing, of the rough fit in the tensor `rough`.
    limit: Option<f32>,
    rounds: u64,
    number: u64,
}

impl<B: Backend> Round<B> {
    /// Writes the round as a safetensors file, for the machines that have the parts.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] if it cannot be encoded.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let Self { config, map, scaler, limit, plan, number, parts, state, device } = self;
        let mut archive = ArchiveWriter::default();
        put_parts(&mut archive, parts);
        let knots = [scaler.knots().len() / scaler.features().max(1), scaler.features()];
        archive.f64("scaler.knots", &knots, scaler.knots());
        archive.f32("scaler.values", &knots, scaler.values());
        archive.f64("ensemble", &[state.ensemble.len()], &state.ensemble);
        archive.u8("optimizer", &state.optimizer);
        if let Some(limit) = limit {
            archive.u8("rough", &limit.to_bytes(device)?);
        }
        let contents = Contents {
            config: config.clone(),
            feature_map: map.clone(),
            outside: scaler.outside(),
            limit: limit.as_ref().map(|limit| limit.get().1),
            rounds: plan.rounds,
            number: *number,
        };
        archive.finish(KIND, &contents)
    }

    /// Reads a round that [`to_bytes`](Self::to_bytes) wrote, for any backend.
    ///
    /// # Errors
    /// Bytes that are no round, that are of a newer format, or that contradict themselves.
    pub fn from_bytes(bytes: &[u8], device: &B::Device) -> Result<Self, Error> {
        let archive = Archive::read(bytes, "the data", KIND)?;
        let Contents { config, feature_map: map, outside, limit, rounds, number } = archive.contents()?;
        let contradiction = |error: Error| archive.inconsistent(error.to_string());
        config.validate().map_err(contradiction)?;
        let [knots, features] = archive.shape("scaler.knots")?[..] else {
            return Err(archive.inconsistent("tensor scaler.knots is no matrix".to_owned()));
        };
        // The shapes of the tensors bound the sizes that the metadata may claim, before anything is allocated.
        if knots < 2 || features != map.features() {
            return Err(archive.inconsistent(format!("{knots} knots for {features} features, but the map has {} features", map.features())));
        }
        map.validate(Coverage::Free).map_err(contradiction)?;
        let (positions, values) = (archive.f64("scaler.knots", &[knots, features])?, archive.f32("scaler.values", &[knots, features])?);
        let scaler = Scaler::from_parts(features, positions, values, outside).map_err(contradiction)?;
        let limit = limit.map(|limit| ScoreLimit::from_bytes(&archive.u8("rough")?, limit, device)).transpose()?;
        let [values] = archive.shape("ensemble")?[..] else {
            return Err(archive.inconsistent("tensor ensemble is no list".to_owned()));
        };
        let ensemble = archive.f64("ensemble", &[values])?;
        let parts = parts(&archive)?;
        let rows = sum(parts.iter().map(Part::trained))
            .ok_or_else(|| archive.inconsistent("there are more rows than can be counted".to_owned()))?;
        let plan = Plan::new(&config, rows, features, rounds);
        if number >= plan.rounds {
            return Err(archive.inconsistent(format!("it is round {number} of {}", plan.rounds)));
        }
        let state = State { steps: plan.steps_before(number), rows: 0, ensemble, optimizer: archive.u8("optimizer")? };
        Ok(Self { config, map, scaler, limit, plan, number, parts, state, device: device.clone() })
    }
}
