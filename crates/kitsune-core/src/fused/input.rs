//! Rows on their way into blocks.

use std::ops::Range;

use super::block::Block;
use crate::error::Error;
use crate::rows::HostRows;
use crate::scaler::Scaler;

/// Rows to be computed with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Input<'a> {
    /// Row-major, in 0-1 already.
    Scaled(&'a [f32]),
    /// To be scaled; what is not finite, or refused by the scaler, is an error.
    Raw(HostRows<'a>, &'a Scaler),
    /// To be scaled whatever they are, as a tensor on a device would be.
    Unchecked(HostRows<'a>, &'a Scaler),
}

impl Input<'_> {
    pub(crate) fn rows(&self, features: usize) -> usize {
        match self {
            Self::Scaled(values) => values.len() / features,
            Self::Raw(rows, _) | Self::Unchecked(rows, _) => rows.rows(),
        }
    }

    /// Brings some of the rows, all of that many features, into a block by way of `scaled`; how many values lay outside the range.
    pub(crate) fn fill(&self, features: usize, rows: Range<usize>, scaled: &mut Vec<f32>, block: &mut Block) -> Result<u64, Error> {
        match self {
            Self::Scaled(values) => {
                block.fill(&values[rows.start * features..rows.end * features], features);
                Ok(0)
            }
            Self::Raw(raw, scaler) | Self::Unchecked(raw, scaler) => {
                scaled.resize(rows.len() * features, 0.0);
                let checked = matches!(self, Self::Raw(..));
                let outside = scaler.scale(raw, rows, checked, scaled)?;
                block.fill(scaled, features);
                Ok(outside)
            }
        }
    }
}
