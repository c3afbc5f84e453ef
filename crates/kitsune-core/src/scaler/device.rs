//! The scaler of raw tensors to 0-1, on the device.

use std::ops::Range;

use burn::module::{Module, Param, ParamId};
use burn::tensor::{IndexingUpdateOp, Int, Tensor, TensorData, backend::Backend};

use crate::scaler::piecewise_linear::KnotTable;

/// A [`Scaler`](super::Scaler) for rows that are a tensor on the device.
///
/// An f32 tensor has lost the low bits of large values. The remaining ones are preserved by subtracting each knot in two steps,
/// `(x - high) - low`, where `high` is its nearest f32. Values outside the knots cannot be refused here, since that would wait for the device.
#[derive(Module, Debug)]
pub(crate) struct DeviceScaler<B: Backend> {
    /// The first ramp of every feature.
    first: Ramps<B>,
    /// The other ramps of features with more than one.
    others: Ramps<B>,
    /// The features of `others`: `[columns]`. If no feature has more than one ramp, this is feature 0, to which nothing is added.
    columns: Param<Tensor<B, 1, Int>>,
    /// Value at the first knot: [1, features].
    base: Param<Tensor<B, 2>>,
    /// The value of a constant feature as f32, which an unchanged tensor holds: [1, features].
    constant: Param<Tensor<B, 2>>,
    /// The increase if a constant feature changes, 0 for other features: [1, features].
    jump: Param<Tensor<B, 2>>,
}

/// The ramps of some features.
#[derive(Module, Debug)]
struct Ramps<B: Backend> {
    /// Left knots as f32: [1, features, ramps], like the fields below.
    high: Param<Tensor<B, 3>>,
    /// The left knots minus `high`.
    low: Param<Tensor<B, 3>>,
    /// One over the width; 0 for a width of 0.
    inverse: Param<Tensor<B, 3>>,
    /// The increase of the scaled value over the ramp.
    rise: Param<Tensor<B, 3>>,
    /// Bounds of the position in the ramp, in parts of its width.
    least: Param<Tensor<B, 3>>,
    most: Param<Tensor<B, 3>>,
}

/// Factor that raises any difference that f32 can represent, down to 1e-37, above 1.
const ANY_DIFFERENCE: f64 = 1e37;

/// Maximum number of values that the ramps of some rows produce at once, so that memory does not grow with the batch.
const VALUES: usize = 1 << 24;

impl<B: Backend> DeviceScaler<B> {
    pub(crate) fn new(knots: &KnotTable, device: &B::Device) -> Self {
        let features = knots.features();
        let mut columns: Vec<usize> = (0..features).filter(|&f| !knots.is_constant(f) && knots.ramps(f) > 1).collect();
        let most = columns.iter().map(|&f| knots.ramps(f)).max().unwrap_or(1);
        let first = Ramps::new(knots, &(0..features).collect::<Vec<_>>(), 0..1, device);
        if columns.is_empty() {
            columns.push(0);
        }
        let others = Ramps::new(knots, &columns, 1..most.max(2), device);
        let columns: Vec<i64> = columns.into_iter().map(|f| f as i64).collect();
        let shape = [columns.len()];
        let row = |value: &dyn Fn(usize) -> f32| {
            let values: Vec<f32> = (0..features).map(value).collect();
            Param::from_tensor(Tensor::from_data(TensorData::new(values, [1, features]), device)).set_require_grad(false)
        };
        let last = |f: usize| knots.value(knots.ramps(f), f);
        Self {
            first,
            others,
            columns: Param::initialized(ParamId::new(), Tensor::from_data(TensorData::new(columns, shape), device)),
            base: row(&|f| knots.value(0, f)),
            constant: row(&|f| knots.knot(0, f) as f32),
            jump: row(&|f| if knots.is_constant(f) { last(f) - knots.value(0, f) } else { 0.0 }),
        }
    }

