//! The feature mapper: correlations, ranges, means and a sample in one pass over the training rows.

use burn::tensor::TensorData;

use crate::error::Error;
use crate::features::blocks::BLOCK_ROWS;
use crate::features::clustering::{cut, join_small, single_linkage};
use crate::features::co_moments::{CoMoments, Finished};
use crate::features::map::{Coverage, FeatureMap};
use crate::features::means::Means;
use crate::features::ranges::Ranges;
use crate::kinds::{CorrelationDistance, Outside};
use crate::rows::host_rows::{HostRows, LISTED_ROWS, Values, all, floats};
use crate::rows::number::Number;
use crate::rows::sample::Sample;
use crate::scaler::Scaler;

/// Numbers of 8 bytes per feature, apart from co-moments and blocks: ranges, sums, means, the spanning tree and the dendrogram.
const NUMBERS_PER_FEATURE: u64 = 32;

/// Values of a batch from which on a second thread helps. With fewer, waking it takes longer than it saves.
const SHARED: usize = 1 << 15;

/// Distances are clustered in units of 1e-12. Statistics that are merged differ from those of one pass by less, mostly, so that rounding makes no other map.
const DISTANCE_UNITS: f64 = 1e12;

/// Exact running statistics of rows: co-moments, ranges, means, and a bounded sample.
///
/// Features are grouped by a [`CorrelationDistance`] of their Pearson correlation `r`, by single linkage (Mirsky et al., NDSS 2018, section
/// V-B). A feature without variance has `r = 0` with every other.
///
/// The result is independent of the batches, to the last bit. See [`memory`](Self::memory) for the memory without the sample.
#[derive(Debug, Clone)]
pub struct FeatureMapper {
    /// Co-moments of the rows that make the feature map.
    pub(crate) moments: CoMoments,
    /// Means of all rows; the fields below are of all rows, too.
    pub(crate) means: Means,
    pub(crate) ranges: Ranges,
    pub(crate) sample: Sample,
    pub(crate) mapper_rows: Option<u64>,
    pub(crate) next_row: u64,
}

impl FeatureMapper {
    /// Default number of rows of the sample.
    pub const DEFAULT_SAMPLE_ROWS: usize = 16_384;

    /// Default number of bytes of the sample.
    pub const DEFAULT_SAMPLE_BYTES: usize = 64 << 20;

    /// Peak memory in bytes of the statistics of `features` features, clustering included: `features · (features + 1) / 2` co-moments,
    /// stored once as a packed triangle, two blocks of 256 rows, and 32 numbers per feature, all of 8 bytes. That is `8 · (features ·
    /// (features + 1) / 2 + 544 · features)`. One of the blocks has the features rounded up to a multiple of eight; of rows that are so narrow that
    /// several blocks take less than 1 MiB, it may be that many. Threads need no memory of their own.
    ///
    /// This excludes the given rows and the sample, which has a limit of its own and exists twice while it is copied out. Writing the
    /// statistics as bytes takes the co-moments twice more. Training frees them before the first epoch, and with clusters of the default
    /// size its weights need less. Clusters that hold a large part of the features can need more: `clusters · visible · hidden` numbers of
    /// 4 bytes, some ten times over.
    pub fn memory(features: usize) -> u64 {
        let features = features as u64;
        let co_moments = features.saturating_mul(features.saturating_add(1)) / 2;
        let others = features.saturating_mul(2 * BLOCK_ROWS as u64 + NUMBERS_PER_FEATURE);
        co_moments.saturating_add(others).saturating_mul(size_of::<f64>() as u64)
    }

    /// Makes a mapper of rows with `features` features; `seed` draws the sample.
    pub fn new(features: usize, seed: u64) -> Self {
        Self {
            moments: CoMoments::new(features),
            means: Means::new(features),
            ranges: Ranges::new(features),
            sample: Sample::new(features, seed, Self::DEFAULT_SAMPLE_ROWS, Self::DEFAULT_SAMPLE_BYTES),
            mapper_rows: None,
            next_row: 0,
        }
    }

