//! The end of a training by the recipe: the model, with what is known of its rows.

use burn::backend::Autodiff;
use burn::tensor::TensorData;
use burn::tensor::backend::Backend;

use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::features::ranges::Ranges;
use crate::kitsune::Kitsune;
use crate::optimizer::by_engine::ByEngine;
use crate::progress::Losses;
use crate::rows::reading::Reading;
use crate::training::trainer::Trainer;

/// What a model is to know of the rows that made it, beside its weights.
#[derive(Debug)]
pub(super) struct OfRows {
    /// Rows that train.
    pub(super) rows: u64,
    /// Rows that are held out.
    pub(super) held_rows: u64,
    /// Means of the features: `[features]`.
    pub(super) means: Vec<f64>,
    /// Ranges of all rows, held-out ones too.
    pub(super) ranges: Ranges,
    /// A sample of raw training rows: [rows, features].
    pub(super) sample: TensorData,
    /// A sample of the held-out rows, raw: [rows, features].
    pub(super) held_out: Option<TensorData>,
    pub(super) columns: Option<Vec<String>>,
    pub(super) reading: Option<Reading>,
}

impl OfRows {
    /// Calibrates the trained weights. The configuration stays the one that was asked for, also where too few rows held nothing out.
    pub(super) fn complete<B: Backend>(
        self,
        trainer: &Trainer<Autodiff<B>, ByEngine>,
        config: &KitsuneConfig,
        epochs: u64,
        losses: Option<Losses>,
    ) -> Result<Kitsune<B>, Error> {
        let Self { rows, held_rows, means, ranges, sample, held_out, columns, reading } = self;
        let model = trainer.finish(sample, held_out)?.with_means(means)?;
        let model = model.widened(&ranges.minimum, &ranges.maximum);
        let model = match columns {
            Some(columns) => model.with_columns(columns)?,
            None => model,
        };
        Ok(model.with_config(config.clone()).with_card(|card| {
            card.reading = reading;
            card.summary.rows = Some(rows + held_rows);
            card.summary.held_out = held_rows;
            card.summary.epochs = Some(epochs);
            card.summary.tail_loss = losses.map(|losses| losses.tails);
            card.summary.head_loss = losses.map(|losses| losses.head);
            card.summary.body_loss = losses.and_then(|losses| losses.body);
        }))
    }
}
