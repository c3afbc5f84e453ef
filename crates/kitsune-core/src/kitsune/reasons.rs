//! Explanations of scores: the features that made a row look strange.

use burn::tensor::{Tensor, backend::Backend};
use serde::{Deserialize, Serialize};

use crate::compute::scoring;
use crate::error::Error;
use crate::kitsune::Kitsune;
use crate::model::excess::Excess;
use crate::model::row_major::on_device;
use crate::rows::host_rows::HostRows;
use crate::rows::picked::rows_at;
use crate::rows::source::RowSource;

/// The reconstruction errors of rows, feature by feature.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Explanation<B: Backend> {
    /// The tails' reconstructions of the scaled rows: [rows, features], in 0-1.
    pub reconstructions: Tensor<B, 2>,
    /// The reconstruction error of tails and body in each feature, in deviations of that error over the training rows: [rows, features].
    pub features: Tensor<B, 2>,
    /// The tails' errors, in deviations of each error over the training rows: [rows, clusters].
    pub clusters: Tensor<B, 2>,
}

/// A feature that made a row look strange.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reason {
    /// The feature, as an index into the row.
    pub feature: usize,
    /// The first cluster that has the feature; `None` if no cluster has it.
    pub cluster: Option<usize>,
    /// The raw value of the feature.
    pub value: f64,
    /// The raw value that the tails reconstructed, from the other features of the cluster.
    pub expected: f64,
    /// The lowest value of the feature over the training rows; `None` if the model has no [`range`](Kitsune::range).
    pub lowest: Option<f64>,
    /// The highest value of the feature over the training rows; `None` like the lowest.
    pub highest: Option<f64>,
    /// The reconstruction error of tails and body in this feature, in deviations of that error over the training rows. A value beyond the
    /// range adds to it the highest deviations of its row times `ln(1 + d⁴) / ln(6562)`, with its distance `d` in widths of the range. So a
    /// value ten widths beyond its range is before all that are not.
    pub deviations: f32,
}

impl<B: Backend> Kitsune<B> {
    /// Explains raw rows that are a tensor on the device; [`reasons`](Self::reasons) explains rows in host memory.
    ///
    /// # Shapes
    /// - rows: [rows, features]
    ///
    /// # Panics
    /// If the rows have another width, by Burn.
    pub fn explain(&self, rows: Tensor<B, 2>) -> Explanation<B> {
        let x = self.device_scaler.forward(rows);
        let (reconstructions, features) = self.explain_features(x.clone());
        let clusters = self.detector.calibration.standardised_tails(scoring::tail_errors(self.ensemble(), x));
        Explanation { reconstructions, features, clusters }
    }

    /// Lists the features that contribute most to the scores of the rows at the given positions, `[positions]` lists of at most `count`
    /// reasons, the strongest first. [`Verdicts::flagged`](crate::scoring::Verdicts::flagged) gives the positions of the flagged rows. The features
    /// of one cluster affect one another: if one value is wrong, the others are reconstructed wrongly too, though mostly by less.
    ///
    /// # Errors
    /// Rows of another width and values that are not finite (these errors count the rows by their index in `positions`),
    /// [`Error::NoSuchRow`] for a position outside the rows, and errors of the source.
    pub fn reasons(
        &self,
        rows: &(impl RowSource + ?Sized),
        positions: impl IntoIterator<Item = usize>,
        count: usize,
    ) -> Result<Vec<Vec<Reason>>, Error> {
        let positions: Vec<usize> = positions.into_iter().collect();
        if positions.is_empty() {
            return Ok(Vec::new());
        }
        self.check_order(rows)?;
        let rows = rows_at(rows, &positions)?;
        let view = HostRows::new(&rows)?;
        let scaled = self.scaler().transform_view(&view, 0)?.data;
        let features = self.feature_map().features();
        let raw: Vec<f64> = rows.iter::<f64>().collect();
        let device = self.ensemble().tails().weight.device();
        let (reconstructions, features_off) = self.explain_features(on_device(scaled, &device));
        let expected: Vec<f32> = reconstructions.into_data().iter::<f32>().collect();
        let deviations: Vec<f32> = features_off.into_data().iter::<f32>().collect();
        let cluster_of = |feature| self.feature_map().clusters().iter().position(|cluster| cluster.contains(&feature));
        let of_row = |row: usize| {
            let at = row * features;
            let mut deviations = deviations[at..at + features].to_vec();
            if let Some(range) = self.range() {
                let highest = deviations.iter().copied().fold(1.0, f32::max);
                let distances = range.distances(&view, row).into_iter();
                for (deviations, distance) in deviations.iter_mut().zip(distances).filter(|&(_, distance)| distance > 0.0) {
                    *deviations = deviations.max(0.0) + highest * Excess::share(distance) as f32;
                }
            }
            let mut order: Vec<usize> = (0..features).collect();
            order.sort_by(|&left, &right| deviations[right].total_cmp(&deviations[left]));
            let reason = |feature| Reason {
                feature,
                cluster: cluster_of(feature),
                value: raw[at + feature],
                expected: self.scaler().inverse(feature, expected[at + feature]),
                lowest: self.range().map(|range| range.lowest()[feature]),
                highest: self.range().map(|range| range.highest()[feature]),
                deviations: deviations[feature],
            };
            order.into_iter().take(count).map(reason).collect()
        };
        Ok((0..raw.len() / features).map(of_row).collect())
    }

    /// Reconstructions and standardised errors of the features, for rows in 0-1.
    fn explain_features(&self, x: Tensor<B, 2>) -> (Tensor<B, 2>, Tensor<B, 2>) {
        let (reconstructions, off) = scoring::reconstruct(&self.detector, x);
        (reconstructions, self.detector.calibration.standardised_features(off))
    }
}
