//! Prototypes: a few centres that represent all ordinary rows, and the distance to them.

use std::borrow::Cow;

use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData, backend::Backend};

use crate::model::k_means::k_means;
use crate::model::recorded::Recorded;
use crate::model::row_major::on_device;

/// Maximum number of sample rows for a fit: for k-means 32 for each of 128 prototypes.
pub(crate) const FIT_ROWS: usize = 4_096;

/// Centres of the training rows, found by k-means (Lloyd, 1982) from a k-means++ start (Arthur and Vassilvitskii, 2007).
///
/// A row's distance is the mean of its Euclidean distances to a few nearest prototypes. With the nearest alone, a burst of equal rows,
/// which has a centre of its own, would be at distance 0.
#[derive(Module, Debug)]
pub(crate) struct Prototypes<B: Backend> {
    /// Centres minus the middle: [features, prototypes]; one column of zeros without prototypes.
    pub(crate) centres: Param<Tensor<B, 2>>,
    /// Squared length of each centre: [1, prototypes].
    squares: Param<Tensor<B, 2>>,
    /// The middle: [1, features]. It is subtracted from rows and prototypes so that lengths stay small.
    middle: Param<Tensor<B, 2>>,
    nearest: Recorded<B, usize>,
}

/// The values of [`Prototypes`].
#[derive(Debug, Clone)]
pub(crate) struct PrototypeValues {
    /// Centres minus the middle: [prototypes, features].
    pub(crate) centres: Vec<f32>,
    /// The middle: `[features]`.
    pub(crate) middle: Vec<f32>,
}

impl<B: Backend> Prototypes<B> {
    /// Makes prototypes whose distance is the mean over the `nearest` ones. Empty centres give a model without prototypes.
    pub(crate) fn from_values(values: PrototypeValues, nearest: usize, device: &B::Device) -> Self {
        let PrototypeValues { centres, middle } = values;
        let features = middle.len();
        let count = centres.len() / features.max(1);
        let shape = [count.max(1), features];
        let centres = if count == 0 { vec![0.0; features] } else { centres };
        // The host transposes the centres, so that their order in memory is that of the product.
        let turned: Vec<f32> = (0..features).flat_map(|feature| centres.iter().skip(feature).step_by(features)).copied().collect();
        let centres: Tensor<B, 2> = on_device(TensorData::new(turned, [features, shape[0]]), device);
        let constant = |tensor: Tensor<B, 2>| Param::from_tensor(tensor).set_require_grad(false);
        Self {
            squares: constant((centres.clone() * centres.clone()).sum_dim(0)),
            centres: constant(centres),
            middle: constant(Tensor::from_data(TensorData::new(middle, [1, features]), device)),
            nearest: Recorded::new(nearest.min(count)),
        }
    }

    /// The values to save; `None` without prototypes.
    pub(crate) fn to_values(&self) -> Option<PrototypeValues> {
        let values = |tensor: Tensor<B, 2>| tensor.into_data().iter::<f32>().collect();
        (*self.nearest.get() > 0)
            .then(|| PrototypeValues { centres: values(self.centres.val().transpose()), middle: values(self.middle.val()) })
    }

    /// Number of prototypes.
    pub(crate) fn count(&self) -> usize {
        let [_, count] = self.centres.dims();
        if self.nearest() == 0 { 0 } else { count }
    }

    /// Number of nearest prototypes that make a distance; 0 without prototypes.
    pub(crate) fn nearest(&self) -> usize {
        *self.nearest.get()
    }

    /// Centres, their squares and the middle.
    pub(crate) fn tensors(&self) -> [Tensor<B, 2>; 3] {
        [self.centres.val(), self.squares.val(), self.middle.val()]
    }

    /// Squared distances to the centres.
    ///
    /// # Shapes
    /// - x: [rows, features], in 0-1
    /// - output: [rows, prototypes]
    pub(crate) fn squares(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let x = x - self.middle.val();
        let lengths = (x.clone() * x.clone()).sum_dim(1);
        (x.matmul(self.centres.val()) * -2.0 + self.squares.val() + lengths).clamp_min(0.0)
    }

    /// Mean distance to the nearest prototypes; `None` without prototypes.
    ///
    /// # Shapes
    /// - x: [rows, features], in 0-1
    /// - output: `[rows]`
    pub(crate) fn distance(&self, x: Tensor<B, 2>) -> Option<Tensor<B, 1>> {
        let nearest = self.nearest();
        if nearest == 0 {
            return None;
        }
        let squares = self.squares(x);
        let [rows, count] = squares.dims();
        let device = squares.device();
        if nearest >= count {
            return Some(squares.sqrt().mean_dim(1).squeeze_dim(1));
        }
        // Takes the minimum, then the minimum of the rest, and so on, since every backend sorts on the host.
        let indices = Tensor::<B, 1, burn::tensor::Int>::arange(0..count as i64, &device).reshape([1, count]);
        let mut left = squares;
        let mut sum = Tensor::zeros([rows, 1], &device);
        for round in 0..nearest {
            let (least, index) = left.clone().min_dim_with_indices(1);
            sum = sum + least.sqrt();
            if round + 1 < nearest {
                left = left.mask_fill(indices.clone().equal(index), f32::MAX);
            }
        }
        Some((sum / nearest as f64).squeeze_dim(1))
    }
}

impl PrototypeValues {
    /// Fits at most `count` centres of rows [rows, features] by k-means in host memory. The order of additions is fixed, so the same seed
    /// gives the same centres on every backend. Data with fewer distinct rows have fewer centres.
    pub(crate) fn fit(rows: &[f32], features: usize, count: usize, seed: u64) -> Self {
        Self::centred(k_means(&thinned(rows, features, FIT_ROWS), features, count, seed), features)
    }

    /// Centres [prototypes, features], of which their mean is subtracted.
    pub(crate) fn centred(mut centres: Vec<f32>, features: usize) -> Self {
        let number = (centres.len() / features.max(1)).max(1) as f64;
        let mean = |f| (centres.iter().skip(f).step_by(features).map(|&value| f64::from(value)).sum::<f64>() / number) as f32;
        let middle: Vec<f32> = (0..features).map(mean).collect();
        for centre in centres.chunks_exact_mut(features.max(1)) {
            centre.iter_mut().zip(&middle).for_each(|(value, middle)| *value -= middle);
        }
        Self { centres, middle }
    }
}

/// Picks at most `most` rows, evenly from first to last. The rows are in the order of the data, whose beginning may differ from the rest.
pub(crate) fn thinned(rows: &[f32], features: usize, most: usize) -> Cow<'_, [f32]> {
    let number = rows.len() / features.max(1);
    if number <= most {
        return Cow::Borrowed(rows);
    }
    let mut few = Vec::with_capacity(most * features);
    (0..most).for_each(|at| few.extend_from_slice(&rows[at * number / most * features..][..features]));
    Cow::Owned(few)
}
