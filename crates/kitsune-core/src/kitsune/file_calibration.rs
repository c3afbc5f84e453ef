//! The calibration in a model file of any format.

use crate::archive::Archive;
use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::features::map::FeatureMap;
use crate::kinds::HeadInput;
use crate::model::calibration::{CalibrationValues, ScoreRule};
use crate::model::ensemble::HEAD_RANGE_FLOOR;
use crate::model::excess::{Excess, KINDS};
use crate::model::neighbours::{LEAST_SHARE, NeighbourValues, OWN_FLOOR};
use crate::model::parts::ScorePart;
use crate::model::residuals::ResidualValues;
use crate::model::score::{MOST_SURPRISE, SURPRISES};
use crate::scaler::{Scaler, TrainingRange};

/// Reads the calibration from a file of any format.
pub(super) fn calibration(archive: &Archive<'_>, clusters: usize, features: usize) -> Result<CalibrationValues, Error> {
    let values = if archive.contains("calibration.sum") {
        // Format 1 has the tails' statistics only.
        let tails = [archive.f32("calibration.tail_mean", &[clusters])?, archive.f32("calibration.tail_deviation", &[clusters])?];
        let sum = archive.f32("calibration.sum", &[2])?;
        CalibrationValues {
            tails: tails.concat(),
            features: [vec![0.0; features], vec![1.0; features]].concat(),
            parts: widened(&[sum[0], 0.0, 0.0, 0.0, sum[1], 1.0, 1.0, 1.0]),
            rule: ScoreRule::Mean,
        }
    } else {
        let rule = if archive.contains("residuals.tails.mean") { ScoreRule::Surprise } else { ScoreRule::Mean };
        CalibrationValues {
            tails: archive.f32("calibration.tails", &[2, clusters])?,
            features: archive.f32("calibration.features", &[2, features])?,
            parts: widened(&archive.f32("calibration.parts", &[2, columns_of(rule)])?),
            rule,
        }
    };
    let deviations = |values: &[f32]| values[values.len() / 2..].iter().all(|&deviation| deviation > 0.0);
    if !(deviations(&values.tails) && deviations(&values.features) && deviations(&values.parts)) {
        return Err(archive.inconsistent("a deviation is not above 0".to_owned()));
    }
    Ok(values)
}

/// The parts whose origin and unit a file has.
pub(super) fn columns_of(rule: ScoreRule) -> usize {
    match rule {
        ScoreRule::Mean => ScorePart::Combined.column() + 1,
        ScoreRule::Surprise => ScorePart::COUNT,
    }
}

/// Adds 0 and 1 for the parts that a file lacks.
fn widened(parts: &[f32]) -> Vec<f32> {
    let row = |values: &[f32], missing| {
        let mut row = values.to_vec();
        row.resize(ScorePart::COUNT, missing);
        row
    };
    let (origins, units) = parts.split_at(parts.len() / 2);
    [row(origins, 0.0), row(units, 1.0)].concat()
}

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

/// A bound of the squares of whitened residuals, added up, of rows whose scaled values are at most `farthest` from 0.
pub(super) fn largest_residual<'a>(all: impl Iterator<Item = &'a ResidualValues>, map: &FeatureMap, farthest: f64) -> f64 {
    let visible = map.visible().max(1);
    let largest = |values: &ResidualValues| {
        let size = |cluster: usize, unit: usize| farthest + 1.1 + f64::from(values.mean[cluster * visible + unit]).abs();
        let of_cluster = |(cluster, whitening): (usize, &[f32])| {
            let column =
                |unit: usize| (0..=unit).map(|row| size(cluster, row) * f64::from(whitening[row * visible + unit]).abs()).sum::<f64>();
            (0..visible).map(|unit| column(unit).powi(2)).sum::<f64>()
        };
        values.whitening.chunks_exact(visible * visible).enumerate().map(of_cluster).sum::<f64>()
    };
    all.map(largest).fold(0.0, f64::max)
}

/// A bound of what stored rows are compared by, whose squares are still finite when they are added up.
const FARTHEST_NEIGHBOUR: f32 = 1e12;

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

