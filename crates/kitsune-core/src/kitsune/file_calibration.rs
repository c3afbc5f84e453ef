//! The calibration in a model file of any format.

use crate::archive::{Archive, ArchiveWriter};
use crate::error::Error;
use crate::features::map::FeatureMap;
use crate::kinds::{HeadInput, Named, ScoreKind};
use crate::kitsune::file_parts::{FARTHEST_NEIGHBOUR, LARGEST_RARITY};
use crate::model::calibration::{CalibrationValues, ScoreRule, Weights};
use crate::model::ensemble::HEAD_RANGE_FLOOR;
use crate::model::excess::{Excess, KINDS};
use crate::model::neighbours::OWN_FLOOR;
use crate::model::parts::ScorePart;
use crate::model::residuals::ResidualValues;
use crate::model::score::{MOST_SURPRISE, counts};
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
            weights: ScoreRule::Mean.weights(),
        }
    } else {
        let (rule, parts, mut weights) = parts(archive)?;
        let mut parts = widened(&parts);
        if rule == ScoreRule::Mean && archive.contains("calibration.head") {
            let head = archive.f32("calibration.head", &[3])?;
            let column = ScorePart::Head.column();
            [parts[column], parts[ScorePart::COUNT + column], weights[column]] = [head[0], head[1], head[2]];
            if !(0.0..=LARGEST_WEIGHT).contains(&weights[column]) {
                return Err(archive.inconsistent(format!("the weight in tensor calibration.head is not within 0 to {LARGEST_WEIGHT}")));
            }
        }
        CalibrationValues {
            tails: archive.f32("calibration.tails", &[2, clusters])?,
            features: archive.f32("calibration.features", &[2, features])?,
            parts,
            rule,
            weights,
        }
    };
    let deviations = |values: &[f32]| values[values.len() / 2..].iter().all(|&deviation| deviation > 0.0);
    if !(deviations(&values.tails) && deviations(&values.features) && deviations(&values.parts)) {
        return Err(archive.inconsistent("a deviation is not above 0".to_owned()));
    }
    Ok(values)
}

/// The weights of the parts in a file of format 4, which has none.
const WEIGHTS_OF_FORMAT_4: Weights = [2.0, 0.0, 1.0 / 3.0, 0.0, 1.0, 1.0, 3.0, 0.0, 0.0];

/// The shape of `calibration.parts` in a file of format 4.
const PARTS_OF_FORMAT_4: [usize; 2] = [2, ScorePart::Marginals.column()];

/// The largest weight of a part.
const LARGEST_WEIGHT: f32 = 1e3;

/// The parts whose mean and deviation a file of [`ScoreRule::Mean`] has, besides the head.
const PARTS_OF_MEAN: usize = ScorePart::Combined.column() + 1;

/// The parts that a file of [`ScoreRule::Surprise`] has.
const PARTS_OF_SURPRISE: usize = ScorePart::Marginals.column() + 1;

/// Reads the rule of the scores, origin and unit of the parts, and their weights.
fn parts(archive: &Archive<'_>) -> Result<(ScoreRule, Vec<f32>, Weights), Error> {
    let tensor = |shape: [usize; 2]| archive.f32("calibration.parts", &shape);
    if !archive.contains("residuals.tails.mean") {
        return Ok((ScoreRule::Mean, tensor([2, PARTS_OF_MEAN])?, ScoreRule::Mean.weights()));
    }
    if archive.shape("calibration.parts")?[..] == PARTS_OF_FORMAT_4 {
        return Ok((ScoreRule::Surprise, tensor(PARTS_OF_FORMAT_4)?, WEIGHTS_OF_FORMAT_4));
    }
    let mut parts = tensor([3, PARTS_OF_SURPRISE])?;
    let mut weights = [0.0; ScorePart::COUNT];
    weights[..PARTS_OF_SURPRISE].copy_from_slice(&parts.split_off(2 * PARTS_OF_SURPRISE));
    if !weights.iter().all(|weight| (0.0..=LARGEST_WEIGHT).contains(weight)) {
        return Err(archive.inconsistent(format!("a weight in tensor calibration.parts is not within 0 to {LARGEST_WEIGHT}")));
    }
    let is_there = |part| part != ScorePart::Marginals || archive.contains("marginals.rarities");
    let weightless = |kind| {
        let mut parts = ScorePart::ALL.into_iter().zip(weights).filter(|&(part, _)| counts(part, kind) && is_there(part)).peekable();
        parts.peek().is_some() && parts.all(|(_, weight)| weight == 0.0)
    };
    if let Some(kind) = ScoreKind::ALL.iter().find(|&&kind| weightless(kind)) {
        return Err(archive.inconsistent(format!("no part of the score {kind} has a weight in tensor calibration.parts")));
    }
    Ok((ScoreRule::Surprise, parts, weights))
}

