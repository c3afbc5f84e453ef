//! Normal scores in which the rank of another one is found at once.

use std::array;

use super::normal_scores::NormalScores;

/// The share of the scores over which the buckets are spread evenly. All higher ones are in the last bucket, so that a few that are far away take no
/// room.
const SPREAD: f32 = 0.98;

/// Scores that are counted at once; nearly all buckets have fewer.
const FEW: usize = 8;

/// Normal scores, divided into about as many buckets as there are scores. A search among all of them takes a dozen steps of which each
/// waits for memory; one within a bucket hardly any.
#[derive(Debug, Clone)]
pub(crate) struct IndexedScores {
    scores: NormalScores,
    lowest: f32,
    /// Buckets for each unit of the score.
    density: f32,
    /// The number of scores before each bucket, and that of all: [buckets + 1].
    before: Vec<u32>,
}

impl IndexedScores {
    pub(crate) fn new(scores: NormalScores) -> Self {
        let sorted = scores.as_slice();
        let (buckets, lowest) = (sorted.len(), sorted[0]);
        let width = sorted[(SPREAD * (buckets - 1) as f32) as usize] - lowest;
        let density = if width > 0.0 { SPREAD * buckets as f32 / width } else { 0.0 };
        let mut indexed = Self { before: vec![0; buckets + 1], lowest, density, scores };
        for &score in indexed.scores.as_slice() {
            let bucket = indexed.bucket(score);
            indexed.before[bucket + 1] += 1;
        }
        for bucket in 0..buckets {
            indexed.before[bucket + 1] += indexed.before[bucket];
        }
        indexed
    }

    pub(crate) fn scores(&self) -> &NormalScores {
        &self.scores
    }

    /// As [`NormalScores::tail_probability`], to the bit.
    pub(crate) fn tail_probability(&self, score: f32) -> f64 {
        self.tail_probability_in(self.bounds(score), score)
    }

    /// The same for some scores, which wait for memory together.
    pub(crate) fn tail_probabilities<const N: usize>(&self, scores: [f32; N]) -> [f64; N] {
        let bounds = scores.map(|score| self.bounds(score));
        array::from_fn(|at| self.tail_probability_in(bounds[at], scores[at]))
    }

    /// Where the scores in the bucket of a score begin and end.
    fn bounds(&self, score: f32) -> [usize; 2] {
        let bucket = self.bucket(score);
        [self.before[bucket] as usize, self.before[bucket + 1] as usize]
    }

    fn tail_probability_in(&self, [start, end]: [usize; 2], score: f32) -> f64 {
        let scores = &self.scores.as_slice()[start..];
        let within = match scores.first_chunk::<FEW>() {
            // Without a branch for each of them; what follows the bucket is higher.
            Some(few) if end - start <= FEW => few.iter().map(|&s| usize::from(s < score)).sum(),
            _ => scores[..end - start].partition_point(|&s| s < score),
        };
        self.scores.tail_probability_above(score, start + within)
    }

    /// The bucket of a score. It never falls as the score rises, however its arithmetic rounds: so whatever is in an earlier bucket is lower, and whatever
    /// is in a later one is higher.
    fn bucket(&self, score: f32) -> usize {
        // Conversions saturate, and make 0 of NaN.
        (((score - self.lowest) * self.density) as usize).min(self.before.len() - 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Draws, Purpose};

    #[test]
    fn tail_probabilities_are_those_of_a_search_among_all_scores() {
        let draws = Draws::new(7, Purpose::TailWeights, 0).row(0);
        let skewed: Vec<f32> = (0..5_000).map(|at| -draws.uniform(at).ln()).collect();
        let with_ties: Vec<f32> = skewed.iter().map(|score| (score * 20.0).floor()).collect();
        let far: Vec<f32> = skewed.iter().enumerate().map(|(at, &score)| if at % 1_000 == 0 { f32::MAX } else { -score }).collect();
        let wide = vec![f32::MIN, -1.0, 0.0, 5e-324_f64 as f32, 1.0, f32::MAX];
        for scores in [skewed, with_ties, far, wide, vec![2.5], vec![1.0; 9], vec![0.0, 1e-45], vec![-0.0, 0.0, 0.0]] {
            let normal = NormalScores::new(scores.clone()).unwrap();
            let indexed = IndexedScores::new(normal.clone());
            let others = scores.iter().flat_map(|&score| [score, score.next_up(), score.next_down(), score * 1.01, score + 0.3]);
            let others = others.chain([f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0, -0.0, f32::MAX, f32::MIN]);
            for score in others {
                let others = [score, scores[0], score].map(|score| normal.tail_probability(score).to_bits());
                assert_eq!(indexed.tail_probability(score).to_bits(), others[0], "{score} of {}", scores.len());
                assert_eq!(indexed.tail_probabilities([score, scores[0], score]).map(f64::to_bits), others, "{score} of {}", scores.len());
            }
        }
    }
}
