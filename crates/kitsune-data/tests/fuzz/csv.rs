//! Mutated CSV files, compared with a naive parser.

use std::path::Path;

use kitsune_data::{Format, Header, Missing, SourceOptions};

use crate::mutator::{Mutator, Random};
use crate::outcome::Outcome;
use crate::run::{Subject, fuzz};

/// What stands in for missing values.
pub(crate) const FILL: f64 = -7.5;

#[derive(Clone, Debug)]
pub(crate) struct How {
    pub(crate) header: Option<Header>,
    pub(crate) delimiter: u8,
    pub(crate) comment: Option<u8>,
    pub(crate) missing: Missing,
    /// Leaves out the rows whose last cell says that they are not normal; only of files without names.
    pub(crate) label: bool,
    pub(crate) keep: bool,
}

pub(crate) struct Csv;

impl Subject for Csv {
    const EXTENSION: &'static str = "csv";
    const CASES: u64 = 1_200;
    type How = How;

    fn mutator() -> Mutator {
        let plain = (0..12).map(|row| format!("{row},{}.25,-{row}e-2\n", row * row)).collect::<Vec<_>>().concat();
        let seeds = [
            plain.clone(),
            format!("a,b,c\n{plain}"),
            plain.replace('\n', "\r\n"),
            format!("\u{feff}a,b,c\r\n{}", plain.replace('\n', "\r\n")),
            plain.replace(',', ";"),
            plain.replace(',', "\t"),
            plain.replace('\n', ",0\n") + "1,2,3,1\n",
            "# a comment, with \"quotes\"\na,b\n#\n1,2\n# 3,4\n5,6\n\n\n".into(),
            "\"a \"\"b\"\"\",\"c,d\"\n\"1\",\" 2 \"\n\"3\n\",4\r\n\"5\" ,\"\n6\"\n".into(),
            "x,y\n1,\n,2\nNA,3\n4,n/a\nnull,?\nnan,-inf\n5,6\n".into(),
            "1.5,true\n2.5,false\n3.5,0\n4.5,1\n 5 ,\" 0 \"\n".into(),
            "7\n8\n9".into(),
        ];
        let tokens: &[&[u8]] = &[
            b"\"",
            b"\"\"",
            b",",
            b";",
            b"\t",
            b"\n",
            b"\r\n",
            b"\r",
            b"\0",
            b"\xff",
            b"\xef\xbb\xbf",
            b" ",
            b"#",
            b"0",
            b"9",
            b".",
            b"-",
            b"+",
            b"e",
            b"E5",
            b"nan",
            b"inf",
            b"-Infinity",
            b"NA",
            b"null",
            b"?",
            b"1e999",
            b"1e-999",
            b"\n\n",
            b",,",
            b"\x0b",
            b"\x0c",
            b"\xc2\xa0",
            b"true",
            b"0.1234567890123456789012345",
            b"9223372036854775808",
            b"x",
        ];
        Mutator { seeds: seeds.map(String::into_bytes).into(), tokens, binary: false }
    }

    fn how(random: &mut Random) -> How {
        let header = [None, Some(Header::Present), Some(Header::Absent), Some(Header::Absent)][random.below(4)];
        How {
            header,
            delimiter: *random.pick(b",,,,;\t"),
            comment: random.one_in(3).then_some(b'#'),
            missing: [Missing::Refuse, Missing::Refuse, Missing::Fill(FILL), Missing::Drop][random.below(4)].clone(),
            label: header == Some(Header::Absent) && random.one_in(3),
            keep: random.one_in(4),
        }
    }

    fn read(path: &Path, how: &How) -> Outcome {
        let mut options = SourceOptions::new().with_format(Format::Csv).with_delimiter(how.delimiter.into()).unwrap();
        if let Some(header) = how.header {
            options = options.with_header(header);
        }
        if let Some(comment) = how.comment {
            options = options.with_comment(comment.into()).unwrap();
        }
        let source = options.open(path).and_then(|source| {
            let (source, columns) = (source.clone().with_missing(how.missing.clone()), source.features());
            let source = if how.keep && columns > 0 { source.keep(["0"])? } else { source };
            if how.label && columns > 0 { Ok(source.with_label(&(columns - 1).to_string())?.normal_only()) } else { Ok(source) }
        });
        Outcome::of(source, path)
    }