/// Writes the calibration.
pub(super) fn put_calibration(archive: &mut ArchiveWriter, calibration: &CalibrationValues) {
    let CalibrationValues { tails, features, parts, rule, weights } = calibration;
    archive.f32("calibration.tails", &[2, tails.len() / 2], tails);
    archive.f32("calibration.features", &[2, features.len() / 2], features);
    let first = |count: usize| parts.chunks_exact(ScorePart::COUNT).chain([&weights[..]]).flat_map(move |row| &row[..count]).copied();
    match rule {
        ScoreRule::Mean => {
            let parts: Vec<f32> = first(PARTS_OF_MEAN).take(2 * PARTS_OF_MEAN).collect();
            archive.f32("calibration.parts", &[2, PARTS_OF_MEAN], &parts);
            let column = ScorePart::Head.column();
            if weights[column] > 0.0 {
                archive.f32("calibration.head", &[3], &[parts_of(calibration, column), vec![weights[column]]].concat());
            }
        }
        ScoreRule::Surprise => {
            archive.f32("calibration.parts", &[3, PARTS_OF_SURPRISE], &first(PARTS_OF_SURPRISE).collect::<Vec<f32>>());
        }
    }
}

/// Mean and deviation of a part.
fn parts_of(calibration: &CalibrationValues, column: usize) -> Vec<f32> {
    vec![calibration.parts[column], calibration.parts[ScorePart::COUNT + column]]
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

/// A bound of every number that a score is made of, by the formulas of [`Calibration`](crate::model::calibration::Calibration), for rows whose
/// scaled values are at most `farthest` from 0, and whose whitened residuals have a sum of squares of at most `largest_residual`. A
/// projection of what rows are compared by makes it longer by at most the factor `stretch`.
pub(super) fn largest_number(
    calibration: &CalibrationValues,
    farthest: f64,
    largest_residual: f64,
    stretch: f64,
    head_input: HeadInput,
    [head_minimum, head_maximum]: [&[f32]; 2],
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
    let head = |(&minimum, &maximum): (&f32, &f32)| match head_input {
        HeadInput::Raw => largest_error,
        HeadInput::MinMax if maximum < minimum => largest_error,
        HeadInput::MinMax => (largest_error + f64::from(minimum).abs()) / f64::from(maximum - minimum).max(HEAD_RANGE_FLOOR),
    };
    let head = head_minimum.iter().zip(head_maximum).map(head).fold(0.0, f64::max);
    // The head squares its errors and adds them up.
    let head = head * head * head_minimum.len() as f64;
    let combined = match calibration.rule {
        ScoreRule::Mean => {
            let of_head = part(ScorePart::Head, head) * f64::from(calibration.weights[ScorePart::Head.column()]);
            part(ScorePart::Combined, parts.iter().sum::<f64>() + of_head)
        }
        ScoreRule::Surprise => {
            let distance = 5.0 * farthest * (features as f64).sqrt();
            let projected = (distance / OWN_FLOOR + largest_residual.sqrt()) * stretch;
            let others = [
                part(ScorePart::TailResiduals, largest_residual.sqrt()),
                part(ScorePart::BodyResiduals, largest_residual.sqrt()),
                part(ScorePart::Neighbours, (projected + f64::from(FARTHEST_NEIGHBOUR)) / OWN_FLOOR.sqrt()),
                part(ScorePart::Marginals, f64::from(LARGEST_RARITY) * features as f64),
            ];
            // Fourth powers of the surprises, which have a bound, are weighed and added up.
            let powers = calibration.weights.iter().map(|&weight| f64::from(weight)).sum::<f64>() * f64::from(MOST_SURPRISE).powi(4);
            others.into_iter().fold(powers, f64::max)
        }
    };
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
    // Format 3 has two kinds less, format 4 one.
    let known = match archive.shape("calibration.excess")?[..] {
        [known] if (KINDS - 2..KINDS).contains(&known) => known,
        _ => KINDS,
    };
    let mut scales = [0.0; KINDS];
    scales[..known].copy_from_slice(&archive.f32("calibration.excess", &[known])?);
    if scales.iter().any(|&scale| scale < 0.0) {
        return Err(archive.inconsistent("tensor calibration.excess has a negative value".to_owned()));
    }
    Ok(Some(Excess { range, scales }))
}
