//! The head of a detector that learns row by row, with units in the lanes of vector registers.

use std::array;

use pulp::{Arch, Simd, WithSimd};

use super::aligned::Aligned;
use super::autoencoder::{Autoencoder, Step};
use super::lanes::{lanes, sigmoid, slope};
use super::layers::SIDE_BY_SIDE;
use crate::online::config::BiasRule;

/// Sums of products that do not wait for each other.
const CHAINS: usize = 4;

/// One autoencoder over all tails. Each layer adds up over the other's units, so that the weights stand here twice, by visible and by hidden units:
/// no sum runs across the lanes of a register. Both copies take the same steps, to the bit.
#[derive(Debug, Clone)]
pub(super) struct Head {
    arch: Arch,
    visible: usize,
    hidden: usize,
    /// [visible, hidden], with the hidden units padded to whole registers.
    by_visible: Aligned,
    /// [hidden, visible], with the visible units padded to whole registers.
    by_hidden: Aligned,
    hidden_bias: Aligned,
    visible_bias: Aligned,
    hidden_mask: Aligned,
    visible_mask: Aligned,
    /// Hidden units of the rows side by side, and steps: [rows + 1, hidden].
    inner: Aligned,
    /// Errors of the visible units: [rows, visible].
    outer: Aligned,
}

impl Head {
    pub(super) fn new(autoencoder: &Autoencoder) -> Self {
        let (visible, hidden, lanes) = (autoencoder.visible(), autoencoder.hidden(), lanes());
        let (wide_visible, wide_hidden) = (visible.next_multiple_of(lanes), hidden.next_multiple_of(lanes));
        let mut head = Self {
            arch: Arch::new(),
            visible,
            hidden,
            by_visible: Aligned::zeros(visible * wide_hidden),
            by_hidden: Aligned::zeros(hidden * wide_visible),
            hidden_bias: Aligned::zeros(wide_hidden),
            visible_bias: Aligned::zeros(wide_visible),
            hidden_mask: Aligned::zeros(wide_hidden),
            visible_mask: Aligned::zeros(wide_visible),
            inner: Aligned::zeros((SIDE_BY_SIDE + 1) * wide_hidden),
            outer: Aligned::zeros(SIDE_BY_SIDE * wide_visible),
        };
        for v in 0..visible {
            for h in 0..hidden {
                let weight = autoencoder.weight[v * hidden + h];
                head.by_visible[v * wide_hidden + h] = weight;
                head.by_hidden[h * wide_visible + v] = weight;
            }
        }
        head.hidden_bias[..hidden].copy_from_slice(&autoencoder.hidden_bias);
        head.visible_bias[..visible].copy_from_slice(&autoencoder.visible_bias);
        head.hidden_mask[..hidden].fill(1.0);
        head.visible_mask[..visible].fill(1.0);
        head
    }

    pub(super) fn autoencoder(&self) -> Autoencoder {
        let wide_hidden = self.hidden_bias.len();
        let weight = (0..self.visible).flat_map(|v| self.by_visible[v * wide_hidden..][..self.hidden].to_vec()).collect();
        Autoencoder {
            weight,
            hidden_bias: self.hidden_bias[..self.hidden].to_vec(),
            visible_bias: self.visible_bias[..self.visible].to_vec(),
        }
    }

    /// The errors of rows, at most [`SIDE_BY_SIDE`]: of scaled errors of the tails, padded to whole registers. Takes a step if one is given, which is for a
    /// single row.
    pub(super) fn run<const ROWS: usize>(&mut self, x: [&[f32]; ROWS], step: Option<Step>) -> [f32; ROWS] {
        self.arch.dispatch(Run { x, step, head: self })
    }
}

struct Run<'a, const ROWS: usize> {
    head: &'a mut Head,
    x: [&'a [f32]; ROWS],
    step: Option<Step>,
}

