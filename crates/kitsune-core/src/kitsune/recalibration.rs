//! Recalibration: new standardisation and threshold for a finished model, without training.

use burn::tensor::backend::Backend;

use crate::error::Error;
use crate::features::ranges::Ranges;
use crate::kinds::ThresholdKind;
use crate::kitsune::Kitsune;
use crate::progress::{Observer, Progress, observe};
use crate::rows::host_rows::{HostRows, as_floats};
use crate::rows::sample::Sample;
use crate::rows::source::{Chunk, RowSource};

impl<B: Backend> Kitsune<B> {
    /// Returns the model with standardisation and threshold refitted to rows that the caller holds to be normal. One pass takes a bounded,
    /// seeded sample of them ([`sample_rows`](crate::KitsuneConfig::sample_rows), [`sample_bytes`](crate::KitsuneConfig::sample_bytes)). No
    /// row is trimmed. The [`range`](Self::range) widens by the rows. Weights, scaler, feature map, prototypes and means stay. The threshold is one for scores of rows by themselves, which are
    /// not [pooled](Self::pool).
    ///
    /// The threshold has the given kind and alert rate, which become those of the model's configuration. With too few rows the model has no
    /// threshold, and [`Threshold::fit`](crate::threshold::Threshold::fit) says why. The pass reports [`Progress::Statistics`] to the observer.
    ///
    /// # Errors
    /// Fewer than 2 rows, rows of another width, values that are not finite or that the scaler refuses, an error of the source, an alert
    /// rate outside its range, and [`Error::Stopped`].
    pub fn recalibrated(
        self,
        rows: &(impl RowSource + ?Sized),
        threshold: ThresholdKind,
        alert_rate: f64,
        observer: Observer<'_>,
    ) -> Result<Self, Error> {
        let config = self.config().clone().with_threshold(threshold).with_alert_rate(alert_rate);
        config.validate()?;
        self.check_order(rows)?;
        let features = self.feature_map().features();
        let mut sample = Sample::new(features, config.seed, config.sample_rows, config.sample_bytes);
        let (mut seen, mut values, mut ranges) = (0, vec![0.0; features], Ranges::new(features));
        for chunk in rows.pass(0)? {
            let Chunk { rows, .. } = chunk?;
            let rows = as_floats(rows);
            let view = HostRows::new(&rows)?;
            view.check_features(features, seen)?;
            self.scaler().transform_view(&view, seen)?;
            ranges.take_in(&view);
            for row in 0..view.rows() {
                view.read_row(row, &mut values);
                sample.push(seen, &values);
                seen += 1;
            }
            observe(observer, Progress::Statistics { rows: seen })?;
        }
        if seen < 2 {
            return Err(Error::TooFewRows { found: seen });
        }

        observe(observer, Progress::Calibration)?;
        let device = self.ensemble().tails().weight.device();
        let sample = sample.to_data();
        let mut detector = self.detector.clone().recalibrated(self.scaler().transform(sample.clone())?.data, &device)?;
        detector.ensemble = detector.ensemble.with_config(config);
        let range = self.range().cloned().map(|mut range| {
            range.widen(&ranges.minimum, &ranges.maximum);
            range
        });
        let model = Self { detector, ..self }.with_pool(None)?.with_normal_rows(&sample, range)?;
        Ok(model.with_card(|card| card.summary.recalibrated_on = Some(seen)))
    }
}
