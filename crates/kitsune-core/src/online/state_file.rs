//! A detector that learns row by row as a file: with it, a stream goes on to the bit where it stopped.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::autoencoder::Autoencoder;
use super::calibration::{KeptRows, OnlineCalibration};
use super::config::OnlineConfig;
use super::drift::{Adwin, SAVED};
use super::ensemble::{EnsembleState, OnlineEnsemble};
use super::mapper::OnlineMapper;
use super::watch::{Rule, Watch};
use super::{OnlineCounts, OnlineKitsune, Phase};
use crate::archive::{self, Archive, ArchiveWriter, Kind};
use crate::error::Error;
use crate::features::map::{Coverage, FeatureMap};
use crate::kitsune::atomic_file::write_atomically;
use crate::model::excess::KINDS;
use crate::model::standard::Standard;
use crate::rows::reading::Reading;
use crate::threshold::{NormalScores, RecentThreshold, Threshold};

const KIND: Kind = Kind { name: "online-detector", title: "state of a kitsune online detector", format: 1 };

/// More rows than a detector can ever take.
const MOST_ROWS: u64 = 1 << 62;

/// Weights beyond this, which no training reaches, could make sums that are not finite.
const LARGEST_WEIGHT: f32 = 1e30;

/// What the names of the tensors begin with that were not changed by observed rows.
const UNCHANGED: &str = "unchanged.";

/// The metadata of the file beside its tensors.
#[derive(Debug, Serialize, Deserialize)]
struct Contents {
    config: OnlineConfig,
    features: usize,
    columns: Option<Vec<String>>,
    reading: Option<Reading>,
    note: Option<Reading>,
    rows: u64,
    /// Rows of the phase.
    phase_rows: u64,
    /// `None` while it is learned.
    feature_map: Option<FeatureMap>,
    /// `None` in the grace period.
    watch: Option<WatchContents>,
}

#[derive(Debug, Serialize, Deserialize)]
struct WatchContents {
    /// The fitted threshold that the recent one began with.
    start: Option<Threshold>,
    /// The recent threshold.
    value: f32,
    /// The position of the oldest score of the window.
    next: usize,
    /// Scores so far whose changes were watched.
    watched: u64,
    counts: OnlineCounts,
}

impl OnlineKitsune {
    /// Saves the detector as **one safetensors file**, which has its name when it is complete.
    ///
    /// # Errors
    /// [`Error::Write`], which names the file; an older file of that name is unchanged then. [`Error::Diverged`] if a weight is not finite.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let bytes = self.to_bytes()?;
        write_atomically(path, &bytes).map_err(|source| Error::Write { path: path.to_owned(), source })
    }

    /// Loads a detector that [`save`](Self::save) wrote. It goes on to the bit where that one stopped, on a machine with the same vector registers.
    ///
    /// # Errors
    /// [`Error::Read`] if the file cannot be read; [`Error::Foreign`] for a truncated file or a file of another kind;
    /// [`Error::NewerFormat`]; [`Error::Inconsistent`] if the parts of the file contradict each other.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let origin = path.display().to_string();
        Self::read(&archive::read_file(path, &origin, KIND)?, &origin)
    }

    /// Loads a detector from the bytes of [`to_bytes`](Self::to_bytes), or of a file.
    ///
    /// # Errors
    /// Those of [`load`](Self::load), except for [`Error::Read`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::read(bytes, "the data")
    }

    /// The bytes of the file that [`save`](Self::save) writes. Equal detectors have equal bytes.
    ///
    /// # Errors
    /// [`Error::Diverged`] if a weight is not finite.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut archive = ArchiveWriter::default();
        let mut watched = None;
        let phase_rows = match &self.phase {
            Phase::Mapping(mapper) => {
                put_mapper(&mut archive, mapper);
                mapper.rows
            }
            Phase::Training { ensemble, rows, kept } => {
                put_ensemble(&mut archive, "", ensemble)?;
                archive.f32("kept.errors", &[kept.errors().len()], kept.errors());
                archive.f64("kept.sample", &[kept.sample().len()], kept.sample());
                *rows
            }
            Phase::Executing { ensemble, watch } => {
                put_ensemble(&mut archive, "", ensemble)?;
                if let Some(unchanged) = &watch.unchanged {
                    put_ensemble(&mut archive, UNCHANGED, unchanged)?;
                }
                watched = Some(put_watch(&mut archive, watch));
                0
            }
        };
        let contents = Contents {
            config: self.config.clone(),
            features: self.features,
            columns: self.columns.clone(),
            reading: self.reading.clone(),
            note: self.note.clone(),
            rows: self.rows,
            phase_rows,
            feature_map: self.feature_map().cloned(),
            watch: watched,
        };
        archive.finish(KIND, &contents)
    }

    fn read(bytes: &[u8], origin: &str) -> Result<Self, Error> {
        let archive = Archive::read(bytes, origin, KIND)?;
        let Contents { config, features, columns, reading, note, rows, phase_rows, feature_map, watch } = archive.contents()?;
        let contradiction = |error: Error| archive.inconsistent(error.to_string());
        config.validate().map_err(contradiction)?;
        // A tensor of the file bounds the number of features that the metadata may claim, before anything is allocated for them.
        let bound = if feature_map.is_some() { archive.shape("ranges")? } else { archive.shape("mapper.shift")? };
        if features == 0 || bound.last() != Some(&features) {
            return Err(archive.inconsistent(format!("it claims {features} features, and has a tensor of shape {bound:?} for them")));
        }
        let counted = [rows, phase_rows, watch.as_ref().map_or(0, |watch| watch.watched.max(watch.counts.observed))];
        if counted.iter().any(|&rows| rows > MOST_ROWS) {
            return Err(archive.inconsistent("it claims more rows than anybody has".to_owned()));
        }
        if let Some(map) = &config.feature_map {
            map.validate(Coverage::Free).map_err(contradiction)?;
        }
        if columns.as_ref().is_some_and(|columns| columns.len() != features) {
            return Err(archive.inconsistent("the number of column names is not that of the features".to_owned()));
        }
        let phase = match (feature_map, watch) {
            (None, None) => Phase::Mapping(mapper(&archive, features, phase_rows, &config)?),
            (None, Some(_)) => return Err(archive.inconsistent("it scores rows, but has no feature map".to_owned())),
            (Some(map), watch) => {
                if map.features() != features {
                    return Err(archive.inconsistent(format!("{features} features, but the map has {}", map.features())));
                }
                map.validate(Coverage::Free).map_err(contradiction)?;
                let is_new = watch.is_none() && phase_rows == 0;
                let ensemble = Box::new(ensemble(&archive, "", (&config, &map), is_new)?);
                match watch {
                    None => {
                        if phase_rows >= config.train_grace {
                            return Err(archive.inconsistent(format!("{phase_rows} rows have trained, of {}", config.train_grace)));
                        }
                        let mut kept = KeptRows::new(config.train_grace, map.clusters().len(), features);
                        let [errors, sampled] = kept.counts(phase_rows);
                        let width = map.clusters().len() + 1;
                        kept.fill(&archive.f32("kept.errors", &[errors * width])?, &archive.f64("kept.sample", &[sampled * features])?);
                        Phase::Training { ensemble, rows: phase_rows, kept }
                    }
                    Some(contents) => {
                        let padded = ensemble.tails().errors().len();
                        let watch = Box::new(read_watch(&archive, &config, &map, contents, padded)?);
                        Phase::Executing { ensemble, watch }
                    }
                }
            }
        };
        Ok(Self { config, features, columns, reading, note, rows, phase })
    }
}

