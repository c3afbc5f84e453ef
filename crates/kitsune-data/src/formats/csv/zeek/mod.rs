//! Zeek's own logs: cells without quotes below lines that begin with `#`, which name the columns and their types.
//!
//! Where logs were put together, such lines come again. They must be the same.

pub(super) mod joined;

use super::cells::Dialect;
use crate::error::{Error, TextError};
use crate::fault::quoted;
use crate::formats::columns::Kind;
use crate::formats::text_chunks::{Chunks, end_of_lines};
use crate::locations::data_file::DataFile;
use crate::locations::sniff::ZEEK_LOG;

/// Enough for the lines of most logs that describe the columns.
const CHUNK_BYTES: usize = 64 << 10;
pub(super) const MARK: u8 = b'#';
/// The names of the lines by which rows are read.
const NAMES: [&str; 5] = ["separator", "empty_field", "unset_field", "fields", "types"];

/// Whether a text is the beginning of a log.
pub(super) fn begins_log(text: &[u8]) -> bool {
    text.starts_with(ZEEK_LOG)
}

/// The lines at the start of a log.
#[derive(Clone, Debug)]
pub(super) struct LogHeader {
    separator: u8,
    /// The lines by which rows are read, each with its name.
    lines: Vec<(&'static str, Vec<u8>)>,
    pub(super) fields: Vec<String>,
    types: Vec<String>,
    /// Whether spaces join the last cells of each row.
    pub(super) is_joined: bool,
}

impl LogHeader {
    /// Reads the lines up to the first row; `None` if there are no rows and too few lines to describe any.
    pub(super) fn of(file: &DataFile) -> Result<Option<Self>, Error> {
        let mut chunks = Chunks::new(file.name(), file.open()?, CHUNK_BYTES, end_of_lines)?;
        let mut lines = Vec::new();
        while let Some(chunk) = chunks.next()? {
            for (number, line) in (chunk.line..).zip(chunk.text.split_inclusive(|&byte| byte == b'\n')) {
                let line = line.trim_ascii_end();
                if let Some(name) = name(line) {
                    lines.retain(|(other, _)| *other != name);
                    lines.push((name, line.to_owned()));
                }
                let is_row = !line.is_empty() && line[0] != MARK;
                let is_whole = ["fields", "types"].iter().all(|wanted| lines.iter().any(|(name, _)| name == wanted));
                if is_row || is_whole {
                    let described = Self::described(lines);
                    return described
                        .map(Some)
                        .map_err(|reason| TextError::ZeekHeader { file: file.name().into(), line: number, reason }.into());
                }
            }
        }
        Ok(None)
    }

