//! The ensemble of autoencoders: the tails, the head over their errors, and the body.

use burn::module::{Module, Param};
use burn::tensor::{Int, Tensor, TensorData, backend::Backend};
use serde::{Deserialize, Serialize};

use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::features::map::FeatureMap;
use crate::kinds::{ErrorMetric, HeadInput};
use crate::model::recorded::Recorded;
use crate::model::tied_autoencoder::{AutoencoderSettings, TiedAutoencoder, Weights};
use crate::random::{Draws, Purpose};

/// Minimum width of a tail's error range when it scales the head's input.
pub(crate) const HEAD_RANGE_FLOOR: f64 = 1e-6;

/// Added to errors that must not count for a minimum. It exceeds every error and fits in f32.
const BEYOND_ERRORS: f64 = 1e30;

/// Error of the body. The square gives one feature with a large error more weight than many with a small one.
const BODY_ERROR: ErrorMetric = ErrorMetric::RootMeanSquare;

/// The autoencoders of Kitsune (Mirsky et al., NDSS 2018): one **tail** per cluster of features, and a **head** over the tails' errors. The
/// **body** over all features is not in the paper; it sees correlations between clusters.
///
/// The inputs are in 0-1. All tails are one padded [`TiedAutoencoder`], so that the whole ensemble is a few batched matmuls. The head is
/// another one, with a single cluster whose features are the tails, and the body a third one, with a single cluster of all features. The
/// head's gradient does not reach the tails.
#[derive(Module, Debug)]
pub struct Ensemble<B: Backend> {
    pub(crate) tails: TiedAutoencoder<B>,
    pub(crate) head: TiedAutoencoder<B>,
    /// Without a body this is an unused dummy of one unit, since Burn drops recorded weights when the target's `Option` is `None`.
    pub(crate) body: TiedAutoencoder<B>,
    /// Feature of each visible unit of the tails: [clusters · visible]. Padded units read feature 0.
    pub(crate) columns: Param<Tensor<B, 1, Int>>,
    /// Minimum and maximum error of each tail: [1, clusters]. Before any error was seen, the minimum exceeds the maximum.
    pub(crate) head_minimum: Param<Tensor<B, 2>>,
    pub(crate) head_maximum: Param<Tensor<B, 2>>,
    plan: Recorded<B, EnsembleSettings>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct EnsembleSettings {
    config: KitsuneConfig,
    map: FeatureMap,
}

/// The errors of a forward pass.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RowErrors<B: Backend> {
    /// Reconstruction error of each tail: [rows, clusters].
    pub tails: Tensor<B, 2>,
    /// Reconstruction error of the head: `[rows]`.
    pub head: Tensor<B, 1>,
    /// Reconstruction error of the body: `[rows]`; `None` without a body.
    pub body: Option<Tensor<B, 1>>,
    /// Mean distance to the nearest prototypes: `[rows]`; only in a finished model that has prototypes.
    pub prototypes: Option<Tensor<B, 1>>,
    /// Root mean square of the tails' residuals in units of what the tails leave unexplained of ordinary rows, where these units take into
    /// account how residuals of a cluster go together: `[rows]`, near 1 for ordinary rows; only in a finished model.
    pub tail_residuals: Option<Tensor<B, 1>>,
    /// The same of the body's residuals: `[rows]`; only in a finished model that has a body.
    pub body_residuals: Option<Tensor<B, 1>>,
    /// Mean distance to the nearest stored training rows over the mean root of what these have themselves: `[rows]`; only in a finished
    /// model that stores rows.
    pub neighbours: Option<Tensor<B, 1>>,
    /// How rare the values are in their features, in deviations over ordinary rows, averaged over the features: `[rows]`, near 0 for ordinary
    /// rows; only in a finished model that has marginals.
    pub marginals: Option<Tensor<B, 1>>,
}

