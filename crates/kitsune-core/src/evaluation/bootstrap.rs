//! Bootstrap confidence intervals: how far a metric would vary with other rows of the same kind.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::metrics::Metrics;
use super::ranking::Ranking;
use super::tally::{Tallies, Tally};
use crate::random::{Draws, Purpose, below};

/// Share of the replicates inside an interval.
pub(super) const CONFIDENCE: f64 = 0.95;

/// Number of rows that are drawn from together, so that their counts fit into a processor cache.
const BLOCK_ROWS: usize = 4_096;

/// Number and seed of the replicates for confidence intervals.
///
/// A replicate has as many normal rows and as many anomalies as the data, each drawn with replacement from its class. It costs two hashes
/// per row and a few passes over the distinct scores, without sorting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Bootstrap {
    /// Number of replicates; 0 for no intervals.
    pub replicates: u32,
    /// Seed of the draws. The same rows and seed give the same intervals.
    pub seed: u64,
}

impl Default for Bootstrap {
    /// 200 replicates, seed 0.
    fn default() -> Self {
        Self::new(200)
    }
}

impl Bootstrap {
    /// This many replicates, seed 0.
    pub fn new(replicates: u32) -> Self {
        Self { replicates, seed: 0 }
    }

    /// Replaces the seed.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// The interval of each metric from the replicates in which it has a value. `check` is called before each replicate, and may break.
    pub(super) fn intervals<S>(
        self,
        ranking: &Ranking,
        flagged: Option<usize>,
        mut check: impl FnMut() -> ControlFlow<S>,
    ) -> ControlFlow<S, Metrics<Option<(f64, f64)>>> {
        let resampler = Resampler::new(ranking);
        let mut groups = Vec::new();
        let mut values: Metrics<Vec<f64>> = ranking.tallies().metrics(flagged).map(|_| Vec::new());
        for replicate in 0..self.replicates {
            check()?;
            resampler.draw(Draws::new(self.seed, Purpose::Bootstrap, replicate.into()), &mut groups);
            let replicate = Tallies::new(&groups, ranking.total).metrics(flagged);
            values = values.zip(replicate, |mut values, value| {
                values.extend(value);
                values
            });
        }
        ControlFlow::Continue(values.map(percentile_interval))
    }
}

/// Draws rows of a ranking with replacement.
struct Resampler<'a> {
    ranking: &'a Ranking,
    /// Index of the distinct score of each normal row.
    normal: Vec<usize>,
    /// Index of the distinct score of each anomaly.
    anomalous: Vec<usize>,
}

impl<'a> Resampler<'a> {
    fn new(ranking: &'a Ranking) -> Self {
        let indices = |count: fn(&Tally) -> usize| {
            ranking.groups.iter().enumerate().flat_map(|(index, group)| std::iter::repeat_n(index, count(group))).collect()
        };
        Self { ranking, normal: indices(|group| group.normal), anomalous: indices(|group| group.anomalous) }
    }

    /// Writes the number of drawn rows of each score.
    fn draw(&self, draws: Draws, groups: &mut Vec<Tally>) {
        groups.clear();
        groups.resize(self.ranking.groups.len(), Tally::default());
        let (normal, anomalous) = (self.normal.len() as u64, self.anomalous.len() as u64);
        draw_rows(&self.normal, draws, [0, normal], |index| groups[index].normal += 1);
        draw_rows(&self.anomalous, draws, [2 * normal, 2 * normal + anomalous], |index| groups[index].anomalous += 1);
    }
}

/// Draws as many rows as `rows` has, with replacement. It first draws the number of rows per block and then the rows within each block, so
/// that the counters it writes are near each other. The draws of the two steps start at the two `numbers`.
fn draw_rows(rows: &[usize], draws: Draws, numbers: [u64; 2], mut count: impl FnMut(usize)) {
    let mut blocks = vec![0_usize; rows.len().div_ceil(BLOCK_ROWS)];
    for number in numbers[0]..numbers[0] + rows.len() as u64 {
        blocks[below(rows.len(), draws.row_bits(number)) / BLOCK_ROWS] += 1;
    }
    let mut number = numbers[1];
    for (block, drawn) in rows.chunks(BLOCK_ROWS).zip(blocks) {
        for _ in 0..drawn {
            count(block[below(block.len(), draws.row_bits(number))]);
            number += 1;
        }
    }
}

