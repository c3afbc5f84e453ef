//! A feature mapper as bytes.

use serde::{Deserialize, Serialize};

use crate::archive::{Archive, ArchiveWriter, Kind};
use crate::error::Error;
use crate::features::blocks::BLOCK_ROWS;
use crate::features::co_moments::CoMoments;
use crate::features::mapper::FeatureMapper;
use crate::features::means::Means;
use crate::features::ranges::Ranges;
use crate::rows::sample::Sample;

const KIND: Kind = Kind { name: "feature-mapper", title: "kitsune feature mapper", format: 2 };

/// The metadata of the archive beside its tensors.
#[derive(Debug, Serialize, Deserialize)]
struct Contents {
    features: usize,
    rows: u64,
    /// Rows in full blocks.
    count: u64,
    mapper_rows: Option<u64>,
    seed: u64,
    sample_capacity: usize,
    next_row: u64,
}

impl FeatureMapper {
    /// Writes the mapper as a safetensors file, to merge it elsewhere or to resume it.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] if the mapper cannot be encoded.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let features = self.features();
        let (sample_rows, sample) = self.sample.rows();
        let mut archive = ArchiveWriter::default();
        archive.f64("shift", &[self.moments.shift.len()], &self.moments.shift);
        archive.f64("mean", &[features], &self.moments.mean);
        archive.f64("co_moments", &[self.moments.products.len()], &self.moments.products);
        archive.f64("pending", &[self.moments.pending.len() / features.max(1), features], &self.moments.pending);
        archive.f64("sum", &[features], &self.means.sum);
        archive.f64("sum_lost", &[features], &self.means.lost);
        if self.rows() > 0 {
            archive.f64("minimum", &[features], &self.ranges.minimum);
            archive.f64("maximum", &[features], &self.ranges.maximum);
        }
        archive.u64("sample_rows", &[sample_rows.len()], &sample_rows);
        archive.f64("sample", &[sample_rows.len(), features], &sample);
        let contents = Contents {
            features,
            rows: self.rows(),
            count: self.moments.count,
            mapper_rows: self.mapper_rows,
            seed: self.sample.seed(),
            sample_capacity: self.sample.capacity(),
            next_row: self.next_row,
        };
        archive.finish(KIND, &contents)
    }

    /// Reads a mapper that [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// Bytes that are no mapper, that are of a newer format, or that contradict themselves.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let archive = Archive::read(bytes, "the data", KIND)?;
        let Contents { features, rows, count, mapper_rows, seed, sample_capacity, next_row } = archive.contents()?;
        let pairs = features.checked_add(1).and_then(|f| f.checked_mul(features)).map(|doubled| doubled / 2);
        let pairs = pairs.ok_or_else(|| archive.inconsistent(format!("{features} features are too many")))?;
        let mean = archive.f64("mean", &[features])?;
        let [pending_rows, _] = archive.shape("pending")?[..] else {
            return Err(archive.inconsistent("tensor pending is no matrix".to_owned()));
        };
        if pending_rows >= BLOCK_ROWS {
            return Err(archive.inconsistent(format!("{pending_rows} rows are pending, of {BLOCK_ROWS} that make a block")));
        }
        let mapped = count.checked_add(pending_rows as u64);
        let possible = mapped.is_some_and(|mapped| mapped == rows || mapper_rows.is_some() && mapped < rows);
        let Some(mapped) = mapped.filter(|_| possible) else {
            return Err(archive.inconsistent(format!("the feature map cannot be of {count} and {pending_rows} rows of {rows}")));
        };
        let moments = CoMoments {
            count,
            shift: archive.f64("shift", &[if mapped == 0 { 0 } else { features }])?,
            mean,
            products: archive.f64("co_moments", &[pairs])?,
            pending: archive.f64("pending", &[pending_rows, features])?,
        };
        let means = Means { rows, sum: archive.f64("sum", &[features])?, lost: archive.f64("sum_lost", &[features])? };
        let range = |name: &str, unseen: f64| if rows == 0 { Ok(vec![unseen; features]) } else { archive.f64(name, &[features]) };
        let ranges = Ranges { minimum: range("minimum", f64::INFINITY)?, maximum: range("maximum", f64::NEG_INFINITY)? };
        let kept = archive.shape("sample_rows")?.first().copied().unwrap_or(0);
        let sample_rows = archive.u64("sample_rows", &[kept])?;
        let values = archive.f64("sample", &[kept, features])?;
        let sample = Sample::restored(features, seed, sample_capacity, &sample_rows, &values);
        Ok(Self { moments, means, ranges, sample, mapper_rows, next_row })
    }
}
