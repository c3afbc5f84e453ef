//! The tails of a detector that learns row by row, with a cluster in each lane of a vector register.

use std::array;

use pulp::{Arch, Simd, WithSimd};

use super::aligned::Aligned;
use super::autoencoder::{Autoencoder, Step};
use super::lanes::{lanes, sigmoid, slope};
use super::layers::{SIDE_BY_SIDE, VISIBLE_TILE, off, sum, sums};
use super::sources::Sources;
use crate::online::config::BiasRule;

/// All tails in one padded layout. The clusters, largest first, are cut into blocks of as many as a register has lanes; each block is padded to
/// its largest cluster. In the padding, masks keep hidden units and errors at 0, and with them all changes of the weights.
#[derive(Debug, Clone)]
pub(super) struct Tails {
    arch: Arch,
    lanes: usize,
    blocks: Vec<Block>,
    /// Visible and hidden units of each cluster.
    sizes: Vec<(usize, usize)>,
    /// The position of each unit in the input of one row, after the feature that it sees.
    units: Vec<(u32, u32)>,
    sources: Sources,
    /// The cluster at each position; the errors have this order.
    order: Vec<usize>,
    /// Scaled values of one row, of two side by side and so on: blocks of [visible, rows, lanes]. Each has padding of its own, which stays 0.
    inputs: [Aligned; SIDE_BY_SIDE],
    /// Blocks of [visible, hidden, lanes].
    weight: Aligned,
    /// Blocks of [hidden, lanes].
    hidden_bias: Aligned,
    /// Blocks of [visible, lanes].
    visible_bias: Aligned,
    /// 1 where there is a hidden unit: blocks of [hidden, lanes].
    hidden_mask: Aligned,
    /// 1 where there is a visible unit: blocks of [visible, lanes].
    visible_mask: Aligned,
    /// One over the visible and the hidden units of each cluster: blocks of [2, lanes].
    shares: Aligned,
    /// Hidden units, their steps, and errors of the visible units of one block: [hidden, rows, lanes] twice, then [visible, rows, lanes].
    scratch: Aligned,
    /// The error of each position, 0 in the padding: [rows, blocks, lanes].
    errors: Aligned,
}

/// Extent and places of a block.
#[derive(Debug, Clone, Copy)]
struct Block {
    visible: usize,
    hidden: usize,
    /// Where its weights begin, in vectors.
    weight: usize,
    /// Where its hidden units begin.
    first_hidden: usize,
    /// Where its visible units begin.
    first_visible: usize,
}

impl Tails {
    /// Lays the tails of clusters out.
    pub(super) fn new(clusters: &[Vec<usize>], autoencoders: &[Autoencoder]) -> Self {
        let lanes = lanes();
        let mut order: Vec<usize> = (0..clusters.len()).collect();
        order.sort_by_key(|&cluster| std::cmp::Reverse(clusters[cluster].len()));
        let mut blocks = Vec::new();
        let (mut weight, mut first_hidden, mut first_visible) = (0, 0, 0);
        for members in order.chunks(lanes) {
            let largest =
                |units: fn(&Autoencoder) -> usize| members.iter().map(|&cluster| units(&autoencoders[cluster])).max().unwrap_or(0);
            let (visible, hidden) = (largest(Autoencoder::visible), largest(Autoencoder::hidden));
            blocks.push(Block { visible, hidden, weight, first_hidden, first_visible });
            weight += visible * hidden;
            first_hidden += hidden;
            first_visible += visible;
        }
        let largest = |units: fn(&Block) -> usize| blocks.iter().map(units).max().unwrap_or(0);
        let scratch = 2 * largest(|block| block.hidden) + largest(|block| block.visible);
        let mut tails = Self {
            arch: Arch::new(),
            lanes,
            sizes: autoencoders.iter().map(|autoencoder| (autoencoder.visible(), autoencoder.hidden())).collect(),
            units: Vec::new(),
            sources: Sources::new(&[], lanes, 0),
            inputs: array::from_fn(|before| Aligned::zeros((before + 1) * first_visible * lanes)),
            weight: Aligned::zeros(weight * lanes),
            hidden_bias: Aligned::zeros(first_hidden * lanes),
            visible_bias: Aligned::zeros(first_visible * lanes),
            hidden_mask: Aligned::zeros(first_hidden * lanes),
            visible_mask: Aligned::zeros(first_visible * lanes),
            shares: Aligned::zeros(2 * blocks.len() * lanes),
            scratch: Aligned::zeros(SIDE_BY_SIDE * scratch * lanes),
            errors: Aligned::zeros(SIDE_BY_SIDE * blocks.len() * lanes),
            blocks,
            order,
        };
        for position in 0..tails.order.len() {
            let cluster = tails.order[position];
            tails.put(position, &clusters[cluster], &autoencoders[cluster]);
        }
        tails.sources = Sources::new(&tails.units, lanes, first_visible);
        tails
    }

