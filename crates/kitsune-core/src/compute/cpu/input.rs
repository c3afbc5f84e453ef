//! Rows on their way into blocks.

use std::ops::Range;

use super::block::Block;
use crate::error::Error;
use crate::rows::host_rows::HostRows;
use crate::scaler::Scaler;

/// Rows to be computed with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Input<'a> {
    /// Row-major, in 0-1 already.
    Scaled(&'a [f32]),
    /// To be scaled. Values that are not finite, or that the scaler refuses, are an error, which names rows from `first_row` on.
    Raw { rows: HostRows<'a>, scaler: &'a Scaler, first_row: u64 },
    /// To be scaled whatever they are, as a tensor on a device would be.
    Unchecked(HostRows<'a>, &'a Scaler),
}

impl Input<'_> {
    pub(crate) fn rows(&self, features: usize) -> usize {
        match self {
            Self::Scaled(values) => values.len() / features,
            Self::Raw { rows, .. } | Self::Unchecked(rows, _) => rows.rows(),
        }
    }

    /// Brings some of the rows, all of that many features, into a block by way of `scaled`; how many values lay outside the range, for
    /// [`check`](Self::check).
    pub(crate) fn fill(&self, features: usize, rows: Range<usize>, scaled: &mut Vec<f32>, block: &mut Block) -> u64 {
        match self {
            Self::Scaled(values) => {
                block.fill(&values[rows.start * features..rows.end * features], features);
                0
            }
            Self::Raw { rows: raw, scaler, .. } | Self::Unchecked(raw, scaler) => {
                scaled.resize(rows.len() * features, 0.0);
                let outside = scaler.scale_into(raw, rows.clone(), scaled);
                if outside > 0 && matches!(self, Self::Unchecked(..)) {
                    keep_what_is_no_number(raw, rows, scaled);
                }
                block.fill(scaled, features);
                outside
            }
        }
    }

    /// Errs where values, of which `outside` lie outside the range, may not be there.
    pub(crate) fn check(&self, outside: u64) -> Result<(), Error> {
        match self {
            Self::Raw { rows, scaler, first_row } => scaler.check(rows, *first_row, outside),
            Self::Scaled(_) | Self::Unchecked(..) => Ok(()),
        }
    }
}

/// A scaler takes it for a number below all others; on a device it would stay what it is.
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
