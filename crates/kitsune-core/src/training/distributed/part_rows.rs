//! The rows of one part, with numbers that no row of another part has.

use std::cell::Cell;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::error::Error;
use crate::rows::host_rows::{HostRows, as_floats};
use crate::rows::source::{Chunk, RowSource};

/// Rows of a part that have numbers of their own: 2³².
const ROW_BITS: u32 = 32;

/// The number of the first row of a part.
pub(super) fn first_row(part: u32) -> u64 {
    u64::from(part) << ROW_BITS
}

/// What a pass over a part has seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) rows: u64,
    /// A sum of hashes of the rows and their numbers, which does not depend on the order of the rows.
    pub(super) digest: u64,
}

/// A source whose rows are those of one part. It tells what its last pass has seen.
#[derive(Debug)]
pub(super) struct PartRows<'a, S: ?Sized> {
    part: u32,
    rows: &'a S,
    seen: Cell<Seen>,
}

impl<'a, S: RowSource + ?Sized> PartRows<'a, S> {
    pub(super) fn new(part: u32, rows: &'a S) -> Self {
        Self { part, rows, seen: Cell::default() }
    }

    /// What the last pass has seen so far.
    pub(super) fn seen(&self) -> Seen {
        self.seen.get()
    }

    fn numbered(&self, chunk: Chunk) -> Result<Chunk, Error> {
        let Chunk { rows, numbers } = chunk;
        let rows = as_floats(rows);
        let view = HostRows::new(&rows)?;
        let mut numbers = numbers.ok_or(Error::Unnumbered)?;
        view.check_numbers(&numbers)?;
        if let Some(number) = numbers.iter().find(|&number| number >> ROW_BITS != 0) {
            return Err(Error::parts(format!(
                "part {} has a row {number}, but no part may have more than {} rows",
                self.part,
                1_u64 << ROW_BITS
            )));
        }
        let Seen { rows: before, mut digest } = self.seen.get();
        let width = rows.as_bytes().len() / numbers.len().max(1);
        for (number, row) in numbers.iter().zip(rows.as_bytes().chunks_exact(width.max(1))) {
            digest = digest.wrapping_add(xxh3_64_with_seed(row, *number));
        }
        self.seen.set(Seen { rows: before + numbers.len() as u64, digest });
        for number in &mut numbers {
            *number += first_row(self.part);
        }
        Ok(Chunk::from(rows).with_numbers(numbers))
    }
}

impl<S: RowSource + ?Sized> RowSource for PartRows<'_, S> {
    fn pass(&self, epoch: usize) -> Result<impl Iterator<Item = Result<Chunk, Error>>, Error> {
        self.seen.set(Seen::default());
        Ok(self.rows.pass(epoch)?.map(|chunk| self.numbered(chunk?)))
    }
}
