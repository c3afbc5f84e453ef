//! The rough fit: a small model of a sample that finds the rows to leave out of the training. Training rows are seldom clean.

use burn::backend::Autodiff;
use burn::module::AutodiffModule;
use burn::optim::Optimizer;
use burn::tensor::TensorData;
use burn::tensor::backend::{AutodiffBackend, Backend};

use crate::compute::scoring;
use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::features::map::FeatureMap;
use crate::kinds::{OptimizerKind, Schedule, ScoreKind};
use crate::model::calibration::ScoreRule;
use crate::model::detector::Detector;
use crate::model::ensemble::Ensemble;
use crate::rows::batches::Batches;
use crate::rows::host_rows::{HostRows, floats};
use crate::rows::source::RowSource;
use crate::scaler::Scaler;
use crate::training::score_limit::{NEAREST, ScoreLimit};
use crate::training::step_loop::StepLoop;
use crate::training::trainer::Trainer;

/// Steps of the rough fit, unless the training itself has fewer, and rows per step. A model learns late what anomalies have in common.
const STEPS: u64 = 1_000;
const BATCH_ROWS: usize = 32;

/// Number of prototypes, of which a row is compared with the [nearest](NEAREST).
const PROTOTYPES: usize = 64;

/// Width of the fence above the upper quartile, in quartile ranges, within which no row is left out (Tukey, 1977). Few clean rows are
/// beyond it, and these should stay.
const FENCE: f64 = 2.0;

impl<B: AutodiffBackend, O: Optimizer<Ensemble<B>, B> + 'static> Trainer<B, O> {
    /// Fits a rough model to a sample and leaves out the rows that it finds too strange, at most the share `trim` of the configuration.
    /// Call it before the first step; without it all rows train. `steps` is the number of steps that the training will take.
    ///
    /// # Shapes
    /// - sample: raw training rows [rows, features], [`FeatureMapper::sample`](crate::FeatureMapper::sample)
    ///
    /// # Errors
    /// An empty or invalid sample.
    pub fn trimming(self, sample: TensorData, steps: u64) -> Result<Self, Error> {
        self.trimming_unless(&sample, steps, &mut || Ok(()))
    }

    /// Trims like [`trimming`](Self::trimming). `check` is called after each step of the rough fit, and its error ends the fit.
    pub(crate) fn trimming_unless(
        self,
        sample: &TensorData,
        steps: u64,
        check: &mut dyn FnMut() -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let sample = self.scaler().transform_view(&HostRows::new(&floats(sample))?, 0)?.data;
        let (config, map) = (self.ensemble().config(), self.ensemble().feature_map());
        let limit = fit(config, map, &sample, steps, &self.device, check)?;
        Ok(self.with_limit(limit))
    }
}

/// Fits the tails and a few prototypes to a sample of training rows in 0-1, F32 [rows, features], for a training of `steps` steps. `None`
/// if the configuration trims nothing.
fn fit<B: Backend>(
    config: &KitsuneConfig,
    map: &FeatureMap,
    sample: &TensorData,
    steps: u64,
    device: &B::Device,
    check: &mut dyn FnMut() -> Result<(), Error>,
) -> Result<Option<ScoreLimit<B>>, Error> {
    if config.trim == 0.0 {
        return Ok(None);
    }
    let steps = steps.min(STEPS);
    // The rough fit always uses the default optimizer settings, whatever the configuration of the training.
    let rough = config.clone().with_optimizer(OptimizerKind::Adam).with_learning_rate(None).with_schedule(Schedule::Cosine);
    let rough = rough.with_body_ratio(None).with_prototypes(PROTOTYPES).with_score(ScoreKind::Combined);
    let ensemble = rough.init::<Autodiff<B>>(map, device)?;
    let mut trainer = Trainer::by_recipe(ensemble, Scaler::identity(map.features()))?;
    let mut epoch = 0;
    while trainer.steps() < steps {
        epoch += 1;
        trainer.take_steps(
            &mut Batches::new(sample.pass(epoch)?, BATCH_ROWS),
            StepLoop {
                most: steps - trainer.steps(),
                learning_rate: &|step| rough.learning_rate_at(step, steps),
                batch: &mut |_| {},
                taken: &mut |_, _| check(),
            },
        )?;
    }
    let detector = Detector::fit(trainer.ensemble().valid(), sample.clone(), NEAREST, ScoreRule::Mean, device)?;
    let mut scores = scoring::score_scaled_rows(&detector, sample, ScoreKind::Combined, device)?;
    scores.sort_unstable_by(f32::total_cmp);
    let position = |share: f64| (share * (scores.len() - 1) as f64).ceil() as usize;
    let (lower, upper, last) = (scores[position(0.25)], scores[position(0.75)], position(1.0 - config.trim));
    let fence = upper + FENCE as f32 * (upper - lower);
    // The limit is half-way to the next score. If it were a score itself, the rounding of another batch or backend would decide about that
    // row.
    let asked = f32::midpoint(scores[last], scores[(last + 1).min(scores.len() - 1)]);
    Ok(Some(ScoreLimit::new(detector, fence.max(asked))))
}

#[cfg(test)]
mod tests {
    use burn_ndarray::{NdArray, NdArrayDevice};

    use burn::tensor::Tensor;

    use super::*;
    use crate::features::map::Coverage;
    use crate::random::{Draws, Purpose};

    const FEATURES: usize = 6;

