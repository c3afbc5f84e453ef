//! One pass over the training rows: which features belong together, their ranges and means, and a sample of rows.

use burn::tensor::TensorData;

use crate::error::Error;
use crate::features::blocks::BLOCK_ROWS;
use crate::features::clustering::{cut, join_small, single_linkage};
use crate::features::co_moments::{CoMoments, Finished};
use crate::features::map::{Coverage, FeatureMap};
use crate::features::means::Means;
use crate::features::ranges::Ranges;
use crate::kinds::Outside;
use crate::rows::host_rows::{HostRows, Values, floats};
use crate::rows::number::Number;
use crate::rows::sample::Sample;
use crate::scaler::Scaler;

/// Numbers of 8 bytes per feature beside the co-moments and the block: ranges, sums, means, the spanning tree and the dendrogram.
const NUMBERS_PER_FEATURE: u64 = 32;

/// Values of a batch from which on a second thread takes its part: for fewer, waking it up takes longer than it saves.
const SHARED: usize = 1 << 15;

/// Exact running statistics of rows: co-moments, ranges, means, and a bounded sample.
///
/// Features are grouped by the distance `d(i, j) = max(0, 1 - r(i, j))` of their Pearson correlation `r`, by single linkage (Mirsky et al.,
/// NDSS 2018, section V-B). A feature without variance has `r = 0` with every other.
///
/// The result does not depend on how the rows are cut into batches, to the last bit. Memory: [`memory`](Self::memory), and the sample.
#[derive(Debug, Clone)]
pub struct FeatureMapper {
    /// Of the rows that the feature map is made of.
    pub(crate) moments: CoMoments,
    /// Of all rows, like all that follows.
    pub(crate) means: Means,
    pub(crate) ranges: Ranges,
    pub(crate) sample: Sample,
    pub(crate) mapper_rows: Option<u64>,
    pub(crate) next_row: u64,
}

impl FeatureMapper {
    /// Rows that a sample keeps unless told otherwise.
    pub const DEFAULT_SAMPLE_ROWS: usize = 16_384;

    /// Bytes that these rows may take unless told otherwise.
    pub const DEFAULT_SAMPLE_BYTES: usize = 64 << 20;

    /// Bytes that the statistics of that many features need at the peak, clustering included: `features · (features + 1) / 2` co-moments,
    /// one packed triangle and no copy of it, two blocks of 256 rows, and 32 numbers per feature, all of 8 bytes: `8 · (features ·
    /// (features + 1) / 2 + 544 · features)`. One of the blocks has the features rounded up to eights; threads need nothing of their own.
    ///
    /// That is without the rows that are handed over and without the sample, which has a bound of its own and is there twice when it is
    /// taken out. Writing the statistics as bytes takes the co-moments twice more. Training gives them back before the first epoch, and
    /// with clusters of the default size its weights need less; clusters as large as a good part of the features can need more: `clusters ·
    /// visible · hidden` numbers of 4 bytes, some ten times over.
    pub fn memory(features: usize) -> u64 {
        let features = features as u64;
        let co_moments = features.saturating_mul(features.saturating_add(1)) / 2;
        let others = features.saturating_mul(2 * BLOCK_ROWS as u64 + NUMBERS_PER_FEATURE);
        co_moments.saturating_add(others).saturating_mul(size_of::<f64>() as u64)
    }

    /// A mapper of rows of `features` features; `seed` draws the sample.
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

    /// Keeps at most that many rows as the sample. Call before any row is taken in.
    #[must_use]
    pub fn with_sample_rows(mut self, rows: usize) -> Self {
        self.sample = self.sample.with_rows(rows);
        self
    }

    /// Keeps no more rows as the sample than take that many bytes, 8 for each value, but always 2. Call before any row is taken in.
    #[must_use]
    pub fn with_sample_bytes(mut self, bytes: usize) -> Self {
        self.sample = self.sample.with_bytes(bytes);
        self
    }

