//! An object for random access, fetched block by block.

use std::collections::{BTreeSet, VecDeque};
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::ops::Range;

use super::object::{IN_FLIGHT, Object, PIECE_BYTES};
use super::random_file::{Fetch, RandomFile};
use super::temporary_file::{self, TemporaryFile};

/// The size of the blocks that are either fetched or not.
const BLOCK_BYTES: u64 = 1 << 20;
const PIECE_BLOCKS: usize = (PIECE_BYTES / BLOCK_BYTES) as usize;

/// The part of an object that was not fetched yet.
#[derive(Debug)]
struct Blocks {
    object: Object,
    /// Whether each block was fetched.
    present: Vec<bool>,
}

impl Object {
    /// The object as a sparse temporary file without a name, which takes space only for the fetched bytes. The space is freed when the file
    /// is dropped and not before, because not every file system can punch holes.
    pub(super) fn random(&self) -> io::Result<RandomFile> {
        let len = self.bytes();
        let file = TemporaryFile::of_zeros(len)?.into_file();
        let blocks = Blocks { object: self.clone(), present: vec![false; len.div_ceil(BLOCK_BYTES) as usize] };
        Ok(RandomFile::fetched(file, len, Box::new(blocks)))
    }
}

impl Fetch for Blocks {
    fn fetch(&mut self, ranges: Vec<Range<u64>>, mut file: &File) -> io::Result<()> {
        let mut missing = self.missing(&ranges).into_iter();
        let position = file.stream_position()?;
        let mut under_way = VecDeque::new();
        loop {
            while under_way.len() < IN_FLIGHT
                && let Some(blocks) = missing.next()
            {
                let start = blocks.start as u64 * BLOCK_BYTES;
                let end = (blocks.end as u64 * BLOCK_BYTES).min(self.object.bytes());
                under_way.push_back((blocks, start, self.object.fetch(start..end)?));
            }
            let Some((blocks, start, task)) = under_way.pop_front() else {
                break;
            };
            let bytes = task.wait()??;
            file.seek(SeekFrom::Start(start))?;
            file.write_all(&bytes).map_err(temporary_file::lack)?;
            self.present[blocks].fill(true);
        }
        file.seek(SeekFrom::Start(position))?;
        Ok(())
    }
}

impl Blocks {
    /// The blocks to fetch for some ranges, in runs of a few blocks.
    fn missing(&self, ranges: &[Range<u64>]) -> Vec<Range<usize>> {
        let blocks = |range: &Range<u64>| {
            let end = range.end.min(self.object.bytes()).div_ceil(BLOCK_BYTES);
            (range.start / BLOCK_BYTES) as usize..end as usize
        };
        let wanted: BTreeSet<_> =
            ranges.iter().filter(|range| !range.is_empty()).flat_map(blocks).filter(|&block| !self.present[block]).collect();
        let mut runs: Vec<Range<usize>> = Vec::new();
        for block in wanted {
            match runs.last_mut() {
                Some(run) if run.end == block && run.len() < PIECE_BLOCKS => run.end += 1,
                _ => runs.push(block..block + 1),
            }
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::super::object::tests::{noise, stored};
    use super::*;

    const LENGTH: usize = 40_000_001;

    fn at(file: &RandomFile, range: Range<u64>) -> Vec<u8> {
        let mut bytes = vec![0; (range.end - range.start) as usize];
        let mut reader = file.file();
        reader.seek(SeekFrom::Start(range.start)).unwrap();
        reader.read_exact(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn what_is_needed_is_there_and_the_rest_is_not() {
        let bytes = noise(LENGTH);
        let file = stored(&bytes).1.random().unwrap();
        assert_eq!((file.len(), file.file().metadata().unwrap().len()), (LENGTH as u64, LENGTH as u64));
        let tail = LENGTH as u64 - 10..LENGTH as u64;
        file.need(tail.clone()).unwrap();
        assert!(at(&file, tail) == bytes[LENGTH - 10..]);

        let two = [3_000_000..3_000_001, 2_500_000..2_600_000];
        file.need_all(two.clone()).unwrap();
        for range in two {
            assert!(at(&file, range.clone()) == bytes[range.start as usize..range.end as usize]);
        }
        assert!(at(&file, 10_000_000..11_000_000).iter().all(|&byte| byte == 0), "nobody needed that");

        file.need(0..LENGTH as u64 + 1_000).unwrap();
        assert!(at(&file, 0..LENGTH as u64) == bytes);
    }

    #[test]
    fn nothing_is_fetched_twice_and_the_position_stays() {
        let (store, object) = stored(&noise(3_000_000));
        let file = object.random().unwrap();
        file.file().seek(SeekFrom::Start(5)).unwrap();
        file.need_all([0..2_000_000, 7..7, 9_000_000..9_000_001]).unwrap();
        assert_eq!(file.file().stream_position().unwrap(), 5);
        store.put(b"another");
        file.need_all([100..2_000_000, 1_000_000..1_000_001]).unwrap();
        let error = file.need(2_500_000..2_500_001).unwrap_err().to_string();
        assert!(error.contains("changed while it was read"), "{error}");
    }

    #[test]
    fn runs_of_blocks_are_bounded() {
        let blocks = Blocks { object: stored(&noise(12 << 20)).1, present: [vec![false; 2], vec![true], vec![false; 9]].concat() };
        assert_eq!(blocks.missing(std::slice::from_ref(&(0..12 << 20))), [0..2, 3..11, 11..12]);
        assert_eq!(blocks.missing(&[(5 << 20) - 1..(5 << 20) + 1, 1..2]), [0..1, 4..6]);
        assert!(blocks.missing(&[2 << 20..3 << 20, 1..1, 13 << 20..14 << 20]).is_empty());
    }
}
