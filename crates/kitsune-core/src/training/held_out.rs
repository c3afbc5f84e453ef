//! Held-out rows. No training has lowered their scores, so a threshold can be fitted to them.

use burn::tensor::TensorData;

use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::features::mapper::FeatureMapper;
use crate::features::ranges::Ranges;
use crate::rows::hold_out::HoldOutRule;
use crate::rows::host_rows::{HostRows, Values, among};
use crate::rows::number::Number;
use crate::rows::sample::Sample;

/// With fewer rows nothing is held out: a tenth of them would be too few for a rate, and the training needs them all.
pub(crate) const FEWEST_ROWS: u64 = 2_000;

/// The part of a statistics pass that holds rows out of the statistics.
#[derive(Debug)]
pub(crate) struct HeldOutRows {
    pub(super) rule: HoldOutRule,
    /// Rows of the data so far, held out or not.
    pub(super) rows: u64,
    /// Held-out rows so far.
    pub(super) held: u64,
    /// Ranges of all held-out rows so far.
    pub(super) ranges: Option<Ranges>,
    /// The first rows with their numbers, until there are enough rows. If there never are, they go to the mapper in their order.
    pub(super) early: Option<Vec<(TensorData, Vec<u64>)>>,
    /// A bounded sample of the held-out rows.
    pub(super) sample: Sample,
}

impl HeldOutRows {
    /// Holds rows out by `rule`. `sample` must be empty; its limits bound how many held-out rows are stored.
    pub(crate) fn new(rule: HoldOutRule, sample: Sample) -> Self {
        Self { rule, rows: 0, held: 0, ranges: None, early: Some(Vec::new()), sample }
    }

    /// Rows of the data so far.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Takes the held-out rows of a chunk, F32 or F64, and gives the others to the mapper. Rows without numbers all go to the mapper.
    pub(crate) fn divide(&mut self, rows: &HostRows<'_>, numbers: Option<&[u64]>, mapper: &mut FeatureMapper) -> Result<(), Error> {
        self.rows += rows.rows() as u64;
        let Some(numbers) = numbers else {
            mapper.take_in(rows);
            return Ok(());
        };
        rows.check_numbers(numbers)?;
        if self.rows >= FEWEST_ROWS {
            self.decide(mapper)?;
        }
        match &mut self.early {
            Some(early) => early.push((rows.to_data(), numbers.to_vec())),
            None => self.divide_surely(rows, numbers, mapper),
        }
        Ok(())
    }

    /// Holds out of the first rows as well, which have waited until there are enough.
    pub(super) fn decide(&mut self, mapper: &mut FeatureMapper) -> Result<(), Error> {
        for (rows, numbers) in self.early.take().iter().flatten() {
            self.divide_surely(&HostRows::new(rows)?, numbers, mapper);
        }
        Ok(())
    }

    fn divide_surely(&mut self, rows: &HostRows<'_>, numbers: &[u64], mapper: &mut FeatureMapper) {
        let features = rows.features();
        let (held, trained): (Vec<usize>, Vec<usize>) = (0..rows.rows()).partition(|&row| self.rule.holds(numbers[row]));
        let held_numbers: Vec<u64> = held.iter().map(|&row| numbers[row]).collect();
        match rows.values() {
            Values::F32(values) => {
                mapper.take_in_rows(&among(values, features, &trained));
                self.hold(&among(values, features, &held), &held_numbers);
            }
            Values::F64(values) => {
                mapper.take_in_rows(&among(values, features, &trained));
                self.hold(&among(values, features, &held), &held_numbers);
            }
        }
    }

    /// Takes held-out rows, `[features]` each.
    fn hold<T: Number>(&mut self, rows: &[&[T]], numbers: &[u64]) {
        self.held += rows.len() as u64;
        self.ranges.get_or_insert_with(|| Ranges::new(self.sample.features())).push(rows);
        for (row, &number) in rows.iter().zip(numbers) {
            self.sample.push(number, row);
        }
    }

