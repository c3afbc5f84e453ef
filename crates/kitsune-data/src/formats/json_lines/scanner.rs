//! Where the objects of a text begin and end, if they are elements of an array or follow each other without one.

use std::ops::Range;

use memchr::memchr2;

use super::blanks::trimmed_start;

/// How the rows of a file follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrangement {
    /// Each line is a row.
    Lines,
    /// Each object is a row, on several lines or several on one.
    Objects,
    /// Each element of an array is a row.
    Array,
}

impl Arrangement {
    /// The arrangement of a file by its beginning; `None` if more of it could change the answer.
    pub(super) fn of(start: &[u8]) -> Option<Self> {
        let start = trimmed_start(start);
        match start.first()? {
            b'[' => return Some(Self::Array),
            b'{' => {}
            // The parser of the line says what is wrong with it.
            _ => return Some(Self::Lines),
        }
        let end = Scanner::new(Self::Objects).end(start, 0).unwrap_or(start.len());
        if start[..end].contains(&b'\n') {
            return Some(Self::Objects);
        }
        let after = start[end..].iter().find(|byte| !b" \t\r".contains(byte))?;
        Some(if *after == b'{' { Self::Objects } else { Self::Lines })
    }
}

/// Finds the elements of a text that comes piece by piece. It sees strings and brackets, and leaves everything else to the parser.
#[derive(Debug)]
pub(super) struct Scanner {
    expected: Expected,
    /// The offset of the element that has begun, in the text with which [`scan`](Self::scan) continues.
    begun: Option<usize>,
    inside: Inside,
    /// The number of brackets that are open.
    depth: u32,
    /// The kinds of the innermost open brackets, the last one in the lowest bit: 1 for a square one.
    kinds: u128,
    /// The number of bytes of the next piece that belong to an escape.
    escaped: usize,
}

/// What may come between elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Object,
    Array,
    ElementOrEnd,
    Element,
    CommaOrEnd,
}

/// What the next byte of an element is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inside {
    Brackets,
    String,
    /// A number, or a word.
    Word,
}

/// A byte between elements that must not be there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misplaced {
    pub(super) at: usize,
    pub(super) reason: &'static str,
}

/// Whether a byte of an element, outside its strings, is a bracket or a quote.
const STRUCTURAL: [bool; 256] = {
    let mut structural = [false; 256];
    let bytes = b"{}[]\"";
    let mut at = 0;
    while at < bytes.len() {
        structural[bytes[at] as usize] = true;
        at += 1;
    }
    structural
};

impl Scanner {
    /// For the text of a file from its first byte.
    pub(super) fn new(arrangement: Arrangement) -> Self {
        let expected = if arrangement == Arrangement::Array { Expected::Array } else { Expected::Object };
        Self { expected, begun: None, inside: Inside::Brackets, depth: 0, kinds: 0, escaped: 0 }
    }

    /// Appends the ranges of the elements that end in the text, of which the first `from` bytes were scanned before.
    ///
    /// The next call continues with a text that begins with the element that has [`begun`](Self::begun), if one has.
    pub(super) fn scan(&mut self, text: &[u8], from: usize, elements: &mut Vec<Range<u32>>) -> Result<(), Misplaced> {
        let mut at = from + std::mem::take(&mut self.escaped);
        self.begun = self.begun.map(|_| 0);
        while at < text.len() {
            let Some(start) = self.begun else {
                at = self.between(text, at)?;
                continue;
            };
            let Some(end) = self.end(text, at) else { return Ok(()) };
            elements.push(start as u32..end as u32);
            (self.begun, self.depth, self.kinds) = (None, 0, 0);
            if self.expected != Expected::Object {
                self.expected = Expected::CommaOrEnd;
            }
            at = end;
        }
        Ok(())
    }

    /// The offset of the element that has begun but not ended in the last text.
    pub(super) fn begun(&self) -> Option<usize> {
        self.begun
    }

