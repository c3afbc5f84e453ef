//! The gradient of a step on the CPU: forward and backward through all parts.

use std::ops::Range;

use super::autoencoders::AutoencoderScratch;
use super::block::{BLOCK_ROWS, Block, PADDING};
use super::detector::HostDetector;
use super::error_bounds::Summary;
use super::input::Input;
use super::owned::HostEnsemble;
use super::parameters::TrainedRows;
use crate::error::Error;
use crate::kinds::ScoreKind;
use crate::model::parts::EnsemblePart;
use crate::random::{Draws, Dropout};
use crate::threads::for_each;

/// Maximum number of groups of a step, and maximum number of bytes of their gradients.
const GROUPS: usize = 32;
const BYTES: usize = 64 << 20;

/// Number of groups whose heads take less time than a sleeping thread needs to wake.
const FEW_GROUPS: usize = 4;

/// The input of a step beside the parameters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GradientStep<'a> {
    pub(crate) input: Input<'a>,
    pub(crate) features: usize,
    /// The dropout rate, with the draws for the features and for the tails' errors.
    pub(crate) dropout: Option<(Dropout, [Draws; 2])>,
    /// A rough fit, and the score above which a row trains nothing.
    pub(crate) limit: Option<(&'a HostDetector<'a>, f32)>,
}

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
    blocks: Vec<Rows>,
    gradient: Vec<f32>,
    sums: LossSums,
    /// Minimum and maximum error of each tail.
    bounds: [Vec<f32>; 2],
    /// Rows with values outside the range of the scaler.
    outside_rows: Vec<usize>,
    scratch: GroupScratch,
}

/// The part of a block's results that the head needs.
#[derive(Debug, Default)]
struct Rows {
    range: Range<usize>,
    /// Errors of the tails.
    errors: Block,
    /// 1 for rows that train, 0 for others and for the padding.
    weights: Vec<f32>,
}

#[derive(Debug, Default)]
struct GroupScratch {
    scaled: Vec<f32>,
    x: Block,
    dropped: Block,
    errors: Block,
    scores: Vec<f32>,
    autoencoders: AutoencoderScratch,
}

impl Gradients {
    /// Takes one step: widens the head's range by the rows' errors and computes the gradient of the mean losses.
    pub(crate) fn take(&mut self, ensemble: &mut HostEnsemble, step: GradientStep<'_>) -> Result<LossSums, Error> {
        let arch = pulp::Arch::new();
        let count = self.plan(step.input.rows(step.features), ensemble);
        let groups = &mut self.groups[..count];
        for_each(groups.iter_mut(), |group| group.tails_and_body(arch, ensemble, step));
        let outside: Vec<usize> = groups.iter().flat_map(|group| &group.outside_rows).copied().collect();
        step.input.check(&outside)?;
        if ensemble.head_range.counts() {
            for group in &*groups {
                ensemble.head_range.widen(&group.bounds);
            }
        }
        if count <= FEW_GROUPS {
            for group in &mut *groups {
                group.head(arch, ensemble, step);
            }
        } else {
            for_each(groups.iter_mut(), |group| group.head(arch, ensemble, step));
        }

        let mut sums = LossSums::default();
        let (first, others) = groups.split_first_mut().ok_or(Error::TooFewRows { found: 0 })?;
        std::mem::swap(&mut self.values, &mut first.gradient);
        sums.add(first.sums);
        for group in others {
            self.values.iter_mut().zip(&group.gradient).for_each(|(sum, value)| *sum += value);
            sums.add(group.sums);
        }
        let share = 1.0 / sums.weight.max(1.0) as f32;
        self.values.iter_mut().for_each(|value| *value *= share);
        Ok(sums)
    }