/// A bound of every number that a score is made of, by the formulas of [`Calibration`](crate::model::calibration::Calibration), for rows whose
/// scaled values are at most `farthest` from 0, and whose whitened residuals have a sum of squares of at most `largest_residual`. A
/// projection of what rows are compared by makes it longer by at most the factor `stretch`.
pub(super) fn largest_number(
    calibration: &CalibrationValues,
    farthest: f64,
    largest_residual: f64,
    stretch: f64,
    head_input: HeadInput,
    head_minimum: &[f32],
    head_maximum: &[f32],
) -> f64 {
    // Outputs are in -1 to 1, so that no error in a feature is larger than this.
    let largest_error = farthest + 1.1;
    let standardised = |error: f64, values: &[f32]| {
        let (means, deviations) = values.split_at(values.len() / 2);
        let largest = means.iter().zip(deviations).map(|(&mean, &deviation)| (error + f64::from(mean).abs()) / f64::from(deviation));
        largest.fold(0.0, f64::max)
    };
    let features = calibration.features.len() / 2;
    let part = |part: ScorePart, value: f64| {
        let parts = &calibration.parts;
        standardised(value, &[parts[part.column()], parts[ScorePart::COUNT + part.column()]])
    };
    let tails = standardised(largest_error, &calibration.tails);
    let parts = [
        part(ScorePart::Tails, tails),
        part(ScorePart::Body, largest_error),
        // The longest diagonal between a row and a centre.
        part(ScorePart::Prototypes, 5.0 * farthest * (features as f64).sqrt()),
    ];
    let combined = match calibration.rule {
        ScoreRule::Mean => part(ScorePart::Combined, parts.iter().sum()),
        ScoreRule::Surprise => {
            let distance = 5.0 * farthest * (features as f64).sqrt();
            let projected = (distance / OWN_FLOOR + largest_residual.sqrt()) * stretch;
            let others = [
                part(ScorePart::TailResiduals, largest_residual.sqrt()),
                part(ScorePart::BodyResiduals, largest_residual.sqrt()),
                part(ScorePart::Neighbours, (projected + f64::from(FARTHEST_NEIGHBOUR)) / OWN_FLOOR.sqrt()),
            ];
            // Fourth powers of the surprises, which have a bound, are weighed and added up.
            let powers: f64 = SURPRISES.iter().map(|&(_, weight)| f64::from(weight) * f64::from(MOST_SURPRISE).powi(4)).sum();
            others.into_iter().fold(powers, f64::max)
        }
    };
    let head = |(&minimum, &maximum): (&f32, &f32)| match head_input {
        HeadInput::Raw => largest_error,
        HeadInput::MinMax if maximum < minimum => largest_error,
        HeadInput::MinMax => (largest_error + f64::from(minimum).abs()) / f64::from(maximum - minimum).max(HEAD_RANGE_FLOOR),
    };
    let head = head_minimum.iter().zip(head_maximum).map(head).fold(0.0, f64::max);
    // The head squares its errors and adds them up.
    let head = head * head * head_minimum.len() as f64;
    [tails, largest_residual, standardised(largest_error, &calibration.features), combined, head]
        .into_iter()
        .chain(parts)
        .fold(0.0, f64::max)
}

/// Reads the excess; `None` if the file has none, as those of formats 1 and 2.
pub(super) fn excess(archive: &Archive<'_>, scaler: &Scaler) -> Result<Option<Excess>, Error> {
    if !archive.contains("scaler.range") && !archive.contains("calibration.excess") {
        return Ok(None);
    }
    let mut lowest = archive.f64("scaler.range", &[2, scaler.features()])?;
    let highest = lowest.split_off(scaler.features());
    let range = TrainingRange::new(lowest, highest).map_err(|_| archive.inconsistent("tensor scaler.range does not ascend".to_owned()))?;
    if !range.contains(&TrainingRange::of(scaler.table())) {
        return Err(archive.inconsistent("tensor scaler.range is narrower than scaler.knots".to_owned()));
    }
    let mut scales = [0.0; KINDS];
    // The last kind came with format 4.
    let known = if archive.shape("calibration.excess")?[..] == [KINDS - 1] { KINDS - 1 } else { KINDS };
    scales[..known].copy_from_slice(&archive.f32("calibration.excess", &[known])?);
    if scales.iter().any(|&scale| scale < 0.0) {
        return Err(archive.inconsistent("tensor calibration.excess has a negative value".to_owned()));
    }
    Ok(Some(Excess { range, scales }))
}