    /// # Shapes
    /// - rows: [rows, features], raw
    /// - output: [rows, features], in 0-1
    ///
    /// # Panics
    /// If the rows have another width than the scaler.
    pub(crate) fn forward(&self, rows: Tensor<B, 2>) -> Tensor<B, 2> {
        // Without this check one column would broadcast to many.
        assert_eq!(rows.dims()[1], self.base.dims()[1], "rows have as many features as the model");
        let off = (rows.clone() - self.constant.val()).abs();
        let changed = (off * ANY_DIFFERENCE).clamp(0.0, 1.0);
        let scaled = changed * self.jump.val() + self.base.val() + self.first.forward(rows.clone());
        let [_, columns, ramps] = self.others.rise.dims();
        let [number, _] = rows.dims();
        let curved = rows.select(1, self.columns.val());
        let step = (VALUES / (columns * ramps)).max(1);
        let parts = (0..number)
            .step_by(step)
            .map(|at| self.others.forward(curved.clone().narrow(0, at, step.min(number - at))))
            .collect::<Vec<_>>();
        if parts.is_empty() {
            return scaled;
        }
        scaled.select_assign(1, self.columns.val(), Tensor::cat(parts, 0), IndexingUpdateOp::Add)
    }
}

impl<B: Backend> Ramps<B> {
    /// The ramps in `range` of some features. A ramp adds nothing if the feature lacks it, is constant, or has a left knot beyond
    /// f32.
    fn new(knots: &KnotTable, columns: &[usize], range: Range<usize>, device: &B::Device) -> Self {
        let tensor = |value: &dyn Fn(usize, usize) -> f64, absent: f32| {
            let exists = |f, ramp| ramp < knots.ramps(f) && !knots.is_constant(f) && (knots.knot(ramp, f) as f32).is_finite();
            let of = |f, ramp| if exists(f, ramp) { value(ramp, f) as f32 } else { absent };
            let values: Vec<f32> = columns.iter().flat_map(|&f| range.clone().map(move |ramp| of(f, ramp))).collect();
            let data = TensorData::new(values, [1, columns.len(), range.len()]);
            Param::from_tensor(Tensor::from_data(data, device)).set_require_grad(false)
        };
        let high = |ramp, f| f64::from(knots.knot(ramp, f) as f32);
        let span = |ramp: usize, f| knots.knot(ramp + 1, f) - knots.knot(ramp, f);
        Self {
            high: tensor(&high, 0.0),
            low: tensor(&|ramp, f| knots.knot(ramp, f) - high(ramp, f), 0.0),
            // The inverse is bounded, since the inverse of a width too small for f32 would be infinite, and its product with 0 NaN.
            inverse: tensor(&|ramp, f| if span(ramp, f) > 0.0 { (1.0 / span(ramp, f)).min(f64::from(f32::MAX)) } else { 0.0 }, 0.0),
            rise: tensor(&|ramp, f| f64::from(knots.value(ramp + 1, f) - knots.value(ramp, f)), 0.0),
            least: tensor(&|ramp, f| knots.cuts(ramp, f).0, 0.0),
            most: tensor(&|ramp, f| knots.cuts(ramp, f).1, 1.0),
        }
    }

