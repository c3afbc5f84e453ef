//! Random changes of valid files.

use std::ops::Range;

/// `SplitMix64`.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// The numbers of one case, which do not depend on earlier cases.
    pub(crate) fn of_case(seed: u64, case: u64) -> Self {
        let mut random = Self(seed);
        Self(random.next() ^ case.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    pub(crate) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// Some part of a file: mostly short, wherever it is.
    fn range(&mut self, length: usize) -> Range<usize> {
        let start = self.below(length + 1);
        let longest = if self.one_in(4) { length } else { 16 };
        start..(start + 1 + self.below(longest)).min(length)
    }
}

/// No mutation makes a file longer.
const LONGEST: usize = 64 << 10;

/// What is known of a format.
pub(crate) struct Mutator {
    pub(crate) seeds: Vec<Vec<u8>>,
    /// What is put into files.
    pub(crate) tokens: &'static [&'static [u8]],
    /// Whether there are integers of some bytes in the files.
    pub(crate) binary: bool,
    /// Every other change is one that only this format has.
    pub(crate) special: Option<fn(&mut Vec<u8>, &mut Random)>,
}

impl Mutator {
    /// A valid file with a few changes.
    pub(crate) fn file(&self, random: &mut Random) -> Vec<u8> {
        let mut bytes = random.pick(&self.seeds).clone();
        for _ in 0..[1, 1, 1, 2, 3, 6][random.below(6)] {
            match self.special {
                Some(change) if random.one_in(2) => change(&mut bytes, random),
                _ => self.change(&mut bytes, random),
            }
        }
        bytes.truncate(LONGEST);
        bytes
    }

    fn change(&self, bytes: &mut Vec<u8>, random: &mut Random) {
        let length = bytes.len();
        let at = random.below(length);
        match random.below(if self.binary { 14 } else { 10 }) {
            _ if length == 0 => bytes.extend_from_slice(random.pick::<&[u8]>(self.tokens)),
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = random.next() as u8,
            2 | 3 => {
                let token = *random.pick(self.tokens);
                let end = (at + token.len()).min(length);
                bytes.splice(at..end, token.iter().copied());
            }
            4 | 5 => {
                let token = *random.pick(self.tokens);
                bytes.splice(at..at, token.iter().copied());
            }
            6 => drop(bytes.drain(random.range(length))),
            7 => {
                let copy = bytes[random.range(length)].to_vec();
                if self.binary && random.one_in(2) {
                    // Over what is there, so that nothing behind it moves.
                    let end = (at + copy.len()).min(length);
                    bytes[at..end].copy_from_slice(&copy[..end - at]);
                } else {
                    bytes.splice(at..at, copy);
                }
            }
            8 => {
                let other = random.pick(&self.seeds);
                let from = if random.one_in(2) { at.min(other.len()) } else { random.below(other.len() + 1) };
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            9 => bytes.truncate(at),
            _ => {
                let size = [1, 2, 4, 8][random.below(4)];
                // Integers stand at multiples of their size.
                let at = at / size * size;
                let old = bytes[at..(at + size).min(length)].iter().rev().fold(0, |value, &byte| (value << 8) | u64::from(byte));
                let value = extreme(old, random).to_le_bytes();
                bytes[at..].iter_mut().zip(&value[..size]).for_each(|(byte, &value)| *byte = value);
            }
        }
    }
}

/// An integer at an edge of its range, or near the old one.
pub(crate) fn extreme(old: u64, random: &mut Random) -> u64 {
    match random.below(8) {
        0 => 0,
        1 => u64::MAX >> random.below(64),
        2 => 1 << random.below(64),
        3 => (1_u64 << random.below(64)).wrapping_neg(),
        4 => old.wrapping_add(1 + random.below(16) as u64),
        5 => old.wrapping_sub(1 + random.below(16) as u64),
        6 => old.wrapping_mul(1 << random.below(32)),
        _ => random.below(300) as u64,
    }
}
