//! The statistics of parts of the rows.

use std::ops::ControlFlow;

use serde_json::Value;

use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::progress::{Observer, Progress};
use crate::rows::source::RowSource;
use crate::training::distributed::part_rows::{PartRows, first_row};
use crate::training::distributed::plan::Part;
use crate::training::held_out::FEWEST_ROWS;
use crate::training::statistics::{Running, Statistics};

/// The statistics of one part of the rows, or of several that were merged: what a training needs to know of all rows before its first step.
///
/// Their size does not depend on the number of rows: co-moments of features² numbers, two samples, and of fewer than 2,000 rows in all these rows.
#[derive(Debug)]
pub struct PartStatistics {
    pub(super) config: KitsuneConfig,
    pub(super) columns: Option<Vec<String>>,
    pub(super) reading: Option<Value>,
    /// The parts in ascending order.
    pub(super) parts: Vec<Part>,
    /// The statistics of all parts, or of each part while it is not decided whether rows are held out.
    pub(super) running: Vec<Running>,
}

impl PartStatistics {
    /// Checks what [`take`](Self::take) needs of the hyper-parameters.
    ///
    /// # Errors
    /// A hyper-parameter outside its range, and [`mapper_rows`](KitsuneConfig::mapper_rows), which would count rows across parts.
    pub fn check(config: &KitsuneConfig) -> Result<(), Error> {
        config.validate()?;
        match config.mapper_rows {
            None => Ok(()),
            Some(rows) => {
                let range = "none where the parts of the rows share the statistics";
                Err(Error::Hyperparameter { name: "mapper_rows", range, found: rows.to_string() })
            }
        }
    }

    /// Takes the statistics of one part in one pass over its rows; `None` if it has none. `part` is its number among all parts. The rows need
    /// [numbers](crate::Chunk::numbers), as [`InOrder`](crate::rows::InOrder) gives them. With the number of the part they decide which rows
    /// are held out and sampled: the same for a seed, as long as each part has the same rows in the same order.
    ///
    /// # Errors
    /// Those of [`check`](Self::check), values that are not finite, rows without numbers, an error of the source.
    pub fn take(config: &KitsuneConfig, part: u32, rows: &(impl RowSource + ?Sized)) -> Result<Option<Self>, Error> {
        Self::take_observed(config, part, rows, &mut |_| ControlFlow::Continue(()))
    }

    /// Takes the statistics like [`take`](Self::take), and reports [`Progress::Statistics`] to an observer.
    ///
    /// # Errors
    /// Those of [`take`](Self::take), and [`Error::Stopped`].
    pub fn take_observed(
        config: &KitsuneConfig,
        part: u32,
        rows: &(impl RowSource + ?Sized),
        observer: Observer<'_>,
    ) -> Result<Option<Self>, Error> {
        Self::check(config)?;
        let of_part = PartRows::new(part, rows);
        let Some(running) = Running::take(config, &of_part, None, first_row(part), observer)? else { return Ok(None) };
        let seen = of_part.seen();
        if seen.rows == 0 {
            return Ok(None);
        }
        let parts = vec![Part { number: part, seen, held: running.held_out.held }];
        Ok(Some(Self { config: config.clone(), columns: rows.columns(), reading: rows.reading(), parts, running: vec![running] }))
    }

    /// Adds the statistics of later parts. Ranges do not depend on how the rows are divided; means and correlations do by rounding errors, which are
    /// below 1e-12 of their size.
    ///
    /// # Errors
    /// [`Error::Parts`] if a part is there twice or before one of these, or if the two were taken with other hyper-parameters or of other columns;
    /// [`Error::Merge`] for rows of another width.
    pub fn merge(&mut self, mut later: Self) -> Result<(), Error> {
        let (last, next) = (self.parts.last().map(|part| part.number), later.parts.first().map(|part| part.number));
        if last >= next {
            let [last, next] = [last, next].map(|part| part.unwrap_or(0));
            return Err(Error::parts(format!(
                "the statistics of part {next} come after those of part {last}: merge each part once, in ascending order"
            )));
        }
        if self.config != later.config || self.columns != later.columns || self.reading != later.reading {
            return Err(Error::parts("their statistics were taken with other hyper-parameters or of other columns".to_owned()));
        }
        let [left, right] = [&*self, &later].map(|side| side.running.first().map_or(0, |running| running.mapper.features()));
        if left != right {
            return Err(Error::Merge { left, right });
        }
        let is_decided = self.rows() + later.rows() >= FEWEST_ROWS;
        if is_decided {
            self.decide()?;
            later.decide()?;
        }
        self.parts.extend(later.parts);
        self.running.extend(later.running);
        if is_decided { self.join() } else { Ok(()) }
    }

    /// The number of rows.
    pub fn rows(&self) -> u64 {
        self.parts.iter().map(|part| part.seen.rows).sum()
    }

    /// Holds rows out, since there are enough of them.
    fn decide(&mut self) -> Result<(), Error> {
        if self.running.iter().all(|running| running.held_out.early.is_none()) {
            return Ok(());
        }
        // As long as it is not decided, each part has statistics of its own.
        for (running, part) in self.running.iter_mut().zip(&mut self.parts) {
            running.held_out.decide(&mut running.mapper)?;
            part.held = running.held_out.held;
        }
        self.join()
    }

    /// Makes one of the statistics of all parts.
    fn join(&mut self) -> Result<(), Error> {
        let mut running = self.running.drain(..);
        let Some(mut first) = running.next() else { return Ok(()) };
        for Running { mapper, held_out } in running {
            first.mapper.merge(&mapper)?;
            first.held_out.merge(&held_out);
        }
        self.running = vec![first];
        Ok(())
    }

    /// The statistics of all rows, and the parts.
    pub(super) fn finish(mut self) -> Result<(Statistics, Vec<Part>), Error> {
        for running in &mut self.running {
            running.held_out.hold_none(&mut running.mapper)?;
        }
        self.join()?;
        let running = self.running.pop().ok_or(Error::TooFewRows { found: 0 })?;
        let statistics = Statistics::of(&self.config, running, None, &mut |_: Progress| ControlFlow::Continue(()))?;
        Ok((statistics, self.parts))
    }
}