    /// Limits the sample to `rows` rows. Call it before any row is added.
    #[must_use]
    pub fn with_sample_rows(mut self, rows: usize) -> Self {
        self.sample = self.sample.with_rows(rows);
        self
    }

    /// Limits the sample to `bytes` bytes, 8 per value, but never below 2 rows. Call it before any row is added.
    #[must_use]
    pub fn with_sample_bytes(mut self, bytes: usize) -> Self {
        self.sample = self.sample.with_bytes(bytes);
        self
    }

    /// Makes the feature map from the first `rows` rows only, or from all rows with `None`. The others still count for ranges, means and
    /// sample, and cost next to nothing. A map needs at least 2 rows. Call it before any row is added.
    #[must_use]
    pub fn with_mapper_rows(mut self, rows: Option<u64>) -> Self {
        self.mapper_rows = rows;
        self
    }

    /// Numbers the rows from `row` on instead of 0, for a mapper that reads a later part of the data and will be merged.
    #[must_use]
    pub fn starting_at(mut self, row: u64) -> Self {
        self.next_row = row;
        self
    }

    /// Number of features of the rows.
    pub fn features(&self) -> usize {
        self.moments.features()
    }

    /// Number of rows added, including those that [`with_mapper_rows`](Self::with_mapper_rows) excludes from the feature map.
    pub fn rows(&self) -> u64 {
        self.means.rows
    }

    /// Adds raw rows [rows, features] of any number type.
    ///
    /// # Errors
    /// Rows of another width or with a value that is not finite. In these cases no row is added.
    pub fn partial_fit(&mut self, rows: &TensorData) -> Result<(), Error> {
        let rows = floats(rows);
        let view = HostRows::new(&rows)?;
        view.check_features(self.features(), self.next_row)?;
        view.check_finite(self.next_row)?;
        self.take_in(&view);
        Ok(())
    }

    /// Adds rows whose width and values the caller has checked.
    pub(crate) fn take_in(&mut self, rows: &HostRows<'_>) {
        for (_, rows) in rows.batches(LISTED_ROWS) {
            match rows.values() {
                Values::F32(values) => self.take_in_rows(&all(values, rows.features())),
                Values::F64(values) => self.take_in_rows(&all(values, rows.features())),
            }
        }
    }

    /// Adds rows, `[features]` each, likewise.
    pub(crate) fn take_in_rows<T: Number>(&mut self, rows: &[&[T]]) {
        let left = self.mapper_rows.map_or(u64::MAX, |limit| limit.saturating_sub(self.next_row));
        let mapped = usize::try_from(left).unwrap_or(usize::MAX).min(rows.len());
        let features = self.features();
        let Self { moments, means, ranges, sample, next_row, .. } = self;
        let mut map = || moments.push(&rows[..mapped]);
        let mut others = || {
            means.push(rows);
            ranges.push(rows);
            for row in rows {
                sample.push(*next_row, row);
                *next_row += 1;
            }
        };
        if mapped * features < SHARED {
            map();
            others();
        } else {
            rayon::join(map, others);
        }
    }

