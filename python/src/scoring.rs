//! Rows to scores.

use burn::tensor::backend::Backend;
use kitsune_core::{Error, Kitsune, RowSlice, ScoreKind, ScoreOptions};
use kitsune_data::Source;
use kitsune_data::input::{Input as Rows, open_for, with_missing_for};

use crate::failure::Answer;
use crate::input::Input;
use crate::matrix::{PyMatrix, Slice};
use crate::watcher::Watcher;

/// The rows that are explained at once, which bounds memory.
pub(crate) const BATCH_ROWS: usize = 1_024;

/// The rows with the columns of a model, and their missing values treated as wanted.
pub(crate) fn open<B: Backend>(model: &Kitsune<B>, rows: &Rows) -> Answer<Source> {
    Ok(with_missing_for(open_for(rows, model)?, rows, model)?)
}

/// A score for each row: NaN where a row has none, because a value is missing or because it has too few rows before it.
pub(crate) fn scores<B: Backend>(model: &Kitsune<B>, input: &Input, kind: ScoreKind, watcher: &Watcher) -> Answer<Vec<f32>> {
    let check = || watcher.look();
    let options = ScoreOptions::new().with_score(kind).with_check(&check);
    if let Some(matrix) = input.matrix.as_ref().filter(|matrix| fits(model, matrix)) {
        let scored = match matrix.slice() {
            Slice::F32(numbers) => model.score_rows(&RowSlice::new(numbers, matrix.columns())?, &options),
            Slice::F64(numbers) => model.score_rows(&RowSlice::new(numbers, matrix.columns())?, &options),
        };
        // Values that are missing or outside are treated, or refused in words, by the way of all other rows.
        if !matches!(scored, Err(Error::NotFinite { .. } | Error::NotScaled { .. })) {
            return watcher.answer(scored.map(|scored| scored.scores).map_err(Into::into));
        }
    }
    let mut scores = Vec::new();
    for batch in open(model, &input.rows)?.pass(0)? {
        let batch = batch?;
        let scored = watcher.answer(model.score_rows(batch.data(), &options).map_err(Into::into))?.scores;
        let first = scores.len();
        scores.resize(first + batch.records().rows(), f32::NAN);
        batch.lines().into_iter().zip(scored).for_each(|(line, score)| scores[first + line] = score);
    }
    Ok(scores)
}

/// Whether a model takes the rows of a matrix as they are: it has as many features, and remembers nothing that would change or choose rows.
fn fits<B: Backend>(model: &Kitsune<B>, matrix: &PyMatrix) -> bool {
    model.reading().is_none() && matrix.columns() == model.feature_map().features() && matrix.columns() > 0
}
