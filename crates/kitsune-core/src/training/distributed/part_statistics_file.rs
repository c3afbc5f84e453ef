//! The statistics of parts as bytes.

use burn::tensor::TensorData;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::archive::{Archive, ArchiveWriter, Kind};
use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::features::mapper::FeatureMapper;
use crate::features::ranges::Ranges;
use crate::rows::hold_out::HoldOutRule;
use crate::rows::host_rows::HostRows;
use crate::rows::sample::Sample;
use crate::training::distributed::part_rows::Seen;
use crate::training::distributed::part_statistics::PartStatistics;
use crate::training::distributed::plan::Part;
use crate::training::held_out::HeldOutRows;
use crate::training::statistics::Running;

const KIND: Kind = Kind { name: "part-statistics", title: "statistics of parts of a kitsune training", format: 1 };

/// The metadata of the archive beside its tensors.
#[derive(Debug, Serialize, Deserialize)]
struct Contents {
    config: KitsuneConfig,
    columns: Option<Vec<String>>,
    reading: Option<Value>,
    /// The statistics, of each part or of all parts.
    running: Vec<RunningContents>,
}

#[derive(Debug, Serialize, Deserialize)]
struct RunningContents {
    rows: u64,
    held: u64,
    /// Rows that wait for it to be decided whether they are held out; `None` if it is decided.
    early: Option<usize>,
    sample_capacity: usize,
}

impl PartStatistics {
    /// Writes the statistics as a safetensors file, to merge them elsewhere.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] if they cannot be encoded.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut archive = ArchiveWriter::default();
        put_parts(&mut archive, &self.parts);
        let mut contents = Vec::new();
        for (at, running) in self.running.iter().enumerate() {
            contents.push(put(&mut archive, at, running)?);
        }
        let Self { config, columns, reading, .. } = self;
        let contents = Contents { config: config.clone(), columns: columns.clone(), reading: reading.clone(), running: contents };
        archive.finish(KIND, &contents)
    }

    /// Reads statistics that [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// Bytes that are no such statistics, that are of a newer format, or that contradict themselves.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let archive = Archive::read(bytes, "the data", KIND)?;
        let Contents { config, columns, reading, running } = archive.contents()?;
        config.validate().map_err(|error| archive.inconsistent(error.to_string()))?;
        let parts = parts(&archive)?;
        let number = running.len();
        let running = running.into_iter().enumerate().map(|(at, contents)| get(&archive, &config, at, &contents));
        let running = running.collect::<Result<Vec<_>, _>>()?;
        let undecided = running.iter().all(|running| running.held_out.early.is_some());
        let widths = running.iter().map(|running| running.mapper.features());
        let is_one_width = running.first().is_some_and(|first| widths.clone().all(|width| width == first.mapper.features()));
        if !is_one_width || if undecided { number != parts.len() } else { number != 1 } {
            return Err(archive.inconsistent(format!("{number} statistics cannot be those of {} parts", parts.len())));
        }
        let of_parts = [sum(parts.iter().map(|part| part.seen.rows)), sum(parts.iter().map(|part| part.held))];
        let held_out = || running.iter().map(|running| &running.held_out);
        let of_running = [sum(held_out().map(|held_out| held_out.rows)), sum(held_out().map(|held_out| held_out.held))];
        if of_parts != of_running || of_parts.contains(&None) {
            return Err(archive.inconsistent("its rows are not those of its parts".to_owned()));
        }
        Ok(Self { config, columns, reading, parts, running })
    }
}

/// Appends the parts.
pub(super) fn put_parts(archive: &mut ArchiveWriter, parts: &[Part]) {
    let numbers = parts.iter().flat_map(|part| [part.number.into(), part.seen.rows, part.seen.digest, part.held]);
    archive.u64("parts", &[parts.len(), 4], &numbers.collect::<Vec<_>>());
}

