//! The options for what a model consists of.

use clap::Args;
use kitsune_core::kinds::{Activation, CorrelationDistance, ErrorMetric, HeadInput, HiddenSize, InputScaling};
use kitsune_core::{KitsuneConfig, ScoreKind};

use super::choices::{choice, choice_of};

#[derive(Debug, Args)]
#[command(next_help_heading = "Model")]
#[group(conflicts_with = "from")]
pub(super) struct ModelArgs {
    /// Hidden units of each tail: its columns · (1 - RATE), rounded down [default: 0.6].
    #[arg(long, value_name = "RATE", allow_negative_numbers = true, conflicts_with = "hidden_ratio")]
    compression_rate: Option<f64>,
    /// Hidden units of each tail: its columns · RATIO, rounded up.
    #[arg(long, value_name = "RATIO", allow_negative_numbers = true)]
    hidden_ratio: Option<f64>,
    /// Largest number of columns in a cluster; larger clusters are split.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = KitsuneConfig::new().max_features_per_cluster)]
    max_features_per_cluster: usize,
    /// Smallest number of columns in a cluster; smaller clusters are joined.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = KitsuneConfig::new().min_features_per_cluster)]
    min_features_per_cluster: usize,
    /// Distance of columns by their correlation. Near columns share a cluster.
    #[arg(long, value_parser = choice::<CorrelationDistance>(), default_value = "absolute")]
    map_distance: CorrelationDistance,
    /// Activation of the hidden units.
    #[arg(long, value_parser = choice::<Activation>(), default_value = "tanh")]
    activation: Activation,
    /// Reconstruction error of tails and head.
    #[arg(long, value_parser = choice::<ErrorMetric>(), default_value = "absolute")]
    error: ErrorMetric,
    /// Input of the head: the tails' errors as they are, or scaled by their range in training.
    #[arg(long, value_parser = choice::<HeadInput>(), default_value = "min-max")]
    head_input: HeadInput,
    /// Scaling of each column to 0-1.
    #[arg(long, value_parser = choice_of(&[InputScaling::HalfRanked, InputScaling::MinMax]), default_value = "half-ranked")]
    inputs: InputScaling,
    /// Let values outside the range of the training rows be scaled to values outside 0-1, instead of 0 or 1.
    #[arg(long)]
    no_clamp: bool,
    /// Hidden units of the body: all columns · RATIO, rounded up [default: 0.5].
    #[arg(long, value_name = "RATIO", allow_negative_numbers = true, conflicts_with = "no_body")]
    body_ratio: Option<f64>,
    /// Largest number of hidden units of the body [default: 128; of more than 400 columns fewer in proportion, 32 at least].
    #[arg(long, value_name = "N", allow_negative_numbers = true, conflicts_with = "no_body")]
    body_units: Option<usize>,
    /// Train no body.
    #[arg(long)]
    no_body: bool,
    /// Largest number of prototypes; 0 for none.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = KitsuneConfig::new().prototypes)]
    prototypes: usize,
    /// Largest number of training rows that the model stores, as at most 16 numbers each; 0 if no row may be stored in a model.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = KitsuneConfig::new().neighbours)]
    neighbours: usize,
    /// Default score of the model: by tails, body, prototypes, neighbours and marginals together, by one of them, or by the head as in the original.
    #[arg(long, value_parser = choice::<ScoreKind>(), default_value = "combined")]
    score: ScoreKind,
}

impl ModelArgs {
    pub(super) fn apply(self, config: KitsuneConfig) -> KitsuneConfig {
        let hidden_size = match (self.compression_rate, self.hidden_ratio) {
            (_, Some(ratio)) => HiddenSize::HiddenRatio(ratio),
            (Some(rate), None) => HiddenSize::CompressionRate(rate),
            (None, None) => config.hidden_size,
        };
        let body_ratio = if self.no_body { None } else { self.body_ratio.or(config.body_ratio) };
        config
            .with_max_features_per_cluster(self.max_features_per_cluster)
            .with_min_features_per_cluster(self.min_features_per_cluster)
            .with_hidden_size(hidden_size)
            .with_activation(self.activation)
            .with_error(self.error)
            .with_head_input(self.head_input)
            .with_body_ratio(body_ratio)
            .with_body_units(self.body_units)
            .with_map_distance(self.map_distance)
            .with_prototypes(self.prototypes)
            .with_neighbours(self.neighbours)
            .with_inputs(self.inputs)
            .with_clamp(!self.no_clamp)
            .with_score(self.score)
    }
}
