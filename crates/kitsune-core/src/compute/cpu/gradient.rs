//! The gradient of a step on the CPU: forward and backward through all parts.

use super::autoencoders::AutoencoderScratch;
use super::block::Block;
use super::error_bounds::Summary;
use super::owned::HostEnsemble;
use super::parameters::TrainedRows;
use super::ready_rows::{ReadyBlock, ReadyRows};
use crate::model::parts::EnsemblePart;
use crate::random::{Draws, Dropout};
use crate::threads::for_each;

/// Maximum number of groups of a step, and maximum number of bytes of their gradients.
const GROUPS: usize = 32;
const BYTES: usize = 64 << 20;

/// Number of groups whose heads take less time than a sleeping thread needs to wake.
const FEW_GROUPS: usize = 4;

/// The dropout rate of a step, with the draws for the features and for the tails' errors.
pub(crate) type StepDropout = Option<(Dropout, [Draws; 2])>;

/// Sums over the rows that train.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LossSums {
    pub(crate) tails: f64,
    pub(crate) head: f64,
    pub(crate) body: f64,
    /// The number of these rows.
    pub(crate) weight: f64,
}

/// Gradients, and buffers that are reused from step to step.
#[derive(Debug, Default)]
pub(crate) struct Gradients {
    /// Gradient of the mean loss after a step, in the order of [`HostEnsemble::parameters`].
    pub(crate) values: Vec<f32>,
    groups: Vec<Group>,
}

/// Consecutive blocks whose gradients are added in the order of the rows. The grouping of rows depends on their number and on the model,
/// but not on the number of threads, so neither does any rounding.
#[derive(Debug, Default)]
struct Group {
    /// Errors of the tails, block by block.
    errors: Vec<Block>,
    gradient: Vec<f32>,
    sums: LossSums,
    /// Minimum and maximum error of each tail.
    bounds: [Vec<f32>; 2],
    scratch: GroupScratch,
}

#[derive(Debug, Default)]
struct GroupScratch {
    /// Scaled errors of the tails.
    head_input: Block,
    dropped: Block,
    errors: Block,
    autoencoders: AutoencoderScratch,
}

impl Gradients {
    /// Takes one step: widens the head's range by the errors of the rows, at least one, and computes the gradient of the mean losses.
    pub(crate) fn take(&mut self, ensemble: &mut HostEnsemble, rows: &ReadyRows, dropout: StepDropout) -> LossSums {
        let arch = pulp::Arch::new();
        let each = self.plan(rows.blocks().len(), ensemble);
        let groups = &mut self.groups[..rows.blocks().len().div_ceil(each)];
        for_each(groups.iter_mut().zip(rows.blocks().chunks(each)), |(group, blocks)| {
            group.tails_and_body(arch, ensemble, blocks, dropout);
        });
        if ensemble.head_range.counts() {
            for group in &*groups {
                ensemble.head_range.widen(&group.bounds);
            }
        }
        let few = groups.len() <= FEW_GROUPS;
        let mut groups_with_rows = groups.iter_mut().zip(rows.blocks().chunks(each));
        if few {
            groups_with_rows.for_each(|(group, blocks)| group.head(arch, ensemble, blocks, dropout));
        } else {
            for_each(&mut groups_with_rows, |(group, blocks)| group.head(arch, ensemble, blocks, dropout));
        }

        let mut sums = LossSums::default();
        let Some((first, others)) = groups.split_first_mut() else { return sums };
        std::mem::swap(&mut self.values, &mut first.gradient);
        sums.add(first.sums);
        for group in others {
            self.values.iter_mut().zip(&group.gradient).for_each(|(sum, value)| *sum += value);
            sums.add(group.sums);
        }
        let share = 1.0 / sums.weight.max(1.0) as f32;
        self.values.iter_mut().for_each(|value| *value *= share);
        sums
    }

    /// Spreads blocks over groups and returns the number of blocks in each, of which the last may have fewer.
    fn plan(&mut self, blocks: usize, ensemble: &HostEnsemble) -> usize {
        let (parameters, clusters) = (ensemble.parameters.len(), ensemble.clusters());
        let most = (BYTES / (parameters.max(1) * size_of::<f32>())).clamp(1, GROUPS);
        let each = blocks.div_ceil(most).max(1);
        let count = blocks.div_ceil(each);
        if self.groups.len() < count {
            self.groups.resize_with(count, Group::default);
        }
        for group in &mut self.groups[..count] {
            group.gradient.clear();
            group.gradient.resize(parameters, 0.0);
            group.sums = LossSums::default();
            for (bounds, unseen) in group.bounds.iter_mut().zip([f32::MAX, f32::MIN]) {
                bounds.clear();
                bounds.resize(clusters, unseen);
            }
        }
        each
    }
}

impl Group {
    fn tails_and_body(&mut self, arch: pulp::Arch, ensemble: &HostEnsemble, blocks: &[ReadyBlock], dropout: StepDropout) {
        let Self { errors: tail_errors, gradient, sums, bounds: [minimum, maximum], scratch } = self;
        let GroupScratch { dropped, errors, autoencoders, .. } = scratch;
        if tail_errors.len() < blocks.len() {
            tail_errors.resize_with(blocks.len(), Block::default);
        }
        for (ReadyBlock { first_row, x, weights, .. }, tail_errors) in blocks.iter().zip(tail_errors) {
            let seen = x.seen(arch, dropout.map(|(dropout, [draws, _])| (dropout, draws)), *first_row, dropped);
            let rows = TrainedRows { targets: x, seen, weights };
            ensemble.part(EnsemblePart::Tails).train(
                arch,
                rows,
                tail_errors,
                ensemble.gradient_of(EnsemblePart::Tails, gradient),
                autoencoders,
            );
            let bounds = Some((&mut minimum[..], &mut maximum[..]));
            sums.tails += arch.dispatch(Summary { errors: tail_errors, weights, bounds });
            sums.weight += weights.iter().map(|&weight| f64::from(weight)).sum::<f64>();
            if ensemble.has_body() {
                ensemble.part(EnsemblePart::Body).train(
                    arch,
                    rows,
                    errors,
                    ensemble.gradient_of(EnsemblePart::Body, gradient),
                    autoencoders,
                );
                sums.body += arch.dispatch(Summary { errors, weights, bounds: None });
            }
        }
    }

    fn head(&mut self, arch: pulp::Arch, ensemble: &HostEnsemble, blocks: &[ReadyBlock], dropout: StepDropout) {
        let Self { errors: tail_errors, gradient, sums, scratch, .. } = self;
        let GroupScratch { head_input, dropped, errors, autoencoders } = scratch;
        for (ReadyBlock { first_row, weights, .. }, tail_errors) in blocks.iter().zip(tail_errors) {
            ensemble.head_range.apply(tail_errors, head_input);
            let seen = head_input.seen(arch, dropout.map(|(dropout, [_, draws])| (dropout, draws)), *first_row, dropped);
            let rows = TrainedRows { targets: head_input, seen, weights };
            ensemble.part(EnsemblePart::Head).train(arch, rows, errors, ensemble.gradient_of(EnsemblePart::Head, gradient), autoencoders);
            sums.head += arch.dispatch(Summary { errors, weights, bounds: None });
        }
    }
}

impl LossSums {
    fn add(&mut self, other: Self) {
        self.tails += other.tails;
        self.head += other.head;
        self.body += other.body;
        self.weight += other.weight;
    }
}
