//! Rows that are kept out of training, so that a threshold can be fitted on scores that no training has lowered.

use burn::tensor::TensorData;

use crate::error::Error;
use crate::feature_mapper::FeatureMapper;
use crate::random::{Draws, Purpose};
use crate::rows::HostRows;
use crate::sample::Sample;

/// Rows below which none is held out: a tenth of fewer would not tell a rate, and the training needs them all.
pub(crate) const FEWEST_ROWS: u64 = 2_000;

/// Which rows are held out: those whose hash of (seed, row number) is in the lowest share. The same ones in every pass, whatever its order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HoldOut {
    draws: Draws,
    share: f64,
}

impl HoldOut {
    pub(crate) fn new(seed: u64, share: f64) -> Self {
        Self { draws: Draws::new(seed, Purpose::HoldOut, 0), share }
    }

    pub(crate) fn holds(self, number: u64) -> bool {
        // The upper 53 bits, a number in [0, 1) without rounding.
        ((self.draws.row_bits(number) >> 11) as f64) < self.share * (1_u64 << 53) as f64
    }
}

/// What a statistics pass keeps out of the statistics.
#[derive(Debug)]
pub(crate) struct HeldOut {
    rule: HoldOut,
    /// Rows of the data that came by, held out or not.
    rows: u64,
    /// Held-out rows.
    held: u64,
    /// While it is open whether there are rows enough: all held-out ones, with their numbers.
    early: Option<(Vec<u64>, Vec<f64>)>,
    /// Of the others, a bounded part.
    sample: Sample,
}

impl HeldOut {
    /// By that rule; what is kept for the threshold is bounded as the empty sample is.
    pub(crate) fn new(rule: HoldOut, sample: Sample) -> Self {
        Self { rule, rows: 0, held: 0, early: Some((Vec::new(), Vec::new())), sample }
    }

    /// Rows that came by.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Takes its part of a chunk and gives the mapper the rest. Rows without numbers are all for the mapper.
    pub(crate) fn divide(&mut self, rows: &HostRows<'_>, numbers: Option<&[u64]>, mapper: &mut FeatureMapper) -> Result<(), Error> {
        self.rows += rows.rows() as u64;
        let Some(numbers) = numbers else {
            return mapper.partial_fit_view(rows);
        };
        rows.check_numbers(numbers)?;
        let (held, trained): (Vec<usize>, Vec<usize>) = (0..rows.rows()).partition(|&row| self.rule.holds(numbers[row]));
        mapper.partial_fit_view(&HostRows::new(&rows.take(&trained))?)?;
        let mut values = vec![0.0; rows.features()];
        for row in held {
            rows.read_row(row, &mut values);
            self.held += 1;
            match &mut self.early {
                Some((early_numbers, early_values)) => {
                    early_numbers.push(numbers[row]);
                    early_values.extend_from_slice(&values);
                }
                None => self.sample.push(numbers[row], &values),
            }
        }
        if self.rows >= FEWEST_ROWS
            && let Some((numbers, values)) = self.early.take()
        {
            for (number, row) in numbers.into_iter().zip(values.chunks_exact(rows.features())) {
                self.sample.push(number, row);
            }
        }
        Ok(())
    }

    /// Held-out rows and a sample of them, [rows, features]; nothing, and those that were put aside go to the mapper, where there are too few.
    pub(crate) fn finish(self, mapper: &mut FeatureMapper) -> Result<Option<(u64, TensorData)>, Error> {
        if let Some((_, values)) = self.early {
            let shape = [values.len() / mapper.features().max(1), mapper.features()];
            mapper.partial_fit(&TensorData::new(values, shape))?;
            return Ok(None);
        }
        Ok((self.held > 0).then(|| (self.held, self.sample.to_data())))
    }
}
