//! The integers in the footer and the page headers of a Parquet file, found and replaced.

use std::ops::Range;

/// The fields of the footer on the way to a column chunk, and those of its description, by their numbers in the Thrift definition of Parquet.
const ROW_GROUPS: i16 = 4;
const COLUMNS: i16 = 1;
const META_DATA: i16 = 3;
const COMPRESSED_SIZE: i16 = 7;
const DATA_PAGE: i16 = 9;
const DICTIONARY_PAGE: i16 = 11;

/// An integer of a struct, or of one in it.
#[derive(Clone, Debug)]
pub(crate) struct Integer {
    /// The number of the field, and of each field or element inside of the one before.
    pub(crate) path: Vec<i16>,
    range: Range<usize>,
    pub(crate) value: i64,
}

/// Where the footer of a valid file is.
pub(crate) fn footer(bytes: &[u8]) -> Range<usize> {
    let end = bytes.len() - 8;
    end - u32::from_le_bytes(bytes[end..end + 4].try_into().unwrap()) as usize..end
}

/// Where the page headers of a valid file are.
pub(crate) fn page_headers(bytes: &[u8]) -> Vec<usize> {
    let chunks = chunks(&integers(bytes, footer(bytes).start).0);
    let mut headers = Vec::new();
    for Range { start: mut at, end } in chunks.into_iter().map(|(_, range)| range) {
        while at < end {
            headers.push(at);
            let (integers, content) = integers(bytes, at);
            let size = integers.iter().find(|integer| integer.path == [3]).unwrap().value;
            // After other changes a size may be below 0, and would lead back.
            at = content + usize::try_from(size).unwrap();
        }
    }
    headers
}

/// The integers of the struct at an offset, and its end.
pub(crate) fn integers(bytes: &[u8], at: usize) -> (Vec<Integer>, usize) {
    let mut walk = Walk { bytes, at, path: Vec::new(), found: Vec::new() };
    walk.structure();
    (walk.found, walk.at)
}

/// The file with another integer in the struct at an offset. Offsets and sizes in the footer follow the bytes that move.
pub(crate) fn with_integer(bytes: &[u8], at: usize, path: &[i16], value: i64) -> Vec<u8> {
    let old = integers(bytes, at).0.into_iter().find(|integer| integer.path == path).unwrap();
    let new = encoded(value);
    let by = new.len() as i64 - old.range.len() as i64;
    let mut changed = bytes.to_vec();
    changed.splice(old.range.clone(), new);
    let Range { start, end } = footer(bytes);
    if at >= start {
        let end = (end as i64 + by) as usize;
        changed[end..end + 4].copy_from_slice(&((end - start) as u32).to_le_bytes());
        return changed;
    }
    let moved = (start as i64 + by) as usize;
    for (chunk, range) in chunks(&integers(&changed, moved).0) {
        let field = |number| [&chunk[..], &[number]].concat();
        for number in [DATA_PAGE, DICTIONARY_PAGE] {
            let offset = integers(&changed, moved).0.into_iter().find(|integer| integer.path == field(number));
            if let Some(offset) = offset.filter(|offset| offset.value > at as i64) {
                changed = with_integer(&changed, moved, &offset.path, offset.value + by);
            }
        }
        if range.contains(&at) {
            changed = with_integer(&changed, moved, &field(COMPRESSED_SIZE), range.len() as i64 + by);
        }
    }
    changed
}

/// The path to the description of each column chunk, and where the chunk is.
fn chunks(footer: &[Integer]) -> Vec<(Vec<i16>, Range<usize>)> {
    let of = |path: &[i16], number| {
        footer.iter().find(|integer| integer.path == [path, &[number]].concat()).map(|integer| integer.value as usize)
    };
    let sizes = footer.iter().filter_map(|integer| match integer.path[..] {
        [ROW_GROUPS, _, COLUMNS, _, META_DATA, COMPRESSED_SIZE] => Some((integer.path[..5].to_vec(), integer.value as usize)),
        _ => None,
    });
    let chunk = |(path, size): (Vec<i16>, usize)| {
        let start = of(&path, DICTIONARY_PAGE).or(of(&path, DATA_PAGE)).unwrap();
        (path, start..start + size)
    };
    sizes.map(chunk).collect()
}

fn encoded(value: i64) -> Vec<u8> {
    let (mut zigzag, mut bytes) = (((value << 1) ^ (value >> 63)) as u64, Vec::new());
    while zigzag >= 0x80 {
        bytes.push(zigzag as u8 | 0x80);
        zigzag >>= 7;
    }
    bytes.push(zigzag as u8);
    bytes
}

/// The way through a valid struct in Thrift's compact protocol.
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    path: Vec<i16>,
    found: Vec<Integer>,
}

impl Walk<'_> {
    fn structure(&mut self) {
        let mut number = 0;
        loop {
            let head = self.byte();
            if head == 0 {
                return;
            }
            number = if head >> 4 == 0 { self.varint() as i16 >> 1 } else { number + i16::from(head >> 4) };
            self.path.push(number);
            self.value(head & 0x0f);
            self.path.pop();
        }
    }

    fn value(&mut self, kind: u8) {
        match kind {
            1 | 2 => {}
            3 => self.at += 1,
            4..=6 => {
                let start = self.at;
                let zigzag = self.varint();
                let value = (zigzag >> 1) as i64 ^ -((zigzag & 1) as i64);
                self.found.push(Integer { path: self.path.clone(), range: start..self.at, value });
            }
            7 => self.at += 8,
            8 => {
                let length = self.varint() as usize;
                self.at += length;
            }
            9 => {
                let head = self.byte();
                let length = if head >> 4 == 15 { self.varint() } else { u64::from(head >> 4) };
                for element in 0..length as i16 {
                    self.path.push(element);
                    self.value(head & 0x0f);
                    self.path.pop();
                }
            }
            12 => self.structure(),
            _ => panic!("type {kind}"),
        }
    }

    fn byte(&mut self) -> u8 {
        self.at += 1;
        self.bytes[self.at - 1]
    }

    fn varint(&mut self) -> u64 {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte();
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        number
    }
}
