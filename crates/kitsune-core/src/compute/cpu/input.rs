//! The input of the CPU engine: rows that are scaled and copied into blocks.

use std::ops::Range;

use super::block::Block;
use crate::error::Error;
use crate::model::excess::KindExcess;
use crate::rows::batch_rows::BatchRows;
use crate::rows::host_rows::HostRows;
use crate::scaler::Scaler;
use crate::scaler::host::OutsideValues;

/// Rows to compute with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Input<'a> {
    /// Row-major rows in 0-1.
    Scaled(&'a [f32]),
    /// Rows to scale. Values that are not finite or that the scaler refuses are an error, which counts rows from `first_row`.
    Raw { rows: HostRows<'a>, scaler: &'a Scaler, first_row: u64 },
    /// The rows of a batch, likewise, counted from 0.
    Batch { rows: &'a BatchRows<'a>, scaler: &'a Scaler },
    /// Rows to scale without checks, as a tensor on a device is scaled.
    Unchecked(HostRows<'a>, &'a Scaler),
}

impl Input<'_> {
    pub(crate) fn rows(&self, features: usize) -> usize {
        match self {
            Self::Scaled(values) => values.len() / features,
            Self::Raw { rows, .. } | Self::Unchecked(rows, _) => rows.rows(),
            Self::Batch { rows, .. } => rows.rows(),
        }
    }

    /// Fills a block with some of the rows, which have `features` features; `scaled` is a buffer. Returns the values outside the range,
    /// with rows from the start of `rows`. They are for [`check`](Self::check).
    pub(crate) fn fill(&self, features: usize, rows: Range<usize>, scaled: &mut Vec<f32>, block: &mut Block) -> OutsideValues {
        match self {
            Self::Scaled(values) => {
                block.fill(&values[rows.start * features..rows.end * features], features);
                OutsideValues::default()
            }
            Self::Raw { rows: raw, scaler, .. } | Self::Unchecked(raw, scaler) => {
                scaled.resize(rows.len() * features, 0.0);
                let outside = scaler.scale_into(raw, rows.clone(), scaled);
                if outside.values > 0 && matches!(self, Self::Unchecked(..)) {
                    keep_what_is_no_number(raw, rows, scaled);
                }
                block.fill(scaled, features);
                outside
            }
            Self::Batch { rows: batch, scaler } => {
                scaled.resize(rows.len() * features, 0.0);
                let mut all = OutsideValues::default();
                batch.for_each_run(rows, |chunk, run, before| {
                    let into = &mut scaled[before * features..][..run.len() * features];
                    let outside = scaler.scale_into(chunk, run, into);
                    all.values += outside.values;
                    all.rows.extend(outside.rows.iter().map(|row| before + row));
                });
                block.fill(scaled, features);
                all
            }
        }
    }

    /// Raises scores from the row `first` on, as [`KindExcess::raise`] does.
    pub(crate) fn raise(&self, first: usize, among: &[usize], excess: KindExcess<'_>, scores: &mut [f32]) -> u64 {
        match self {
            Self::Raw { rows, .. } | Self::Unchecked(rows, _) => excess.raise(rows, first, among, scores),
            Self::Scaled(_) | Self::Batch { .. } => 0,
        }
    }

    /// Checks the rows that have values outside the range.
    pub(crate) fn check(&self, outside_rows: &[usize]) -> Result<(), Error> {
        match self {
            Self::Raw { rows, scaler, first_row } => scaler.check(rows, *first_row, outside_rows),
            Self::Batch { .. } if outside_rows.is_empty() => Ok(()),
            Self::Batch { rows, scaler } => scaler.check(&HostRows::new(&rows.to_data())?, 0, outside_rows),
            Self::Scaled(_) | Self::Unchecked(..) => Ok(()),
        }
    }
}

/// Restores NaN values. A scaler maps them like a number below all others, but on a device they would stay NaN.
fn keep_what_is_no_number(raw: &HostRows<'_>, rows: Range<usize>, scaled: &mut [f32]) {
    let features = raw.features();
    let mut values = vec![0.0; features];
    for (row, scaled) in rows.zip(scaled.chunks_exact_mut(features)) {
        raw.read_row(row, &mut values);
        for (to, _) in scaled.iter_mut().zip(&values).filter(|(_, value)| value.is_nan()) {
            *to = f32::NAN;
        }
    }
}