    /// Ranges of the held-out rows so far; `None` before the first.
    pub(crate) fn ranges(&self) -> Option<&Ranges> {
        self.ranges.as_ref()
    }

    /// Returns the number of held-out rows and a sample of them, [rows, features]. With too few rows it returns `None` and gives all rows
    /// to the mapper.
    pub(crate) fn finish(mut self, mapper: &mut FeatureMapper) -> Result<Option<(u64, TensorData)>, Error> {
        self.hold_none(mapper)?;
        Ok((self.held > 0).then(|| (self.held, self.sample.to_data())))
    }

    /// Gives the first rows to the mapper, since there will not be enough.
    pub(super) fn hold_none(&mut self, mapper: &mut FeatureMapper) -> Result<(), Error> {
        for (rows, _) in self.early.take().iter().flatten() {
            mapper.take_in(&HostRows::new(rows)?);
        }
        Ok(())
    }

    /// Adds the held-out rows of another part of the data. For both it is decided whether rows are held out.
    pub(super) fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.held += other.held;
        if let Some(theirs) = &other.ranges {
            self.ranges.get_or_insert_with(|| Ranges::new(self.sample.features())).merge(theirs);
        }
        self.sample.merge(&other.sample);
    }
}

impl KitsuneConfig {
    /// Whether the recipe holds out the row with this number: a share of [`hold_out`](Self::hold_out) of all numbers, drawn by
    /// [`seed`](Self::seed). It does not know how many rows there are: [`fit`](Self::fit) holds out none of fewer than 2,000. A loop of
    /// one's own gives these rows to [`Trainer::finish`](crate::Trainer::finish) and to no step.
    pub fn is_held_out(&self, row_number: u64) -> bool {
        HoldOutRule::new(self.seed, self.hold_out).holds(row_number)
    }
}

#[cfg(test)]
mod tests {
    use burn_ndarray::{NdArray, NdArrayDevice};

    use super::*;
    use crate::kitsune::Kitsune;
    use crate::random::{Draws, Purpose};
    use crate::threshold::normal_scores::NormalScores;

    /// The values of a row; no two rows are equal.
    fn row(number: u64) -> Vec<f64> {
        let draws = Draws::new(3, Purpose::Sample, 0).row(number);
        let (a, b) = (f64::from(draws.uniform(0)), f64::from(draws.uniform(1)));
        vec![a, 2.0 * a, b, 1.0 - b, f64::from(draws.uniform(2))]
    }

    fn matrix(rows: &[Vec<f64>]) -> TensorData {
        TensorData::new(rows.concat(), [rows.len(), 5])
    }

    #[test]
    fn a_share_of_the_numbers_is_held_out_and_a_larger_share_has_those_of_a_smaller_one() {
        let held = |seed, share| (0..100_000).filter(|&number| HoldOutRule::new(seed, share).holds(number)).collect::<Vec<u64>>();
        assert!(held(0, 0.0).is_empty());
        let mut smaller = Vec::new();
        for share in [0.001, 0.1, 0.3, 0.5] {
            let larger = held(7, share);
            let deviation = (1e5 * share * (1.0 - share)).sqrt();
            assert!((larger.len() as f64 - 1e5 * share).abs() < 4.0 * deviation, "{} at {share}", larger.len());
            assert!(smaller.iter().all(|number| larger.contains(number)));
            smaller = larger;
        }
        assert_ne!(held(0, 0.1), held(1, 0.1));
    }

