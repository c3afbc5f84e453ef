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
use crate::rows::source::{Chunk, InMemory, RowSource};
use crate::scaler::Scaler;
use crate::training::digest::Digest;
use crate::training::held_out::{FEWEST_ROWS, HeldOutRows};

/// Values of rows in memory that are read at once, and the least number of rows.
const TOGETHER: usize = 1 << 20;
const LEAST_TOGETHER: usize = 256;

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

/// The statistics of some rows, before it is decided whether any of them are held out.
#[derive(Debug)]
pub(super) struct Running {
    /// A mapper of the rows that are not held out.
    pub(super) mapper: FeatureMapper,
    pub(super) held_out: HeldOutRows,
}

impl Statistics {
    /// Takes the statistics in one pass.
    pub(crate) fn take(
        config: &KitsuneConfig,
        rows: &(impl RowSource + ?Sized),
        given: Option<Given>,
        observer: Observer<'_>,
    ) -> Result<Self, Error> {
        let running = Running::take(config, rows, given.as_ref(), 0, observer)?.ok_or(Error::TooFewRows { found: 0 })?;
        Self::of(config, running, given, observer)
    }

    /// The statistics of all rows. The mapper is dropped at the end, since its co-moments are features² numbers.
    pub(super) fn of(config: &KitsuneConfig, running: Running, given: Option<Given>, observer: Observer<'_>) -> Result<Self, Error> {
        let Running { mut mapper, held_out } = running;
        let rows = held_out.rows();
        let of_held_out = held_out.ranges().cloned();
        let held_out = held_out.finish(&mut mapper)?;
        let mut ranges = mapper.ranges.clone();
        if let Some(of_held_out) = of_held_out {
            ranges.merge(&of_held_out);
        }
        if held_out.is_none() && config.hold_out > 0.0 && rows >= FEWEST_ROWS {
            observe(observer, Progress::NothingHeldOut { rows })?;
        }
        if mapper.rows() < 2 {
            return Err(Error::TooFewRows { found: mapper.rows() });
        }
        let sample = mapper.sample();
        let Given { map, scaler } = match given {
            Some(given) => given,
            None => Given { map: config.feature_map(&mapper)?, scaler: config.scaler_by(&mapper, &sample)? },
        };
        Ok(Self { rows: mapper.rows(), map, scaler, means: mapper.means(), ranges, sample, held_out })
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

impl Running {
    /// Reads all rows once; `None` without any. The rows that are not held out have the numbers from `first_row` on in the sample.
    pub(super) fn take(
        config: &KitsuneConfig,
        rows: &(impl RowSource + ?Sized),
        given: Option<&Given>,
        first_row: u64,
        observer: Observer<'_>,
    ) -> Result<Option<Self>, Error> {
        let new = |features: usize| {
            let mapper = config.mapper(features).starting_at(first_row);
            // With a given map no row needs to enter the co-moments.
            let mapper = if given.is_some() { mapper.with_mapper_rows(Some(0)) } else { mapper };
            let sample = Sample::new(features, config.seed, config.sample_rows, config.sample_bytes);
            Self { mapper, held_out: HeldOutRows::new(HoldOutRule::new(config.seed, config.hold_out), sample) }
        };
        let mut running: Option<Self> = None;
        let mut identity = None;
        let mut take = |view: HostRows<'_>, numbers: Option<&[u64]>| {
            if let Some(given) = given {
                view.check_features(given.map.features(), 0)?;
            }
            let Self { mapper, held_out } = running.get_or_insert_with(|| new(view.features()));
            view.check_features(mapper.features(), held_out.rows())?;
            if config.inputs == InputScaling::Identity {
                // Refuses values that are not finite, too.
                let identity = identity.get_or_insert_with(|| Scaler::identity(mapper.features()));
                identity.transform_view(&view, held_out.rows())?;
            } else {
                view.check_finite(held_out.rows())?;
            }
            held_out.divide(&view, numbers, mapper)?;
            observe(observer, Progress::Statistics { rows: held_out.rows() })
        };
        if let Some(InMemory(all)) = rows.in_memory() {
            for (first, view) in all.batches((TOGETHER / all.features().max(1)).max(LEAST_TOGETHER)) {
                let numbers: Vec<u64> = (first..first + view.rows() as u64).collect();
                take(view, Some(&numbers))?;
            }
            return Ok(running);
        }
        for chunk in rows.pass(0)? {
            let Chunk { rows, numbers } = chunk?;
            let rows = as_floats(rows);
            take(HostRows::new(&rows)?, numbers.as_deref())?;
        }
        Ok(running)
    }
}