    /// The sum over the ramps.
    ///
    /// # Shapes
    /// - rows, output: [rows, features]
    fn forward(&self, rows: Tensor<B, 2>) -> Tensor<B, 2> {
        let above = rows.unsqueeze_dim::<3>(2) - self.high.val() - self.low.val();
        let position = (above * self.inverse.val()).max_pair(self.least.val()).min_pair(self.most.val());
        (position * self.rise.val()).sum_dim(2).squeeze_dim(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::kinds::Outside;
    use crate::random::{Draws, Purpose};
    use crate::scaler::Scaler;

    type TestBackend = burn_ndarray::NdArray;

    /// Scales rows, given row by row, on the host and on the device.
    fn both(scaler: &Scaler, rows: Vec<f64>) -> (Vec<f32>, Vec<f32>) {
        let shape = [rows.len() / scaler.features(), scaler.features()];
        let data = TensorData::new(rows, shape);
        let device = burn_ndarray::NdArrayDevice::default();
        let on_device = DeviceScaler::<TestBackend>::new(scaler.table(), &device).forward(Tensor::from_data(data.clone(), &device));
        let on_host = scaler.transform(data).unwrap().data;
        (on_host.into_vec().unwrap(), on_device.into_data().into_vec().unwrap())
    }

    #[test]
    fn minimum_and_maximum_become_0_and_1_exactly_and_a_constant_tells_any_change() {
        let scaler = Scaler::min_max(vec![-3.0, 5.5, 0.1], vec![0.3, 5.5, 0.7]).unwrap().with_outside(Outside::Clamp);
        let rows = vec![-3.0, 5.5, 0.1, 0.3, 5.4999, 0.7, -1.35, 6.0, 0.4, -9.0, 5.5, 3.0];
        let expected = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.5, 1.0, 0.5, 0.0, 0.0, 1.0];
        let (host, device) = both(&scaler, rows.clone());
        for (at, expected) in expected.iter().enumerate() {
            assert!((host[at] - expected).abs() < 1e-7, "host {at}: {}", host[at]);
            assert!((device[at] - expected).abs() < 1e-6, "device {at}: {}", device[at]);
        }
        assert_eq!(scaler.transform(TensorData::new(rows, [4, 3])).unwrap().outside, 4);
    }

    #[test]
    fn a_column_far_from_zero_keeps_its_low_bits_on_the_host() {
        let near = Scaler::min_max(vec![0.0], vec![1_000.0]).unwrap();
        let far = Scaler::min_max(vec![1.7e9], vec![1.7e9 + 1_000.0]).unwrap();
        let values: Vec<f64> = (0..1_000).map(|v| f64::from(v) + 0.125).collect();
        let shifted = values.iter().map(|v| v + 1.7e9).collect();
        assert_eq!(both(&near, values).0, both(&far, shifted).0);
    }

    #[test]
    fn more_knots_are_a_piecewise_linear_map() {
        // One feature through the points (0, 0), (1, 0.5), (3, 1).
        let scaler = Scaler::from_parts(1, vec![0.0, 1.0, 3.0], vec![0.0, 0.5, 1.0], Outside::Extend).unwrap();
        let (host, device) = both(&scaler, vec![-1.0, 0.5, 1.0, 2.0, 5.0]);
        assert_eq!(host, [-0.5, 0.25, 0.5, 0.75, 1.5]);
        assert_eq!(device, host);
    }

    #[test]
    fn the_identity_changes_nothing_and_refuses_what_is_outside() {
        let scaler = Scaler::identity(2);
        assert_eq!(both(&scaler, vec![0.0, 1.0, 0.25, 0.5]).0, [0.0, 1.0, 0.25, 0.5]);
        let error = scaler.transform(TensorData::new(vec![0.0, 1.0, 0.5, 1.5], [2, 2])).unwrap_err();
        assert!(matches!(error, Error::NotScaled { row: 1, feature: 1, value: 1.5 }));
    }

    #[test]
    fn values_far_outside_stay_finite() {
        let scaler = Scaler::min_max(vec![0.0, 1.0, -1.7e308], vec![1e-300, 1.0, 1.7e308]).unwrap();
        let (host, _) = both(&scaler, vec![1e300, -1e300, 0.0, 1e-300, 1.0, 1.7e308]);
        assert_eq!(host, [1e6, 1.0, 0.5, 1.0, 0.0, 1.0]);
    }

    #[test]
    fn what_f32_cannot_tell_stays_finite_on_the_device() {
        // Widths below and knots above the range of f32, both min-max and half-ranked: seven rows at the minimum, one at the maximum.
        let (minimum, maximum) = (vec![0.0, 0.0, -1.7e308, 0.0, 1e300], vec![5e-324, 1e-300, 1.7e308, 1e300, 1e301]);
        let sample = [minimum.repeat(7), maximum.clone()].concat();
        let sample = TensorData::new(sample, [8, 5]);
        let plain = Scaler::min_max(minimum.clone(), maximum.clone()).unwrap();
        for scaler in [plain, Scaler::half_ranked(minimum, maximum, &sample).unwrap()] {
            for outside in [Outside::Clamp, Outside::Extend] {
                let scaler = scaler.clone().with_outside(outside);
                for value in [0.0, 1.0, -1.0, 1e-40, f64::from(f32::MAX), f64::from(f32::MIN)] {
                    let (host, device) = both(&scaler, vec![value; 5]);
                    assert!(host.iter().chain(&device).all(|scaled| scaled.is_finite()), "{value}: {host:?}, {device:?}");
                }
            }
        }
    }

    /// Draws in 0-1 with 24 bits.
    fn uniform(row: usize, feature: usize) -> f64 {
        f64::from(Draws::new(1, Purpose::Sample, 0).row(row as u64).uniform(feature))
    }

    /// Values that f32 represents exactly. `kind` 0 is uniform, 1 crowded at the lower end, 2 at the upper end, 3 binary and mostly 1, 4
    /// constant.
    fn value(kind: usize, row: usize, feature: usize) -> f64 {
        let uniform = uniform(row, feature);
        let value = match kind {
            0 => 20.0 * uniform - 10.0,
            1 => 100.0 * uniform.powi(9),
            2 => -3.0 * uniform.powi(9),
            3 => f64::from(u8::from(uniform > 0.05)),
            _ => 7.25,
        };
        f64::from(value as f32)
    }

    #[test]
    fn the_device_scales_as_the_host_does() {
        // The cases are curves only, one curve among others, constants before and between curves, and no curve.
        for kinds in [&[1, 2, 3][..], &[0, 4, 1, 0, 4], &[4, 1, 4, 3], &[1], &[0, 4, 0], &[4], &[4, 4, 2]] {
            let features = kinds.len();
            let row = |row: usize| kinds.iter().enumerate().map(move |(f, &kind)| value(kind, row, f)).collect::<Vec<f64>>();
            let rows: Vec<Vec<f64>> = (0..300).map(row).collect();
            let bound = |pick: fn(f64, f64) -> f64| {
                let of = |f: usize| rows.iter().map(|row| row[f]).reduce(pick).unwrap();
                (0..features).map(of).collect::<Vec<f64>>()
            };
            let (minimum, maximum) = (bound(f64::min), bound(f64::max));
            let scaler = Scaler::half_ranked(minimum, maximum, &TensorData::new(rows.concat(), [300, features])).unwrap();
            let curved = (0..features).filter(|&f| !scaler.is_constant(f) && scaler.table().ramps(f) > 1);
            assert!(curved.eq((0..features).filter(|&f| kinds[f] == 1 || kinds[f] == 2)), "{kinds:?}");

            let mut asked = rows;
            for f in 0..features {
                // These values are between, at and far beyond the knots.
                for value in [-1e4, -2.5, 0.0, 1e-3, 0.5, 1.0, 7.25, 7.250_001, 99.0, 1e6] {
                    let mut row = asked[0].clone();
                    row[f] = f64::from(value as f32);
                    asked.push(row);
                }
            }
            for outside in [Outside::Clamp, Outside::Extend] {
                let (host, device) = both(&scaler.clone().with_outside(outside), asked.concat());
                for (at, (host, device)) in host.iter().zip(&device).enumerate() {
                    let difference = (host - device).abs();
                    assert!(difference <= 2e-6 * (1.0 + host.abs()), "{kinds:?}, {outside:?}, {at}: {device} instead of {host}");
                }
            }
        }
    }

    #[test]
    fn batches_of_any_length_are_scaled_alike() {
        let scaler =
            Scaler::half_ranked(vec![0.0], vec![100.0], &TensorData::new((0..200).map(|row| value(1, row, 0)).collect(), [200, 1]));
        let scaler = DeviceScaler::<TestBackend>::new(scaler.unwrap().table(), &burn_ndarray::NdArrayDevice::default());
        let scaled = |rows: usize| {
            let data = TensorData::new((0..rows).map(|row| value(1, row, 0) as f32).collect(), [rows, 1]);
            scaler.forward(Tensor::from_data(data, &burn_ndarray::NdArrayDevice::default())).into_data().into_vec::<f32>().unwrap()
        };
        // This is more rows than are scaled at once.
        let many = scaled(VALUES / 62 + 3);
        assert_eq!(scaled(5), many[..5]);
        assert!(many[VALUES / 62 - 1..].iter().all(|value| (0.0..=1.0).contains(value) && *value > 0.0));
        assert!(scaled(0).is_empty());
    }
}
