//! Which training rows look too strange to learn from.

use burn::backend::Autodiff;
use burn::module::AutodiffModule;
use burn::optim::AdamConfig;
use burn::tensor::{Tensor, TensorData, backend::Backend};

use crate::config::{InputScaling, KitsuneConfig, ScoreKind};
use crate::detector::Detector;
use crate::error::Error;
use crate::feature_map::FeatureMap;
use crate::rows::{Batches, RowSource};
use crate::scaler::Scaler;
use crate::trainer::Trainer;

/// Steps of the rough fit, and rows of each.
const STEPS: u64 = 1_000;
const BATCH_ROWS: usize = 32;

fn exp(name: &str, default: f64) -> f64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

/// A rough fit of a sample of the training rows and the score from which on rows are left out.
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
        let rough = config
            .clone()
            .with_body_ratio(None)
            .with_prototypes(exp("EXP_RP", 64.0) as usize)
            .with_inputs(InputScaling::Identity)
            .with_score(ScoreKind::Combined)
            .with_trim(0.0);
        let steps = exp("EXP_RSTEPS", STEPS as f64) as u64;
        let adam = AdamConfig::new().with_epsilon(1e-8).init::<Autodiff<B>, _>();
        let scaler = Scaler::identity(map.features());
        let mut trainer = Trainer::new(rough.init(map, device)?, scaler, adam)?;
        'training: for epoch in 1.. {
            for batch in Batches::new(sample.pass(epoch)?, BATCH_ROWS) {
                if trainer.steps() == steps {
                    break 'training;
                }
                trainer.step(batch?, rough.learning_rate_at(trainer.steps(), steps))?;
            }
        }
        let detector = Detector::fit(trainer.ensemble().valid(), sample.clone(), exp("EXP_RN", 16.0) as usize, device)?;
        let mut fit = Self { detector, limit: f32::MAX };
        let mut scores = fit.scores(sample.clone(), device)?;
        scores.sort_unstable_by(f32::total_cmp);
        let kept = ((1.0 - config.trim) * scores.len() as f64).ceil() as usize;
        fit.limit = scores[kept.clamp(1, scores.len()) - 1];
        let fence = exp("EXP_FENCE", 0.0);
        if fence > 0.0 {
            let q = |share: f64| f64::from(scores[(share * (scores.len() - 1) as f64) as usize]);
            let high = q(0.75) + fence * (q(0.75) - q(0.25));
            fit.limit = fit.limit.max(high as f32);
            if std::env::var("V").is_ok() {
                let over = scores.iter().filter(|s| **s > fit.limit).count();
                println!("  trimmed {:.4} of {}", over as f64 / scores.len() as f64, scores.len());
            }
        }
        Ok(Some(fit))
    }

    fn scores(&self, rows: TensorData, device: &B::Device) -> Result<Vec<f32>, Error> {
        let mut scores = Vec::new();
        for batch in Batches::new(std::iter::once(Ok(rows)), 1_024) {
            scores.extend(self.detector.score(Tensor::from_data(batch?, device), ScoreKind::Combined).into_data().iter::<f32>());
        }
        Ok(scores)
    }

    /// 1 for the rows to learn from, 0 for the others: `[rows]`.
    pub(crate) fn weights(&self, x: Tensor<B, 2>) -> Tensor<B, 1> {
        self.detector.score(x, ScoreKind::Combined).lower_equal_elem(self.limit).float()
    }

    /// The rows to learn from, of rows in 0-1, F32 [rows, features].
    pub(crate) fn kept(&self, rows: TensorData, device: &B::Device) -> Result<TensorData, Error> {
        let features = rows.shape[1];
        let scores = self.scores(rows.clone(), device)?;
        let values: Vec<f32> = rows.iter::<f32>().collect();
        let kept: Vec<f32> = values
            .chunks_exact(features)
            .zip(&scores)
            .filter(|(_, score)| **score <= self.limit)
            .flat_map(|(row, _)| row.iter().copied())
            .collect();
        let shape = [kept.len() / features, features];
        Ok(TensorData::new(kept, shape))
    }
}
