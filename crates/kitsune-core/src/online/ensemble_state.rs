//! Autoencoders and ranges of a detector in the file of its state.

use super::autoencoder::Autoencoder;
use super::config::OnlineConfig;
use super::ensemble::{EnsembleState, OnlineEnsemble};
use crate::archive::{Archive, ArchiveWriter};
use crate::error::Error;
use crate::features::map::FeatureMap;

/// Weights beyond this, which no training reaches, could make sums that are not finite.
const LARGEST_WEIGHT: f32 = 1e30;

/// Writes an ensemble; the names of its tensors begin with `prefix`.
pub(super) fn put_ensemble(archive: &mut ArchiveWriter, prefix: &str, ensemble: &OnlineEnsemble) -> Result<(), Error> {
    let (state, features) = (ensemble.state(), ensemble.map().features());
    for (name, autoencoders) in [("tails", &state.tails[..]), ("head", std::slice::from_ref(&state.head))] {
        let all = |values: fn(&Autoencoder) -> &[f32]| autoencoders.iter().flat_map(values).copied().collect::<Vec<f32>>();
        for (part, values) in [
            ("weight", all(|autoencoder| &autoencoder.weight)),
            ("hidden_bias", all(|autoencoder| &autoencoder.hidden_bias)),
            ("visible_bias", all(|autoencoder| &autoencoder.visible_bias)),
        ] {
            if !values.iter().all(|value| value.is_finite()) {
                return Err(Error::Diverged { what: "the weights are" });
            }
            archive.f32(format!("{prefix}{name}.{part}"), &[values.len()], &values);
        }
    }
    // Before the first row, they say how many features there are.
    let new = || [vec![0.0; features], vec![0.0; features]];
    archive.f64(format!("{prefix}ranges"), &[2, features], &state.ranges.clone().unwrap_or_else(new).concat());
    if let Some(errors) = &state.errors {
        archive.f32(format!("{prefix}head.ranges"), &[2, errors[0].len()], &errors.concat());
    }
    Ok(())
}

/// Reads an ensemble; `is_new` if it has learned nothing.
pub(super) fn ensemble(
    archive: &Archive<'_>,
    prefix: &str,
    (config, map): (&OnlineConfig, &FeatureMap),
    is_new: bool,
) -> Result<OnlineEnsemble, Error> {
    let autoencoders = |name: &str, sizes: &[usize]| {
        let name = format!("{prefix}{name}");
        let units = |visible: usize| config.hidden_size.units(visible);
        let total = |units: &dyn Fn(usize) -> usize| sizes.iter().map(|&visible| units(visible)).sum::<usize>();
        let mut weight = &archive.f32_within(&format!("{name}.weight"), &[total(&|visible| visible * units(visible))], LARGEST_WEIGHT)?[..];
        let mut hidden_bias = &archive.f32_within(&format!("{name}.hidden_bias"), &[total(&units)], LARGEST_WEIGHT)?[..];
        let mut visible_bias = &archive.f32_within(&format!("{name}.visible_bias"), &[total(&|visible| visible)], LARGEST_WEIGHT)?[..];
        let mut take = |visible: usize| {
            let hidden = units(visible);
            let of = |values: &mut &[f32], count: usize| {
                let (first, rest) = values.split_at(count);
                *values = rest;
                first.to_vec()
            };
            Autoencoder {
                weight: of(&mut weight, visible * hidden),
                hidden_bias: of(&mut hidden_bias, hidden),
                visible_bias: of(&mut visible_bias, visible),
            }
        };
        Ok::<_, Error>(sizes.iter().map(|&visible| take(visible)).collect::<Vec<Autoencoder>>())
    };
    let clusters = map.clusters().len();
    let (mut ranges, mut errors) = (None, None);
    if !is_new {
        let mut lowest = archive.f64(&format!("{prefix}ranges"), &[2, map.features()])?;
        let highest = lowest.split_off(map.features());
        let mut least = archive.f32(&format!("{prefix}head.ranges"), &[2, clusters])?;
        let most = least.split_off(clusters);
        let ascends = lowest.iter().zip(&highest).all(|(low, high)| low <= high) && least.iter().zip(&most).all(|(low, high)| low <= high);
        if !ascends {
            return Err(archive.inconsistent("a range does not ascend".to_owned()));
        }
        (ranges, errors) = (Some([lowest, highest]), Some([least, most]));
    }
    let head = autoencoders("head", &[clusters])?.remove(0);
    let state = EnsembleState { ranges, tails: autoencoders("tails", &map.sizes())?, head, errors };
    Ok(OnlineEnsemble::of(config, map.clone(), state))
}
