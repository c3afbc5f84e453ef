//! Missing values: what a user chooses for them, and how it is applied to rows.

use std::sync::Arc;

use super::Values;
use crate::error::{Error, SchemaError};

/// What happens to a value that is missing (an empty cell, a null, an absent field) or not finite.
///
/// A row that is too short or too long is not a row with missing values: it is always an error.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Missing {
    /// The value is an error, which reports its position.
    #[default]
    Refuse,
    /// The row is dropped and counted.
    Drop,
    /// The value is replaced by this number.
    Fill(f64),
    /// The value is replaced by the number for its feature, such as the mean of the training rows.
    FillEach(Vec<f64>),
}

/// [`Missing`], checked and ready for rows in which missing values are NaN.
#[derive(Clone, Debug, Default)]
pub(crate) enum Treatment {
    #[default]
    Refuse,
    Drop,
    Fill(Arc<[f64]>),
    /// Missing values stay NaN: the caller counts them.
    Leave,
}

/// What a treatment changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Treated {
    /// The positions of the rows that were dropped, ascending.
    pub(crate) omitted: Vec<usize>,
    pub(crate) filled: usize,
}

impl Missing {
    pub(crate) fn treatment(&self, features: usize) -> Result<Treatment, Error> {
        let fill = match self {
            Self::Refuse => return Ok(Treatment::Refuse),
            Self::Drop => return Ok(Treatment::Drop),
            Self::Fill(value) => vec![*value; features],
            Self::FillEach(values) => values.clone(),
        };
        if fill.len() != features || !fill.iter().all(|value| value.is_finite()) {
            return Err(SchemaError::Fill { found: fill.len(), expected: features }.into());
        }
        Ok(Treatment::Fill(fill.into()))
    }
}

impl Treatment {
    /// Whether tables deliver missing values as NaN instead of an error.
    pub(crate) fn tolerates(&self) -> bool {
        !matches!(self, Self::Refuse)
    }

    /// Treats the values of some rows.
    ///
    /// # Shapes
    ///
    /// `values`: [rows, features], row-major
    pub(crate) fn apply(&self, values: &mut Values, features: usize) -> Treated {
        match values {
            Values::F32(values) => self.treat(values, features, |value| value as f32),
            Values::F64(values) => self.treat(values, features, |value| value),
        }
    }

    fn treat<T: Copy + Into<f64>>(&self, values: &mut Vec<T>, features: usize, from: impl Fn(f64) -> T) -> Treated {
        let is_missing = |value: &T| !Into::<f64>::into(*value).is_finite();
        let mut treated = Treated::default();
        match self {
            Self::Refuse | Self::Leave => {}
            Self::Fill(fill) => {
                for row in values.chunks_exact_mut(features.max(1)) {
                    for (value, &fill) in row.iter_mut().zip(fill.iter()) {
                        if is_missing(value) {
                            *value = from(fill);
                            treated.filled += 1;
                        }
                    }
                }
            }
            Self::Drop => {
                let mut kept = 0;
                for row in 0..values.len().checked_div(features).unwrap_or(0) {
                    let range = row * features..(row + 1) * features;
                    if values[range.clone()].iter().any(is_missing) {
                        treated.omitted.push(row);
                    } else {
                        values.copy_within(range, kept * features);
                        kept += 1;
                    }
                }
                values.truncate(kept * features);
            }
        }
        treated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Values {
        Values::F64(vec![1.0, 2.0, f64::NAN, 4.0, 5.0, 6.0, 7.0, f64::INFINITY])
    }

    fn values(rows: Values) -> Vec<f64> {
        match rows {
            Values::F64(values) => values,
            Values::F32(_) => panic!("the precision stays"),
        }
    }

    #[test]
    fn rows_are_dropped_or_filled() {
        let mut dropped = rows();
        let treated = Missing::Drop.treatment(2).unwrap().apply(&mut dropped, 2);
        assert_eq!((values(dropped), treated), (vec![1.0, 2.0, 5.0, 6.0], Treated { omitted: vec![1, 3], filled: 0 }));

        let mut filled = rows();
        let treated = Missing::FillEach(vec![-1.0, -2.0]).treatment(2).unwrap().apply(&mut filled, 2);
        assert_eq!(values(filled), [1.0, 2.0, -1.0, 4.0, 5.0, 6.0, 7.0, -2.0]);
        assert_eq!(treated, Treated { omitted: vec![], filled: 2 });
    }

    #[test]
    fn there_is_one_finite_number_for_each_feature() {
        for bad in [Missing::Fill(f64::NAN), Missing::FillEach(vec![1.0])] {
            assert!(matches!(bad.treatment(2), Err(Error::Schema(SchemaError::Fill { .. }))), "{bad:?}");
        }
    }
}
