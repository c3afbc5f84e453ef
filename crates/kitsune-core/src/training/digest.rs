//! A short hash of data that detects changes.

use burn::tensor::TensorData;
use xxhash_rust::xxh3::Xxh3Default;

/// 64 bits of XXH3 over the added data, in order. Equal digests mean equal data, except for deliberately constructed collisions.
#[derive(Clone, Default)]
pub(crate) struct Digest(Xxh3Default);

impl Digest {
    pub(crate) fn of_bytes(bytes: &[u8]) -> u64 {
        let mut digest = Self::default();
        digest.add_bytes(bytes);
        digest.value()
    }

    /// The digest of floats, the same whether exact values are in f32 or f64: a source may keep rows in another precision than it read them.
    pub(crate) fn of_floats(data: &TensorData) -> u64 {
        let mut digest = Self::default();
        digest.add_data(&data.clone().convert::<f64>());
        digest.value()
    }

    pub(crate) fn add_all(&mut self, numbers: impl IntoIterator<Item = u64>) {
        for number in numbers {
            self.0.update(&number.to_le_bytes());
        }
    }

    pub(crate) fn add_data(&mut self, data: &TensorData) {
        self.add_all(data.shape.iter().map(|&size| size as u64));
        self.add_bytes(data.as_bytes());
    }

    /// Adds the length as well, so that the boundary between two pieces counts.
    pub(crate) fn add_bytes(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
        self.add_all([bytes.len() as u64]);
    }

    pub(crate) fn value(&self) -> u64 {
        self.0.digest()
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::Digest;

    #[test]
    fn floats_count_by_their_values() {
        let values = [0.5_f32, -3.0, 1e9, 0.0];
        let digest = |values: &[f64], shape| Digest::of_floats(&TensorData::new(values.to_vec(), shape));
        let wide = values.map(f64::from);
        assert_eq!(Digest::of_floats(&TensorData::new(values.to_vec(), [2, 2])), digest(&wide, [2, 2]));
        assert_ne!(digest(&wide, [2, 2]), digest(&wide, [1, 4]));
        assert_ne!(digest(&wide, [2, 2]), digest(&[0.5 + 1e-12, wide[1], wide[2], wide[3]], [2, 2]));
    }

    #[test]
    fn other_bytes_another_order_and_another_length_are_noticed() {
        let all: Vec<Vec<u8>> = vec![vec![], vec![0], vec![0, 0], vec![1, 0], vec![0, 1], vec![0; 8], vec![0; 9], (0..16).collect(), {
            let mut swapped: Vec<u8> = (8..16).collect();
            swapped.extend(0..8);
            swapped
        }];
        let digests: std::collections::HashSet<u64> = all.iter().map(|bytes| Digest::of_bytes(bytes)).collect();
        assert_eq!(digests.len(), all.len());
    }
}
