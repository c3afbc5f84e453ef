//! The training recipe: statistics, map and scaler, epochs, calibration.

use std::fmt;
use std::ops::ControlFlow;

use burn::backend::Autodiff;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::kitsune::Kitsune;
use crate::progress::{Observer, Progress, observe};
use crate::rows::any_source::AnySource;
use crate::rows::batch_rows::BatchRows;
use crate::rows::batches::Batches;
use crate::rows::hold_out::HoldOutRule;
use crate::rows::reading::Reading;
use crate::rows::source::RowSource;
use crate::training::checkpoint::{Checkpoint, Checkpoints, Identity};
use crate::training::completion::OfRows;
use crate::training::digest::Digest;
use crate::training::statistics::{Given, Statistics};
use crate::training::step_loop::StepLoop;
use crate::training::trainer::Trainer;

impl KitsuneConfig {
    /// Trains a model on raw rows by the recipe. One pass yields statistics, feature map, scaler and sample. The epochs follow, then the
    /// calibration over the sample. Memory does not grow with the number of rows.
    ///
    /// # Errors
    /// A hyper-parameter outside its range, fewer than 2 rows or 2 features, values that are not finite, an error of the source, and
    /// [`Error::Diverged`].
    pub fn fit<B: Backend>(&self, rows: &(impl RowSource + ?Sized), device: &B::Device) -> Result<Kitsune<B>, Error> {
        Training::new(self, rows).run(device)
    }

    /// Trains like [`fit`](Self::fit) and reports progress to an observer.
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit), and [`Error::Stopped`].
    pub fn fit_observed<B: Backend>(
        &self,
        rows: &(impl RowSource + ?Sized),
        device: &B::Device,
        observer: Observer<'_>,
    ) -> Result<Kitsune<B>, Error> {
        Training::new(self, rows).observed(observer).run(device)
    }
}

/// A training by the recipe with options that [`KitsuneConfig::fit`] does not have: an initial model and checkpoints.
pub struct Training<'a, B: Backend, S: ?Sized> {
    config: KitsuneConfig,
    rows: &'a S,
    model: Option<&'a Kitsune<B>>,
    observer: Box<dyn FnMut(Progress) -> ControlFlow<()> + 'a>,
    checkpoints: Option<&'a mut dyn Checkpoints>,
}

impl<B: Backend, S: ?Sized> fmt::Debug for Training<'_, B, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Training").field("config", &self.config).finish_non_exhaustive()
    }
}

impl<'a, B: Backend, S: RowSource + ?Sized> Training<'a, B, S> {
    /// A training of a new model on raw rows.
    pub fn new(config: &KitsuneConfig, rows: &'a S) -> Self {
        Self { config: config.clone(), rows, model: None, observer: Box::new(|_| ControlFlow::Continue(())), checkpoints: None }
    }

    /// Starts from a trained model. The training takes its weights, scaler, feature map, column names and description of how its rows were
    /// read (the latter two unless the source has its own), and the hyper-parameters that [`with_model_of`](KitsuneConfig::with_model_of) names.
    /// The optimizer starts anew. Rough fit, prototypes, calibration, means and threshold come from the rows, which widen the model's
    /// [`range`](Kitsune::range).
    #[must_use]
    pub fn with_initial_model(self, model: &'a Kitsune<B>) -> Self {
        Self { config: self.config.with_model_of(model.config()), model: Some(model), ..self }
    }

    /// Reports progress to an observer.
    #[must_use]
    pub fn observed(self, observer: impl FnMut(Progress) -> ControlFlow<()> + 'a) -> Self {
        Self { observer: Box::new(observer), ..self }
    }

    /// Saves checkpoints between epochs, and resumes from the stored one if there is one. The statistics are computed again, so the rows
    /// must be the same and come in the same order. On a backend with reproducible sums the model equals that of an uninterrupted training
    /// to the last bit.
    #[must_use]
    pub fn with_checkpoints(self, checkpoints: &'a mut dyn Checkpoints) -> Self {
        Self { checkpoints: Some(checkpoints), ..self }
    }

    /// Trains.
    ///
    /// # Errors
    /// Those of [`KitsuneConfig::fit`]; [`Error::Stopped`]; rows of another width than the initial model; [`Error::OtherTraining`] if the
    /// checkpoint belongs to another training; [`Error::Checkpoint`] if it cannot be saved or loaded; and the errors of bytes that are no
    /// checkpoint.
    pub fn run(self, device: &B::Device) -> Result<Kitsune<B>, Error> {
        self.config.validate()?;
        let Self { config, rows, model, mut observer, checkpoints } = self;
        let trained = train(&config, &AnySource::new(rows), model, &mut observer, checkpoints, device);
        forget_parameters::<B>(device);
        trained
    }
}

/// Lets Burn forget the parameters of trainings that are over. It keeps a graph for each of them, and looks for those that nobody needs any more only
/// after a backward pass of its own, which no engine takes.
pub(super) fn forget_parameters<B: Backend>(device: &B::Device) {
    Tensor::<Autodiff<B>, 1>::zeros([1], device).require_grad().backward();
}

