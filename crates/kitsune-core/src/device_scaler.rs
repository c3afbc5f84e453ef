//! Raw tensors to inputs in 0-1, on the device.

use std::ops::Range;

use burn::module::{Module, Param, ParamId};
use burn::tensor::{IndexingUpdateOp, Int, Tensor, TensorData, backend::Backend};

use crate::scaler::Scaler;

/// A [`Scaler`] for rows that are a tensor on the device already.
///
/// An f32 tensor has lost the low bits of large values; what is left is kept by subtracting each knot in two steps, `(x - high) - low`, with
/// `high` its nearest f32. Values outside the knots cannot be refused here: that would wait for the device.
#[derive(Module, Debug)]
pub(crate) struct DeviceScaler<B: Backend> {
    /// The first ramp of every feature.
    first: Ramps<B>,
    /// The others of those that have more than one.
    others: Ramps<B>,
    /// The features of `others`; feature 0, to which nothing is added then, where there are none: `[columns]`.
    columns: Param<Tensor<B, 1, Int>>,
    /// Value at the first knot: [1, features].
    base: Param<Tensor<B, 2>>,
    /// The value of a constant feature as f32, which is what a tensor holds when nothing has changed: [1, features].
    constant: Param<Tensor<B, 2>>,
    /// What a change in a constant feature adds, 0 for the others: [1, features].
    jump: Param<Tensor<B, 2>>,
}

/// Ramps of some features, side by side.
#[derive(Module, Debug)]
struct Ramps<B: Backend> {
    /// Left knots as f32: [1, features, ramps], like all that follows.
    high: Param<Tensor<B, 3>>,
    /// What `high` lacks.
    low: Param<Tensor<B, 3>>,
    /// One over the width, 0 where there is none.
    inverse: Param<Tensor<B, 3>>,
    /// What the ramp adds.
    rise: Param<Tensor<B, 3>>,
    /// Where the ramp is cut.
    least: Param<Tensor<B, 3>>,
    most: Param<Tensor<B, 3>>,
}

/// Brings any difference that f32 can tell, down to 1e-37, above 1.
const ANY_DIFFERENCE: f64 = 1e37;

/// Values that the ramps of some rows may make at once, so that memory does not grow with the batch.
const VALUES: usize = 1 << 24;

impl<B: Backend> DeviceScaler<B> {
    pub(crate) fn new(scaler: &Scaler, device: &B::Device) -> Self {
        let features = scaler.features();
        let mut columns: Vec<usize> = (0..features).filter(|&f| !scaler.is_constant(f) && scaler.ramps(f) > 1).collect();
        let most = columns.iter().map(|&f| scaler.ramps(f)).max().unwrap_or(1);
        let first = Ramps::new(scaler, &(0..features).collect::<Vec<_>>(), 0..1, device);
        if columns.is_empty() {
            columns.push(0);
        }
        let others = Ramps::new(scaler, &columns, 1..most.max(2), device);
        let columns: Vec<i64> = columns.into_iter().map(|f| f as i64).collect();
        let shape = [columns.len()];
        let row = |value: &dyn Fn(usize) -> f32| {
            let values: Vec<f32> = (0..features).map(value).collect();
            Param::from_tensor(Tensor::from_data(TensorData::new(values, [1, features]), device)).set_require_grad(false)
        };
        let last = |f: usize| scaler.value(scaler.ramps(f), f);
        Self {
            first,
            others,
            columns: Param::initialized(ParamId::new(), Tensor::from_data(TensorData::new(columns, shape), device)),
            base: row(&|f| scaler.value(0, f)),
            constant: row(&|f| scaler.knot(0, f) as f32),
            jump: row(&|f| if scaler.is_constant(f) { last(f) - scaler.value(0, f) } else { 0.0 }),
        }
    }

    /// # Shapes
    /// - rows: [rows, features], raw
    /// - output: [rows, features], in 0-1
    pub(crate) fn forward(&self, rows: Tensor<B, 2>) -> Tensor<B, 2> {
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
    /// Those of the range of some features; nothing where a feature has no such ramp, or is constant.
    fn new(scaler: &Scaler, columns: &[usize], range: Range<usize>, device: &B::Device) -> Self {
        let tensor = |value: &dyn Fn(usize, usize) -> f64, absent: f32| {
            let of = |f: usize, ramp: usize| if ramp < scaler.ramps(f) && !scaler.is_constant(f) { value(ramp, f) as f32 } else { absent };
            let values: Vec<f32> = columns.iter().flat_map(|&f| range.clone().map(move |ramp| of(f, ramp))).collect();
            let data = TensorData::new(values, [1, columns.len(), range.len()]);
            Param::from_tensor(Tensor::from_data(data, device)).set_require_grad(false)
        };
        let high = |ramp, f| f64::from(scaler.knot(ramp, f) as f32);
        let span = |ramp: usize, f| scaler.knot(ramp + 1, f) - scaler.knot(ramp, f);
        Self {
            high: tensor(&high, 0.0),
            low: tensor(&|ramp, f| scaler.knot(ramp, f) - high(ramp, f), 0.0),
            inverse: tensor(&|ramp, f| if span(ramp, f) > 0.0 { 1.0 / span(ramp, f) } else { 0.0 }, 0.0),
            rise: tensor(&|ramp, f| f64::from(scaler.value(ramp + 1, f) - scaler.value(ramp, f)), 0.0),
            least: tensor(&|ramp, f| scaler.cuts(ramp, f).0, 0.0),
            most: tensor(&|ramp, f| scaler.cuts(ramp, f).1, 1.0),
        }
    }

    /// What the ramps add up to.
    ///
    /// # Shapes
    /// - rows, output: [rows, features]
    fn forward(&self, rows: Tensor<B, 2>) -> Tensor<B, 2> {
        let above = rows.unsqueeze_dim::<3>(2) - self.high.val() - self.low.val();
        let position = (above * self.inverse.val()).max_pair(self.least.val()).min_pair(self.most.val());
        (position * self.rise.val()).sum_dim(2).squeeze_dim(2)
    }
}