    fn check(bytes: &[u8], how: &How, found: &Outcome) -> Result<&'static str, String> {
        if bytes.starts_with(b"\x1f\x8b") || bytes.starts_with(b"\x28\xb5\x2f\xfd") {
            return Ok("compressed");
        }
        found.check_same(&naive(bytes, how))?;
        Ok(if found.error.is_some() { "errors" } else { "read" })
    }

    fn known(_: &str) -> bool {
        false
    }
}

#[test]
fn mutated_csv_is_read_as_a_naive_parser_reads_it() {
    fuzz::<Csv>();
}

/// A row as it is written.
enum Line {
    Blank,
    Cells(Vec<Vec<u8>>),
    /// A quote is still open at the end of the file.
    Open,
}

/// Reads the same, byte by byte and cell by cell, as slowly and plainly as can be.
fn naive(text: &[u8], how: &How) -> Outcome {
    let mut outcome = Outcome::default();
    let lines = lines(text, how);
    let is_text = is_text(&lines);
    let lines = lines.into_iter();
    let mut width = None;
    let mut blank = false;
    for line in lines {
        let cells = match line {
            Line::Blank => {
                blank = true;
                continue;
            }
            Line::Open => return outcome.failed("an open quote"),
            Line::Cells(_) if blank => return outcome.failed("a blank line"),
            Line::Cells(cells) => cells,
        };
        if width.is_none() {
            width = Some(cells.len());
            match header(&cells, how) {
                Err(error) => return outcome.failed(error),
                Ok(_) if is_text => return outcome.failed("a column of text"),
                Ok(Some(names)) => {
                    if (1..names.len()).any(|at| names[..at].contains(&names[at])) {
                        return outcome.failed("a name twice");
                    }
                    outcome.names = Some(names);
                    continue;
                }
                Ok(None) if how.label && cells.len() == 1 => return outcome.failed("no features"),
                Ok(None) => {}
            }
        }
        if width != Some(cells.len()) {
            return outcome.failed("a row of another width");
        }
        match row(&cells, how) {
            Err(error) => return outcome.failed(error),
            Ok(row) => outcome.rows.extend(row),
        }
    }
    outcome
}

/// Whether a column has no number in the hundred rows after the first, and several texts.
fn is_text(lines: &[Line]) -> bool {
    let rows = lines.iter().take_while(|line| !matches!(line, Line::Open));
    let mut rows = rows.filter_map(|line| if let Line::Cells(cells) = line { Some(cells) } else { None });
    let Some(width) = rows.next().map(Vec::len) else { return false };
    let rows: Vec<_> = rows.filter(|row| row.len() == width).take(100).collect();
    (0..width).any(|column| {
        let texts = rows.iter().filter(|row| number(&row[column]).is_err()).count();
        texts > 1 && rows.iter().all(|row| !matches!(number(&row[column]), Ok(Some(_))))
    })
}

fn lines(text: &[u8], how: &How) -> Vec<Line> {
    let mut text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).to_vec();
    if !text.is_empty() && !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    let mut lines = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if Some(text[at]) == how.comment {
            while text[at] != b'\n' {
                at += 1;
            }
            at += 1;
            continue;
        }
        let mut cells = vec![Vec::new()];
        loop {
            let cell: &mut Vec<u8> = cells.last_mut().unwrap();
            if cell.is_empty() && text[at] == b'"' {
                // On to the quote that is not doubled.
                cell.push(text[at]);
                at += 1;
                loop {
                    if at == text.len() {
                        lines.push(Line::Open);
                        return lines;
                    }
                    cell.push(text[at]);
                    at += 1;
                    if text[at - 1] == b'"' {
                        if text.get(at) != Some(&b'"') {
                            break;
                        }
                        cell.push(b'"');
                        at += 1;
                    }
                }
                if at == text.len() {
                    lines.push(Line::Open);
                    return lines;
                }
            }
            let byte = text[at];
            at += 1;
            if byte == how.delimiter {
                cells.push(Vec::new());
            } else if byte == b'\n' {
                break;
            } else {
                cells.last_mut().unwrap().push(byte);
            }
        }
        let is_blank = matches!(&cells[..], [cell] if cell.iter().all(u8::is_ascii_whitespace));
        lines.push(if is_blank { Line::Blank } else { Line::Cells(cells) });
    }
    lines
}

