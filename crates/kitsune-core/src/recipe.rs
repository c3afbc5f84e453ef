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
use crate::kitsune::Kitsune;
use crate::rough_fit::RoughFit;
use crate::rows::{Batches, HostRows, RowSource, as_floats};
use crate::scaler::{Outside, Scaler};
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
        /// Rows of the data.
        rows: u64,
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
        let mut this = self.clone();
        let exp = |name: &str| std::env::var(name).ok();
        if let Some(v) = exp("EXP_BODY") { this.body_ratio = Some(v.parse::<f64>().unwrap()).filter(|v| *v > 0.0); }
        if let Some(v) = exp("EXP_PROTO") { this.prototypes = v.parse().unwrap(); }
        if let Some(v) = exp("EXP_TRIM") { this.trim = v.parse().unwrap(); }
        if let Some(v) = exp("EXP_SCORE") { this.score = match &*v { "tails" => crate::ScoreKind::Tails, "head" => crate::ScoreKind::Head, "prototypes" => crate::ScoreKind::Prototypes, _ => crate::ScoreKind::Combined }; }
        if let Some(v) = exp("EXP_INPUTS") { this.inputs = match &*v { "minmax" => InputScaling::MinMax, _ => InputScaling::HalfRanked }; }
        if let Some(v) = exp("EXP_LR") { this.learning_rate = Some(v.parse().unwrap()); }
        if let Some(v) = exp("EXP_EPOCHS") { this.epochs = Some(v.parse().unwrap()); }
        if let Some(v) = exp("EXP_CLIP") { this.clip_norm = v.parse().unwrap(); }
        if let Some(v) = exp("EXP_SPB") { this.batch_size = v.parse().unwrap(); }
        let this = &this;
        this.fit_observed_(rows, device, observer)
    }
    fn fit_observed_<B: Backend>(&self, rows: &impl RowSource, device: &B::Device, observer: Observer<'_>) -> Result<Kitsune<B>, Error> {
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
        let mapper = self.mapper(rows, observer)?;
        Ok(Statistics {
            rows: mapper.rows(),
            map: mapper.feature_map(self.max_features_per_cluster, self.min_features_per_cluster)?,
            scaler: self.scaler(&mapper)?,
            means: mapper.means(),
            sample: mapper.sample(),
        })
    }

    /// A mapper that has seen all rows.
    fn mapper(&self, rows: &impl RowSource, observer: Observer<'_>) -> Result<FeatureMapper, Error> {
        let new = |features: usize| {
            FeatureMapper::new(features, self.seed)
                .with_sample_rows(self.sample_rows)
                .with_sample_bytes(self.sample_bytes)
                .with_mapper_rows(self.mapper_rows)
        };
        let mut mapper: Option<FeatureMapper> = None;
        for chunk in rows.pass(0)? {
            let chunk = as_floats(chunk?);
            let view = HostRows::new(&chunk)?;
            let mapper = mapper.get_or_insert_with(|| new(view.features()));
            if self.inputs == InputScaling::Identity {
                Scaler::identity(mapper.features()).transform_view(&view, mapper.rows())?;
            }
            mapper.partial_fit_view(&view)?;
            observe(observer, Progress::Statistics { rows: mapper.rows() })?;
        }
        let mapper = mapper.ok_or(Error::TooFewRows { found: 0 })?;
        if mapper.rows() < 2 {
            return Err(Error::TooFewRows { found: mapper.rows() });
        }
        if mapper.features() < 2 {
            return Err(Error::TooFewFeatures { found: mapper.features() });
        }
        Ok(mapper)
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
        let Statistics { rows, map, scaler, means, sample } = statistics;
        let epochs = config.epochs_for(rows);
        let steps = (epochs as u64).saturating_mul(rows.div_ceil(config.batch_size as u64));
        let clusters = map.clusters().len();
        observe(observer, Progress::Planned { rows, features: map.features(), clusters, epochs, steps })?;

        let rough_fit = RoughFit::new(config, &map, &scaler.transform(sample.clone())?.data, device)?;
        let mut trainer = Trainer::new(config.init(&map, device)?, scaler, optimizer)?.with_rough_fit(rough_fit);
        let mut seen = 0;
        let mut last_losses = None;
        for epoch in 1..=epochs {
            for batch in Batches::new(source.pass(epoch)?, config.batch_size) {
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
        let model = trainer.finish(sample)?.with_means(means)?;
        Ok(model.with_card(|card| {
            card.summary.rows = Some(rows);
            card.summary.epochs = Some(epochs as u64);
            card.summary.tail_loss = last_losses.map(|losses| losses.tails);
            card.summary.head_loss = last_losses.map(|losses| losses.head);
        }))
    }
}

fn observe(observer: Observer<'_>, progress: Progress) -> Result<(), Error> {
    match observer(progress) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Stopped),
    }
}
