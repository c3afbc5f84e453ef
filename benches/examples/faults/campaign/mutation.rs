//! Random changes of the bytes of any file.

use std::ops::Range;

use kitsune_benches::Random;

/// One change: bits, bytes, integers, cuts, insertions, and ranges that are doubled or swapped.
pub(super) fn change(bytes: &mut Vec<u8>, random: &mut Random) {
    if bytes.is_empty() {
        bytes.push(random.bits() as u8);
        return;
    }
    let (length, at) = (bytes.len(), random.below(bytes.len()));
    match random.below(10) {
        0 | 1 => bytes[at] ^= 1 << random.below(8),
        2 | 3 => bytes[at] = random.bits() as u8,
        4 => {
            let size = [1, 2, 4, 8][random.below(4)];
            let value = integer(random).to_le_bytes();
            bytes[at..].iter_mut().zip(&value[..size]).for_each(|(byte, &value)| *byte = value);
        }
        5 => bytes.truncate(at),
        6 => drop(bytes.drain(range(length, random))),
        7 => {
            let inserted: Vec<u8> = (0..=random.below(16)).map(|_| random.bits() as u8).collect();
            bytes.splice(at..at, inserted);
        }
        8 => {
            let copy = bytes[range(length, random)].to_vec();
            bytes.splice(at..at, copy);
        }
        _ => {
            let (first, second) = (range(length, random), range(length, random));
            let size = first.len().min(second.len());
            for offset in 0..size {
                bytes.swap(first.start + offset, second.start + offset);
            }
        }
    }
}

/// An integer at an edge of its range, or a small one.
pub(super) fn integer(random: &mut Random) -> i64 {
    match random.below(6) {
        0 => 0,
        1 => -1,
        2 => i64::MAX >> random.below(63),
        3 => 1 << random.below(63),
        4 => i64::MIN >> random.below(63),
        _ => random.below(1_000) as i64,
    }
}

/// A range, mostly a short one.
fn range(length: usize, random: &mut Random) -> Range<usize> {
    let start = random.below(length);
    let longest = if random.below(4) == 0 { length } else { 64 };
    start..(start + 1 + random.below(longest)).min(length)
}
