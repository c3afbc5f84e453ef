//! A detector that learns row by row as a file: with it, a stream goes on to the bit where it stopped.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::calibration::KeptRows;
use super::config::OnlineConfig;
use super::ensemble_state::{ensemble, put_ensemble};
use super::mapper::OnlineMapper;
use super::watch_state::{WatchContents, put_watch, read_watch};
use super::{OnlineKitsune, Phase};
use crate::archive::{self, Archive, ArchiveWriter, Kind};
use crate::error::Error;
use crate::features::map::{Coverage, FeatureMap};
use crate::kitsune::atomic_file::write_atomically;
use crate::pool::Sender;
use crate::rows::reading::Reading;

const KIND: Kind = Kind { name: "online-detector", title: "state of a kitsune online detector", format: 1 };

/// More rows than a detector can ever take.
const MOST_ROWS: u64 = 1 << 62;

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
                if let Some(senders) = kept.senders() {
                    put_senders(&mut archive, senders);
                }
                *rows
            }
            Phase::Executing { ensemble, watch } => {
                put_ensemble(&mut archive, "", ensemble)?;
                watched = Some(put_watch(&mut archive, watch)?);
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
                        let mut kept = KeptRows::new(&config, map.clusters().len(), features);
                        let [errors, sampled] = kept.counts(phase_rows);
                        let width = map.clusters().len() + 1;
                        let senders = config.pool.map(|_| senders(&archive, errors)).transpose()?;
                        let (of_rows, sample) =
                            (archive.f32("kept.errors", &[errors * width])?, archive.f64("kept.sample", &[sampled * features])?);
                        kept.fill(&of_rows, &sample, senders);
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

/// Writes who sent each of some rows: whether that is known, the hash of the name, and the bits of the time.
fn put_senders(archive: &mut ArchiveWriter, senders: &[Option<Sender>]) {
    let numbers = |sender: &Option<Sender>| sender.map_or([0; 3], |sender| [1, sender.name, sender.seconds.to_bits()]);
    archive.u64("kept.senders", &[senders.len(), 3], senders.iter().flat_map(numbers).collect::<Vec<_>>().as_slice());
}

fn senders(archive: &Archive<'_>, rows: usize) -> Result<Vec<Option<Sender>>, Error> {
    let numbers = archive.u64("kept.senders", &[rows, 3])?;
    let sender = |&[known, name, seconds]: &[u64; 3]| (known != 0).then_some(Sender { name, seconds: f64::from_bits(seconds) });
    Ok(numbers.as_chunks().0.iter().map(sender).collect())
}