/// The names in the first row, if these are names.
fn header(cells: &[Vec<u8>], how: &How) -> Result<Option<Vec<String>>, &'static str> {
    let mut texts = Vec::new();
    for cell in cells {
        texts.push(String::from_utf8(unquoted(cell)).map_err(|_| "no UTF-8")?.trim().to_owned());
    }
    if texts.len() == 1 && ";\t|,".chars().any(|other| other != char::from(how.delimiter) && texts[0].contains(other)) {
        return Err("another delimiter");
    }
    let is_header = if let Some(header) = how.header {
        header == Header::Present
    } else {
        let counts_up = texts.len() > 1 && texts.iter().enumerate().all(|(column, text)| *text == column.to_string());
        let numbers = texts.iter().filter(|text| text.parse::<f64>().is_ok()).count();
        if counts_up || (numbers > 0 && numbers < texts.len()) {
            return Err("an unclear header");
        }
        numbers == 0
    };
    let name = |(column, text): (usize, String)| if text.is_empty() { format!("column {}", column + 1) } else { text };
    Ok(is_header.then(|| texts.into_iter().enumerate().map(name).collect()))
}

/// The features of a row, unless it is left out.
fn row(cells: &[Vec<u8>], how: &How) -> Result<Option<Vec<f64>>, String> {
    let (features, label) = cells.split_at(cells.len() - usize::from(how.label));
    if let [label] = label
        && number(label)?.filter(|label| label.is_finite()).ok_or("no label")? != 0.0
    {
        return Ok(None);
    }
    let mut row = Vec::new();
    for cell in features {
        match (number(cell)?.filter(|value| value.is_finite()), &how.missing) {
            (Some(value), _) => row.push(value),
            (None, Missing::Fill(value)) => row.push(*value),
            // The rest of the row must be right all the same.
            (None, Missing::Drop) => row.push(f64::NAN),
            (None, _) => return Err("a missing value".into()),
        }
    }
    Ok(row.iter().all(|value| value.is_finite()).then_some(row))
}

/// The number in a cell, or `None` if the cell says that the value is missing.
fn number(cell: &[u8]) -> Result<Option<f64>, String> {
    let text = String::from_utf8(unquoted(cell)).map_err(|_| "no UTF-8")?;
    let text = text.trim_matches(is_blank);
    if text.is_empty() || ["na", "n/a", "null", "none", "?"].contains(&&text.to_ascii_lowercase()[..]) {
        return Ok(None);
    }
    match &text.to_ascii_lowercase()[..] {
        "true" => Ok(Some(1.0)),
        "false" => Ok(Some(0.0)),
        _ => text.parse().map(Some).map_err(|_| format!("{text} is no number")),
    }
}

fn is_blank(letter: char) -> bool {
    letter.is_ascii_whitespace()
}

fn unquoted(cell: &[u8]) -> Vec<u8> {
    let end = cell.iter().rposition(|byte| !byte.is_ascii_whitespace()).map_or(0, |at| at + 1);
    if end < 2 || cell[0] != b'"' || cell[end - 1] != b'"' {
        return cell.to_vec();
    }
    let mut content = Vec::new();
    let mut bytes = cell[1..end - 1].iter().peekable();
    while let Some(&byte) = bytes.next() {
        content.push(byte);
        if byte == b'"' {
            bytes.next_if_eq(&&b'"');
        }
    }
    content
}
