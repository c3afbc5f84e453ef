//! Some lines of a batch, and what a detector says of them.

use std::ops::Range;

use anyhow::Result;
use kitsune_core::online::OnlineKitsune;
use kitsune_core::scoring::Sender;
use kitsune_data::Batch;

use super::super::results::Results;

/// Some lines of a batch.
pub(super) struct Piece<'a> {
    pub(super) batch: &'a Batch,
    pub(super) lines: Range<usize>,
    /// The rows among these lines.
    pub(super) rows: Range<usize>,
    /// The line of each row in the batch.
    of_rows: &'a [usize],
}

impl<'a> Piece<'a> {
    /// Lines of a batch, whose rows have the lines `of_rows`.
    pub(super) fn of(batch: &'a Batch, of_rows: &'a [usize], lines: Range<usize>) -> Self {
        let [first, end] = [lines.start, lines.end].map(|bound| of_rows.partition_point(|&line| line < bound));
        Self { batch, lines, rows: first..end, of_rows }
    }
}

/// What a detector says of the rows of a piece, with so many reasons for each flagged row, which are those of the detector that flagged it; and the lines of the
/// piece that show a change of what is ordinary.
pub(super) fn observe(
    detector: &mut OnlineKitsune,
    piece: &Piece<'_>,
    senders: Option<&[Sender]>,
    reasons: Option<usize>,
) -> Result<(Results, Vec<usize>)> {
    let (mut results, mut changes) = (Results::default(), Vec::new());
    let mut of_rows = piece.of_rows[piece.rows.clone()].iter();
    detector.observe_batch(piece.batch.data(), piece.rows.clone(), senders, |detector, row, found| -> Result<()> {
        let line = of_rows.next().map_or(0, |line| line - piece.lines.start);
        if let (Some(count), Some(true)) = (reasons, found.and_then(|found| found.is_anomaly)) {
            results.reasons.insert(results.found.len(), detector.reasons(row, count)?);
        }
        if found.is_some_and(|found| found.drift) {
            changes.push(line);
        }
        results.found.push(found);
        Ok(())
    })?;
    Ok((results, changes))
}