impl KitsuneConfig {
    /// Initialises an untrained ensemble with weights drawn from [`seed`](Self::seed).
    ///
    /// # Errors
    /// [`Error::Hyperparameter`] for a field outside its range.
    pub fn init<B: Backend>(&self, map: &FeatureMap, device: &B::Device) -> Result<Ensemble<B>, Error> {
        self.validate()?;
        let sizes = map.sizes();
        let visible = map.visible();
        let padded = |cluster: &Vec<usize>| {
            let mut columns: Vec<i64> = cluster.iter().map(|&feature| feature as i64).collect();
            columns.resize(visible, 0);
            columns
        };
        let columns: Vec<i64> = map.clusters().iter().flat_map(padded).collect();
        let columns = Tensor::from_data(TensorData::new(columns, [map.clusters().len() * visible]), device);
        let constant = |value: f32| Param::from_tensor(Tensor::full([1, map.clusters().len()], value, device)).set_require_grad(false);
        let autoencoder = |sizes, hidden_size, error, purpose| {
            let settings = AutoencoderSettings { activation: self.activation, error, sizes, hidden_size };
            TiedAutoencoder::init(settings, Draws::new(self.seed, purpose, 0), device)
        };
        let clusters = sizes.len();
        let (body_features, body_size) = match self.body_size(map.features()) {
            Some(size) => (map.features(), size),
            None => (1, self.hidden_size),
        };
        Ok(Ensemble {
            tails: autoencoder(sizes, self.hidden_size, self.error, Purpose::TailWeights),
            head: autoencoder(vec![clusters], self.hidden_size, self.error, Purpose::HeadWeights),
            body: autoencoder(vec![body_features], body_size, BODY_ERROR, Purpose::BodyWeights),
            columns: Param::initialized(burn::module::ParamId::new(), columns),
            head_minimum: constant(f32::MAX),
            head_maximum: constant(f32::MIN),
            plan: Recorded::new(EnsembleSettings { config: self.clone(), map: map.clone() }),
        })
    }
}

impl<B: Backend> Ensemble<B> {
    /// The hyper-parameters.
    pub fn config(&self) -> &KitsuneConfig {
        &self.plan.get().config
    }

    /// The features that each tail sees.
    pub fn feature_map(&self) -> &FeatureMap {
        &self.plan.get().map
    }

    /// The tails.
    pub fn tails(&self) -> &TiedAutoencoder<B> {
        &self.tails
    }

    /// The head: one cluster whose features are the tails.
    pub fn head(&self) -> &TiedAutoencoder<B> {
        &self.head
    }

    /// The body: one cluster of all features; `None` without a body.
    pub fn body(&self) -> Option<&TiedAutoencoder<B>> {
        self.config().body_ratio.map(|_| &self.body)
    }