    /// Ordinary rows: two columns follow one number, two columns another, and two are independent.
    fn ordinary(number: u64) -> Vec<f32> {
        let draws = Draws::new(1, Purpose::Sample, 0).row(number);
        let of = |feature| 0.2 + 0.6 * draws.uniform(feature);
        vec![of(0), 1.0 - of(0), of(1), of(1), of(2), of(3)]
    }

    /// Strange rows: each column is at its minimum or maximum.
    fn strange(number: u64) -> Vec<f32> {
        let draws = Draws::new(2, Purpose::Sample, 0).row(number);
        (0..FEATURES).map(|feature| draws.uniform(feature).round()).collect()
    }

    /// `count` rows. Every `each`-th one is strange and drawn by its number plus `first`.
    fn rows(count: u64, each: u64, first: u64) -> Vec<Vec<f32>> {
        (0..count).map(|row| if row % each == each - 1 { strange(first + row) } else { ordinary(row) }).collect()
    }

    fn matrix(rows: &[Vec<f32>]) -> TensorData {
        TensorData::new(rows.concat(), [rows.len(), FEATURES])
    }

    fn map() -> FeatureMap {
        FeatureMap::new(FEATURES, vec![vec![0, 1, 4], vec![2, 3, 5]], Coverage::Exact).unwrap()
    }

    fn rough_fit(trim: f64, sample: &TensorData) -> Option<ScoreLimit<NdArray>> {
        fit(&KitsuneConfig::new().with_trim(trim), &map(), sample, STEPS, &NdArrayDevice::default(), &mut || Ok(())).unwrap()
    }

    #[test]
    fn strange_rows_are_left_out_and_never_more_rows_than_asked_for() {
        // One row in twenty is strange.
        let sample = matrix(&rows(400, 20, 0));
        assert!(rough_fit(0.0, &sample).is_none());
        for trim in [0.01, 0.05, 0.1, 0.5] {
            let fit = rough_fit(trim, &sample).unwrap();
            let kept = fit.ordinary(&sample, &NdArrayDevice::default()).unwrap();
            let left_out: Vec<usize> = (0..400).filter(|row| !kept.contains(row)).collect();
            assert!(left_out.len() as f64 <= trim * 400.0, "{left_out:?} at {trim}");
            let strange = left_out.iter().filter(|&row| row % 20 == 19).count();
            assert!(strange >= left_out.len().min(20) * 8 / 10 && strange > 0, "{left_out:?} at {trim}");
            // Rows far from all others are left out, but fewer than `trim` allows.
            assert!(left_out.len() <= 40, "{} at {trim}", left_out.len());
            // The limit decides alike for any batch.
            for row in (0..400).step_by(19) {
                let x = Tensor::from_data(matrix(&rows(400, 20, 0)[row..=row]), &NdArrayDevice::default());
                let (detector, limit) = fit.get();
                let share: f32 = scoring::shares_within(detector, x, limit).into_scalar();
                assert_eq!(share == 1.0, kept.contains(&row), "{row} at {trim}");
            }
        }
    }

    #[test]
    fn of_equal_rows_none_is_left_out() {
        let sample = matrix(&vec![ordinary(0); 50]);
        let fit = rough_fit(0.5, &sample).unwrap();
        assert_eq!(fit.ordinary(&sample, &NdArrayDevice::default()).unwrap().len(), 50);
        // Nor are both of two rows left out.
        let sample = matrix(&[ordinary(0), strange(0)]);
        let fit = rough_fit(0.5, &sample).unwrap();
        assert!(!fit.ordinary(&sample, &NdArrayDevice::default()).unwrap().is_empty());
    }

    #[test]
    fn rows_that_are_left_out_change_neither_weights_nor_the_range_of_the_head_nor_the_calibration() {
        let sample = matrix(&rows(400, 20, 0));
        let device = NdArrayDevice::default();
        let config = KitsuneConfig::new().with_trim(0.06);
        let trained = |data: &[Vec<f32>], trimmed: bool| {
            let ensemble = config.init::<Autodiff<NdArray>>(&map(), &device).unwrap();
            let mut trainer = Trainer::new(ensemble, Scaler::identity(FEATURES), config.init_optimizer()).unwrap();
            if trimmed {
                trainer = trainer.trimming(sample.clone(), STEPS).unwrap();
            }
            for batch in data.chunks(40) {
                trainer.step(matrix(batch), 0.01).unwrap();
            }
            // A batch of strange rows only.
            trainer.step(matrix(&[data[19].clone(), data[39].clone()]), 0.01).unwrap();
            let losses = trainer.take_losses().unwrap();
            let model = trainer.finish(matrix(data), Some(sample.clone())).unwrap();
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("model");
            model.save(&path).unwrap();
            (std::fs::read(path).unwrap(), losses, model.summary().trimmed)
        };
        // Both data have the same ordinary rows, and different strange ones between them.
        let (dirty, otherwise_dirty) = (rows(400, 20, 0), rows(400, 20, 10_000));
        let (file, losses, share) = trained(&dirty, true);
        // Only the twenty strange rows are left out, though the limit allows a few more.
        assert!((share - 0.05).abs() < 1e-9, "{share}");
        assert!(trained(&otherwise_dirty, true) == (file.clone(), losses, share));
        assert!(trained(&dirty, false).0 != file);
        assert_eq!(trained(&dirty, false).2, 0.0);
        assert!(trained(&dirty, false).0 != trained(&otherwise_dirty, false).0);
    }
}
