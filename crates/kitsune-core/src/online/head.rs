//! The head of a detector that learns row by row, with units in the lanes of vector registers.

use pulp::{Arch, Simd, WithSimd};

use super::aligned::Aligned;
use super::autoencoder::{Autoencoder, Step};
use super::lanes::{lanes, sigmoid, slope, total};
use super::layers::Layer;
use crate::online::config::BiasRule;

/// Sums of products that do not wait for each other.
pub(super) const CHAINS: usize = 4;

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
    /// Hidden units and their steps: [2, hidden].
    inner: Aligned,
    /// Errors of the visible units: `[visible]`.
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
            inner: Aligned::zeros(2 * wide_hidden),
            outer: Aligned::zeros(wide_visible),
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

    /// The layers of hidden and of visible units.
    pub(super) fn layers(&self) -> [Layer<'_>; 2] {
        let layer = |units, weights, wide, biases| Layer { units, weights, steps: [wide, 1], biases, bias_step: 1, bias_first: false };
        let (wide_hidden, wide_visible) = (self.hidden_bias.len(), self.visible_bias.len());
        [
            layer(self.hidden, &*self.by_visible, wide_hidden, &*self.hidden_bias),
            layer(self.visible, &*self.by_hidden, wide_visible, &*self.visible_bias),
        ]
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

    /// The error of scaled errors of the tails, padded to whole registers; takes a step if one is given.
    pub(super) fn run(&mut self, x: &[f32], step: Option<Step>) -> f32 {
        self.arch.dispatch(Run { x, step, head: self })
    }
}

struct Run<'a> {
    head: &'a mut Head,
    x: &'a [f32],
    step: Option<Step>,
}

impl WithSimd for Run<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let Self { head, x: values, step } = self;
        let Head { visible, hidden, by_visible, by_hidden, hidden_bias, visible_bias, hidden_mask, visible_mask, inner, outer, .. } = head;
        let (visible, hidden, wide_hidden) = (*visible, *hidden, hidden_bias.len());
        let (activations, steps) = inner.split_at_mut(wide_hidden);

        sums(simd, by_visible, &values[..visible], activations);
        let (h, b_h) = (S::as_mut_simd_f32s(activations).0, S::as_mut_simd_f32s(hidden_bias).0);
        for ((h, b), mask) in h.iter_mut().zip(&*b_h).zip(S::as_simd_f32s(hidden_mask).0) {
            *h = simd.mul_f32s(sigmoid(simd, simd.add_f32s(*h, *b)), *mask);
        }
        sums(simd, by_hidden, &activations[..hidden], outer);
        let (x, b_v) = (S::as_simd_f32s(values).0, S::as_mut_simd_f32s(visible_bias).0);
        let mut squares = simd.splat_f32s(0.0);
        for (((e, b), x), mask) in S::as_mut_simd_f32s(outer).0.iter_mut().zip(&*b_v).zip(x).zip(S::as_simd_f32s(visible_mask).0) {
            *e = simd.mul_f32s(simd.sub_f32s(*x, sigmoid(simd, simd.add_f32s(*e, *b))), *mask);
            squares = simd.mul_add_e_f32s(*e, *e, squares);
        }
        let error = (total(simd, squares) / visible as f32).sqrt();

        if let Some(Step { rate, bias }) = step {
            sums(simd, by_visible, &outer[..visible], steps);
            let (h, g) = (S::as_mut_simd_f32s(activations).0, S::as_mut_simd_f32s(steps).0);
            let rates = simd.splat_f32s(rate);
            for (g, h) in g.iter_mut().zip(h.iter_mut()) {
                *g = simd.mul_f32s(simd.mul_f32s(*g, slope(simd, *h)), rates);
                *h = simd.mul_f32s(*h, rates);
            }
            let (h, g) = (S::as_simd_f32s(activations).0, S::as_simd_f32s(steps).0);
            let e = S::as_simd_f32s(outer).0;
            let rows = S::as_mut_simd_f32s(by_visible).0.chunks_exact_mut(h.len());
            for ((row, x), e) in rows.zip(values).zip(&**outer) {
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
        error
    }
}

/// The rows of a matrix, each times its factor, added up.
#[inline(always)]
fn sums<S: Simd>(simd: S, matrix: &[f32], factors: &[f32], into: &mut [f32]) {
    let (matrix, into) = (S::as_simd_f32s(matrix).0, S::as_mut_simd_f32s(into).0);
    let width = into.len();
    let (groups, rest) = factors.as_chunks::<CHAINS>();
    for (at, into) in into.iter_mut().enumerate() {
        let mut sum = [simd.splat_f32s(0.0); CHAINS];
        for (rows, factors) in matrix.chunks_exact(CHAINS * width).zip(groups) {
            for k in 0..CHAINS {
                sum[k] = simd.mul_add_e_f32s(simd.splat_f32s(factors[k]), rows[k * width + at], sum[k]);
            }
        }
        for (row, factor) in matrix[groups.len() * CHAINS * width..].chunks_exact(width).zip(rest) {
            sum[0] = simd.mul_add_e_f32s(simd.splat_f32s(*factor), row[at], sum[0]);
        }
        *into = simd.add_f32s(simd.add_f32s(sum[0], sum[1]), simd.add_f32s(sum[2], sum[3]));
    }
}
