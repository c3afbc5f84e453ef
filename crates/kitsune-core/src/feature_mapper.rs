//! One pass over the training rows: which features belong together, their ranges, and a sample of rows.

use burn::tensor::TensorData;
use serde::{Deserialize, Serialize};

use crate::archive::{Archive, ArchiveWriter, Kind};
use crate::clustering::{cut, join_small, single_linkage};
use crate::co_moments::{BLOCK_ROWS, CoMoments};
use crate::error::Error;
use crate::feature_map::{Coverage, FeatureMap};
use crate::rows::{HostRows, as_floats};
use crate::sample::Sample;
use crate::scaler::{Outside, Scaler};

const KIND: Kind = Kind { name: "feature-mapper", title: "kitsune feature mapper", format: 1 };

/// Exact running statistics of rows: co-moments, ranges, and a bounded sample.
///
/// Features are grouped by the distance `d(i, j) = max(0, 1 - r(i, j))` of their Pearson correlation `r`, by single linkage (Mirsky et al.,
/// NDSS 2018, section V-B). A feature without variance has `r = 0` with every other.
///
/// The result does not depend on how the rows are cut into batches, to the last bit. Memory: 4 · features² bytes, and the sample.
#[derive(Debug, Clone)]
pub struct FeatureMapper {
    moments: CoMoments,
    minimum: Vec<f64>,
    maximum: Vec<f64>,
    sample: Sample,
    next_row: u64,
}

/// What an archive says beside its tensors.
#[derive(Debug, Serialize, Deserialize)]
struct Contents {
    features: usize,
    count: u64,
    seed: u64,
    sample_capacity: usize,
    next_row: u64,
}

impl FeatureMapper {
    /// Rows that a sample keeps unless told otherwise.
    pub const DEFAULT_SAMPLE_ROWS: usize = 16_384;

    /// A mapper of rows of `features` features; `seed` draws the sample.
    pub fn new(features: usize, seed: u64) -> Self {
        Self {
            moments: CoMoments::new(features),
            minimum: vec![f64::INFINITY; features],
            maximum: vec![f64::NEG_INFINITY; features],
            sample: Sample::new(features, seed, Self::DEFAULT_SAMPLE_ROWS),
            next_row: 0,
        }
    }

    /// Keeps at most that many rows as the sample, and no more than fit 64 MiB. Call before any row is taken in.
    #[must_use]
    pub fn with_sample_rows(mut self, rows: usize) -> Self {
        self.sample = Sample::new(self.features(), self.sample.seed(), rows);
        self
    }

    /// Numbers the rows from `row` on instead of 0: for a mapper that sees a later part of the data and will be merged.
    #[must_use]
    pub fn starting_at(mut self, row: u64) -> Self {
        self.next_row = row;
        self
    }

    /// Features of the rows.
    pub fn features(&self) -> usize {
        self.moments.features()
    }

    /// Rows taken in.
    pub fn rows(&self) -> u64 {
        self.moments.rows()
    }

    /// Takes in raw rows [rows, features] of any number type.
    ///
    /// # Errors
    /// Rows of another width or with a value that is not finite; then none of them is taken in.
    pub fn partial_fit(&mut self, rows: &TensorData) -> Result<(), Error> {
        match HostRows::new(rows) {
            Ok(view) => self.partial_fit_view(&view),
            Err(_) => self.partial_fit_view(&HostRows::new(&as_floats(rows.clone()))?),
        }
    }

    pub(crate) fn partial_fit_view(&mut self, rows: &HostRows<'_>) -> Result<(), Error> {
        rows.check_features(self.features(), self.next_row)?;
        rows.check_finite(self.next_row)?;
        let mut values = vec![0.0; self.features()];
        for row in 0..rows.rows() {
            rows.read_row(row, &mut values);
            self.moments.push(&values);
            for (f, &value) in values.iter().enumerate() {
                self.minimum[f] = self.minimum[f].min(value);
                self.maximum[f] = self.maximum[f].max(value);
            }
            self.sample.push(self.next_row, &values);
            self.next_row += 1;
        }
        Ok(())
    }

