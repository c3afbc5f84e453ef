//! Reasons for the scores of rows.

use burn::tensor::TensorData;
use burn::tensor::backend::Backend;
use kitsune_core::Kitsune;
use kitsune_core::scoring::Reason;

use crate::failure::Answer;
use crate::input::Input;
use crate::scoring::{BATCH_ROWS, open};
use crate::watcher::Watcher;

/// The strongest reasons for each row, at most `count`; none for a row without a score.
pub(crate) fn reasons<B: Backend>(model: &Kitsune<B>, input: &Input, count: usize, watcher: &Watcher) -> Answer<Vec<Vec<Reason>>> {
    let mut reasons = Vec::new();
    for batch in open(model, &input.rows)?.pass(0)? {
        let batch = batch?;
        let first = reasons.len();
        reasons.resize(first + batch.records().rows(), Vec::new());
        let lines = batch.lines();
        for start in (0..lines.len()).step_by(BATCH_ROWS) {
            let rows = start..lines.len().min(start + BATCH_ROWS);
            let data: &TensorData = batch.data();
            let found = model.reasons(data, rows.clone(), count)?;
            lines[rows].iter().zip(found).for_each(|(line, found)| reasons[first + line] = found);
            let flow = watcher.look();
            if flow.is_break() {
                return watcher.answer(Err(kitsune_core::Error::Stopped.into()));
            }
        }
    }
    Ok(reasons)
}