    /// Tails, head and, if there is one, body.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &TiedAutoencoder<B>> {
        [&self.tails, &self.head].into_iter().chain(self.body())
    }

    /// Tails, head and, if there is one, body, for mutation.
    pub(crate) fn parts_mut(&mut self) -> impl Iterator<Item = &mut TiedAutoencoder<B>> {
        let has_body = self.config().body_ratio.is_some();
        [&mut self.tails, &mut self.head].into_iter().chain(has_body.then_some(&mut self.body))
    }

    /// Replaces the weights, for instance by those of a model that was trained elsewhere.
    ///
    /// # Errors
    /// [`Error::WeightShape`] for a tensor whose shape is not that of [`TiedAutoencoder::weights`].
    pub fn with_weights(self, tails: Weights<B>, head: Weights<B>) -> Result<Self, Error> {
        Ok(Self { tails: self.tails.with_weights(tails)?, head: self.head.with_weights(head)?, ..self })
    }

    /// Replaces the configuration by one that gives the same shapes.
    pub(crate) fn with_config(self, config: KitsuneConfig) -> Self {
        let map = self.feature_map().clone();
        Self { plan: Recorded::new(EnsembleSettings { config, map }), ..self }
    }

    /// Computes all errors of rows, differentiably. Each part's gradient comes from its own error only.
    ///
    /// # Shapes
    /// - x: [rows, features], in 0-1
    ///
    /// # Panics
    /// If the rows have another width than the model.
    pub fn forward(&self, x: Tensor<B, 2>) -> RowErrors<B> {
        let body = self.body_error(x.clone(), None);
        let tails = self.tail_errors(x, None);
        let head = self.head_error(tails.clone(), None);
        RowErrors { tails, head, body, prototypes: None, tail_residuals: None, body_residuals: None, neighbours: None, marginals: None }
    }

    /// Computes the errors of the tails. Training multiplies their inputs, but not their targets, by `dropout`.
    ///
    /// # Shapes
    /// - x, dropout: [rows, features]
    /// - output: [rows, clusters]
    ///
    /// # Panics
    /// If the rows have another width than the model.
    pub fn tail_errors(&self, x: Tensor<B, 2>, dropout: Option<Tensor<B, 2>>) -> Tensor<B, 2> {
        self.check_features(&x);
        let target = self.gather(x.clone());
        let input = dropout.map_or_else(|| target.clone(), |dropout| self.gather(x * dropout));
        self.tails.error(self.tails.reconstruct(input), target)
    }

    /// Computes the error of the head over the tails' errors, which are detached.
    ///
    /// # Shapes
    /// - tail errors, dropout: [rows, clusters]
    /// - output: `[rows]`
    ///
    /// # Panics
    /// If there are not as many errors as tails.
    pub fn head_error(&self, tail_errors: Tensor<B, 2>, dropout: Option<Tensor<B, 2>>) -> Tensor<B, 1> {
        let [_, found] = tail_errors.dims();
        assert_eq!(found, self.feature_map().clusters().len(), "there is one error for each tail");
        let target = self.head_input(tail_errors.detach());
        let input = dropout.map_or_else(|| target.clone(), |dropout| target.clone() * dropout);
        self.head.error(self.head.reconstruct(input.unsqueeze()), target.unsqueeze()).squeeze_dim(1)
    }

    /// Computes the error of the body; `None` without a body. Training multiplies its inputs, but not its targets, by `dropout`.
    ///
    /// # Shapes
    /// - x, dropout: [rows, features]
    /// - output: `[rows]`
    ///
    /// # Panics
    /// If the rows have another width than the model.
    pub fn body_error(&self, x: Tensor<B, 2>, dropout: Option<Tensor<B, 2>>) -> Option<Tensor<B, 1>> {
        self.check_features(&x);
        let body = self.body()?;
        let input = dropout.map_or_else(|| x.clone(), |dropout| x.clone() * dropout);
        Some(body.error(body.reconstruct(input.unsqueeze()), x.unsqueeze()).squeeze_dim(1))
    }

    /// Widens the range that scales the head's input; [`Trainer`](crate::Trainer) does so in every step.
    ///
    /// # Shapes
    /// - tail errors: [rows, clusters]
    #[must_use]
    pub fn with_head_range(self, tail_errors: Tensor<B, 2>) -> Self {
        self.with_head_range_of(tail_errors, None)
    }

    /// Widens the range by the errors of the rows whose share is above 0: `[rows]`.
    pub(crate) fn with_head_range_of(self, tail_errors: Tensor<B, 2>, shares: Option<Tensor<B, 1>>) -> Self {
        let errors = tail_errors.detach();
        let aside = shares.map(|shares| shares.lower_equal_elem(0.0).float().unsqueeze_dim::<2>(1) * BEYOND_ERRORS);
        let (low, high) = match aside {
            Some(aside) => (errors.clone() + aside.clone(), errors - aside),
            None => (errors.clone(), errors),
        };
        Self {
            head_minimum: self.head_minimum.map(|seen| seen.min_pair(low.min_dim(0)).set_require_grad(false)),
            head_maximum: self.head_maximum.map(|seen| seen.max_pair(high.max_dim(0)).set_require_grad(false)),
            ..self
        }
    }

    /// The head's input: [rows, clusters].
    pub(crate) fn head_input(&self, tail_errors: Tensor<B, 2>) -> Tensor<B, 2> {
        match self.config().head_input {
            HeadInput::Raw => tail_errors,
            HeadInput::MinMax => {
                let (minimum, width) = (self.head_minimum.val(), self.head_maximum.val() - self.head_minimum.val());
                // Before any error was seen the range is empty, and the errors are not scaled.
                let unseen = width.clone().lower_elem(0.0);
                let minimum = minimum.mask_fill(unseen.clone(), 0.0);
                let width = width.clamp_min(HEAD_RANGE_FLOOR).mask_fill(unseen, 1.0);
                (tail_errors - minimum) / width
            }
        }
    }

    /// # Panics
    /// If the rows [rows, features] have another width than the model. An engine would otherwise read them with its own width.
    pub(crate) fn check_features(&self, x: &Tensor<B, 2>) {
        let [_, found] = x.dims();
        assert_eq!(found, self.feature_map().features(), "rows have as many features as the model");
    }

    /// Gathers the features of each cluster: [rows, features] to [clusters, rows, visible].
    pub(crate) fn gather(&self, x: Tensor<B, 2>) -> Tensor<B, 3> {
        let [rows, _] = x.dims();
        let [clusters, visible, _] = self.tails.dims();
        x.select(1, self.columns.val()).reshape([rows, clusters, visible]).swap_dims(0, 1)
    }
}
