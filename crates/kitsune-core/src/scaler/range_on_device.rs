//! How far rows that are a tensor on the device lie beyond the range of each feature.

use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData, backend::Backend};

use crate::scaler::range::{CHANGED, FARTHEST, TrainingRange};

/// Rows of the numbers of a [`DeviceRange`].
pub(crate) const RANGE_ROWS: usize = 5;

/// Factor that raises any difference that f32 can represent, down to 1e-37, to a whole width.
const ANY_DIFFERENCE: f64 = 1e37;

/// A [`TrainingRange`] for rows that are a tensor on the device.
///
/// A value lies `min(max(|x - middle - rest| - half, 0) · inverse, most)` widths beyond the range. `middle` is an f32 and `rest` what it
/// lacks, so that large values keep the bits that an f32 has of them. `half` reaches to the ends of the range in f64 and in f32, since a
/// value that was rounded may lie beyond the former.
#[derive(Module, Debug)]
pub(crate) struct DeviceRange<B: Backend> {
    /// Middle, rest, half, inverse and most: [5, features].
    pub(crate) numbers: Param<Tensor<B, 2>>,
}

impl<B: Backend> DeviceRange<B> {
    /// `None` is a range that has every value.
    pub(crate) fn new(range: Option<&TrainingRange>, features: usize, device: &B::Device) -> Self {
        let everything = [0.0, 0.0, f64::from(f32::MAX), 1.0, 0.0];
        let of = |feature| range.map_or(everything, |range| numbers(range.lowest()[feature], range.highest()[feature]));
        let columns: Vec<[f64; RANGE_ROWS]> = (0..features).map(of).collect();
        let rows: Vec<f64> = (0..RANGE_ROWS).flat_map(|row| columns.iter().map(move |column| column[row])).collect();
        let numbers = Tensor::from_data(TensorData::new(rows, [RANGE_ROWS, features]), device);
        Self { numbers: Param::from_tensor(numbers).set_require_grad(false) }
    }

    /// The sum of the fourth powers of the distances of each row's values: `[rows]`.
    ///
    /// # Shapes
    /// - rows: [rows, features], raw
    pub(crate) fn powers(&self, rows: Tensor<B, 2>) -> Tensor<B, 1> {
        let [middle, rest, half, inverse, most] = std::array::from_fn(|row| self.numbers.val().narrow(0, row, 1));
        let distance = (((rows - middle - rest).abs() - half).clamp_min(0.0) * inverse).min_pair(most);
        let square = distance.clone() * distance;
        (square.clone() * square).sum_dim(1).squeeze_dim(1)
    }
}

/// Middle, rest, half, inverse and most of a feature.
fn numbers(lowest: f64, highest: f64) -> [f64; RANGE_ROWS] {
    let (least, most) = (f64::from(f32::MIN_POSITIVE), f64::from(f32::MAX));
    let exact_middle = 0.5 * lowest + 0.5 * highest;
    let middle = f64::from(exact_middle as f32);
    let ends = [lowest, highest].into_iter().flat_map(|end| [end, f64::from(end as f32)]);
    let half = ends.map(|end| (end - exact_middle).abs()).fold(0.0, f64::max);
    if !middle.is_finite() || half > most {
        // No finite f32 is beyond, or a model of such values is of f64 rows only.
        return [0.0, 0.0, most, least, FARTHEST];
    }
    if lowest == highest {
        return [middle, exact_middle - middle, half, ANY_DIFFERENCE, CHANGED];
    }
    // The inverse is bounded, since that of a width too small for f32 would be infinite, and its product with 0 NaN.
    [middle, exact_middle - middle, half, (1.0 / (highest - lowest)).clamp(least, most), FARTHEST]
}

#[cfg(test)]
mod tests {
    use burn_ndarray::{NdArray, NdArrayDevice};

    use super::*;

    fn powers(range: &TrainingRange, values: &[f64]) -> Vec<f64> {
        let (features, device) = (range.lowest().len(), NdArrayDevice::default());
        let data = TensorData::new(values.to_vec(), [values.len() / features, features]);
        let single = DeviceRange::<NdArray>::new(Some(range), features, &device).powers(Tensor::from_data(data.clone(), &device));
        let double = DeviceRange::<NdArray<f64>>::new(Some(range), features, &device).powers(Tensor::from_data(data, &device));
        [single.into_data(), double.into_data()].iter().flat_map(|data| data.iter::<f64>().collect::<Vec<_>>()).collect()
    }

    #[test]
    fn the_device_measures_as_the_host_does() {
        let ends = [(-2.0, 2.0), (0.1, 0.3), (7.3, 7.3), (1.7e9, 1.7e9 + 4096.0), (0.0, 1e-38), (-1e30, 1e30)];
        for (lowest, highest) in ends {
            let range = TrainingRange::new(vec![lowest], vec![highest]).unwrap();
            let width: f64 = if lowest == highest { 1.0 } else { highest - lowest };
            for times in [0.0, 0.25, 1.0, 1.5, 11.0, 1e4, 1e9, -0.5, -10.0] {
                let value = f64::from((lowest + times * width) as f32);
                let mut expected = 0.0;
                range.search(&[value as f32], [0], |_, powers| expected = powers);
                for found in powers(&range, &[value]) {
                    let inside = lowest <= value && value <= highest;
                    assert!(
                        inside && found < 1e-9 || (found - expected).abs() <= 1e-3 * (0.1 + expected),
                        "{range:?}, {value}: {found} instead of {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn every_number_has_a_finite_distance_and_what_was_rounded_from_inside_has_none() {
        let range = TrainingRange::new(vec![-1.7e308, 1e300, 5e-324, 1.7e9 + 70.0], vec![1.7e308, 2e300, 1e-323, 1.7e9 + 90.0]).unwrap();
        for value in [0.0, 1.0, -1.0, 1e-40, f64::from(f32::MAX), f64::from(f32::MIN), f64::INFINITY, f64::NEG_INFINITY] {
            assert!(powers(&range, &[value; 4]).iter().all(|powers| powers.is_finite()), "{value}");
        }
        let far = TrainingRange::new(vec![1.7e9 + 70.0], vec![1.7e9 + 90.0]).unwrap();
        for value in [70.0, 80.0, 90.0] {
            assert_eq!(powers(&far, &[1.7e9 + value]), [0.0; 2], "{value}");
        }
    }

    #[test]
    fn without_a_range_every_value_is_inside() {
        let device = NdArrayDevice::default();
        let rows = Tensor::<NdArray, 2>::from_data([[1e30, -1e30, f32::INFINITY]], &device);
        let powers = DeviceRange::<NdArray>::new(None, 3, &device).powers(rows);
        assert_eq!(powers.into_scalar(), 0.0);
    }
}