    fn described(lines: Vec<(&'static str, Vec<u8>)>) -> Result<Self, String> {
        let line = |wanted: &str| lines.iter().find(|(name, _)| *name == wanted).map(|(_, line)| &line[..]);
        let separator = line("separator").and_then(separator).ok_or("#separator must be one character, such as \\x09")?;
        let cells = |wanted: &str| {
            let line = line(wanted).ok_or_else(|| format!("there is no line #{wanted} before the rows"))?;
            Ok::<_, String>(
                line.split(|&byte| byte == separator).skip(1).map(|cell| String::from_utf8_lossy(cell).into_owned()).collect::<Vec<_>>(),
            )
        };
        let (mut fields, mut types) = (cells("fields")?, cells("types")?);
        let is_joined = fields.last().is_some_and(|last| last.contains(joined::JOINT));
        if is_joined {
            (fields, types) = (joined::split(fields), joined::split(types));
        }
        if fields.is_empty() || fields.len() != types.len() {
            return Err(format!("#fields names {} columns, but #types names {}", fields.len(), types.len()));
        }
        Ok(Self { separator, lines, fields, types, is_joined })
    }

    pub(super) fn dialect(&self) -> Dialect {
        Dialect { delimiter: self.separator, comment: Some(MARK), decimal_comma: false, zeek: true }
    }

    /// The kinds of the columns. Sets, vectors and texts are no numbers.
    pub(super) fn kinds(&self) -> Vec<Kind> {
        let kind = |name: &String| match name.as_str() {
            "bool" | "count" | "counter" | "double" | "int" | "interval" | "port" | "time" => Kind::Number { exact_in_f32: false },
            other => Kind::Other(other.to_owned()),
        };
        self.types.iter().map(kind).collect()
    }

    /// The words that stand for a value that is not there.
    pub(super) fn missing_words(&self) -> Vec<String> {
        let words = ["unset_field", "empty_field"].into_iter().filter_map(|name| self.value(name));
        words.map(|word| String::from_utf8_lossy(word).into_owned()).collect()
    }

    /// The text of a cell that was never set.
    pub(super) fn unset(&self) -> Option<&[u8]> {
        self.value("unset_field")
    }

    fn value(&self, wanted: &str) -> Option<&[u8]> {
        let (_, line) = self.lines.iter().find(|(name, _)| *name == wanted)?;
        line.split(|&byte| byte == self.separator).nth(1)
    }

    /// Checks the lines of another log against those of this one.
    pub(super) fn check_all(&self, other: &Self) -> Result<(), String> {
        other.lines.iter().try_for_each(|(_, line)| self.check(line))
    }

    /// Checks a line that begins with `#` against that of the same name at the start.
    pub(super) fn check(&self, line: &[u8]) -> Result<(), String> {
        let line = line.trim_ascii_end();
        let first = name(line).and_then(|name| self.lines.iter().find(|(other, _)| *other == name));
        let Some((name, first)) = first.filter(|(_, first)| first != line) else { return Ok(()) };
        let (mut found, mut expected) = (line.split(|&byte| byte == self.separator), first.split(|&byte| byte == self.separator));
        let shown = |cell: Option<&[u8]>| cell.map_or_else(|| "nothing".to_owned(), |cell| quoted(&String::from_utf8_lossy(cell)));
        loop {
            match (found.next(), expected.next()) {
                (found, expected) if found != expected || found.is_none() => {
                    return Err(format!("#{name} has {} where the log had {} before", shown(found), shown(expected)));
                }
                _ => {}
            }
        }
    }
}

/// The name of a line by which rows are read.
fn name(line: &[u8]) -> Option<&'static str> {
    let line = line.strip_prefix(&[MARK])?;
    NAMES
        .into_iter()
        .find(|name| line.strip_prefix(name.as_bytes()).is_some_and(|rest| !rest.first().is_some_and(u8::is_ascii_alphanumeric)))
}

/// The separator that a line such as `#separator \x09` names.
fn separator(line: &[u8]) -> Option<u8> {
    let (_, text) = line.split_at_checked("#separator ".len())?;
    let byte = match text {
        [b'\\', b'x', digits @ ..] if digits.len() == 2 => u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?,
        [byte] => *byte,
        _ => return None,
    };
    let is_part_of_a_cell = byte.is_ascii_alphanumeric() || b"#+-.\n\r\0".contains(&byte);
    (byte.is_ascii() && !is_part_of_a_cell).then_some(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(lines: &[&str]) -> Result<LogHeader, String> {
        LogHeader::described(lines.iter().filter_map(|line| Some((name(line.as_bytes())?, line.as_bytes().to_owned()))).collect())
    }

    const CONN: [&str; 5] =
        ["#separator \\x09", "#set_separator\t,", "#unset_field\t-", "#fields\tts\tid.orig_p\tproto", "#types\ttime\tport\tenum"];

    #[test]
    fn a_header_describes_the_columns() {
        let conn = header(&CONN).unwrap();
        assert_eq!((conn.dialect().delimiter, conn.unset(), conn.is_joined), (b'\t', Some(&b"-"[..]), false));
        assert_eq!(conn.fields, ["ts", "id.orig_p", "proto"]);
        assert_eq!(conn.kinds()[1..], [Kind::Number { exact_in_f32: false }, Kind::Other("enum".into())]);
        let joined =
            header(&["#separator \\x09", "#fields\tts\ttunnels   label   detail", "#types\ttime\tset[string]   string   string"]).unwrap();
        assert_eq!((joined.fields.len(), joined.kinds().len(), joined.is_joined), (4, 4, true));
        let comma = header(&["#separator ,", "#fields,a,b", "#types,int,int"]).unwrap();
        assert_eq!((comma.dialect().delimiter, comma.fields.len()), (b',', 2));
    }

    #[test]
    fn a_header_that_describes_nothing_says_why() {
        for (lines, said) in [
            (&["#fields\ta", "#types\tint"][..], "#separator must be"),
            (&["#separator \\x0", "#fields\ta", "#types\tint"], "#separator must be"),
            (&["#separator \\x31", "#fields1a", "#types1int"], "#separator must be"),
            (&["#separator \\x0909", "#fields\ta", "#types\tint"], "#separator must be"),
            (&["#separator \\x09", "#types\tint"], "no line #fields"),
            (&["#separator \\x09", "#fields\ta"], "no line #types"),
            (&["#separator \\x09", "#fields\ta\tb", "#types\tint"], "#fields names 2 columns, but #types names 1"),
            (&["#separator \\x09", "#fields", "#types"], "#fields names 0 columns"),
        ] {
            let error = header(lines).unwrap_err();
            assert!(error.contains(said), "{lines:?}: {error}");
        }
    }

    #[test]
    fn a_header_that_comes_again_must_be_the_same() {
        let conn = header(&CONN).unwrap();
        for (line, said) in [
            ("#fields\tts\tid.orig_p\tproto\r\n", None),
            ("#close\t2026-01-31-12-00-00\n", None),
            ("#open\t2026-01-31-12-00-00\n", None),
            ("#separator \\x09\n", None),
            ("#fields\tts\tuid\tproto\n", Some("#fields has \"uid\" where the log had \"id.orig_p\" before")),
            ("#fields\tts\tid.orig_p\n", Some("#fields has nothing where the log had \"proto\" before")),
            ("#types\ttime\tport\tenum\tint\n", Some("#types has \"int\" where the log had nothing before")),
        ] {
            assert_eq!(conn.check(line.as_bytes()).err().as_deref(), said, "{line:?}");
        }
    }
}