/// Trains by the recipe. It knows no type of source, so that it is compiled once for each backend.
fn train<B: Backend>(
    config: &KitsuneConfig,
    source: &AnySource<'_>,
    earlier: Option<&Kitsune<B>>,
    mut observer: Observer<'_>,
    mut checkpoints: Option<&mut dyn Checkpoints>,
    device: &B::Device,
) -> Result<Kitsune<B>, Error> {
    let resumed = checkpoints.as_deref_mut().map(|kept| kept.load().map_err(Error::Checkpoint)).transpose()?.flatten();
    let resumed = resumed.map(|bytes| Checkpoint::from_bytes(&bytes)).transpose()?;

    let reading = source.reading().map(Reading::new).transpose()?;
    let given = earlier.map(|model| Given { map: model.feature_map().clone(), scaler: model.scaler().clone() });
    let statistics = Statistics::take(config, source, given, &mut observer)?;
    let identity = match &checkpoints {
        Some(_) => Some(identity(config, earlier, &statistics)?),
        None => None,
    };
    let held_rows = statistics.held_rows();
    let Statistics { rows, map, scaler, means, ranges, sample, held_out } = statistics;
    let epochs = config.epochs_for(rows, map.features());
    let batch_rows = config.batch_rows_for(rows, map.features());
    let steps = (epochs as u64).saturating_mul(rows.div_ceil(batch_rows as u64));
    let clusters = map.clusters().len();
    observe(&mut observer, Progress::Planned { rows, held_out: held_rows, features: map.features(), clusters, epochs, steps })?;

    let hold_out = held_out.is_some().then(|| HoldOutRule::new(config.seed, config.hold_out));
    let batches = |epoch| Ok::<_, Error>(Batches::new(source.pass(epoch)?, batch_rows).without(hold_out));
    let (mut complete, mut order) = (0, None);
    if let Some((checkpoint, identity)) = resumed.as_ref().zip(identity.clone()) {
        order = batches(1)?.next().transpose()?.map(|batch| Digest::of_floats(&batch));
        checkpoint.check(&identity.with_order(order))?;
        complete = checkpoint.epoch;
    }

    // Sources that read ahead can do so during the rough fit.
    let mut next = (complete < epochs).then(|| batches(complete + 1)).transpose()?;
    let ensemble = match earlier {
        Some(model) => config.init_from(model, device)?,
        None => config.init::<Autodiff<B>>(&map, device)?,
    };
    let trainer = Trainer::by_recipe(ensemble, scaler)?;
    let mut trainer = trainer.trimming_unless(&sample, steps, &mut || observe(&mut observer, Progress::RoughFit))?;
    observe(&mut observer, Progress::Training)?;
    if let Some(checkpoint) = resumed {
        trainer = trainer.with_state(checkpoint.state)?;
        observe(&mut observer, Progress::Resumed { epoch: complete, rows: trainer.rows() })?;
    }
    let mut last_losses = None;
    for epoch in complete + 1..=epochs {
        let mut batches = next.take().map_or_else(|| batches(epoch), Ok)?;
        let mut digest = |batch: &BatchRows<'_>| order = order.or_else(|| identity.as_ref().map(|_| Digest::of_floats(&batch.to_data())));
        trainer.take_steps(
            &mut batches,
            StepLoop {
                most: u64::MAX,
                learning_rate: &|step| config.learning_rate_at(step, steps),
                batch: &mut digest,
                taken: &mut |step, rows| observe(&mut observer, Progress::Step { step, rows }),
            },
        )?;
        if let Some(losses) = trainer.take_losses() {
            last_losses = Some(losses);
            observe(&mut observer, Progress::Epoch { epoch, losses })?;
        }
        if let Some((kept, identity)) = checkpoints.as_deref_mut().zip(identity.as_ref())
            && epoch < epochs
            && kept.is_due()
        {
            let checkpoint = Checkpoint { identity: identity.clone().with_order(order), epoch, state: trainer.state() };
            kept.save(epoch, &checkpoint.to_bytes()?).map_err(Error::Checkpoint)?;
        }
    }

    observe(&mut observer, Progress::Calibration)?;
    let of_rows = OfRows {
        rows,
        held_rows,
        means,
        ranges,
        sample,
        held_out: held_out.map(|(_, rows)| rows),
        columns: source.columns().or_else(|| earlier.and_then(Kitsune::columns).map(<[String]>::to_vec)),
        reading: reading.or_else(|| earlier.and_then(|model| model.card.get().reading.clone())),
    };
    let model = of_rows.complete(&trainer, config, epochs as u64, last_losses)?;
    Ok(match earlier.and_then(Kitsune::range) {
        Some(range) => model.widened(range.lowest(), range.highest()),
        None => model,
    })
}

/// The identity of a training with checkpoints.
fn identity<B: Backend>(config: &KitsuneConfig, earlier: Option<&Kitsune<B>>, statistics: &Statistics) -> Result<Identity, Error> {
    let origin = earlier.map(|model| Ok::<_, Error>(Digest::of_bytes(&model.to_bytes()?))).transpose()?;
    Identity::new(config, origin, [statistics.rows, statistics.held_rows()], statistics.digest())
}
