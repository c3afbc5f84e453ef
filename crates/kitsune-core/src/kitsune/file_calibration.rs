//! The calibration in a model file of either format.

use crate::archive::Archive;
use crate::error::Error;
use crate::model::calibration::CalibrationValues;
use crate::model::parts::ScorePart;

/// Reads the calibration from a file of either format.
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
