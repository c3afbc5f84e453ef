//! The scores in the order of the rows, in bins.

use serde_json::{Value, json};

/// Bins at most: as many as a wide screen has columns to show them.
const BINS: usize = 2048;

/// The lowest and the highest score of each run of rows.
///
/// At most [`BINS`] runs exist: when they are used up, neighbours are joined in pairs, and each run takes twice as many rows.
#[derive(Debug)]
pub(crate) struct Series {
    bins: Vec<Bin>,
    /// The number of rows in a bin.
    width: u64,
    rows: u64,
}

/// Some rows that follow one another.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Bin {
    /// The scores of the rows that are not labelled as anomalies.
    pub(crate) normal: Span,
    pub(crate) anomalous: Span,
}

/// The range from the lowest to the highest score, or an empty one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Span {
    low: f32,
    high: f32,
}

impl Default for Span {
    fn default() -> Self {
        Self { low: f32::INFINITY, high: f32::NEG_INFINITY }
    }
}

impl Span {
    pub(crate) fn ends(self) -> Option<(f64, f64)> {
        (self.low <= self.high).then(|| (self.low.into(), self.high.into()))
    }

    fn take(&mut self, score: f32) {
        self.join(Self { low: score, high: score });
    }

    fn join(&mut self, other: Self) {
        self.low = self.low.min(other.low);
        self.high = self.high.max(other.high);
    }

    fn to_json(self) -> Value {
        if self.low <= self.high { json!([self.low, self.high]) } else { Value::Null }
    }
}

impl Series {
    pub(crate) fn new() -> Self {
        Self { bins: Vec::new(), width: 1, rows: 0 }
    }

    /// Takes the next row. A row without a score leaves a gap.
    pub(crate) fn take(&mut self, score: Option<f32>, is_anomaly: bool) {
        let mut at = (self.rows / self.width) as usize;
        if at == BINS {
            self.bins = joined(&self.bins, 2);
            self.width *= 2;
            at = BINS / 2;
        }
        if at == self.bins.len() {
            self.bins.push(Bin::default());
        }
        self.rows += 1;
        if let Some(score) = score {
            let bin = &mut self.bins[at];
            if is_anomaly { &mut bin.anomalous } else { &mut bin.normal }.take(score);
        }
    }

    /// At most `most` bins, joined if there are more, and the number of rows in each.
    pub(crate) fn bins(&self, most: usize) -> (Vec<Bin>, u64) {
        let times = self.bins.len().div_ceil(most).max(1);
        (joined(&self.bins, times), self.width * times as u64)
    }

    /// The bins for the script that shows the values under the pointer: `[[low, high] of normal rows, of anomalies]`, `null` for no score.
    pub(crate) fn to_json(&self) -> Value {
        let bins: Vec<_> = self.bins.iter().map(|bin| json!([bin.normal.to_json(), bin.anomalous.to_json()])).collect();
        json!({ "width": self.width, "rows": self.rows, "bins": bins })
    }
}

fn joined(bins: &[Bin], times: usize) -> Vec<Bin> {
    let join = |some: &[Bin]| {
        let mut all = Bin::default();
        for bin in some {
            all.normal.join(bin.normal);
            all.anomalous.join(bin.anomalous);
        }
        all
    };
    bins.chunks(times).map(join).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A score that differs from row to row, and whether the row is an anomaly.
    fn row(number: u64) -> (f32, bool) {
        ((number * 7919 % 1009) as f32 + 1.0, number.is_multiple_of(997))
    }

    #[test]
    fn bins_are_bounded_and_hold_the_extremes_of_their_rows() {
        for rows in [0, 1, 5, BINS as u64, BINS as u64 + 1, 5000, 100_003] {
            let mut series = Series::new();
            for number in 0..rows {
                let (score, is_anomaly) = row(number);
                series.take(Some(score), is_anomaly);
            }
            for most in [BINS, 300] {
                let (bins, width) = series.bins(most);
                assert!(bins.len() <= most);
                assert_eq!(bins.len() as u64, rows.div_ceil(width), "{rows} rows");
                for (at, bin) in bins.iter().enumerate() {
                    let mut expected = Bin::default();
                    for number in at as u64 * width..rows.min((at as u64 + 1) * width) {
                        let (score, is_anomaly) = row(number);
                        if is_anomaly { &mut expected.anomalous } else { &mut expected.normal }.take(score);
                    }
                    assert_eq!(*bin, expected, "{rows} rows, bin {at}");
                }
            }
        }
    }

    #[test]
    fn rows_without_a_score_leave_a_gap() {
        let mut series = Series::new();
        series.take(Some(1.0), false);
        series.take(None, false);
        series.take(Some(2.0), true);
        let (bins, _) = series.bins(10);
        assert_eq!(bins[1], Bin::default());
        assert_eq!(bins[2].anomalous.ends(), Some((2.0, 2.0)));
        assert_eq!(series.to_json()["bins"][1], json!([null, null]));
    }
}