fn put_mapper(archive: &mut ArchiveWriter, mapper: &OnlineMapper) {
    let features = mapper.features();
    archive.f64("mapper.shift", &[features], &mapper.shift);
    archive.f64("mapper.sums", &[features], &mapper.sums);
    archive.f64("mapper.products", &[mapper.products.len()], &mapper.products);
    if mapper.rows > 0 {
        archive.f64("mapper.lowest", &[features], &mapper.lowest);
        archive.f64("mapper.highest", &[features], &mapper.highest);
    }
}

fn mapper(archive: &Archive<'_>, features: usize, rows: u64, config: &OnlineConfig) -> Result<OnlineMapper, Error> {
    if rows >= config.mapper_grace {
        return Err(archive.inconsistent(format!("{rows} rows have made the feature map, of {}", config.mapper_grace)));
    }
    let pairs = features.checked_add(1).and_then(|next| next.checked_mul(features)).map_or(usize::MAX, |doubled| doubled / 2);
    let products = archive.f64("mapper.products", &[pairs])?;
    let mut mapper = OnlineMapper::new(features);
    mapper.rows = rows;
    mapper.products = products;
    mapper.shift = archive.f64("mapper.shift", &[features])?;
    mapper.sums = archive.f64("mapper.sums", &[features])?;
    if rows > 0 {
        mapper.lowest = archive.f64("mapper.lowest", &[features])?;
        mapper.highest = archive.f64("mapper.highest", &[features])?;
    }
    Ok(mapper)
}

fn put_ensemble(archive: &mut ArchiveWriter, prefix: &str, ensemble: &OnlineEnsemble) -> Result<(), Error> {
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

fn ensemble(
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

fn put_watch(archive: &mut ArchiveWriter, watch: &Watch) -> WatchContents {
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
    WatchContents { start, value, next, watched, counts: watch.counts }
}

fn read_watch(
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
    let unchanged =
        archive.contains(&format!("{UNCHANGED}ranges")).then(|| ensemble(archive, UNCHANGED, (config, map), false)).transpose()?;
    let drift = Adwin::of(&buckets, watched).ok_or_else(|| archive.inconsistent("tensor drift.window is no window".to_owned()))?;
    Ok(Watch::of(
        config,
        (calibration, normal, rule),
        (drift, standards("calibration.features", map.features())?, counts),
        unchanged.map(Box::new),
    ))
}