/// The quantiles that cut off equal shares below and above, linear between values; `None` without values.
fn percentile_interval(mut values: Vec<f64>) -> Option<(f64, f64)> {
    let last = values.len().checked_sub(1)?;
    values.sort_unstable_by(f64::total_cmp);
    let quantile = |share: f64| {
        let position = share * last as f64;
        let (below, above) = (values[position.floor() as usize], values[position.ceil() as usize]);
        below + (above - below) * position.fract()
    };
    Some((quantile((1.0 - CONFIDENCE) / 2.0), quantile(f64::midpoint(1.0, CONFIDENCE))))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn ranking(rows: u64) -> Ranking {
        let draws = Draws::new(3, Purpose::Sample, 0);
        let anomalous: Vec<bool> = (0..rows).map(|row| row % 5 == 0).collect();
        let score = |row: u64| draws.row(row).uniform(0) + if row.is_multiple_of(5) { 0.3 } else { 0.0 };
        let scores: Vec<f32> = (0..rows).map(|row| (score(row) * 50.0).round() / 50.0).collect();
        Ranking::new(&scores, &anomalous).unwrap()
    }

    #[test]
    fn a_replicate_has_the_metrics_of_a_ranking_of_the_rows_that_were_drawn() {
        let ranking = ranking(300);
        let resampler = Resampler::new(&ranking);
        let mut groups = Vec::new();
        for step in 0..20 {
            resampler.draw(Draws::new(1, Purpose::Bootstrap, step), &mut groups);
            let (mut scores, mut anomalous) = (Vec::new(), Vec::new());
            for (&score, group) in ranking.scores.iter().zip(&groups) {
                scores.extend(std::iter::repeat_n(score, group.normal + group.anomalous));
                anomalous.extend((0..group.normal + group.anomalous).map(|row| row < group.anomalous));
            }
            assert_eq!(anomalous.iter().filter(|&&anomalous| anomalous).count(), 60);
            let drawn = Ranking::new(&scores, &anomalous).unwrap();
            let replicate = Tallies::new(&groups, ranking.total).metrics(Some(ranking.scores_from(0.9)));
            assert_eq!(replicate, drawn.tallies().metrics(Some(drawn.scores_from(0.9))), "replicate {step}");
        }
    }

    #[test]
    fn rows_are_drawn_evenly() {
        evenly(100);
        // These are several blocks, the last of them smaller.
        evenly(3 * BLOCK_ROWS as u64);
    }

    fn evenly(rows: u64) {
        let ranking = ranking(rows);
        let resampler = Resampler::new(&ranking);
        let mut groups = Vec::new();
        let mut sums = vec![Tally::default(); ranking.groups.len()];
        for step in 0..1_000 {
            resampler.draw(Draws::new(0, Purpose::Bootstrap, step), &mut groups);
            sums.iter_mut().zip(&groups).for_each(|(sum, group)| sum.add(*group));
        }
        for (sum, group) in sums.iter().zip(&ranking.groups) {
            for (sum, rows) in [(sum.normal, group.normal), (sum.anomalous, group.anomalous)] {
                // The count of a row in a replicate has a mean and a variance of 1.
                let expected = (rows * 1_000) as f64;
                assert!((sum as f64 - expected).abs() <= 4.0 * expected.sqrt(), "{sum} draws instead of {expected}");
            }
        }
    }

    #[test]
    fn the_interval_of_the_recall_is_that_of_a_binomial_share() {
        let ranking = ranking(5_000);
        let threshold = 0.9;
        let flagged = Some(ranking.scores_from(threshold));
        let go_on = || ControlFlow::<Infallible>::Continue(());
        let ControlFlow::Continue(intervals) = Bootstrap::new(2_000).with_seed(5).intervals(&ranking, flagged, go_on);
        let (low, high) = intervals.recall.unwrap();
        let recall = ranking.verdicts(threshold).recall().unwrap();
        let deviation = (recall * (1.0 - recall) / 1_000.0).sqrt();
        assert!(((recall - low) / deviation - 1.96).abs() < 0.2, "{low} below {recall}, deviation {deviation}");
        assert!(((high - recall) / deviation - 1.96).abs() < 0.2, "{high} above {recall}, deviation {deviation}");
    }

    #[test]
    fn a_percentile_is_linear_between_values() {
        assert_eq!(percentile_interval(Vec::new()), None);
        assert_eq!(percentile_interval(vec![2.0]), Some((2.0, 2.0)));
        let (low, high) = percentile_interval((0..=1_000).rev().map(f64::from).collect()).unwrap();
        assert!((low - 25.0).abs() < 1e-9 && (high - 975.0).abs() < 1e-9, "{low} to {high}");
    }
}
