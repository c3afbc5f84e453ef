//! Which training rows look too strange to learn from.

use burn::backend::Autodiff;
use burn::module::AutodiffModule;
use burn::optim::AdamConfig;
use burn::tensor::{Tensor, TensorData, backend::Backend};

use crate::config::{KitsuneConfig, ScoreKind};
use crate::detector::Detector;
use crate::error::Error;
use crate::feature_map::FeatureMap;
use crate::rows::{Batches, RowSource};
use crate::scaler::Scaler;
use crate::trainer::Trainer;

/// Steps of the rough fit, and rows of each: what anomalies have in common is learnt late.
const STEPS: u64 = 1_000;
const BATCH_ROWS: usize = 32;

/// Prototypes, and how many of them a row is compared with: a burst of equal anomalies cannot capture that many.
const PROTOTYPES: usize = 64;
const NEAREST: usize = 16;

/// Quartile ranges above the upper quartile within which no row is left out (Tukey, 1977): of clean rows few lie beyond, and these should stay.
const FENCE: f64 = 3.0;

/// Training rows are seldom clean. A fit of the tails and of a few prototypes to a sample of them, and the score above which rows are left out
/// of the training proper.
#[derive(Debug)]
pub(crate) struct RoughFit<B: Backend> {
    detector: Detector<B>,
    limit: f32,
}

impl<B: Backend> RoughFit<B> {
    /// Of a sample of training rows in 0-1, F32 [rows, features]; `None` where nothing is to be left out.
    pub(crate) fn new(config: &KitsuneConfig, map: &FeatureMap, sample: &TensorData, device: &B::Device) -> Result<Option<Self>, Error> {
        if config.trim == 0.0 {
            return Ok(None);
        }
        let rough = config.clone().with_body_ratio(None).with_prototypes(PROTOTYPES).with_score(ScoreKind::Combined);
        let adam = AdamConfig::new().with_epsilon(1e-8).init::<Autodiff<B>, _>();
        let mut trainer = Trainer::new(rough.init(map, device)?, Scaler::identity(map.features()), adam)?;
        'training: for epoch in 1.. {
            for batch in Batches::new(sample.pass(epoch)?, BATCH_ROWS) {
                if trainer.steps() == STEPS {
                    break 'training;
                }
                trainer.step(batch?, rough.learning_rate_at(trainer.steps(), STEPS))?;
            }
        }
        let detector = Detector::fit(trainer.ensemble().valid(), sample.clone(), NEAREST, device)?;
        let mut scores = detector.score_host(sample.clone(), ScoreKind::Combined, device)?;
        scores.sort_unstable_by(f32::total_cmp);
        let place = |share: f64| (share * (scores.len() - 1) as f64).ceil() as usize;
        let (lower, upper, last) = (scores[place(0.25)], scores[place(0.75)], place(1.0 - config.trim));
        let fence = upper + FENCE as f32 * (upper - lower);
        // Half-way to the next score: at a score itself the rounding of another batch or backend would decide on that row.
        let asked = f32::midpoint(scores[last], scores[(last + 1).min(scores.len() - 1)]);
        Ok(Some(Self { limit: fence.max(asked), detector }))
    }

    /// 1 for the rows to learn from, 0 for the others: `[rows]`.
    ///
    /// # Shapes
    /// - x: [rows, features], in 0-1
    pub(crate) fn weights(&self, x: Tensor<B, 2>) -> Result<Tensor<B, 1>, Error> {
        Ok(self.detector.score(&self.detector.forward(x), ScoreKind::Combined)?.lower_equal_elem(self.limit).float())
    }

    /// The positions of the rows to learn from, of rows in 0-1, F32 [rows, features].
    pub(crate) fn ordinary(&self, rows: TensorData, device: &B::Device) -> Result<Vec<usize>, Error> {
        let scores = self.detector.score_host(rows, ScoreKind::Combined, device)?;
        Ok((0..scores.len()).filter(|&row| scores[row] <= self.limit).collect())
    }
}
