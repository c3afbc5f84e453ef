//! The tails of a detector that learns row by row, with a cluster in each lane of a vector register.

use pulp::{Arch, Simd, WithSimd};

use super::aligned::Aligned;
use super::autoencoder::{Autoencoder, Step};
use super::lanes::{lanes, sigmoid, slope};
use super::layers::{Layer, VISIBLE_TILE, off, sum, sums};
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
    /// The position of each unit in `input`, after the feature that it sees.
    units: Vec<(u32, u32)>,
    /// The first of these units of the tail at each position.
    firsts: Vec<usize>,
    sources: Sources,
    /// The cluster at each position; the errors have this order.
    order: Vec<usize>,
    /// Scaled values: blocks of [visible, lanes].
    input: Aligned,
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
    /// Hidden units, their steps, and errors of the visible units of one block: [hidden, lanes] twice, then [visible, lanes].
    scratch: Aligned,
    /// The error of each position, 0 in the padding: [blocks, lanes].
    errors: Aligned,
}

/// What one tail sees, and its parameters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tail<'a> {
    /// The feature of each visible unit, before its position.
    pub(super) units: &'a [(u32, u32)],
    pub(super) hidden: Layer<'a>,
    pub(super) visible: Layer<'a>,
    /// One over the visible units.
    pub(super) share: f32,
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
            firsts: Vec::new(),
            sources: Sources::new(&[], lanes, 0),
            input: Aligned::zeros(first_visible * lanes),
            weight: Aligned::zeros(weight * lanes),
            hidden_bias: Aligned::zeros(first_hidden * lanes),
            visible_bias: Aligned::zeros(first_visible * lanes),
            hidden_mask: Aligned::zeros(first_hidden * lanes),
            visible_mask: Aligned::zeros(first_visible * lanes),
            shares: Aligned::zeros(2 * blocks.len() * lanes),
            scratch: Aligned::zeros(scratch * lanes),
            errors: Aligned::zeros(blocks.len() * lanes),
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
        self.firsts.push(self.units.len());
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

    /// The tail at a position of [`order`](Self::order).
    pub(super) fn tail(&self, position: usize) -> Tail<'_> {
        let (lanes, lane, number) = (self.lanes, position % self.lanes, position / self.lanes);
        let block = self.blocks[number];
        let (visible, hidden) = self.sizes[self.order[position]];
        let (of_visible, of_hidden) = (block.hidden * lanes, lanes);
        let to_hidden = Layer {
            units: hidden,
            weights: &self.weight[block.weight * lanes + lane..],
            steps: [of_visible, of_hidden],
            biases: &self.hidden_bias[block.first_hidden * lanes + lane..],
            bias_step: lanes,
            bias_first: false,
        };
        let biases = &self.visible_bias[block.first_visible * lanes + lane..];
        Tail {
            units: &self.units[self.firsts[position]..][..visible],
            hidden: to_hidden,
            visible: Layer { units: visible, steps: [of_hidden, of_visible], biases, bias_first: true, ..to_hidden },
            share: self.shares[2 * number * lanes + lane],
        }
    }

    /// The errors of the last row, root mean squares: one for each position, and zeros up to a multiple of a register's lanes.
    pub(super) fn errors(&self) -> &[f32] {
        &self.errors
    }

    /// Calls `found` with each unit's feature and the reconstruction of its value in the last row.
    pub(super) fn reconstruct(&self, mut found: impl FnMut(usize, f32)) {
        let sigmoid = |x: f32| 1.0 / (1.0 + (-x).exp());
        let mut units = self.units.iter();
        for (position, &cluster) in self.order.iter().enumerate() {
            let (lanes, lane, block) = (self.lanes, position % self.lanes, self.blocks[position / self.lanes]);
            let (visible, hidden) = self.sizes[cluster];
            let weight = |v: usize, h: usize| self.weight[(block.weight + v * block.hidden + h) * lanes + lane];
            let input = |v: usize| self.input[(block.first_visible + v) * lanes + lane];
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

    /// Computes the errors of a scaled row, `[features]`, and takes a step if one is given.
    pub(super) fn run(&mut self, row: &[f32], step: Option<Step>) {
        self.sources.gather(row, &mut self.input);
        self.arch.dispatch(Run { step, tails: self });
    }
}

struct Run<'a> {
    tails: &'a mut Tails,
    step: Option<Step>,
}

impl WithSimd for Run<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { tails, step } = self;
        let Tails { blocks, input, weight, hidden_bias, visible_bias, hidden_mask, visible_mask, shares, scratch, errors, .. } = tails;
        let (input, weight) = (S::as_simd_f32s(input).0, S::as_mut_simd_f32s(weight).0);
        let (hidden_bias, visible_bias) = (S::as_mut_simd_f32s(hidden_bias).0, S::as_mut_simd_f32s(visible_bias).0);
        let (hidden_mask, visible_mask) = (S::as_simd_f32s(hidden_mask).0, S::as_simd_f32s(visible_mask).0);
        let (shares, scratch) = (S::as_simd_f32s(shares).0, S::as_mut_simd_f32s(scratch).0);
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
                *h = simd.mul_f32s(sigmoid(simd, simd.add_f32s(*h, *b)), *mask);
            }
            let mut squares = simd.splat_f32s(0.0);
            let whole = visible - visible % VISIBLE_TILE;
            for v in (0..whole).step_by(VISIBLE_TILE) {
                squares = off::<S, VISIBLE_TILE>(simd, &w[v * hidden..], h, [&x[v..], &b_v[v..], &is_visible[v..]], &mut e[v..], squares);
            }
            for v in whole..visible {
                squares = off::<S, 1>(simd, &w[v * hidden..], h, [&x[v..], &b_v[v..], &is_visible[v..]], &mut e[v..], squares);
            }
            let share = shares[2 * number];
            errors[number] = simd.sqrt_f32s(simd.mul_f32s(squares, share));

            if let Some(Step { rate, bias }) = step {
                sums(simd, w, e, g);
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