    /// Spreads the rows over groups and returns the number of groups.
    fn plan(&mut self, rows: usize, ensemble: &HostEnsemble) -> usize {
        let (parameters, clusters) = (ensemble.parameters.len(), ensemble.clusters());
        let blocks: Vec<Range<usize>> = blocks(rows).collect();
        let most = (BYTES / (parameters.max(1) * size_of::<f32>())).clamp(1, GROUPS);
        let each = blocks.len().div_ceil(most).max(1);
        let count = blocks.len().div_ceil(each);
        if self.groups.len() < count {
            self.groups.resize_with(count, Group::default);
        }
        for (group, ranges) in self.groups.iter_mut().zip(blocks.chunks(each)) {
            group.blocks.resize_with(ranges.len(), Rows::default);
            group.blocks.iter_mut().zip(ranges).for_each(|(rows, range)| rows.range = range.clone());
            group.gradient.clear();
            group.gradient.resize(parameters, 0.0);
            group.sums = LossSums::default();
            for (bounds, unseen) in group.bounds.iter_mut().zip([f32::MAX, f32::MIN]) {
                bounds.clear();
                bounds.resize(clusters, unseen);
            }
            group.outside_rows.clear();
        }
        count
    }
}

/// The blocks of the rows of a step: as few as hold them, but of more than one an even number of about the same length, so that two threads have done
/// theirs at the same time.
fn blocks(rows: usize) -> impl Iterator<Item = Range<usize>> {
    let least = rows.div_ceil(BLOCK_ROWS);
    let count = if least > 1 { least.next_multiple_of(2) } else { least };
    let paddings = rows.div_ceil(PADDING);
    let end = move |block: usize| rows.min(block * paddings / count * PADDING);
    (0..count).map(move |block| end(block)..end(block + 1))
}

impl Group {
    fn tails_and_body(&mut self, arch: pulp::Arch, ensemble: &HostEnsemble, step: GradientStep<'_>) {
        let Self { blocks, gradient, sums, bounds: [minimum, maximum], outside_rows, scratch } = self;
        let GroupScratch { scaled, x, dropped, errors, scores, autoencoders } = scratch;
        for rows in blocks {
            let Rows { range, errors: tail_errors, weights } = rows;
            let outside = step.input.fill(step.features, range.clone(), scaled, x);
            outside_rows.extend(outside.rows.iter().map(|row| range.start + row));
            weights.clear();
            weights.resize(x.padded(), 0.0);
            match step.limit {
                None => weights[..x.rows()].fill(1.0),
                Some((detector, limit)) => {
                    scores.resize(x.rows(), 0.0);
                    detector.scores(x, ScoreKind::Combined, scores);
                    weights.iter_mut().zip(&*scores).for_each(|(weight, &score)| *weight = f32::from(u8::from(score <= limit)));
                }
            }
            let seen = x.seen(arch, step.dropout.map(|(dropout, [draws, _])| (dropout, draws)), range.start, dropped);
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

    fn head(&mut self, arch: pulp::Arch, ensemble: &HostEnsemble, step: GradientStep<'_>) {
        let Self { blocks, gradient, sums, scratch, .. } = self;
        let GroupScratch { x, dropped, errors, autoencoders, .. } = scratch;
        for Rows { range, errors: tail_errors, weights } in blocks {
            ensemble.head_range.apply(tail_errors, x);
            let seen = x.seen(arch, step.dropout.map(|(dropout, [_, draws])| (dropout, draws)), range.start, dropped);
            let rows = TrainedRows { targets: x, seen, weights };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_all_rows_and_are_about_equally_long() {
        for rows in (0..2_000).chain([4_096, 65_537]) {
            let blocks: Vec<Range<usize>> = blocks(rows).collect();
            assert_eq!(blocks.iter().flat_map(Clone::clone).collect::<Vec<_>>(), (0..rows).collect::<Vec<_>>());
            assert!(blocks.len() <= 1 || blocks.len().is_multiple_of(2), "{rows}: {blocks:?}");
            let lengths = blocks.iter().map(|block| block.len().div_ceil(PADDING));
            let (least, most) = (lengths.clone().min().unwrap_or(0), lengths.max().unwrap_or(0));
            assert!(most - least <= 1 && most * PADDING <= BLOCK_ROWS, "{rows}: {blocks:?}");
        }
    }
}
