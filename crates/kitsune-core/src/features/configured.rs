//! The mapper of a configuration, and the feature map and the scaler that it makes of the statistics.

use burn::tensor::TensorData;

use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::features::map::FeatureMap;
use crate::features::mapper::FeatureMapper;
use crate::kinds::{InputScaling, Outside};
use crate::scaler::Scaler;

impl KitsuneConfig {
    /// Makes the mapper of rows with `features` features, with the seed and the bounds of this configuration.
    pub fn mapper(&self, features: usize) -> FeatureMapper {
        FeatureMapper::new(features, self.seed)
            .with_sample_rows(self.sample_rows)
            .with_sample_bytes(self.sample_bytes)
            .with_mapper_rows(self.mapper_rows)
    }

    /// Makes the feature map of the rows that a mapper has seen, with the cluster sizes of this configuration.
    ///
    /// # Errors
    /// Those of [`FeatureMapper::feature_map`].
    pub fn feature_map(&self, mapper: &FeatureMapper) -> Result<FeatureMap, Error> {
        mapper.feature_map(self.max_features_per_cluster, self.min_features_per_cluster, self.map_distance)
    }

    /// Makes the scaler of the rows that a mapper has seen, as [`inputs`](Self::inputs) and [`clamp`](Self::clamp) name it.
    ///
    /// # Errors
    /// [`Error::TooFewRows`] before the first row, unless the inputs are not scaled.
    pub fn scaler(&self, mapper: &FeatureMapper) -> Result<Scaler, Error> {
        self.scaler_by(mapper, &mapper.sample())
    }

    /// The same, by a copy of the mapper's sample.
    pub(crate) fn scaler_by(&self, mapper: &FeatureMapper, sample: &TensorData) -> Result<Scaler, Error> {
        let outside = if self.clamp { Outside::Clamp } else { Outside::Extend };
        match self.inputs {
            InputScaling::Identity => Ok(Scaler::identity(mapper.features())),
            InputScaling::MinMax => Ok(mapper.scaler()?.with_outside(outside)),
            InputScaling::HalfRanked => Ok(mapper.half_ranked_by(sample)?.with_outside(outside)),
        }
    }
}