impl<const ROWS: usize> WithSimd for Run<'_, ROWS> {
    type Output = [f32; ROWS];

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> [f32; ROWS] {
        let Self { head, x: values, step } = self;
        let Head { visible, hidden, by_visible, by_hidden, hidden_bias, visible_bias, hidden_mask, visible_mask, inner, outer, .. } = head;
        let (visible, hidden, wide_visible, wide_hidden) = (*visible, *hidden, visible_bias.len(), hidden_bias.len());
        let (activations, steps) = inner.split_at_mut(SIDE_BY_SIDE * wide_hidden);
        let (activations, outer) = (&mut activations[..ROWS * wide_hidden], &mut outer[..ROWS * wide_visible]);
        let (b_h, b_v) = (S::as_mut_simd_f32s(hidden_bias).0, S::as_mut_simd_f32s(visible_bias).0);

        sums(simd, by_visible, values.map(|values| &values[..visible]), activations);
        for h in activations.chunks_exact_mut(wide_hidden) {
            for ((h, b), mask) in S::as_mut_simd_f32s(h).0.iter_mut().zip(&*b_h).zip(S::as_simd_f32s(hidden_mask).0) {
                *h = simd.mul_f32s(sigmoid(simd, simd.add_f32s(*h, *b)), *mask);
            }
        }
        sums(simd, by_hidden, array::from_fn::<_, ROWS, _>(|row| &activations[row * wide_hidden..][..hidden]), outer);
        let mut errors = [0.0; ROWS];
        for ((error, e), x) in errors.iter_mut().zip(outer.chunks_exact_mut(wide_visible)).zip(values) {
            let (e, x, is_visible) = (S::as_mut_simd_f32s(e).0, S::as_simd_f32s(x).0, S::as_simd_f32s(visible_mask).0);
            let mut squares = simd.splat_f32s(0.0);
            for (((e, b), x), mask) in e.iter_mut().zip(&*b_v).zip(x).zip(is_visible) {
                *e = simd.mul_f32s(simd.sub_f32s(*x, sigmoid(simd, simd.add_f32s(*e, *b))), *mask);
                squares = simd.mul_add_e_f32s(*e, *e, squares);
            }
            *error = (simd.reduce_sum_f32s(squares) / visible as f32).sqrt();
        }

        if let Some(Step { rate, bias }) = step {
            let (values, x) = (values[0], S::as_simd_f32s(values[0]).0);
            sums(simd, by_visible, [&outer[..visible]], steps);
            let (h, g) = (S::as_mut_simd_f32s(activations).0, S::as_mut_simd_f32s(steps).0);
            let rates = simd.splat_f32s(rate);
            for (g, h) in g.iter_mut().zip(h.iter_mut()) {
                *g = simd.mul_f32s(simd.mul_f32s(*g, slope(simd, *h)), rates);
                *h = simd.mul_f32s(*h, rates);
            }
            let (h, g) = (S::as_simd_f32s(activations).0, S::as_simd_f32s(steps).0);
            let e = S::as_simd_f32s(outer).0;
            let rows = S::as_mut_simd_f32s(by_visible).0.chunks_exact_mut(h.len());
            for ((row, x), e) in rows.zip(values).zip(&*outer) {
                let (x, e) = (simd.splat_f32s(*x), simd.splat_f32s(*e));
                for ((w, g), h) in row.iter_mut().zip(g).zip(h) {
                    *w = simd.mul_add_e_f32s(x, *g, simd.mul_add_e_f32s(e, *h, *w));
                }
            }
            let rows = S::as_mut_simd_f32s(by_hidden).0.chunks_exact_mut(e.len());
            for ((row, g), h) in rows.zip(&*steps).zip(&*activations) {
                let (g, h) = (simd.splat_f32s(*g), simd.splat_f32s(*h));
                for ((w, x), e) in row.iter_mut().zip(x).zip(e) {
                    *w = simd.mul_add_e_f32s(*x, g, simd.mul_add_e_f32s(*e, h, *w));
                }
            }
            match bias {
                BiasRule::Vector => {
                    b_h.iter_mut().zip(g).for_each(|(b, g)| *b = simd.add_f32s(*b, *g));
                    b_v.iter_mut().zip(e).for_each(|(b, e)| *b = simd.mul_add_e_f32s(*e, rates, *b));
                }
                BiasRule::Mean => {
                    let mean = steps[..hidden].iter().sum::<f32>() / hidden as f32;
                    hidden_bias[..hidden].iter_mut().for_each(|b| *b += mean);
                    let mean = outer[..visible].iter().sum::<f32>() / visible as f32 * rate;
                    visible_bias[..visible].iter_mut().for_each(|b| *b += mean);
                }
            }
        }
        errors
    }
}

/// The lines of a matrix, each times its factor, added up for each of some rows that have their own factors: [rows, width].
#[inline(always)]
fn sums<S: Simd, const ROWS: usize>(simd: S, matrix: &[f32], factors: [&[f32]; ROWS], into: &mut [f32]) {
    let (matrix, into) = (S::as_simd_f32s(matrix).0, S::as_mut_simd_f32s(into).0);
    let width = into.len() / ROWS;
    let divided = factors.map(|factors| factors.as_chunks::<CHAINS>());
    let (groups, rest) = (divided[0].0.len(), divided[0].1.len());
    for at in 0..width {
        let mut sum = [[simd.splat_f32s(0.0); CHAINS]; ROWS];
        for (group, lines) in (0..groups).zip(matrix.chunks_exact(CHAINS * width)) {
            for row in 0..ROWS {
                let factors = divided[row].0[group];
                for k in 0..CHAINS {
                    sum[row][k] = simd.mul_add_e_f32s(simd.splat_f32s(factors[k]), lines[k * width + at], sum[row][k]);
                }
            }
        }
        for (number, line) in (0..rest).zip(matrix[groups * CHAINS * width..].chunks_exact(width)) {
            for row in 0..ROWS {
                sum[row][0] = simd.mul_add_e_f32s(simd.splat_f32s(divided[row].1[number]), line[at], sum[row][0]);
            }
        }
        for row in 0..ROWS {
            let [first, second, third, fourth] = sum[row];
            into[row * width + at] = simd.add_f32s(simd.add_f32s(first, second), simd.add_f32s(third, fourth));
        }
    }
}