    fn put(&mut self, position: usize, features: &[usize], autoencoder: &Autoencoder) {
        let (lanes, lane, number) = (self.lanes, position % self.lanes, position / self.lanes);
        let block = self.blocks[number];
        for (unit, &feature) in features.iter().enumerate() {
            let at = (block.first_visible + unit) * lanes + lane;
            self.units.push((feature as u32, at as u32));
            self.visible_bias[at] = autoencoder.visible_bias[unit];
            self.visible_mask[at] = 1.0;
            for hidden in 0..autoencoder.hidden() {
                let at = (block.weight + unit * block.hidden + hidden) * lanes + lane;
                self.weight[at] = autoencoder.weight[unit * autoencoder.hidden() + hidden];
            }
        }
        for hidden in 0..autoencoder.hidden() {
            let at = (block.first_hidden + hidden) * lanes + lane;
            self.hidden_bias[at] = autoencoder.hidden_bias[hidden];
            self.hidden_mask[at] = 1.0;
        }
        self.shares[2 * number * lanes + lane] = 1.0 / features.len() as f32;
        self.shares[(2 * number + 1) * lanes + lane] = 1.0 / autoencoder.hidden() as f32;
    }

    /// The autoencoder of each cluster, in the order of the clusters.
    pub(super) fn autoencoders(&self) -> Vec<Autoencoder> {
        let mut all: Vec<Autoencoder> = self.sizes.iter().map(|&(visible, hidden)| Autoencoder::zeros(visible, hidden)).collect();
        for (position, &cluster) in self.order.iter().enumerate() {
            let (lanes, lane, block) = (self.lanes, position % self.lanes, self.blocks[position / self.lanes]);
            let Autoencoder { weight, hidden_bias, visible_bias } = &mut all[cluster];
            let units = hidden_bias.len();
            for (at, weight) in weight.iter_mut().enumerate() {
                *weight = self.weight[(block.weight + at / units * block.hidden + at % units) * lanes + lane];
            }
            for (at, bias) in hidden_bias.iter_mut().enumerate() {
                *bias = self.hidden_bias[(block.first_hidden + at) * lanes + lane];
            }
            for (at, bias) in visible_bias.iter_mut().enumerate() {
                *bias = self.visible_bias[(block.first_visible + at) * lanes + lane];
            }
        }
        all
    }

    /// The cluster at each position of [`errors`](Self::errors).
    pub(super) fn order(&self) -> &[usize] {
        &self.order
    }

    /// The errors of the row that was run last at the first place, root mean squares: one for each position, and zeros up to a multiple of a register's lanes.
    pub(super) fn errors(&self) -> &[f32] {
        self.errors_at(0)
    }

    /// The same of one of the rows that were run side by side.
    pub(super) fn errors_at(&self, place: usize) -> &[f32] {
        let padded = self.blocks.len() * self.lanes;
        &self.errors[place * padded..][..padded]
    }

    /// Calls `found` with each unit's feature and the reconstruction of its value in the last row, which was run by itself.
    pub(super) fn reconstruct(&self, mut found: impl FnMut(usize, f32)) {
        let sigmoid = |x: f32| 1.0 / (1.0 + (-x).exp());
        let mut units = self.units.iter();
        for (position, &cluster) in self.order.iter().enumerate() {
            let (lanes, lane, block) = (self.lanes, position % self.lanes, self.blocks[position / self.lanes]);
            let (visible, hidden) = self.sizes[cluster];
            let weight = |v: usize, h: usize| self.weight[(block.weight + v * block.hidden + h) * lanes + lane];
            let input = |v: usize| self.inputs[0][(block.first_visible + v) * lanes + lane];
            let activation = |h: usize| {
                let sum: f32 = (0..visible).map(|v| input(v) * weight(v, h)).sum();
                sigmoid(sum + self.hidden_bias[(block.first_hidden + h) * lanes + lane])
            };
            let activations: Vec<f32> = (0..hidden).map(activation).collect();
            for (v, &(feature, at)) in units.by_ref().take(visible).enumerate() {
                let sum: f32 = activations.iter().enumerate().map(|(h, activation)| activation * weight(v, h)).sum();
                found(feature as usize, sigmoid(sum + self.visible_bias[at as usize]));
            }
        }
    }

    /// Computes the errors of scaled rows, `[features]`, at most [`SIDE_BY_SIDE`], and takes a step if one is given, which is for a single row.
    pub(super) fn run<const ROWS: usize>(&mut self, rows: [&[f32]; ROWS], step: Option<Step>) {
        for (place, row) in rows.into_iter().enumerate() {
            self.sources.gather(row, (place, ROWS), &mut self.inputs[ROWS - 1]);
        }
        self.arch.dispatch(Run::<ROWS> { step, tails: self });
    }
}

