//! The calibration in a model file of any format.

use crate::archive::Archive;
use crate::error::Error;
use crate::kinds::HeadInput;
use crate::model::calibration::CalibrationValues;
use crate::model::ensemble::HEAD_RANGE_FLOOR;
use crate::model::excess::{Excess, KINDS};
use crate::model::parts::ScorePart;
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
            parts: vec![sum[0], 0.0, 0.0, 0.0, sum[1], 1.0, 1.0, 1.0],
        }
    } else {
        CalibrationValues {
            tails: archive.f32("calibration.tails", &[2, clusters])?,
            features: archive.f32("calibration.features", &[2, features])?,
            parts: archive.f32("calibration.parts", &[2, ScorePart::COUNT])?,
        }
    };
    let deviations = |values: &[f32]| values[values.len() / 2..].iter().all(|&deviation| deviation > 0.0);
    if !(deviations(&values.tails) && deviations(&values.features) && deviations(&values.parts)) {
        return Err(archive.inconsistent("a deviation is not above 0".to_owned()));
    }
    Ok(values)
}

/// A bound of every number that a score is made of, by the formulas of [`Calibration`](crate::model::calibration::Calibration), for rows whose
/// scaled values are at most `farthest` from 0.
pub(super) fn largest_number(
    calibration: &CalibrationValues,
    farthest: f64,
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
    let combined = part(ScorePart::Combined, parts.iter().sum());
    let head = |(&minimum, &maximum): (&f32, &f32)| match head_input {
        HeadInput::Raw => largest_error,
        HeadInput::MinMax if maximum < minimum => largest_error,
        HeadInput::MinMax => (largest_error + f64::from(minimum).abs()) / f64::from(maximum - minimum).max(HEAD_RANGE_FLOOR),
    };
    let head = head_minimum.iter().zip(head_maximum).map(head).fold(0.0, f64::max);
    // The head squares its errors and adds them up.
    let head = head * head * head_minimum.len() as f64;
    [tails, standardised(largest_error, &calibration.features), combined, head].into_iter().chain(parts).fold(0.0, f64::max)
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
    scales.copy_from_slice(&archive.f32("calibration.excess", &[KINDS])?);
    if scales.iter().any(|&scale| scale < 0.0) {
        return Err(archive.inconsistent("tensor calibration.excess has a negative value".to_owned()));
    }
    Ok(Some(Excess { range, scales }))
}
