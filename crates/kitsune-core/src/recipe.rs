//! The training recipe: statistics, map and scaler, epochs, calibration.

use std::ops::ControlFlow;

use burn::backend::Autodiff;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{AdamConfig, Optimizer, SgdConfig};
use burn::tensor::{TensorData, backend::Backend};

use crate::config::{InputScaling, KitsuneConfig, OptimizerKind};
use crate::ensemble::Ensemble;
use crate::error::Error;
use crate::feature_map::FeatureMap;
use crate::feature_mapper::FeatureMapper;
use crate::hold_out::{HeldOut, HoldOut};
use crate::kitsune::Kitsune;
use crate::rough_fit::RoughFit;
use crate::rows::{Batches, Chunk, HostRows, RowSource, as_floats};
use crate::sample::Sample;
use crate::scaler::{Outside, Scaler};
use crate::threshold::NormalScores;
use crate::trainer::{Losses, Trainer};

/// Where a training stands.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Progress {
    /// The statistics pass has seen that many rows.
    Statistics {
        /// Rows so far.
        rows: u64,
    },
    /// The statistics are complete: what the training will be.
    Planned {
        /// Rows to train on.
        rows: u64,
        /// Rows that are held out, for the threshold.
        held_out: u64,
        /// Features of a row.
        features: usize,
        /// Clusters of features.
        clusters: usize,
        /// Passes over the rows.
        epochs: usize,
        /// Optimizer steps in all epochs.
        steps: u64,
    },
    /// A step was taken.
    Step {
        /// Steps so far, in all epochs.
        step: u64,
        /// Rows that went through them.
        rows: u64,
    },
    /// An epoch is complete.
    Epoch {
        /// Counted from 1.
        epoch: usize,
        /// Mean losses over its steps.
        losses: Losses,
    },
    /// The errors of the sample are taken.
    Calibration,
}

/// Told of the progress; may stop the training, which then ends with [`Error::Stopped`].
pub type Observer<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

impl KitsuneConfig {
    /// Trains a model on raw rows, by the recipe: one pass for statistics, feature map, scaler and sample; then the epochs; then the calibration
    /// over the sample. Memory does not grow with the number of rows.
    ///
    /// # Errors
    /// A hyper-parameter outside its range, fewer than 2 rows or 2 features, values that are not finite, what the source cannot give, and
    /// [`Error::Diverged`].
    pub fn fit<B: Backend>(&self, rows: &impl RowSource, device: &B::Device) -> Result<Kitsune<B>, Error> {
        self.fit_observed(rows, device, &mut |_| ControlFlow::Continue(()))
    }

    /// As [`fit`](Self::fit), telling an observer.
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit), and [`Error::Stopped`].
    pub fn fit_observed<B: Backend>(&self, rows: &impl RowSource, device: &B::Device, observer: Observer<'_>) -> Result<Kitsune<B>, Error> {
        self.validate()?;
        let statistics = self.statistics(rows, observer)?;
        let training = Training { config: self, rows, statistics, observer };
        match self.optimizer {
            OptimizerKind::Adam => training.run(AdamConfig::new().with_epsilon(1e-8).init::<Autodiff<B>, _>(), device),
            OptimizerKind::Sgd => {
                let momentum = MomentumConfig::new().with_momentum(self.momentum).with_dampening(0.0);
                training.run(SgdConfig::new().with_momentum(Some(momentum)).init::<Autodiff<B>, _>(), device)
            }
        }
    }

    /// The statistics pass, and what the training needs of it. The mapper ends here: its co-moments are features² numbers.
    fn statistics(&self, rows: &impl RowSource, observer: Observer<'_>) -> Result<Statistics, Error> {
        let (mapper, held_out) = self.mapper(rows, observer)?;
        Ok(Statistics {
            rows: mapper.rows(),
            map: mapper.feature_map(self.max_features_per_cluster, self.min_features_per_cluster)?,
            scaler: self.scaler(&mapper)?,
            means: mapper.means(),
            sample: mapper.sample(),
            held_out,
        })
    }

    /// A mapper that has seen all rows but those that are held out; and how many these are, with a sample of them.
    fn mapper(&self, rows: &impl RowSource, observer: Observer<'_>) -> Result<(FeatureMapper, Option<(u64, TensorData)>), Error> {
        let new = |features: usize| {
            let mapper = FeatureMapper::new(features, self.seed)
                .with_sample_rows(self.sample_rows)
                .with_sample_bytes(self.sample_bytes)
                .with_mapper_rows(self.mapper_rows);
            let sample = Sample::new(features, self.seed, self.sample_rows, self.sample_bytes);
            (mapper, HeldOut::new(HoldOut::new(self.seed, self.hold_out), sample))
        };
        let mut both: Option<(FeatureMapper, HeldOut)> = None;
        for chunk in rows.pass(0)? {
            let Chunk { rows, numbers } = chunk?;
            let rows = as_floats(rows);
            let view = HostRows::new(&rows)?;
            let (mapper, held_out) = both.get_or_insert_with(|| new(view.features()));
            view.check_features(mapper.features(), held_out.rows())?;
            view.check_finite(held_out.rows())?;
            if self.inputs == InputScaling::Identity {
                Scaler::identity(mapper.features()).transform_view(&view, held_out.rows())?;
            }
            held_out.divide(&view, numbers.as_deref(), mapper)?;
            observe(observer, Progress::Statistics { rows: held_out.rows() })?;
        }
        let (mut mapper, held_out) = both.ok_or(Error::TooFewRows { found: 0 })?;
        let held_out = held_out.finish(&mut mapper)?;
        if mapper.rows() < 2 {
            return Err(Error::TooFewRows { found: mapper.rows() });
        }
        if mapper.features() < 2 {
            return Err(Error::TooFewFeatures { found: mapper.features() });
        }
        Ok((mapper, held_out))
    }

    /// The scaler that the mapper's ranges give.
    fn scaler(&self, mapper: &FeatureMapper) -> Result<Scaler, Error> {
        match (self.inputs, self.clamp) {
            (InputScaling::Identity, _) => Ok(Scaler::identity(mapper.features())),
            (InputScaling::MinMax, true) => mapper.scaler(),
            (InputScaling::MinMax, false) => Ok(mapper.scaler()?.with_outside(Outside::Extend)),
            (InputScaling::HalfRanked, true) => mapper.half_ranked_scaler(),
            (InputScaling::HalfRanked, false) => Ok(mapper.half_ranked_scaler()?.with_outside(Outside::Extend)),
        }
    }
}

