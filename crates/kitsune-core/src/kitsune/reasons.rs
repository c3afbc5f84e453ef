//! Explanations of scores: the features that made a row look strange.

use burn::tensor::{Tensor, TensorData, backend::Backend};

use crate::compute::scoring;
use crate::error::Error;
use crate::kitsune::Kitsune;
use crate::model::row_major::on_device;
use crate::rows::host_rows::{HostRows, floats};
use crate::rows::matrix::RowMatrix;

/// The reconstruction errors of rows, feature by feature.
#[derive(Debug, Clone)]
pub struct Explanation<B: Backend> {
    /// The tails' reconstructions of the scaled rows: [rows, features], in 0-1.
    pub reconstructions: Tensor<B, 2>,
    /// The reconstruction error of tails and body in each feature, in deviations of that error over the training rows: [rows, features].
    pub features: Tensor<B, 2>,
    /// The tails' errors, in deviations of each error over the training rows: [rows, clusters].
    pub clusters: Tensor<B, 2>,
}

/// A feature that made a row look strange.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// The feature, as an index into the row.
    pub feature: usize,
    /// The first cluster that has the feature; `None` if no cluster has it.
    pub cluster: Option<usize>,
    /// The raw value of the feature.
    pub value: f64,
    /// The raw value that the tails reconstructed, from the other features of the cluster.
    pub expected: f64,
    /// The reconstruction error of tails and body in this feature, in deviations of that error over the training rows.
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
        self.explain_scaled(self.device_scaler.forward(rows))
    }

    /// Lists the features that contribute most to the score of each raw row [rows, features], at most `count`, the strongest first. The
    /// features of one cluster affect one another: if one value is wrong, the others are reconstructed wrongly too, though mostly by less.
    ///
    /// # Errors
    /// Rows of another width, values that are not finite.
    pub fn reasons(&self, rows: &TensorData, count: usize) -> Result<Vec<Vec<Reason>>, Error> {
        let positions: Vec<usize> = (0..rows.shape[..].first().copied().unwrap_or(0)).collect();
        self.reasons_at(rows, &positions, count)
    }

    /// Lists reasons like [`reasons`](Self::reasons), for the rows at the given positions only.
    ///
    /// # Errors
    /// Those of [`reasons`](Self::reasons); they count rows by their index in `positions`.
    ///
    /// # Panics
    /// If a position is outside the rows.
    pub fn reasons_at(&self, rows: &TensorData, positions: &[usize], count: usize) -> Result<Vec<Vec<Reason>>, Error> {
        let rows = floats(rows);
        let rows = RowMatrix::of(&HostRows::new(&rows)?, positions).into_data();
        let scaled = self.scaler().transform_view(&HostRows::new(&rows)?, 0)?.data;
        if scaled.shape[0] == 0 {
            return Ok(Vec::new());
        }
        let features = self.feature_map().features();
        let raw: Vec<f64> = rows.iter::<f64>().collect();
        let device = self.ensemble().tails().weight.device();
        let explanation = self.explain_scaled(on_device(scaled, &device));
        let expected: Vec<f32> = explanation.reconstructions.into_data().iter::<f32>().collect();
        let deviations: Vec<f32> = explanation.features.into_data().iter::<f32>().collect();
        let cluster_of = |feature| self.feature_map().clusters().iter().position(|cluster| cluster.contains(&feature));
        let of_row = |row: usize| {
            let at = row * features;
            let mut order: Vec<usize> = (0..features).collect();
            order.sort_by(|&left, &right| deviations[at + right].total_cmp(&deviations[at + left]));
            let reason = |feature| Reason {
                feature,
                cluster: cluster_of(feature),
                value: raw[at + feature],
                expected: self.scaler().inverse(feature, expected[at + feature]),
                deviations: deviations[at + feature],
            };
            order.into_iter().take(count).map(reason).collect()
        };
        Ok((0..raw.len() / features).map(of_row).collect())
    }

    fn explain_scaled(&self, x: Tensor<B, 2>) -> Explanation<B> {
        let calibration = &self.detector.calibration;
        let (reconstructions, off) = scoring::reconstruct(self.ensemble(), x.clone());
        Explanation {
            reconstructions,
            features: calibration.standardised_features(off),
            clusters: calibration.standardised_tails(scoring::tail_errors(self.ensemble(), x)),
        }
    }
}
