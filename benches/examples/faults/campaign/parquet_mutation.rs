//! Changes of the parts of a Parquet file: page headers, pages, the fields of the footer and its length.

use std::ops::Range;

use kitsune_benches::Random;

use super::mutation::{change, integer};
use super::thrift::{Number, numbers};

/// The length of the footer and the magic bytes behind it.
const TAIL: usize = 8;
/// The fields of the footer that say where the pages of a column chunk begin, and how long they are.
const DATA_PAGES: [i64; 4] = [4, 1, 3, 9];
const DICTIONARY_PAGE: [i64; 4] = [4, 1, 3, 11];
/// The field of a page header with the size of the page as it is stored.
const STORED_BYTES: [i64; 1] = [3];

/// Damages a sound file in one of its parts, and says in which.
pub(super) fn damage(bytes: &mut Vec<u8>, random: &mut Random) -> &'static str {
    match random.below(20) {
        0..9 => {
            let pages = pages(bytes);
            if !pages.is_empty() {
                let page = &pages[random.below(pages.len())];
                change_header(bytes, page, random);
            }
            "page header"
        }
        9..16 => {
            for _ in 0..=random.below(2) {
                change_footer(bytes, random);
            }
            "footer"
        }
        16 => {
            let start = bytes.len() - TAIL;
            let mut tail = bytes.split_off(start);
            change(&mut tail, random);
            bytes.extend(tail);
            "end"
        }
        17 | 18 => {
            let pages = pages(bytes);
            if !pages.is_empty() {
                let body = pages[random.below(pages.len())].body.clone();
                let mut page = bytes[body.clone()].to_vec();
                change(&mut page, random);
                // Of the same length, so that what follows is where it was.
                page.resize(body.len(), 0);
                bytes.splice(body, page);
            }
            "page"
        }
        _ => {
            change(bytes, random);
            "file"
        }
    }
}

struct Page {
    header: Vec<Number>,
    body: Range<usize>,
}

fn footer_start(bytes: &[u8]) -> Option<usize> {
    let tail = bytes.len().checked_sub(TAIL)?;
    let length = u32::from_le_bytes(*bytes[tail..].first_chunk()?);
    tail.checked_sub(length as usize)
}

/// All pages, as far as they are sound.
fn pages(bytes: &[u8]) -> Vec<Page> {
    let mut pages = Vec::new();
    let Some((footer, _)) = footer_start(bytes).and_then(|start| numbers(bytes, start)) else { return pages };
    let end = footer_start(bytes).unwrap_or(0);
    let mut starts: Vec<_> = footer
        .iter()
        .filter(|number| number.path == DATA_PAGES || number.path == DICTIONARY_PAGE)
        .map(|number| number.value as usize)
        .collect();
    starts.sort_unstable();
    for (chunk, &start) in starts.iter().enumerate() {
        let (mut at, end) = (start, starts.get(chunk + 1).copied().unwrap_or(end));
        while at < end {
            let Some((header, body)) = numbers(bytes, at) else { break };
            let stored = header.iter().find(|number| number.path == STORED_BYTES).map_or(0, |number| number.value.max(0) as usize);
            at = (body + stored).min(end);
            pages.push(Page { header, body: body..at });
        }
    }
    pages
}

fn other_value(number: &Number, random: &mut Random) -> i64 {
    match random.below(3) {
        0 => number.value.wrapping_add(random.below(9) as i64 - 4),
        1 => number.value.wrapping_mul(1 << random.below(20)),
        _ => integer(random),
    }
}

fn change_header(bytes: &mut Vec<u8>, page: &Page, random: &mut Random) {
    let Some(number) = page.header.get(random.below(page.header.len())) else { return };
    let encoded = number.encoded(other_value(number, random));
    let (more, fewer) = (encoded.len().saturating_sub(number.bytes.len()), number.bytes.len().saturating_sub(encoded.len()));
    if random.below(2) == 0 {
        // What follows stays where it was: the page loses or gains bytes at its end.
        bytes.drain(page.body.end - more.min(page.body.len())..page.body.end);
        let end = page.body.end - more.min(page.body.len());
        bytes.splice(end..end, vec![0; fewer]);
    }
    bytes.splice(number.bytes.clone(), encoded);
}

fn change_footer(bytes: &mut Vec<u8>, random: &mut Random) {
    let Some(start) = footer_start(bytes) else { return };
    let Some((numbers, _)) = numbers(bytes, start) else { return };
    let number = &numbers[random.below(numbers.len())];
    let encoded = number.encoded(other_value(number, random));
    bytes.splice(number.bytes.clone(), encoded);
    let tail = bytes.len() - TAIL;
    let length = (tail - start) as u32;
    bytes.splice(tail..tail + 4, length.to_le_bytes());
}