    /// Makes the feature map of the rows below that number only, of all with `None`: the others, which still count for ranges, means and
    /// sample, cost next to nothing. A map needs at least 2. Call before any row is taken in.
    #[must_use]
    pub fn with_mapper_rows(mut self, rows: Option<u64>) -> Self {
        self.mapper_rows = rows;
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

    /// Rows taken in, all of them: also those that [`with_mapper_rows`](Self::with_mapper_rows) keeps out of the feature map.
    pub fn rows(&self) -> u64 {
        self.means.rows
    }

    /// Takes in raw rows [rows, features] of any number type.
    ///
    /// # Errors
    /// Rows of another width or with a value that is not finite; then none of them is taken in.
    pub fn partial_fit(&mut self, rows: &TensorData) -> Result<(), Error> {
        let rows = floats(rows);
        let view = HostRows::new(&rows)?;
        view.check_features(self.features(), self.next_row)?;
        view.check_finite(self.next_row)?;
        self.take_in(&view);
        Ok(())
    }

    /// Takes in rows whose width and values the caller has checked.
    pub(crate) fn take_in(&mut self, rows: &HostRows<'_>) {
        match rows.values() {
            Values::F32(values) => self.take_in_values(values),
            Values::F64(values) => self.take_in_values(values),
        }
    }

    fn take_in_values<T: Number>(&mut self, values: &[T]) {
        let features = self.features().max(1);
        let left = self.mapper_rows.map_or(u64::MAX, |limit| limit.saturating_sub(self.next_row));
        let mapped = usize::try_from(left).unwrap_or(usize::MAX).min(values.len() / features);
        let Self { moments, means, ranges, sample, next_row, .. } = self;
        let mut map = || moments.push(&values[..mapped * features]);
        let mut others = || {
            means.push(values);
            ranges.push(values);
            for row in values.chunks_exact(features) {
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

    /// Takes in what another mapper has seen, on another machine for instance.
    ///
    /// # Errors
    /// [`Error::Merge`] for rows of another width, [`Error::Hyperparameter`] where only one has
    /// [`with_mapper_rows`](Self::with_mapper_rows), or the two have different ones.
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

    /// Correlation distances of all pairs i < j, row by row: [features · (features - 1) / 2], each in [0, 2]; of the rows that the feature
    /// map is made of.
    pub fn correlation_distance(&self) -> Vec<f64> {
        let moments = self.moments.finished();
        let distance = self.distance(&moments);
        let features = self.features();
        (0..features).flat_map(|i| (i + 1..features).map(move |j| (i, j))).map(|(i, j)| distance(i, j)).collect()
    }

    /// Clusters of at most `max` features, of which those of fewer than `min` are joined, so that a cluster may have up to `max + min - 1`.
    ///
    /// # Errors
    /// [`Error::TooFewRows`] below 2 rows that it may be made of, [`Error::TooFewFeatures`] without a feature, [`Error::Hyperparameter`]
    /// where `max` is 0.
    pub fn feature_map(&self, max: usize, min: usize) -> Result<FeatureMap, Error> {
        if max == 0 {
            return Err(Error::Hyperparameter { name: "max_features_per_cluster", range: "at least 1", found: max.to_string() });
        }
        if self.moments.rows() < 2 {
            return Err(Error::TooFewRows { found: self.moments.rows() });
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
        Ok(Scaler::min_max(self.ranges.minimum.clone(), self.ranges.maximum.clone())?.with_outside(Outside::Clamp))
    }

    /// As [`scaler`](Self::scaler), but with the skewed features half-ranked by the sample: [`Scaler::half_ranked`].
    ///
    /// # Errors
    /// [`Error::TooFewRows`] before the first row.
    pub fn half_ranked_scaler(&self) -> Result<Scaler, Error> {
        let scaler = Scaler::half_ranked(self.ranges.minimum.clone(), self.ranges.maximum.clone(), &self.sample())?;
        Ok(scaler.with_outside(Outside::Clamp))
    }

    /// Means of the features over all rows taken in: `[features]`, each within its range; NaN before the first row.
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

    /// The distance of two features, by finished co-moments.
    fn distance<'a>(&'a self, moments: &'a Finished<'_>) -> impl Fn(usize, usize) -> f64 + 'a {
        let constant = |f: usize| self.ranges.minimum[f] >= self.ranges.maximum[f];
        move |i, j| if constant(i) || constant(j) { 1.0 } else { (1.0 - moments.correlation(i, j)).max(0.0) }
    }
}
