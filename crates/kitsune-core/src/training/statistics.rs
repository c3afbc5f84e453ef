//! The statistics pass of the recipe.

use burn::tensor::TensorData;

use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::features::map::FeatureMap;
use crate::features::mapper::FeatureMapper;
use crate::features::ranges::Ranges;
use crate::kinds::InputScaling;
use crate::progress::{Observer, Progress, observe};
use crate::rows::hold_out::HoldOutRule;
use crate::rows::host_rows::{HostRows, as_floats};
use crate::rows::sample::Sample;
use crate::rows::source::{Chunk, RowSource};
use crate::scaler::Scaler;
use crate::training::digest::Digest;
use crate::training::held_out::{FEWEST_ROWS, HeldOutRows};

/// The statistics of all rows that a training needs before its first step.
#[derive(Debug)]
pub(crate) struct Statistics {
    /// Number of training rows.
    pub(crate) rows: u64,
    pub(crate) map: FeatureMap,
    pub(crate) scaler: Scaler,
    /// Means of the features: `[features]`.
    pub(crate) means: Vec<f64>,
    /// Ranges of all rows, held-out ones too.
    pub(crate) ranges: Ranges,
    /// A sample of raw rows: [rows, features].
    pub(crate) sample: TensorData,
    /// The number of held-out rows and a sample of them, raw: [rows, features].
    pub(crate) held_out: Option<(u64, TensorData)>,
}

/// The map and scaler of an initial model, which replace the computed ones.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) map: FeatureMap,
    pub(crate) scaler: Scaler,
}

/// What a pass over the rows gives.
struct Pass {
    /// A mapper of the rows that are not held out.
    mapper: FeatureMapper,
    /// The number of held-out rows and a sample of them.
    held_out: Option<(u64, TensorData)>,
    /// Ranges of all rows.
    ranges: Ranges,
}

impl Statistics {
    /// Takes the statistics in one pass. The mapper is dropped at the end, since its co-moments are features² numbers.
    pub(crate) fn take(
        config: &KitsuneConfig,
        rows: &(impl RowSource + ?Sized),
        given: Option<Given>,
        observer: Observer<'_>,
    ) -> Result<Self, Error> {
        let Pass { mapper, held_out, ranges } = config.statistics_pass(rows, given.as_ref(), observer)?;
        let Given { map, scaler } = match given {
            Some(given) => given,
            None => Given { map: config.feature_map(&mapper)?, scaler: config.scaler(&mapper)? },
        };
        Ok(Self { rows: mapper.rows(), map, scaler, means: mapper.means(), ranges, sample: mapper.sample(), held_out })
    }

    /// The number of held-out rows.
    pub(crate) fn held_rows(&self) -> u64 {
        self.held_out.as_ref().map_or(0, |(rows, _)| *rows)
    }

    /// A digest that detects other rows.
    pub(crate) fn digest(&self) -> u64 {
        let mut digest = Digest::default();
        digest.add_all([self.rows, self.held_rows()]);
        for cluster in self.map.clusters() {
            digest.add_all(std::iter::once(cluster.len()).chain(cluster.iter().copied()).map(|number| number as u64));
        }
        digest.add_all(self.scaler.knots().iter().chain(&self.means).map(|value| value.to_bits()));
        digest.add_all(self.scaler.values().iter().map(|value| u64::from(value.to_bits())));
        digest.add_data(&self.sample);
        if let Some((_, sample)) = &self.held_out {
            digest.add_data(sample);
        }
        digest.value()
    }
}

impl KitsuneConfig {
    /// Reads all rows once.
    fn statistics_pass(&self, rows: &(impl RowSource + ?Sized), given: Option<&Given>, observer: Observer<'_>) -> Result<Pass, Error> {
        let new = |features: usize| {
            let mapper = self.mapper(features);
            // With a given map no row needs to enter the co-moments.
            let mapper = if given.is_some() { mapper.with_mapper_rows(Some(0)) } else { mapper };
            let sample = Sample::new(features, self.seed, self.sample_rows, self.sample_bytes);
            (mapper, HeldOutRows::new(HoldOutRule::new(self.seed, self.hold_out), sample))
        };
        let mut both: Option<(FeatureMapper, HeldOutRows)> = None;
        let mut identity = None;
        for chunk in rows.pass(0)? {
            let Chunk { rows, numbers } = chunk?;
            let rows = as_floats(rows);
            let view = HostRows::new(&rows)?;
            if let Some(given) = given {
                view.check_features(given.map.features(), 0)?;
            }
            let (mapper, held_out) = both.get_or_insert_with(|| new(view.features()));
            view.check_features(mapper.features(), held_out.rows())?;
            if self.inputs == InputScaling::Identity {
                // Refuses values that are not finite, too.
                let identity = identity.get_or_insert_with(|| Scaler::identity(mapper.features()));
                identity.transform_view(&view, held_out.rows())?;
            } else {
                view.check_finite(held_out.rows())?;
            }
            held_out.divide(rows, numbers, mapper)?;
            observe(observer, Progress::Statistics { rows: held_out.rows() })?;
        }
        let (mut mapper, held_out) = both.ok_or(Error::TooFewRows { found: 0 })?;
        let rows = held_out.rows();
        let of_held_out = held_out.ranges().cloned();
        let held_out = held_out.finish(&mut mapper)?;
        let mut ranges = mapper.ranges.clone();
        if let Some(of_held_out) = of_held_out {
            ranges.merge(&of_held_out);
        }
        if held_out.is_none() && self.hold_out > 0.0 && rows >= FEWEST_ROWS {
            observe(observer, Progress::NothingHeldOut { rows })?;
        }
        if mapper.rows() < 2 {
            return Err(Error::TooFewRows { found: mapper.rows() });
        }
        Ok(Pass { mapper, held_out, ranges })
    }
}