    #[test]
    fn held_out_rows_are_those_of_the_rule_in_any_order_and_any_chunks_and_the_mapper_has_the_others() {
        let rule = HoldOutRule::new(5, 0.1);
        let expected: Vec<f64> = (0..3_000).filter(|&number| rule.holds(number)).flat_map(row).collect();
        // 7 and 3,000 have no common factor, so each stride gives a permutation of all rows.
        for (chunk, stride, sample_rows) in [(3_000, 1, 5_000), (1, 7, 5_000), (777, 7, 5_000), (256, 1, 50), (100, 7, 50)] {
            let mut mapper = FeatureMapper::new(5, 0);
            let mut held_out = HeldOutRows::new(rule, Sample::new(5, 0, sample_rows, usize::MAX));
            let numbers: Vec<u64> = (0..3_000).map(|at| at * stride % 3_000).collect();
            for numbers in numbers.chunks(chunk) {
                let rows = matrix(&numbers.iter().map(|&number| row(number)).collect::<Vec<_>>());
                held_out.divide(&HostRows::new(&rows).unwrap(), Some(numbers), &mut mapper).unwrap();
            }
            assert_eq!(held_out.rows(), 3_000);
            let (held, sample) = held_out.finish(&mut mapper).unwrap().unwrap();
            assert_eq!((held as usize, mapper.rows()), (expected.len() / 5, 3_000 - held));
            let sample: Vec<f64> = sample.iter::<f64>().collect();
            if sample_rows > 3_000 {
                assert_eq!(sample, expected);
            } else {
                assert_eq!(sample.len(), 50 * 5);
                assert!(sample.chunks(5).all(|row| expected.chunks(5).any(|other| row == other)));
            }
            let mapped: Vec<f64> = mapper.sample().iter::<f64>().collect();
            assert!(!mapped.chunks(5).any(|row| expected.chunks(5).any(|other| row == other)));
        }
    }

    #[test]
    fn of_fewer_than_2000_rows_and_of_rows_without_numbers_the_mapper_has_all() {
        for (count, numbered) in [(1_999, true), (3_000, false)] {
            let mut mapper = FeatureMapper::new(5, 0);
            let mut held_out = HeldOutRows::new(HoldOutRule::new(5, 0.1), Sample::new(5, 0, 50, usize::MAX));
            let numbers: Vec<u64> = (0..count).collect();
            for numbers in numbers.chunks(300) {
                let rows = matrix(&numbers.iter().map(|&number| row(number)).collect::<Vec<_>>());
                held_out.divide(&HostRows::new(&rows).unwrap(), numbered.then_some(numbers), &mut mapper).unwrap();
            }
            assert!(held_out.finish(&mut mapper).unwrap().is_none());
            assert_eq!(mapper.rows(), count);
            let of_all = (0..count).map(|number| row(number)[4]).sum::<f64>() / count as f64;
            assert!((mapper.means()[4] - of_all).abs() < 1e-12);
        }
    }

    #[test]
    fn what_held_out_rows_hold_changes_nothing_but_the_normal_scores_and_what_follows_from_the_range() {
        let config = KitsuneConfig::new().with_epochs(Some(1)).with_batch_size(Some(512)).with_max_features_per_cluster(3);
        let rule = HoldOutRule::new(config.seed, config.hold_out);
        let rows: Vec<Vec<f64>> = (0..2_500).map(row).collect();
        let spoilt = |held: bool| {
            let mut rows = rows.clone();
            rows.iter_mut()
                .enumerate()
                .filter(|(number, _)| rule.holds(*number as u64) == held)
                .take(20)
                .for_each(|(_, row)| row[0] = -9.0);
            rows
        };
        let folder = tempfile::tempdir().unwrap();
        // Returns the model, and its file without the normal scores and their consequences.
        let train = |rows: &[Vec<f64>]| -> (Kitsune<NdArray>, Vec<u8>) {
            let model: Kitsune<NdArray> = config.fit(&matrix(rows), &NdArrayDevice::default()).unwrap();
            let path = folder.path().join("model");
            let without = model.clone().with_normal_scores(NormalScores::new(vec![0.0]).unwrap()).with_card(|card| card.excess = None);
            without.save(&path).unwrap();
            (model, std::fs::read(path).unwrap())
        };
        let (model, file) = train(&rows);
        assert_eq!(model.summary().held_out as usize, (0..2_500).filter(|&number| rule.holds(number)).count());
        let (of_spoilt, same_file) = train(&spoilt(true));
        assert!(same_file == file);
        assert_ne!(of_spoilt.normal_scores(), model.normal_scores());
        assert!(train(&spoilt(false)).1 != file);
    }
}
