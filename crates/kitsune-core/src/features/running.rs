//! Two running numbers per feature, updated row by row.

use std::marker::PhantomData;

use pulp::{Arch, Simd, WithSimd};

use crate::rows::number::Number;

/// Features that are updated together, so that their numbers stay in registers from row to row.
const WIDTH: usize = 16;

/// Rows that all features are updated by before the next rows, so that the rows stay in the nearest cache.
const PART_ROWS: usize = 64;

/// The update of a feature's two numbers by a value. Implementations must always be inlined; otherwise they are compiled without the vector
/// registers at hand.
pub(crate) trait Change {
    fn change(first: &mut f64, second: &mut f64, value: f64);
}

/// Updates the two numbers of each feature, `[features]` each, by rows, `[features]` each.
pub(crate) fn push<C: Change, T: Number>(first: &mut [f64], second: &mut [f64], rows: &[&[T]]) {
    let arch = Arch::new();
    for rows in rows.chunks(PART_ROWS) {
        arch.dispatch(Push { first: &mut *first, second: &mut *second, rows, change: PhantomData::<C> });
    }
}

struct Push<'a, C, T> {
    first: &'a mut [f64],
    second: &'a mut [f64],
    rows: &'a [&'a [T]],
    change: PhantomData<C>,
}

impl<C: Change, T: Number> WithSimd for Push<'_, C, T> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "what is not inlined is not compiled for the vector registers at hand")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let (firsts, few_firsts) = self.first.as_chunks_mut::<WIDTH>();
        let (seconds, few_seconds) = self.second.as_chunks_mut::<WIDTH>();
        let single = firsts.len() * WIDTH;
        for (at, (firsts, seconds)) in firsts.iter_mut().zip(seconds).enumerate() {
            let (mut first, mut second) = (*firsts, *seconds);
            for row in self.rows {
                let Some(values) = row[at * WIDTH..].first_chunk::<WIDTH>() else { break };
                for f in 0..WIDTH {
                    C::change(&mut first[f], &mut second[f], values[f].into());
                }
            }
            (*firsts, *seconds) = (first, second);
        }
        if few_firsts.is_empty() {
            return;
        }
        for row in self.rows {
            let values = &row[single..];
            for f in 0..few_firsts.len().min(few_seconds.len()).min(values.len()) {
                C::change(&mut few_firsts[f], &mut few_seconds[f], values[f].into());
            }
        }
    }
}