struct Run<'a, const ROWS: usize> {
    tails: &'a mut Tails,
    step: Option<Step>,
}

impl<const ROWS: usize> WithSimd for Run<'_, ROWS> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { tails, step } = self;
        let Tails { blocks, inputs, weight, hidden_bias, visible_bias, hidden_mask, visible_mask, shares, scratch, errors, .. } = tails;
        let (input, weight) = (S::as_simd_f32s(&inputs[ROWS - 1]).0.as_chunks::<ROWS>().0, S::as_mut_simd_f32s(weight).0);
        let (hidden_bias, visible_bias) = (S::as_mut_simd_f32s(hidden_bias).0, S::as_mut_simd_f32s(visible_bias).0);
        let (hidden_mask, visible_mask) = (S::as_simd_f32s(hidden_mask).0, S::as_simd_f32s(visible_mask).0);
        let (shares, scratch) = (S::as_simd_f32s(shares).0, S::as_mut_simd_f32s(scratch).0.as_chunks_mut::<ROWS>().0);
        let errors = S::as_mut_simd_f32s(errors).0;
        for (number, block) in blocks.iter().enumerate() {
            let &Block { visible, hidden, weight: first, first_hidden, first_visible } = block;
            let w = &mut weight[first..first + visible * hidden];
            let x = &input[first_visible..first_visible + visible];
            let b_h = &mut hidden_bias[first_hidden..first_hidden + hidden];
            let b_v = &mut visible_bias[first_visible..first_visible + visible];
            let (is_hidden, is_visible) =
                (&hidden_mask[first_hidden..first_hidden + hidden], &visible_mask[first_visible..first_visible + visible]);
            let (h, rest) = scratch.split_at_mut(hidden);
            let (g, rest) = rest.split_at_mut(hidden);
            let e = &mut rest[..visible];

            sums(simd, w, x, h);
            for ((h, b), mask) in h.iter_mut().zip(&*b_h).zip(is_hidden) {
                for h in h {
                    *h = simd.mul_f32s(sigmoid(simd, simd.add_f32s(*h, *b)), *mask);
                }
            }
            let mut squares = [simd.splat_f32s(0.0); ROWS];
            let whole = visible - visible % VISIBLE_TILE;
            for v in (0..whole).step_by(VISIBLE_TILE) {
                let of_units = [&b_v[v..], &is_visible[v..]];
                off::<S, VISIBLE_TILE, ROWS>(simd, &w[v * hidden..], (h, &x[v..]), of_units, &mut e[v..], &mut squares);
            }
            for v in whole..visible {
                off::<S, 1, ROWS>(simd, &w[v * hidden..], (h, &x[v..]), [&b_v[v..], &is_visible[v..]], &mut e[v..], &mut squares);
            }
            let share = shares[2 * number];
            for row in 0..ROWS {
                errors[row * blocks.len() + number] = simd.sqrt_f32s(simd.mul_f32s(squares[row], share));
            }

            if let Some(Step { rate, bias }) = step {
                sums(simd, w, e, g);
                let (x, h, g, e) = (x.as_flattened(), h.as_flattened_mut(), g.as_flattened_mut(), e.as_flattened());
                let rate = simd.splat_f32s(rate);
                for (g, h) in g.iter_mut().zip(h.iter_mut()) {
                    *g = simd.mul_f32s(simd.mul_f32s(*g, slope(simd, *h)), rate);
                    *h = simd.mul_f32s(*h, rate);
                }
                for v in 0..visible {
                    let (x, e) = (x[v], e[v]);
                    for ((w, g), h) in w[v * hidden..(v + 1) * hidden].iter_mut().zip(&*g).zip(&*h) {
                        *w = simd.mul_add_e_f32s(x, *g, simd.mul_add_e_f32s(e, *h, *w));
                    }
                }
                match bias {
                    BiasRule::Vector => {
                        b_h.iter_mut().zip(&*g).for_each(|(b, g)| *b = simd.add_f32s(*b, *g));
                        b_v.iter_mut().zip(e).for_each(|(b, e)| *b = simd.mul_add_e_f32s(*e, rate, *b));
                    }
                    BiasRule::Mean => {
                        let of_hidden = simd.mul_f32s(sum(simd, g), shares[2 * number + 1]);
                        let of_visible = simd.mul_f32s(simd.mul_f32s(sum(simd, e), share), rate);
                        for b in b_h {
                            *b = simd.add_f32s(*b, of_hidden);
                        }
                        for b in b_v {
                            *b = simd.add_f32s(*b, of_visible);
                        }
                    }
                }
            }
        }
    }
}
