//! Missing values: what a user chooses for them, and how it is applied to rows.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::Values;
use crate::error::{Error, SchemaError};
use crate::named::{UnknownName, by_name};

/// What happens to a value that is missing (an empty cell, a null, an absent field) or not finite.
///
/// A row that is too short or too long is not a row with missing values: it is always an error.
///
/// `Display` prints `error`, `drop`, `mean`, `fill=0.5`, or `fill=[0.5, 2]` for a number for each feature, and `FromStr` reads them.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Missing {
    /// The value is an error, which reports its position.
    #[default]
    Refuse,
    /// The row is dropped and counted.
    Drop,
    /// The value is replaced by the mean of its feature over the rows of the source: see [`Source::means`](crate::Source::means). The
    /// first pass of a source finds the means in a pass of its own. For rows to be scored, the means of the training rows are wanted instead:
    /// give them as [`FillEach`](Self::FillEach).
    Mean,
    /// The value is replaced by this number.
    Fill(f64),
    /// The value is replaced by the number for its feature, `[features]`.
    FillEach(Vec<f64>),
}

const REFUSE: &str = "error";
const DROP: &str = "drop";
const MEAN: &str = "mean";
/// Stands before a number, or before numbers in brackets.
const FILL: &str = "fill=";

by_name!(Missing);

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
    /// The positions of the rows that have no values any more, ascending.
    pub(crate) omitted: Vec<usize>,
    /// The number of rows that were dropped because of missing values.
    pub(crate) dropped: usize,
    pub(crate) filled: usize,
}

impl Missing {
    /// Takes the means, `[features]`, from `means` if they are needed.
    pub(crate) fn treatment(&self, features: usize, means: impl FnOnce() -> Result<Vec<f64>, Error>) -> Result<Treatment, Error> {
        let fill = match self {
            Self::Refuse => return Ok(Treatment::Refuse),
            Self::Drop => return Ok(Treatment::Drop),
            Self::Mean => means()?,
            Self::Fill(value) => vec![*value; features],
            Self::FillEach(values) => values.clone(),
        };
        if fill.len() != features || !fill.iter().all(|value| value.is_finite()) {
            return Err(SchemaError::Fill { found: fill.len(), expected: features }.into());
        }
        Ok(Treatment::Fill(fill.into()))
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refuse => f.pad(REFUSE),
            Self::Drop => f.pad(DROP),
            Self::Mean => f.pad(MEAN),
            Self::Fill(value) => write!(f, "{FILL}{value}"),
            Self::FillEach(values) => {
                let values: Vec<_> = values.iter().map(ToString::to_string).collect();
                write!(f, "{FILL}[{}]", values.join(", "))
            }
        }
    }
}

impl FromStr for Missing {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let number = |text: &str| text.trim().parse().ok().filter(|number: &f64| number.is_finite());
        let fill = |text: &str| match text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            Some(numbers) => numbers.split(',').map(number).collect::<Option<_>>().map(Self::FillEach),
            None => number(text).map(Self::Fill),
        };
        let found = match text {
            REFUSE => Some(Self::Refuse),
            DROP => Some(Self::Drop),
            MEAN => Some(Self::Mean),
            _ => text.strip_prefix(FILL).and_then(fill),
        };
        found.ok_or_else(|| UnknownName::new("treatment of missing values", text, &[REFUSE, DROP, MEAN, "fill=NUMBER"]))
    }
}

impl Treated {
    /// Adds rows that never had values, at these positions among all rows.
    pub(crate) fn omit_blank(&mut self, blank: &[usize]) {
        if blank.is_empty() {
            return;
        }
        let mut omitted = Vec::with_capacity(blank.len() + self.omitted.len());
        let mut before = blank.iter().copied().peekable();
        let mut shift = 0;
        for &position in &self.omitted {
            while let Some(blank) = before.next_if(|&blank| blank <= position + shift) {
                omitted.push(blank);
                shift += 1;
            }
            omitted.push(position + shift);
        }
        omitted.extend(before);
        self.omitted = omitted;
    }

    /// Adds rows without values before all others.
    pub(crate) fn omit_first(&mut self, rows: usize) {
        if rows > 0 {
            self.omitted = (0..rows).chain(self.omitted.iter().map(|position| position + rows)).collect();
        }
    }
}

