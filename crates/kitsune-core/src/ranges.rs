//! Running minima and maxima.

use pulp::{Arch, Simd, WithSimd};

use crate::rows::Number;

/// Features that are gone through together: their bounds stay in registers from row to row.
const WIDTH: usize = 16;

/// The least and the greatest value of each feature so far.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ranges {
    /// `[features]`; infinity before the first row.
    pub(crate) minimum: Vec<f64>,
    /// `[features]`; negative infinity before the first row.
    pub(crate) maximum: Vec<f64>,
}

impl Ranges {
    pub(crate) fn new(features: usize) -> Self {
        Self { minimum: vec![f64::INFINITY; features], maximum: vec![f64::NEG_INFINITY; features] }
    }

    /// Takes in rows of finite values, [rows, features].
    pub(crate) fn push<T: Number>(&mut self, rows: &[T]) {
        Arch::new().dispatch(Push { ranges: self, rows });
    }

    /// Takes in the rows of another.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (ours, theirs) in self.minimum.iter_mut().zip(&other.minimum) {
            *ours = ours.min(*theirs);
        }
        for (ours, theirs) in self.maximum.iter_mut().zip(&other.maximum) {
            *ours = ours.max(*theirs);
        }
    }
}

struct Push<'a, T> {
    ranges: &'a mut Ranges,
    rows: &'a [T],
}

impl<T: Number> WithSimd for Push<'_, T> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "what is not inlined is not compiled for the vector registers at hand")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Ranges { minimum, maximum } = self.ranges;
        let features = minimum.len();
        let (least, few_least) = minimum.as_chunks_mut::<WIDTH>();
        let (most, few_most) = maximum.as_chunks_mut::<WIDTH>();
        let single = least.len() * WIDTH;
        for (at, (least, most)) in least.iter_mut().zip(most).enumerate() {
            let (mut low, mut high) = (*least, *most);
            for row in self.rows.chunks_exact(features) {
                let Some(values) = row[at * WIDTH..].first_chunk::<WIDTH>() else { break };
                for f in 0..WIDTH {
                    let value = values[f].into();
                    low[f] = if value < low[f] { value } else { low[f] };
                    high[f] = if value > high[f] { value } else { high[f] };
                }
            }
            (*least, *most) = (low, high);
        }
        if few_least.is_empty() {
            return;
        }
        for row in self.rows.chunks_exact(features) {
            let values = &row[single..];
            for f in 0..few_least.len().min(few_most.len()).min(values.len()) {
                let value = values[f].into();
                few_least[f] = if value < few_least[f] { value } else { few_least[f] };
                few_most[f] = if value > few_most[f] { value } else { few_most[f] };
            }
        }
    }
}