/// What a training needs to know of all rows before its first step.
struct Statistics {
    rows: u64,
    map: FeatureMap,
    scaler: Scaler,
    /// `[features]`.
    means: Vec<f64>,
    /// Raw rows [rows, features].
    sample: TensorData,
    /// Rows that are held out, and a sample of them, raw: [rows, features].
    held_out: Option<(u64, TensorData)>,
}

/// A training whose statistics are known.
struct Training<'a, S> {
    config: &'a KitsuneConfig,
    rows: &'a S,
    statistics: Statistics,
    observer: Observer<'a>,
}

impl<S: RowSource> Training<'_, S> {
    fn run<B: Backend, O>(self, optimizer: O, device: &B::Device) -> Result<Kitsune<B>, Error>
    where
        O: Optimizer<Ensemble<Autodiff<B>>, Autodiff<B>>,
    {
        let Self { config, rows: source, statistics, observer } = self;
        let Statistics { rows, map, scaler, means, sample, held_out } = statistics;
        let epochs = config.epochs_for(rows);
        let steps = (epochs as u64).saturating_mul(rows.div_ceil(config.batch_size as u64));
        let clusters = map.clusters().len();
        let held_rows = held_out.as_ref().map_or(0, |(rows, _)| *rows);
        observe(observer, Progress::Planned { rows, held_out: held_rows, features: map.features(), clusters, epochs, steps })?;

        let rough_fit = RoughFit::new(config, &map, &scaler.transform(sample.clone())?.data, device)?;
        let mut trainer = Trainer::new(config.init(&map, device)?, scaler, optimizer)?.with_rough_fit(rough_fit);
        let hold_out = held_out.is_some().then(|| HoldOut::new(config.seed, config.hold_out));
        let mut seen = 0;
        let mut last_losses = None;
        for epoch in 1..=epochs {
            for batch in Batches::new(source.pass(epoch)?, config.batch_size).without(hold_out) {
                let batch = batch?;
                seen += batch.shape[0] as u64;
                trainer.step(batch, config.learning_rate_at(trainer.steps(), steps))?;
                observe(observer, Progress::Step { step: trainer.steps(), rows: seen })?;
            }
            if let Some(losses) = trainer.take_losses() {
                last_losses = Some(losses);
                observe(observer, Progress::Epoch { epoch, losses })?;
            }
        }

        observe(observer, Progress::Calibration)?;
        // All of them, also those that would train nothing: without these the rate on clean rows would be several times the stated one.
        let normal = held_out.map_or_else(|| sample.clone(), |(_, rows)| rows);
        let model = trainer.finish(sample)?.with_means(means)?;
        let scores = NormalScores::new(model.score_rows(&normal)?)?;
        Ok(model.with_normal_scores(scores).with_card(|card| {
            card.summary.rows = Some(rows + held_rows);
            card.summary.held_out = held_rows;
            card.summary.epochs = Some(epochs as u64);
            card.summary.tail_loss = last_losses.map(|losses| losses.tails);
            card.summary.head_loss = last_losses.map(|losses| losses.head);
            card.summary.body_loss = last_losses.and_then(|losses| losses.body);
        }))
    }
}

fn observe(observer: Observer<'_>, progress: Progress) -> Result<(), Error> {
    match observer(progress) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Stopped),
    }
}
