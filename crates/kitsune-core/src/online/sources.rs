//! Which features the inputs of tails are.

/// The feature of each input, in the order of the inputs. They lie in vectors of `lanes` numbers, of which only the first are used: the clusters have the
/// lanes in the order of their sizes, the largest first.
#[derive(Debug, Clone)]
pub(super) struct Sources {
    lanes: usize,
    features: Vec<u32>,
    /// How many numbers of each vector are used.
    used: Vec<usize>,
}

impl Sources {
    /// The sources of so many vectors, by the feature and the position of each unit.
    pub(super) fn new(units: &[(u32, u32)], lanes: usize, vectors: usize) -> Self {
        let mut used = vec![0; vectors];
        for &(_, at) in units {
            used[at as usize / lanes] += 1;
        }
        let mut units = units.to_vec();
        units.sort_unstable_by_key(|&(_, at)| at);
        Self { lanes, features: units.into_iter().map(|(feature, _)| feature).collect(), used }
    }

    /// Copies the values of a row, `[features]`, to the inputs that see them.
    pub(super) fn gather(&self, row: &[f32], inputs: &mut [f32]) {
        let mut features = &self.features[..];
        for (inputs, &used) in inputs.chunks_exact_mut(self.lanes).zip(&self.used) {
            let (here, others) = features.split_at(used);
            features = others;
            // Four at a time, since the loop would take as long as its body.
            let ((fours, rest), (into_fours, into_rest)) = (here.as_chunks(), inputs[..used].as_chunks_mut());
            for (into, [a, b, c, d]) in into_fours.iter_mut().zip(fours) {
                *into = [row[*a as usize], row[*b as usize], row[*c as usize], row[*d as usize]];
            }
            into_rest.iter_mut().zip(rest).for_each(|(into, &feature)| *into = row[feature as usize]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_input_has_the_value_of_its_feature() {
        // Clusters of seven, seven, five and two features in vectors of four, and one of them of a single feature in vectors of its own.
        let lengths = [7, 7, 5, 2, 1];
        let mut units = Vec::new();
        for (cluster, length) in lengths.into_iter().enumerate() {
            let (first, lane) = if cluster < 4 { (0, cluster) } else { (7, 0) };
            let before = units.len() as u32;
            units.extend((0..length).map(|unit| ((5 * before + unit) % 22, 4 * (first + unit) + lane as u32)));
        }
        let row: Vec<f32> = (0..22).map(|value| value as f32 + 1.0).collect();
        let mut expected = vec![0.0; 32];
        for &(feature, at) in &units {
            expected[at as usize] = row[feature as usize];
        }
        let mut found = vec![0.0; 32];
        Sources::new(&units, 4, 8).gather(&row, &mut found);
        assert_eq!(found, expected);
    }
}
