//! The rows of one part, with numbers that no row of another part has.

use std::cell::Cell;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::error::Error;
use crate::random::mix64;
use crate::rows::host_rows::{HostRows, as_floats};
use crate::rows::source::{Chunk, RowSource};

/// What is added to the numbers of a part's rows: far apart for any two parts, so that no two rows have one number, and 0 for the first part.
pub(super) fn first_row(part: u32) -> u64 {
    // The upper half of all numbers is left for the rows of the last.
    if part == 0 { 0 } else { mix64(part.into()) >> 1 }
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
        let Seen { rows: before, mut digest } = self.seen.get();
        let mut row = vec![0.0; view.features()];
        let mut bytes = vec![0; size_of_val(&*row)];
        for (at, number) in numbers.iter().enumerate() {
            // As f64, since a source may give the same row in another type in another pass.
            view.read_row(at, &mut row);
            bytes.as_chunks_mut().0.iter_mut().zip(&row).for_each(|(bytes, value)| *bytes = value.to_le_bytes());
            digest = digest.wrapping_add(xxh3_64_with_seed(&bytes, *number));
        }
        self.seen.set(Seen { rows: before + numbers.len() as u64, digest });
        for number in &mut numbers {
            *number = number.wrapping_add(first_row(self.part));
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