    /// Merges the statistics of another mapper, for instance from another machine.
    ///
    /// # Errors
    /// [`Error::Merge`] for rows of another width, [`Error::Hyperparameter`] if the two differ in
    /// [`with_mapper_rows`](Self::with_mapper_rows).
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        if self.features() != other.features() {
            return Err(Error::Merge { left: self.features(), right: other.features() });
        }
        if self.mapper_rows != other.mapper_rows {
            let [ours, theirs] = [self, other].map(|mapper| mapper.mapper_rows.map_or_else(|| "none".to_owned(), |rows| rows.to_string()));
            return Err(Error::Hyperparameter {
                name: "mapper_rows",
                range: "the same in mappers that are merged",
                found: format!("{ours} and {theirs}"),
            });
        }
        self.moments.merge(&other.moments);
        self.means.merge(&other.means);
        self.ranges.merge(&other.ranges);
        self.sample.merge(&other.sample);
        self.next_row = self.next_row.max(other.next_row);
        Ok(())
    }

    /// Correlation distances of all pairs i < j, row by row: [features · (features - 1) / 2], each in [0, 2], or in [0, 1] by absolute correlations. They are those of the rows
    /// that make the feature map.
    pub fn correlation_distance(&self, kind: CorrelationDistance) -> Vec<f64> {
        let moments = self.moments.finished();
        let distance = self.distance(&moments, kind);
        let features = self.features();
        (0..features).flat_map(|i| (i + 1..features).map(move |j| (i, j))).map(|(i, j)| distance(i, j)).collect()
    }

    /// Makes clusters of near features, by a kind of distance: of at most `max` features, and joins those of fewer than `min`. A joined cluster may have up to `max + min - 1`
    /// features.
    ///
    /// # Errors
    /// [`Error::TooFewRows`] with fewer than 2 rows for the map, [`Error::NoFeatures`] without a feature, [`Error::Hyperparameter`] if
    /// `max` is 0.
    pub fn feature_map(&self, max: usize, min: usize, kind: CorrelationDistance) -> Result<FeatureMap, Error> {
        if max == 0 {
            return Err(Error::Hyperparameter { name: "max_features_per_cluster", range: "at least 1", found: max.to_string() });
        }
        if self.features() == 0 {
            return Err(Error::NoFeatures);
        }
        if self.moments.rows() < 2 {
            return Err(Error::TooFewRows { found: self.moments.rows() });
        }
        let moments = self.moments.finished();
        let distance = self.distance(&moments, kind);
        let merges = single_linkage(self.features(), |i, j| rounded(distance(i, j)));
        let clusters = join_small(cut(self.features(), &merges, max), min);
        FeatureMap::new(self.features(), clusters, Coverage::Exact)
    }

    /// Makes a scaler from the ranges so far to 0-1, which clamps.
    ///
    /// # Errors
    /// [`Error::TooFewRows`] before the first row.
    pub fn scaler(&self) -> Result<Scaler, Error> {
        if self.rows() == 0 {
            return Err(Error::TooFewRows { found: 0 });
        }
        Ok(Scaler::min_max(self.ranges.minimum.clone(), self.ranges.maximum.clone())?.with_outside(Outside::Clamp))
    }

    /// Makes a scaler like [`scaler`](Self::scaler), but half-ranks skewed features by the sample: [`Scaler::half_ranked`].
    ///
    /// # Errors
    /// [`Error::TooFewRows`] before the first row.
    pub fn half_ranked_scaler(&self) -> Result<Scaler, Error> {
        self.half_ranked_by(&self.sample())
    }

    /// The same, by a copy of the sample.
    pub(crate) fn half_ranked_by(&self, sample: &TensorData) -> Result<Scaler, Error> {
        let scaler = Scaler::half_ranked(self.ranges.minimum.clone(), self.ranges.maximum.clone(), sample)?;
        Ok(scaler.with_outside(Outside::Clamp))
    }

    /// Means of the features over all rows: `[features]`, each within its range; NaN before the first row.
    pub fn means(&self) -> Vec<f64> {
        if self.rows() == 0 {
            return vec![f64::NAN; self.features()];
        }
        let within_range = |(f, mean): (usize, f64)| mean.max(self.ranges.minimum[f]).min(self.ranges.maximum[f]);
        self.means.values().enumerate().map(within_range).collect()
    }

    /// The sample: raw rows, F64 [rows, features], in the order of their numbers.
    pub fn sample(&self) -> TensorData {
        self.sample.to_data()
    }

    /// The distance of two features by finished co-moments.
    fn distance<'a>(&'a self, moments: &'a Finished<'_>, kind: CorrelationDistance) -> impl Fn(usize, usize) -> f64 + 'a {
        let constant = |f: usize| self.ranges.minimum[f] >= self.ranges.maximum[f];
        move |i, j| match kind {
            _ if constant(i) || constant(j) => 1.0,
            CorrelationDistance::Absolute => (1.0 - moments.correlation(i, j).abs()).max(0.0),
            CorrelationDistance::Signed => (1.0 - moments.correlation(i, j)).max(0.0),
        }
    }
}

/// The distance in whole units.
fn rounded(distance: f64) -> f64 {
    (distance * DISTANCE_UNITS).round() / DISTANCE_UNITS
}