/// The parts of an archive: at least one, in ascending order.
pub(super) fn parts(archive: &Archive<'_>) -> Result<Vec<Part>, Error> {
    let count = archive.shape("parts")?.first().copied().unwrap_or(0);
    let numbers = archive.u64("parts", &[count, 4])?;
    let part = |&[number, rows, digest, held]: &[u64; 4]| {
        let number = u32::try_from(number).ok().filter(|_| held <= rows)?;
        Some(Part { number, seen: Seen { rows, digest }, held })
    };
    let parts: Option<Vec<Part>> = numbers.as_chunks().0.iter().map(part).collect();
    let parts = parts.filter(|parts| !parts.is_empty() && parts.is_sorted_by(|left, right| left.number < right.number));
    parts.ok_or_else(|| archive.inconsistent("tensor parts does not hold parts in ascending order".to_owned()))
}

fn put(archive: &mut ArchiveWriter, at: usize, running: &Running) -> Result<RunningContents, Error> {
    let Running { mapper, held_out } = running;
    let features = mapper.features();
    archive.u8(format!("{at}.mapper"), &mapper.to_bytes()?);
    let (numbers, values) = held_out.sample.rows();
    archive.u64(format!("{at}.held_out.numbers"), &[numbers.len()], &numbers);
    archive.f64(format!("{at}.held_out.rows"), &[numbers.len(), features], &values);
    if let Some(Ranges { minimum, maximum }) = held_out.ranges.as_ref().filter(|_| held_out.held > 0) {
        archive.f64(format!("{at}.held_out.range"), &[2, features], &[&minimum[..], maximum].concat());
    }
    let early = held_out.early.as_ref().map(|early| {
        let numbers: Vec<u64> = early.iter().flat_map(|(_, numbers)| numbers).copied().collect();
        let values: Vec<f64> = early.iter().flat_map(|(rows, _)| rows.iter::<f64>()).collect();
        archive.u64(format!("{at}.early.numbers"), &[numbers.len()], &numbers);
        archive.f64(format!("{at}.early.rows"), &[numbers.len(), features], &values);
        numbers.len()
    });
    let (rows, held) = (held_out.rows, held_out.held);
    Ok(RunningContents { rows, held, early, sample_capacity: held_out.sample.capacity() })
}

fn get(archive: &Archive<'_>, config: &KitsuneConfig, at: usize, contents: &RunningContents) -> Result<Running, Error> {
    let &RunningContents { rows, held, early, sample_capacity } = contents;
    let mapper = FeatureMapper::from_bytes(&archive.u8(&format!("{at}.mapper"))?)?;
    let features = mapper.features();
    let kept = archive.shape(&format!("{at}.held_out.numbers"))?.first().copied().unwrap_or(0);
    let numbers = archive.u64(&format!("{at}.held_out.numbers"), &[kept])?;
    let values = archive.f64(&format!("{at}.held_out.rows"), &[kept, features])?;
    let sample = Sample::restored(features, config.seed, sample_capacity, &numbers, &values);
    let mut held_out = HeldOutRows::new(HoldOutRule::new(config.seed, config.hold_out), sample);
    (held_out.rows, held_out.held) = (rows, held);
    if held > 0 {
        let mut minimum = archive.f64(&format!("{at}.held_out.range"), &[2, features])?;
        let maximum = minimum.split_off(features);
        held_out.ranges = Some(Ranges { minimum, maximum });
    }
    held_out.early = match early {
        None => None,
        Some(count) => {
            let numbers = archive.u64(&format!("{at}.early.numbers"), &[count])?;
            let values = TensorData::new(archive.f64(&format!("{at}.early.rows"), &[count, features])?, [count, features]);
            HostRows::new(&values)?.check_numbers(&numbers)?;
            Some(vec![(values, numbers)])
        }
    };
    let waiting = held_out.early.iter().flatten().map(|(_, numbers)| numbers.len() as u64).sum::<u64>();
    if [mapper.rows(), held, waiting].into_iter().try_fold(0, u64::checked_add) != Some(rows) {
        return Err(
            archive.inconsistent(format!("{rows} rows cannot be {} that train, {held} held out and {waiting} that wait", mapper.rows()))
        );
    }
    if mapper.rows() > 0 && mapper.sample.capacity() < 2 || held > 0 && kept == 0 {
        return Err(archive.inconsistent("a sample of its rows is empty".to_owned()));
    }
    Ok(Running { mapper, held_out })
}

/// The sum of numbers, if it can be counted.
pub(super) fn sum(mut numbers: impl Iterator<Item = u64>) -> Option<u64> {
    numbers.try_fold(0, u64::checked_add)
}
