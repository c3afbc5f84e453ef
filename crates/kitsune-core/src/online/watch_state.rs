//! What follows the stream after the grace period, in the file of a detector's state.

use serde::{Deserialize, Serialize};

use super::calibration::OnlineCalibration;
use super::config::OnlineConfig;
use super::drift::{Adwin, SAVED};
use super::ensemble_state::{ensemble, put_ensemble};
use super::observation::OnlineCounts;
use super::watch::{Rule, Unchanged, Watch};
use crate::archive::{Archive, ArchiveWriter};
use crate::error::Error;
use crate::features::map::FeatureMap;
use crate::model::excess::KINDS;
use crate::model::standard::Standard;
use crate::pool::{Damped, Pool};
use crate::threshold::{NormalScores, RecentThreshold, Threshold};

/// What the names of the tensors begin with that were not changed by observed rows.
const UNCHANGED: &str = "unchanged.";

/// The halves of a pool, by the names of their tensors.
const HALVES: [&str; 2] = ["recent", "older"];

/// Numbers of a sender in a pool: sum and weight of the scores, and seconds.
const OF_SENDER: usize = 3;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct WatchContents {
    /// The fitted threshold that the recent one began with.
    start: Option<Threshold>,
    /// The recent threshold.
    value: f32,
    /// The position of the oldest score of the window.
    next: usize,
    /// Scores so far whose changes were watched.
    pub(super) watched: u64,
    pub(super) counts: OnlineCounts,
}

pub(super) fn put_watch(archive: &mut ArchiveWriter, watch: &Watch) -> Result<WatchContents, Error> {
    if let Some(unchanged) = &watch.unchanged {
        put_ensemble(archive, UNCHANGED, &unchanged.ensemble)?;
        put_pool(archive, UNCHANGED, unchanged.pool.as_ref());
    }
    put_pool(archive, "", watch.pool.as_ref());
    let mut put = |name: &str, standards: &[Standard]| {
        let values: Vec<f64> =
            standards.iter().map(|standard| standard.mean).chain(standards.iter().map(|standard| standard.deviation)).collect();
        archive.f64(name, &[2, standards.len()], &values);
    };
    put("calibration.tails", &watch.calibration.of_tails);
    put("calibration.parts", &watch.calibration.parts);
    put("calibration.features", &watch.features);
    archive.f32("calibration.excess", &[KINDS], &watch.calibration.scales);
    archive.f32("threshold.normal_scores", &[watch.normal.scores().rows()], watch.normal.scores().as_slice());
    let (buckets, watched) = watch.drift.state();
    archive.f64("drift.window", &[buckets.len() / SAVED, SAVED], &buckets);
    let (mut start, mut value, mut next) = (None, 0.0, 0);
    if let Rule::Recent(threshold) = &watch.rule {
        let (window, position) = threshold.window();
        archive.f32("threshold.window", &[window.len()], window);
        (start, value, next) = (Some(*threshold.start()), threshold.value(), position);
    }
    Ok(WatchContents { start, value, next, watched, counts: watch.counts })
}

