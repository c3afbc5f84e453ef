//! Squared distances of one row to many, side by side.

use pulp::Simd;

/// Rows that are compared at once: one vector register, or two or four smaller ones.
pub(crate) const LANES: usize = 16;

/// Pairs of a row and a group that are compared at once.
pub(crate) const TOGETHER: usize = 4;

/// Rows in groups of [`LANES`], feature by feature, so that the distances to a group fill the lanes of a register.
#[derive(Debug, Clone)]
pub(crate) struct SideBySide {
    features: usize,
    /// [groups, features]. The last group is filled up with what is infinitely far.
    groups: Vec<[f32; LANES]>,
}

impl SideBySide {
    /// # Shapes
    /// - rows: [rows, features], with at least one feature
    pub(crate) fn of(rows: &[f32], features: usize) -> Self {
        let of_group = |group: &[f32], feature: usize| {
            std::array::from_fn(|lane| group.get(lane * features + feature).copied().unwrap_or(f32::INFINITY))
        };
        let groups = rows.chunks(LANES * features).flat_map(|group| (0..features).map(move |feature| of_group(group, feature)));
        Self { features, groups: groups.collect() }
    }

    pub(crate) fn groups(&self) -> usize {
        self.groups.len() / self.features
    }

    /// The squared distances of some rows, `[features]` each, to the rows of a group each. Several at once keep the processor busy, which otherwise waits for one
    /// sum after another. The order of additions is fixed and no operation is fused, so that they are the same on every machine.
    #[expect(clippy::inline_always, reason = "what is not inlined into a loop is not compiled for its vector registers")]
    #[inline(always)]
    pub(crate) fn squares<S: Simd>(&self, simd: S, pairs: [(usize, &[f32]); TOGETHER]) -> [[f32; LANES]; TOGETHER] {
        let features = self.features;
        let mut groups = [&self.groups[..features]; TOGETHER];
        let mut rows = [pairs[0].1; TOGETHER];
        for at in 0..TOGETHER {
            let (group, row) = pairs[at];
            groups[at] = &self.groups[group * features..][..features];
            rows[at] = &row[..features];
        }
        let mut squares = [[0.0; LANES]; TOGETHER];
        for part in 0..LANES / S::F32_LANES {
            let mut sums = [simd.splat_f32s(0.0); TOGETHER];
            for feature in 0..features {
                for at in 0..TOGETHER {
                    let (lanes, _) = S::as_simd_f32s(&groups[at][feature]);
                    let apart = simd.sub_f32s(lanes[part], simd.splat_f32s(rows[at][feature]));
                    sums[at] = simd.add_f32s(sums[at], simd.mul_f32s(apart, apart));
                }
            }
            for at in 0..TOGETHER {
                S::as_mut_simd_f32s(&mut squares[at]).0[part] = sums[at];
            }
        }
        squares
    }
}

/// Whether one of the values is below the limit.
#[expect(clippy::inline_always, reason = "as above")]
#[inline(always)]
pub(crate) fn any_below(values: &[f32; LANES], limit: f32) -> bool {
    // A sum fills the lanes, which a search that ends early does not.
    values.iter().map(|&value| u32::from(value < limit)).sum::<u32>() > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_has_its_distance_and_what_fills_a_group_up_is_infinitely_far() {
        for (rows, features) in [(1, 1), (15, 3), (16, 2), (33, 5)] {
            let values: Vec<f32> = (0..rows * features).map(|at| (at * 7 % 13) as f32).collect();
            let side_by_side = SideBySide::of(&values, features);
            assert_eq!(side_by_side.groups(), rows.div_ceil(LANES));
            for row in values.chunks(features) {
                let squares = |group| side_by_side.squares(pulp::Scalar::new(), [(0, row), (group, row), (0, row), (group, row)]);
                let found: Vec<f32> = (0..side_by_side.groups()).flat_map(|group| squares(group)[1]).collect();
                let expected = values.chunks(features).map(|other| other.iter().zip(row).map(|(a, b)| (a - b) * (a - b)).sum::<f32>());
                let expected: Vec<f32> = expected.chain(std::iter::repeat(f32::INFINITY)).take(found.len()).collect();
                assert_eq!(found, expected, "{rows} rows");
            }
        }
    }

    #[test]
    fn one_value_below_the_limit_is_enough() {
        for lane in 0..LANES {
            let mut values = [2.0; LANES];
            assert!(!any_below(&values, 2.0));
            values[lane] = 1.0;
            assert!(any_below(&values, 2.0));
        }
    }
}
