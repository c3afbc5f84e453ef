//! Residuals, neighbours and marginals in a model file of any format.

use crate::archive::Archive;
use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::features::map::FeatureMap;
use crate::model::calibration::Weights;
use crate::model::marginals::BINS;
use crate::model::neighbours::{LEAST_SHARE, NeighbourValues, OWN_FLOOR};
use crate::model::parts::ScorePart;
use crate::model::residuals::ResidualValues;

/// Reads the whitening of the residuals of tails or body.
pub(super) fn residuals(archive: &Archive<'_>, name: &str, map: &FeatureMap) -> Result<ResidualValues, Error> {
    let (sizes, visible) = (map.sizes(), map.visible());
    let mut mean = archive.f32(&format!("residuals.{name}.mean"), &[sizes.len(), visible])?;
    let mut whitening = archive.f32(&format!("residuals.{name}.whitening"), &[sizes.len(), visible, visible])?;
    // What stands in the padding, or below the triangle, does not count.
    for (cluster, &size) in sizes.iter().enumerate() {
        mean[cluster * visible + size..][..visible - size].fill(0.0);
        for (at, value) in whitening[cluster * visible * visible..][..visible * visible].iter_mut().enumerate() {
            if at % visible >= size || at / visible > at % visible {
                *value = 0.0;
            }
        }
    }
    Ok(ResidualValues { mean, whitening })
}

/// A bound of what stored rows are compared by, whose squares are still finite when they are added up.
pub(super) const FARTHEST_NEIGHBOUR: f32 = 1e12;

/// Reads the stored rows; none if the configuration has none.
pub(super) fn neighbours(archive: &Archive<'_>, config: &KitsuneConfig, map: &FeatureMap) -> Result<NeighbourValues, Error> {
    let width = map.features() + map.sizes().iter().sum::<usize>();
    if config.neighbours == 0 || !archive.contains("neighbours.rows") {
        return Ok(NeighbourValues::none(width));
    }
    let count = match archive.shape("neighbours.rows")?[..] {
        [count, _] if (2..=KitsuneConfig::MOST_NEIGHBOURS).contains(&count) => count,
        _ => return Err(archive.inconsistent("tensor neighbours.rows is no matrix of 2 to 4096 rows".to_owned())),
    };
    let spreads = archive.f32("neighbours.spreads", &[count])?;
    if spreads.iter().any(|&spread| f64::from(spread) < OWN_FLOOR.sqrt() * 0.99) {
        return Err(archive.inconsistent("tensor neighbours.spreads has a value below its floor".to_owned()));
    }
    let scale = archive.f32("neighbours.scale", &[1])?[0];
    if !(scale > 0.0 && f64::from(scale) <= 1.01 / OWN_FLOOR / LEAST_SHARE) {
        return Err(archive.inconsistent("tensor neighbours.scale is not above 0 and at most 64000".to_owned()));
    }
    // Directions of length 1 are stretched by at most the root of the width.
    let longest = (width as f32).sqrt();
    let (axes, axes_count) = if archive.contains("neighbours.axes") {
        // Files of earlier builds may have more axes.
        let count = match archive.shape("neighbours.axes")?[..] {
            [_, count] if (1..=width).contains(&count) => count,
            _ => return Err(archive.inconsistent("tensor neighbours.axes is no matrix of as many columns as axes".to_owned())),
        };
        (archive.f32_within("neighbours.axes", &[width, count], longest)?, count)
    } else {
        (Vec::new(), width)
    };
    let rows = archive.f32_within("neighbours.rows", &[count, axes_count], FARTHEST_NEIGHBOUR)?;
    let middle = archive.f32_within("neighbours.middle", &[axes_count], FARTHEST_NEIGHBOUR)?;
    Ok(NeighbourValues { rows, middle, spreads, scale, axes })
}

/// A bound of what a value adds to the rarity of its row. Logarithms of densities, in units of deviations that have a floor, are far below it.
pub(super) const LARGEST_RARITY: f32 = 1e6;

/// Reads the rarities, [features, [`BINS`]]; none of a model that was a file of a format up to 4, where they have no weight.
pub(super) fn rarities(archive: &Archive<'_>, features: usize, weights: &Weights) -> Result<Vec<f32>, Error> {
    if weights[ScorePart::Marginals.column()] == 0.0 && !archive.contains("marginals.rarities") {
        return Ok(Vec::new());
    }
    archive.f32_within("marginals.rarities", &[features, BINS], LARGEST_RARITY)
}
