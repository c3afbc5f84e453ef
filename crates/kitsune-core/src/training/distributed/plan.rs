//! Which steps each part takes in each round.

use std::ops::Range;

use crate::config::KitsuneConfig;
use crate::training::distributed::part_rows::Seen;

/// A part of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) number: u32,
    pub(super) seen: Seen,
    /// Rows that are held out.
    pub(super) held: u64,
}

impl Part {
    /// Rows that train.
    pub(super) fn trained(&self) -> u64 {
        self.seen.rows - self.held
    }
}

/// The steps of a training on one machine, and the rounds that they are divided into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    /// Rows that train, of all parts.
    pub(super) rows: u64,
    pub(super) batch_rows: u64,
    pub(super) epochs: u64,
    pub(super) steps: u64,
    pub(super) rounds: u64,
}

/// The steps that one part takes. All parts together take as many rows in a step as one machine does, so that each takes about as many steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PartPlan {
    pub(super) batch_rows: usize,
    pub(super) steps_per_epoch: u64,
    /// Steps in all epochs.
    pub(super) steps: u64,
}

impl Plan {
    /// The plan for `rows` rows that train. There are at most as many rounds as steps.
    pub(super) fn new(config: &KitsuneConfig, rows: u64, features: usize, rounds: u64) -> Self {
        let batch_rows = config.batch_rows_for(rows, features) as u64;
        let epochs = config.epochs_for(rows, features) as u64;
        let steps = epochs.saturating_mul(rows.div_ceil(batch_rows));
        Self { rows, batch_rows, epochs, steps, rounds: rounds.clamp(1, steps.max(1)) }
    }

    /// The plan of a part with `rows` rows that train.
    pub(super) fn of_part(&self, rows: u64) -> PartPlan {
        // Half of all rows is added to round to the nearest.
        let share = u128::from(self.batch_rows) * u128::from(rows) + u128::from(self.rows / 2);
        let batch_rows = share / u128::from(self.rows.max(1));
        let batch_rows = usize::try_from(batch_rows).unwrap_or(usize::MAX).max(1);
        let steps_per_epoch = rows.div_ceil(batch_rows as u64);
        PartPlan { batch_rows, steps_per_epoch, steps: steps_per_epoch.saturating_mul(self.epochs) }
    }

    /// The first `steps` steps of a part are as far as this many of the plan.
    pub(super) fn progress(&self, part: PartPlan, steps: u64) -> u64 {
        portion(self.steps, steps, part.steps)
    }

    /// Steps of the plan that are taken before a round.
    pub(super) fn steps_before(&self, round: u64) -> u64 {
        portion(self.steps, round, self.rounds)
    }

    /// The steps that a part takes in a round, counted from 0 over all epochs.
    pub(super) fn steps_in(&self, part: PartPlan, round: u64) -> Range<u64> {
        portion(part.steps, round, self.rounds)..portion(part.steps, round.saturating_add(1), self.rounds)
    }
}

/// The share `part / of` of a number, rounded down.
fn portion(number: u64, part: u64, of: u64) -> u64 {
    let share = u128::from(number) * u128::from(part) / u128::from(of.max(1));
    u64::try_from(share).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_part_takes_the_steps_of_one_machine_and_each_part_takes_each_of_its_steps_once() {
        let config = KitsuneConfig::new();
        for (rows, rounds) in [(1, 1), (2, 5), (999, 7), (64_000, 16), (5_000_000, 3)] {
            let plan = Plan::new(&config, rows, 10, rounds);
            let alone = plan.of_part(rows);
            assert_eq!((alone.batch_rows as u64, alone.steps), (plan.batch_rows, plan.steps));
            assert!((0..plan.steps).all(|step| plan.progress(alone, step) == step));
            for of_part in [0, 1, rows / 16, rows / 3, rows] {
                let part = plan.of_part(of_part);
                let taken: Vec<u64> = (0..plan.rounds).flat_map(|round| plan.steps_in(part, round)).collect();
                assert_eq!(taken, (0..part.steps).collect::<Vec<_>>());
                assert!(part.steps_per_epoch * part.batch_rows as u64 >= of_part);
                assert!(part.steps_per_epoch <= of_part);
            }
        }
    }

    #[test]
    fn parts_of_equal_size_take_about_as_many_steps_as_one_machine_with_their_share_of_its_rows() {
        let plan = Plan::new(&KitsuneConfig::new(), 100_000, 10, 20);
        assert_eq!((plan.batch_rows, plan.epochs, plan.steps), (50, 1, 2_000));
        let part = plan.of_part(100_000 / 16);
        assert_eq!((part.batch_rows, part.steps), (3, 2_084));
        assert_eq!(plan.progress(part, part.steps / 2), 1_000);
        // No step takes less than a row.
        assert_eq!(plan.of_part(7), PartPlan { batch_rows: 1, steps_per_epoch: 7, steps: 7 });
    }
}
