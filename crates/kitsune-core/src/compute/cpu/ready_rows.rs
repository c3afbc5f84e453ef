//! The rows of a step, made ready for it.

use std::cell::RefCell;
use std::ops::Range;

use super::block::{BLOCK_ROWS, Block, PADDING};
use super::detector::HostDetector;
use super::input::Input;
use crate::error::Error;
use crate::kinds::ScoreKind;
use crate::threads::for_each;

/// A rough fit, and the score above which a row trains nothing.
pub(crate) type RoughLimit<'a> = Option<(&'a HostDetector<'a>, f32)>;

/// The rows of a step: scaled, in blocks, and with what a rough fit makes of them. None of it depends on the parameters that are trained. The buffers are
/// reused from step to step.
#[derive(Debug, Default)]
pub(crate) struct ReadyRows {
    blocks: Vec<ReadyBlock>,
    count: usize,
}

/// Some of the rows.
#[derive(Debug, Default)]
pub(crate) struct ReadyBlock {
    pub(crate) first_row: usize,
    pub(crate) x: Block,
    /// 1 for rows that train, 0 for others and for the padding.
    pub(crate) weights: Vec<f32>,
    /// Rows with values outside the range of the scaler.
    outside: Vec<usize>,
}

thread_local! {
    /// Scaled rows, and their scores.
    static BUFFERS: RefCell<[Vec<f32>; 2]> = RefCell::default();
}

impl ReadyRows {
    /// The blocks, in the order of the rows.
    pub(crate) fn blocks(&self) -> &[ReadyBlock] {
        &self.blocks[..self.count]
    }

    /// The number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.blocks().iter().map(|block| block.x.rows()).sum()
    }

    /// Bytes of the rows.
    pub(crate) fn bytes(&self) -> usize {
        self.blocks().iter().map(|block| size_of_val(block.x.values())).sum()
    }

    /// Replaces the rows by those of an input with `features` features.
    ///
    /// # Errors
    /// Those of [`Input::check`].
    pub(crate) fn fill(&mut self, input: Input<'_>, features: usize, limit: RoughLimit<'_>) -> Result<(), Error> {
        let ranges: Vec<Range<usize>> = blocks(input.rows(features)).collect();
        self.count = ranges.len();
        if self.blocks.len() < self.count {
            self.blocks.resize_with(self.count, ReadyBlock::default);
        }
        let blocks = &mut self.blocks[..self.count];
        for_each(blocks.iter_mut().zip(ranges), |(block, range)| {
            BUFFERS.with_borrow_mut(|buffers| block.fill(input, features, range, limit, buffers));
        });
        let outside: Vec<usize> = self.blocks().iter().flat_map(|block| &block.outside).copied().collect();
        input.check(&outside)
    }
}

impl ReadyBlock {
    fn fill(&mut self, input: Input<'_>, features: usize, rows: Range<usize>, limit: RoughLimit<'_>, [scaled, scores]: &mut [Vec<f32>; 2]) {
        let Self { first_row, x, weights, outside } = self;
        *first_row = rows.start;
        outside.clear();
        outside.extend(input.fill(features, rows.clone(), scaled, x).rows.iter().map(|row| rows.start + row));
        weights.clear();
        weights.resize(x.padded(), 0.0);
        match limit {
            None => weights[..x.rows()].fill(1.0),
            Some((detector, limit)) => {
                scores.resize(x.rows(), 0.0);
                detector.scores(x, ScoreKind::Combined, scores);
                weights.iter_mut().zip(&*scores).for_each(|(weight, &score)| *weight = f32::from(u8::from(score <= limit)));
            }
        }
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