impl Values {
    /// Makes NaN of the numbers that stand for a missing value. A source that refuses missing values has none of them.
    pub(crate) fn clear(&mut self, missing: &[f64]) {
        fn clear<T: Copy + Into<f64>>(values: &mut [T], missing: &[f64], nan: T) {
            values.iter_mut().filter(|value| missing.contains(&(**value).into())).for_each(|value| *value = nan);
        }
        match self {
            _ if missing.is_empty() => {}
            Self::F32(values) => clear(values, missing, f32::NAN),
            Self::F64(values) => clear(values, missing, f64::NAN),
        }
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
                        treated.dropped += 1;
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

    fn treatment(missing: &Missing) -> Result<Treatment, Error> {
        missing.treatment(2, || Ok(vec![0.5, 1.5]))
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
        let treated = treatment(&Missing::Drop).unwrap().apply(&mut dropped, 2);
        assert_eq!((values(dropped), treated), (vec![1.0, 2.0, 5.0, 6.0], Treated { omitted: vec![1, 3], dropped: 2, filled: 0 }));

        let mut filled = rows();
        let treated = treatment(&Missing::FillEach(vec![-1.0, -2.0])).unwrap().apply(&mut filled, 2);
        assert_eq!(values(filled), [1.0, 2.0, -1.0, 4.0, 5.0, 6.0, 7.0, -2.0]);
        assert_eq!(treated, Treated { omitted: vec![], dropped: 0, filled: 2 });
    }

    #[test]
    fn rows_that_never_had_values_are_omitted_among_the_others() {
        for (omitted, blank, expected) in [
            (&[][..], &[][..], &[][..]),
            (&[0, 1], &[], &[0, 1]),
            (&[], &[1, 4], &[1, 4]),
            // Of seven rows, 0, 3 and 4 are blank; 1 and 2 of the others are the rows 2 and 5.
            (&[1, 2], &[0, 3, 4], &[0, 2, 3, 4, 5]),
            (&[0], &[3], &[0, 3]),
            (&[0], &[0, 1, 2], &[0, 1, 2, 3]),
        ] {
            let mut treated = Treated { omitted: omitted.to_vec(), ..Treated::default() };
            treated.omit_blank(blank);
            assert_eq!(treated.omitted, expected, "{omitted:?} and {blank:?}");
        }
    }

    #[test]
    fn numbers_that_stand_for_a_missing_value_become_nan() {
        let mut wide = Values::F64(vec![1.0, -9999.0, 2.0, -99.5]);
        wide.clear(&[]);
        wide.clear(&[-9999.0, -99.5]);
        assert!(values(wide).iter().zip([1.0, f64::NAN, 2.0, f64::NAN]).all(|(found, expected)| found.total_cmp(&expected).is_eq()));
        let mut narrow = Values::F32(vec![-9999.9, 1.0]);
        narrow.clear(&[f64::from(-9999.9_f32)]);
        assert!(matches!(narrow, Values::F32(values) if values[0].is_nan() && values[1] == 1.0));
    }

    #[test]
    fn what_is_printed_is_read() {
        for missing in [Missing::Refuse, Missing::Drop, Missing::Mean, Missing::Fill(-0.5), Missing::FillEach(vec![1.0, 2.5e-7])] {
            assert_eq!(missing.to_string().parse(), Ok(missing.clone()));
            let json = serde_json::to_string(&missing).unwrap();
            assert_eq!(serde_json::from_str::<Missing>(&json).unwrap(), missing);
        }
        for text in ["refuse", "fill=", "fill=NaN", "fill=[1, x]", "fill=[]"] {
            let error = text.parse::<Missing>().unwrap_err().to_string();
            assert!(error.ends_with("it must be error, drop, mean or fill=NUMBER"), "{error}");
        }
    }

    #[test]
    fn there_is_one_finite_number_for_each_feature() {
        for bad in [Missing::Fill(f64::NAN), Missing::FillEach(vec![1.0])] {
            assert!(matches!(treatment(&bad), Err(Error::Schema(SchemaError::Fill { .. }))), "{bad:?}");
        }
    }
}
