//! The judgement that rows do not fit a model as a whole.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The alert rate is exceeded by this factor before rows seem to be of another kind than the training rows.
const TIMES: f64 = 5.0;
/// Fewer flagged rows than this say nothing about all rows.
const FEWEST: u64 = 20;

/// Why rows, as a whole, do not seem to be of the kind that a model was trained on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Misfit {
    /// The share of flagged rows is at least five times the alert rate, and at least 20 rows are flagged.
    ManyFlagged {
        /// Number of flagged rows.
        flagged: u64,
        /// Number of rows.
        rows: u64,
        /// The share of normal rows that the threshold should flag, 0-1.
        alert_rate: f64,
    },
    /// Most values lie outside the training range of their column.
    MostOutside {
        /// Number of values outside.
        outside: u64,
        /// Number of values.
        values: u64,
    },
}

impl Misfit {
    /// Judges `rows` rows, of which `flagged` are flagged by a threshold with this alert rate. `outside` of their `values` values lie outside
    /// the training range. Of rows with labels, count the normal ones only.
    pub fn of(rows: u64, flagged: u64, alert_rate: Option<f64>, values: u64, outside: u64) -> Option<Self> {
        let most_outside = 2 * outside > values;
        let exceeds = |&alert_rate: &f64| flagged >= FEWEST && flagged as f64 >= TIMES * alert_rate * rows as f64;
        match alert_rate.filter(exceeds) {
            _ if most_outside => Some(Self::MostOutside { outside, values }),
            Some(alert_rate) => Some(Self::ManyFlagged { flagged, rows, alert_rate }),
            None => None,
        }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ManyFlagged { flagged, rows, alert_rate } => {
                // Four digits, since 100 times a decimal is seldom one.
                let (share, stated) = (100.0 * *flagged as f64 / *rows as f64, (1e6 * alert_rate).round() / 1e4);
                write!(f, "{share:.1} % of the rows are flagged where {stated} % of normal rows are expected")
            }
            Self::MostOutside { outside, values } => {
                let share = 100.0 * *outside as f64 / *values as f64;
                write!(f, "{share:.1} % of the values lie outside the range of the training rows")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_fit_until_five_times_as_many_are_flagged() {
        let of = |rows, flagged| Misfit::of(rows, flagged, Some(0.01), 10 * rows, 0).is_some();
        assert_eq!([of(1_147, 1_147), of(1_000, 50), of(1_000, 49), of(100, 19), of(20, 20)], [true, true, false, false, true]);
        assert_eq!(Misfit::of(1_147, 1_147, None, 10, 5), None);
        let many = Misfit::of(1_000, 92, Some(0.01), 100, 50).unwrap();
        assert_eq!(many.to_string(), "9.2 % of the rows are flagged where 1 % of normal rows are expected");
    }

    #[test]
    fn values_that_lie_outside_are_said_before_flagged_rows() {
        let outside = Misfit::of(100, 100, Some(0.01), 1_000, 501).unwrap();
        assert_eq!(outside, Misfit::MostOutside { outside: 501, values: 1_000 });
        assert_eq!(outside.to_string(), "50.1 % of the values lie outside the range of the training rows");
        assert_eq!(Misfit::of(0, 0, Some(0.01), 0, 0), None);
    }
}