    /// What is missing at the end of the file, if anything.
    pub(super) fn missing(&self) -> Option<&'static str> {
        match (self.begun, self.expected) {
            (Some(_), _) => Some("it never ends"),
            (None, Expected::ElementOrEnd | Expected::Element | Expected::CommaOrEnd) => Some("the array never ends"),
            (None, Expected::Object | Expected::Array) => None,
        }
    }

    /// Passes a byte between elements, or begins an element with it. Returns the offset at which the scan continues.
    fn between(&mut self, text: &[u8], at: usize) -> Result<usize, Misplaced> {
        use Expected as E;
        let misplaced = |reason| Err(Misplaced { at, reason });
        match (text[at], self.expected) {
            (b' ' | b'\t' | b'\r' | b'\n', _) => {}
            (b'[', E::Array) => self.expected = E::ElementOrEnd,
            (b']', E::ElementOrEnd | E::CommaOrEnd) => self.expected = E::Array,
            (b',', E::CommaOrEnd) => self.expected = E::Element,
            (b',', E::Object) => return misplaced("objects with commas between them must be in an array"),
            (_, E::Array) => return misplaced("after the end of an array there may only be another array"),
            (_, E::CommaOrEnd) => return misplaced("expected a comma, or the end of the array"),
            (b',' | b']' | b'}', _) => return misplaced("expected an object"),
            (byte, E::Object | E::ElementOrEnd | E::Element) => {
                self.begun = Some(at);
                self.inside = match byte {
                    b'{' | b'[' => Inside::Brackets,
                    b'"' => Inside::String,
                    _ => Inside::Word,
                };
                return Ok(if byte == b'"' { at + 1 } else { at });
            }
        }
        Ok(at + 1)
    }

    /// The end of the element that has begun, if it is in the text.
    fn end(&mut self, text: &[u8], mut at: usize) -> Option<usize> {
        loop {
            match self.inside {
                Inside::Word => return Some(at + text[at..].iter().position(|byte| b" \t\r\n,]}[{\"".contains(byte))?),
                Inside::String => {
                    let found = at + memchr2(b'"', b'\\', &text[at..])?;
                    if text[found] == b'\\' {
                        at = found + 2;
                        if at > text.len() {
                            self.escaped = 1;
                            return None;
                        }
                        continue;
                    }
                    self.inside = Inside::Brackets;
                    at = found + 1;
                    if self.depth == 0 {
                        return Some(at);
                    }
                }
                Inside::Brackets => {
                    let found = at + text[at..].iter().position(|&byte| STRUCTURAL[usize::from(byte)])?;
                    at = found + 1;
                    match text[found] {
                        b'"' => self.inside = Inside::String,
                        open @ (b'{' | b'[') => {
                            self.depth += 1;
                            self.kinds = (self.kinds << 1) | u128::from(open == b'[');
                        }
                        close => {
                            let fits = (self.kinds & 1 == 1) == (close == b']');
                            self.depth -= 1;
                            self.kinds >>= 1;
                            // At a bracket that does not fit, the parser finds what is wrong.
                            if self.depth == 0 || !fits {
                                return Some(at);
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_object_shows_how_rows_follow_each_other() {
        use Arrangement::{Array, Lines, Objects};
        for (start, expected) in [
            ("", None),
            (" \n \n", None),
            ("{\"a\":1}", None),
            ("{\"a\":1", None),
            ("{\"a\":1}\n", Some(Lines)),
            ("\n {\"a\":{\"b\":\"}\"}} \r\n{", Some(Lines)),
            ("{\"a\":1} x\n", Some(Lines)),
            ("1,2\n", Some(Lines)),
            ("{\"a\":1}{\"a\":2}", Some(Objects)),
            ("{\"a\":1} {", Some(Objects)),
            ("{\n", Some(Objects)),
            ("{\"a\":\n1}\n", Some(Objects)),
            (" [", Some(Array)),
            ("[1,2]\n", Some(Array)),
        ] {
            assert_eq!(Arrangement::of(start.as_bytes()), expected, "{start:?}");
        }
    }

    /// The elements of a text that comes in pieces of `size` bytes, and what is wrong after them.
    fn elements(text: &str, arrangement: Arrangement, size: usize) -> (Vec<String>, Option<&'static str>) {
        let (mut scanner, mut found, mut rest) = (Scanner::new(arrangement), Vec::new(), Vec::new());
        for piece in text.as_bytes().chunks(size) {
            let (from, mut ranges) = (rest.len(), Vec::new());
            rest.extend_from_slice(piece);
            let scanned = scanner.scan(&rest, from, &mut ranges);
            found.extend(ranges.iter().map(|range| String::from_utf8(rest[range.start as usize..range.end as usize].to_vec()).unwrap()));
            if let Err(misplaced) = scanned {
                return (found, Some(misplaced.reason));
            }
            rest = scanner.begun().map_or_else(Vec::new, |begun| rest[begun..].to_vec());
        }
        (found, scanner.missing())
    }

    #[test]
    fn elements_are_found_in_pieces_of_any_size() {
        use Arrangement::{Array, Objects};
        let odd = r#"{"a":"}\"\\","b":[{"c":"]"},[]]}"#;
        for (text, arrangement, expected, wrong) in [
            (format!("[{odd},\n {{}} , {odd}]\n"), Array, vec![odd, "{}", odd], None),
            ("[]".into(), Array, vec![], None),
            ("[{}]\n[{},{}]\n".into(), Array, vec!["{}"; 3], None),
            ("[1,\"a,]\",[2],null]".into(), Array, vec!["1", "\"a,]\"", "[2]", "null"], None),
            (format!("{odd}{odd}\n\n {{}}\n"), Objects, vec![odd, odd, "{}"], None),
            ("[{},]".into(), Array, vec!["{}"], Some("expected an object")),
            ("[,{}]".into(), Array, vec![], Some("expected an object")),
            ("[{} {}]".into(), Array, vec!["{}"], Some("expected a comma, or the end of the array")),
            ("[{}] {}".into(), Array, vec!["{}"], Some("after the end of an array there may only be another array")),
            ("[{}".into(), Array, vec!["{}"], Some("the array never ends")),
            ("[".into(), Array, vec![], Some("the array never ends")),
            ("[{\"a\":[1}, {}]".into(), Array, vec!["{\"a\":[1}", "{}"], None),
            ("[{\"a\":\"\\".into(), Array, vec![], Some("it never ends")),
            ("{},{}".into(), Objects, vec!["{}"], Some("objects with commas between them must be in an array")),
        ] {
            for size in [1, 2, 3, 7, text.len()] {
                let found = elements(&text, arrangement, size);
                assert_eq!(found, (expected.iter().map(ToString::to_string).collect(), wrong), "{text:?} in pieces of {size}");
            }
        }
    }
}