pub(super) fn read_watch(
    archive: &Archive<'_>,
    config: &OnlineConfig,
    map: &FeatureMap,
    contents: WatchContents,
    padded: usize,
) -> Result<Watch, Error> {
    let standards = |name: &str, count: usize| {
        let mut means = archive.f64(name, &[2, count])?;
        let deviations = means.split_off(count);
        let fits = |&value: &f64| (value as f32).is_finite();
        if !deviations.iter().all(|&deviation| deviation as f32 > f32::MIN_POSITIVE) || !means.iter().chain(&deviations).all(fits) {
            return Err(archive.inconsistent("a deviation is not above 0, or a mean or deviation is no number of 32 bits".to_owned()));
        }
        Ok(means.into_iter().zip(deviations).map(|(mean, deviation)| Standard { mean, deviation }).collect::<Vec<_>>())
    };
    let list = |name: &str| match archive.shape(name)?[..] {
        [length] => archive.f32(name, &[length]),
        _ => Err(archive.inconsistent(format!("tensor {name} is no list"))),
    };
    let contradiction = |error: Error| archive.inconsistent(error.to_string());
    let parts = standards("calibration.parts", 3)?;
    let mut scales = [0.0; KINDS];
    scales.copy_from_slice(&archive.f32("calibration.excess", &[KINDS])?);
    if scales.iter().any(|&scale| scale < 0.0) {
        return Err(archive.inconsistent("tensor calibration.excess has a negative value".to_owned()));
    }
    let tails = standards("calibration.tails", map.clusters().len())?;
    let calibration = OnlineCalibration::of(config.score, tails, [parts[0], parts[1], parts[2]], scales, padded);
    let normal = NormalScores::new(list("threshold.normal_scores")?).map_err(contradiction)?;
    let WatchContents { start, value, next, watched, counts } = contents;
    let rule = match start {
        Some(start) => {
            let window = list("threshold.window")?;
            if next >= window.len() || !value.is_finite() {
                return Err(archive.inconsistent("the oldest score is not in the window of the threshold".to_owned()));
            }
            Rule::Recent(RecentThreshold::of(start, value, window, next).map_err(contradiction)?)
        }
        None => config.threshold.map_or(Rule::None, Rule::Fixed),
    };
    let buckets = match archive.shape("drift.window")?[..] {
        [buckets, SAVED] => archive.f64("drift.window", &[buckets, SAVED])?,
        _ => return Err(archive.inconsistent(format!("tensor drift.window is no matrix of {SAVED} columns"))),
    };
    let unchanged = || {
        let ensemble = ensemble(archive, UNCHANGED, (config, map), false)?;
        Ok::<_, Error>(Box::new(Unchanged { ensemble, pool: pool(archive, UNCHANGED, config)? }))
    };
    let unchanged = archive.contains(&format!("{UNCHANGED}ranges")).then(unchanged).transpose()?;
    let drift = Adwin::of(&buckets, watched).ok_or_else(|| archive.inconsistent("tensor drift.window is no window".to_owned()))?;
    Ok(Watch::of(
        config,
        (calibration, normal, rule),
        (drift, standards("calibration.features", map.features())?, counts),
        (pool(archive, "", config)?, unchanged),
    ))
}

fn put_pool(archive: &mut ArchiveWriter, prefix: &str, pool: Option<&Pool>) {
    let Some(pool) = pool else { return };
    for (half, senders) in HALVES.into_iter().zip(pool.halves()) {
        let names: Vec<u64> = senders.iter().map(|&(name, _)| name).collect();
        let numbers: Vec<f64> = senders.iter().flat_map(|&(_, Damped { sum, weight, seconds })| [sum, weight, seconds]).collect();
        archive.u64(format!("{prefix}pool.{half}.names"), &[names.len()], &names);
        archive.f64(format!("{prefix}pool.{half}.scores"), &[names.len(), OF_SENDER], &numbers);
    }
}

fn pool(archive: &Archive<'_>, prefix: &str, config: &OnlineConfig) -> Result<Option<Pool>, Error> {
    let Some(half_life) = config.pool else { return Ok(None) };
    let half = |half: &str| {
        let [names, scores] = ["names", "scores"].map(|part| format!("{prefix}pool.{half}.{part}"));
        let [senders] = archive.shape(&names)?[..] else {
            return Err(archive.inconsistent(format!("tensor {names} is no list")));
        };
        let numbers = archive.f64(&scores, &[senders, OF_SENDER])?;
        let known = |&[sum, weight, seconds]: &[f64; OF_SENDER]| Damped { sum, weight, seconds };
        Ok(archive.u64(&names, &[senders])?.into_iter().zip(numbers.as_chunks().0.iter().map(known)).collect())
    };
    let halves = [half(HALVES[0])?, half(HALVES[1])?];
    if !Pool::could_be(&halves) {
        return Err(archive.inconsistent(format!("the tensors {prefix}pool are no pool")));
    }
    Pool::of(half_life, halves).map(Some)
}