    /// Takes in what another mapper has seen, on another machine for instance.
    ///
    /// # Errors
    /// [`Error::Merge`] for rows of another width.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        if self.features() != other.features() {
            return Err(Error::Merge { left: self.features(), right: other.features() });
        }
        self.moments.merge(&other.moments);
        for f in 0..self.features() {
            self.minimum[f] = self.minimum[f].min(other.minimum[f]);
            self.maximum[f] = self.maximum[f].max(other.maximum[f]);
        }
        self.sample.merge(&other.sample);
        self.next_row = self.next_row.max(other.next_row);
        Ok(())
    }

    /// Correlation distances of all pairs i < j, row by row: [features · (features - 1) / 2], each in [0, 2].
    pub fn correlation_distance(&self) -> Vec<f64> {
        let moments = self.moments.finished();
        let distance = self.distance(&moments);
        let features = self.features();
        (0..features).flat_map(|i| (i + 1..features).map(move |j| (i, j))).map(|(i, j)| distance(i, j)).collect()
    }

    /// Clusters of at most `max` features, of which those of fewer than `min` are joined, so that a cluster may have up to `max + min - 1`.
    ///
    /// # Errors
    /// [`Error::TooFewRows`] below 2 rows, [`Error::TooFewFeatures`] without a feature, [`Error::Hyperparameter`] where `max` is 0.
    pub fn feature_map(&self, max: usize, min: usize) -> Result<FeatureMap, Error> {
        if max == 0 {
            return Err(Error::Hyperparameter { name: "max_features_per_cluster", range: "at least 1", found: max.to_string() });
        }
        if self.rows() < 2 {
            return Err(Error::TooFewRows { found: self.rows() });
        }
        if self.features() == 0 {
            return Err(Error::TooFewFeatures { found: 0 });
        }
        let moments = self.moments.finished();
        let merges = single_linkage(self.features(), self.distance(&moments));
        let clusters = join_small(cut(self.features(), &merges, max), min);
        FeatureMap::new(self.features(), clusters, Coverage::Exact)
    }

    /// The ranges seen so far as a scaler to 0-1 that clamps.
    ///
    /// # Errors
    /// [`Error::TooFewRows`] before the first row.
    pub fn scaler(&self) -> Result<Scaler, Error> {
        if self.rows() == 0 {
            return Err(Error::TooFewRows { found: 0 });
        }
        Ok(Scaler::min_max(self.minimum.clone(), self.maximum.clone())?.with_outside(Outside::Clamp))
    }

    /// The sample: raw rows, F64 [rows, features], in the order of their numbers.
    pub fn sample(&self) -> TensorData {
        self.sample.to_data()
    }

    /// Everything the mapper knows, as a safetensors file: to be merged elsewhere, or gone on with.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] if it cannot be encoded.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let features = self.features();
        let (sample_rows, sample) = self.sample.rows();
        let mut archive = ArchiveWriter::default();
        archive.f64("shift", &[self.moments.shift.len()], &self.moments.shift);
        archive.f64("mean", &[features], &self.moments.mean);
        archive.f64("co_moments", &[self.moments.products.len()], &self.moments.products);
        archive.f64("pending", &[self.moments.pending.len() / features.max(1), features], &self.moments.pending);
        if self.rows() > 0 {
            archive.f64("minimum", &[features], &self.minimum);
            archive.f64("maximum", &[features], &self.maximum);
        }
        archive.u64("sample_rows", &[sample_rows.len()], &sample_rows);
        archive.f64("sample", &[sample_rows.len(), features], &sample);
        let contents = Contents {
            features,
            count: self.moments.count,
            seed: self.sample.seed(),
            sample_capacity: self.sample.capacity(),
            next_row: self.next_row,
        };
        archive.finish(KIND, &contents)
    }

    /// The mapper that [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// Bytes that are not a mapper's, of a newer format, or that contradict themselves.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let archive = Archive::read(bytes, "the data", KIND)?;
        let Contents { features, count, seed, sample_capacity, next_row } = archive.contents()?;
        let pairs = features.checked_add(1).and_then(|f| f.checked_mul(features)).map(|doubled| doubled / 2);
        let pairs = pairs.ok_or_else(|| archive.inconsistent(format!("{features} features are too many")))?;
        let mean = archive.f64("mean", &[features])?;
        let [pending_rows, _] = archive.shape("pending")?[..] else {
            return Err(archive.inconsistent("tensor pending is no matrix".to_owned()));
        };
        if pending_rows >= BLOCK_ROWS {
            return Err(archive.inconsistent(format!("{pending_rows} rows are pending, of {BLOCK_ROWS} that make a block")));
        }
        let empty = count == 0 && pending_rows == 0;
        let moments = CoMoments {
            count,
            shift: archive.f64("shift", &[if empty { 0 } else { features }])?,
            mean,
            products: archive.f64("co_moments", &[pairs])?,
            pending: archive.f64("pending", &[pending_rows, features])?,
        };
        let range = |name: &str, unseen: f64| if empty { Ok(vec![unseen; features]) } else { archive.f64(name, &[features]) };
        let (minimum, maximum) = (range("minimum", f64::INFINITY)?, range("maximum", f64::NEG_INFINITY)?);
        let kept = archive.shape("sample_rows")?.first().copied().unwrap_or(0);
        let sample_rows = archive.u64("sample_rows", &[kept])?;
        let values = archive.f64("sample", &[kept, features])?;
        let mut sample = Sample::new(features, seed, sample_capacity);
        for (row, values) in sample_rows.iter().zip(values.chunks_exact(features.max(1))) {
            sample.push(*row, values);
        }
        Ok(Self { moments, minimum, maximum, sample, next_row })
    }

    /// The distance of two features, by finished co-moments.
    fn distance<'a>(&'a self, moments: &'a CoMoments) -> impl Fn(usize, usize) -> f64 + 'a {
        let constant = |f: usize| self.minimum[f] >= self.maximum[f];
        move |i, j| if constant(i) || constant(j) { 1.0 } else { (1.0 - moments.correlation(i, j)).max(0.0) }
    }
}
