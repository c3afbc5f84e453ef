//! Mutated CSV files, compared with a naive parser.

use std::path::Path;

use kitsune_data::{Format, Header, Missing, SourceOptions};

use crate::mutator::{Mutator, Random};
use crate::naive_names::distinct;
use crate::outcome::Outcome;
use crate::run::{Subject, fuzz};

/// What stands in for missing values.
pub(crate) const FILL: f64 = -7.5;

#[derive(Clone, Debug)]
pub(crate) struct How {
    pub(crate) header: Option<Header>,
    /// A comma stands for the usual one.
    pub(crate) delimiter: u8,
    pub(crate) comment: Option<u8>,
    pub(crate) missing: Missing,
    /// Leaves out the rows whose last cell says that they are not normal; only of files without names.
    pub(crate) label: bool,
    pub(crate) keep: bool,
    pub(crate) decimal_comma: bool,
}

impl How {
    /// The delimiter, which decimals with a comma leave no comma for.
    fn delimiter(&self) -> u8 {
        if self.decimal_comma && self.delimiter == b',' { b';' } else { self.delimiter }
    }
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
            "a,b\n1,2\na,b\n3,4\n\u{feff}a, \"b\"\n5,6\n".into(),
            "a,b,\n1,2,\n3,0x1f,\n".into(),
            "a,b\n1,2,\n-,1.#INF,\n".into(),
            "a;b\n1,5;2\n-0,25;1,#IND\n".into(),
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
            b"0x1F",
            b"-nan(ind)",
            b"1.#INF",
            b"#N/A",
            b"(empty)",
            b"\\N",
            b"a,b\n",
            b",\n",
            b"1,5",
        ];
        Mutator { seeds: seeds.map(String::into_bytes).into(), tokens, binary: false, special: None }
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
            decimal_comma: random.one_in(6),
        }
    }

    fn read(path: &Path, how: &How) -> Outcome {
        let mut options = SourceOptions::new().with_format(Format::Csv);
        if how.delimiter != b',' {
            options = options.with_delimiter(how.delimiter.into()).unwrap();
        }
        if how.decimal_comma {
            options = options.with_decimal_comma();
        }
        if let Some(header) = how.header {
            options = options.with_header(header);
        }
        if let Some(comment) = how.comment {
            options = options.with_comment(comment.into()).unwrap();
        }
        let source = options.open(path).and_then(|source| {
            let (source, columns) = (source.clone().with_missing(how.missing.clone()), source.features());
            let source = if how.keep && columns > 0 { source.keep(["0"])? } else { source };
            if how.label && columns > 0 {
                Ok(source.with_label(&(columns - 1).to_string())?.with_normal_labels(["0"]).normal_only())
            } else {
                Ok(source)
            }
        });
        Outcome::of(source, path)
    }

    fn check(bytes: &[u8], how: &How, found: &Outcome) -> Result<&'static str, String> {
        if bytes.starts_with(b"#separator ") {
            return Ok("a log of Zeek");
        }
        if bytes.starts_with(b"\x1f\x8b") || bytes.starts_with(b"\x28\xb5\x2f\xfd") {
            return Ok("compressed");
        }
        let told = naive(bytes, how, true);
        match found.check_same(&told) {
            Err(_) if told.error.as_deref() == Some(TEXT_WITH_DIGITS) => found.check_same(&naive(bytes, how, false))?,
            checked => checked?,
        }
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
fn naive(text: &[u8], how: &How, heeds_text: bool) -> Outcome {
    let mut outcome = Outcome::default();
    let lines = lines(text, how);
    let columns = match columns(&lines, how) {
        Ok(columns) => columns,
        Err(error) => return outcome.failed(error),
    };
    let mut is_first = true;
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
        if std::mem::take(&mut is_first) {
            if let Some(text) = columns.text.filter(|_| heeds_text) {
                return outcome.failed(text);
            }
            if let Some(names) = &columns.names {
                outcome.names = Some(names[..names.len() - usize::from(columns.aside)].to_vec());
                continue;
            }
            if columns.features() == usize::from(how.label) {
                return outcome.failed("no features");
            }
        }
        if columns.are_names(&cells) {
            continue;
        }
        if columns.width != cells.len() {
            return outcome.failed("a row of another width");
        }
        match row(&cells, &columns, how) {
            Err(error) => return outcome.failed(error),
            Ok(row) => outcome.rows.extend(row),
        }
    }
    outcome
}

/// What is known of the columns before the rows are read.
#[derive(Default)]
struct Columns {
    /// The names, and the cells that they come from.
    names: Option<Vec<String>>,
    header: Vec<String>,
    width: usize,
    /// Whether the last column has neither name nor value.
    aside: bool,
    decimal_comma: bool,
    /// Why the columns cannot be read, if one of them is text.
    text: Option<&'static str>,
}

const TEXT: &str = "a column of text";
/// Numbers in other notations, or dates: an error in any case, but perhaps that about the first of them.
const TEXT_WITH_DIGITS: &str = "a column of text with digits";

impl Columns {
    /// The number of features, the label among them.
    fn features(&self) -> usize {
        self.width - usize::from(self.aside)
    }

    /// Whether a row is the header once more, whose names are not all numbers.
    fn are_names(&self, cells: &[Vec<u8>]) -> bool {
        let is_name = |name: &String| !name.is_empty() && !matches!(value(name, self.decimal_comma), Ok(Some(_)));
        if self.names.is_none() || !self.header.iter().any(is_name) {
            return false;
        }
        let mut cells = cells.to_vec();
        if let Some(rest) = cells[0].strip_prefix(b"\xef\xbb\xbf") {
            cells[0] = rest.to_vec();
        }
        let text = |cell: &Vec<u8>| String::from_utf8(unquoted(cell)).ok().map(|text| text.trim().to_owned());
        let longest = cells.len().max(self.header.len());
        (0..longest)
            .all(|at| cells.get(at).map_or(Some(String::new()), text).as_ref() == Some(self.header.get(at).unwrap_or(&String::new())))
    }
}

/// What the first row says, and the hundred rows after it.
fn columns(lines: &[Line], how: &How) -> Result<Columns, String> {
    let whole = lines.iter().take_while(|line| !matches!(line, Line::Open));
    // A file that begins with a blank line or an open quote has no first row; the rows tell the fault.
    let mut whole = whole.peekable();
    if matches!(whole.peek(), Some(Line::Blank)) {
        return Ok(Columns::default());
    }
    let mut rows = whole.filter_map(|line| if let Line::Cells(cells) = line { Some(cells) } else { None });
    let Some(first) = rows.next() else { return Ok(Columns::default()) };
    let mut columns = header(first, how)?;
    columns.decimal_comma = how.decimal_comma;
    let rows: Vec<_> = rows.filter(|row| !columns.are_names(row)).take(100).collect();
    let is_empty = |row: &&Vec<Vec<u8>>| row.last().unwrap().iter().all(u8::is_ascii_whitespace);
    if columns.names.is_some() && !rows.is_empty() {
        if rows.iter().all(|row| row.len() == columns.width + 1 && is_empty(row)) {
            columns.header.push(String::new());
        } else if rows.iter().all(|row| row.len() + 1 == columns.width) && columns.width > 1 && columns.header.last().unwrap().is_empty() {
            columns.header.pop();
        }
    }
    columns.width = columns.header.len();
    let name = |(column, text): (usize, &String)| if text.is_empty() { format!("column {column}") } else { text.clone() };
    columns.names = columns.names.map(|_| distinct(&columns.header.iter().enumerate().map(name).collect::<Vec<_>>()));
    columns.aside = columns.width > 1 && columns.header.last().unwrap().is_empty() && !rows.is_empty() && rows.iter().all(is_empty);
    let rows: Vec<_> = rows.into_iter().filter(|row| row.len() == columns.width).collect();
    for column in 0..columns.features().saturating_sub(usize::from(how.label)) {
        let others: Vec<_> = rows.iter().filter_map(|row| number(&row[column], how).err()).collect();
        let has_number = rows.iter().any(|row| matches!(number(&row[column], how), Ok(Some(_))));
        if others.len() > 1 && !has_number {
            columns.text = Some(columns.text.unwrap_or(TEXT_WITH_DIGITS));
            if others.iter().any(|other| !other.bytes().any(|byte| byte.is_ascii_digit())) {
                columns.text = Some(TEXT);
            }
        }
    }
    Ok(columns)
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
            if byte == how.delimiter() {
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

/// The columns by the first row alone, which may hold names.
fn header(cells: &[Vec<u8>], how: &How) -> Result<Columns, &'static str> {
    let mut texts = Vec::new();
    let has_return = |cell: &Vec<u8>| !cell.trim_ascii_start().starts_with(b"\"") && cell.trim_ascii().contains(&b'\r');
    if cells.iter().any(has_return) {
        return Err("bare carriage returns");
    }
    for cell in cells {
        texts.push(String::from_utf8(unquoted(cell)).map_err(|_| "no UTF-8")?.trim().to_owned());
    }
    let delimiter = how.delimiter();
    if texts.len() == 1 && ";\t|,".chars().any(|other| other != char::from(delimiter) && texts[0].contains(other)) {
        return Err("another delimiter");
    }
    let is_header = if let Some(header) = how.header {
        header == Header::Present
    } else {
        let counts_up = texts.len() > 1 && texts.iter().enumerate().all(|(column, text)| *text == column.to_string());
        let trailing = usize::from(texts.last().unwrap().is_empty());
        let told = &texts[..texts.len() - trailing];
        let is_word = |text: &str| text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
        let is_number = |text: &&String| matches!(value(text, how.decimal_comma), Ok(Some(_))) && !is_word(text.as_str());
        let is_missing = |text: &&String| !text.is_empty() && value(text, how.decimal_comma) == Ok(None);
        let numbers = told.iter().filter(is_number).count();
        if counts_up || (numbers > 0 && !told.iter().all(|text| is_number(&text) || is_missing(&text))) {
            return Err("an unclear header");
        }
        numbers == 0
    };
    let names = is_header.then(Vec::new);
    Ok(Columns { names, width: texts.len(), header: texts, ..Columns::default() })
}

/// The features of a row, unless it is left out.
fn row(cells: &[Vec<u8>], columns: &Columns, how: &How) -> Result<Option<Vec<f64>>, String> {
    let (features, label) = cells[..columns.features()].split_at(columns.features() - usize::from(how.label));
    if let [label] = label
        && !is_normal(label)?
    {
        return Ok(None);
    }
    let mut row = Vec::new();
    for cell in features {
        match (number(cell, how)?.filter(|value| value.is_finite()), &how.missing) {
            (Some(value), _) => row.push(value),
            (None, Missing::Fill(value)) => row.push(*value),
            // The rest of the row must be right all the same.
            (None, Missing::Drop) => row.push(f64::NAN),
            (None, _) => return Err("a missing value".into()),
        }
    }
    Ok(row.iter().all(|value| value.is_finite()).then_some(row))
}

/// Whether a label is 0 or false. Any other word or number marks an anomaly.
fn is_normal(cell: &[u8]) -> Result<bool, String> {
    let text = String::from_utf8_lossy(&unquoted(cell)).trim_matches(is_blank).trim().to_owned();
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number == 0.0),
        Ok(number) if number.is_nan() => Err("no label".into()),
        _ if value(&text, false) == Ok(None) => Err("no label".into()),
        _ => Ok(text.eq_ignore_ascii_case("false")),
    }
}

/// The number in a cell, or `None` if the cell says that the value is missing.
fn number(cell: &[u8], how: &How) -> Result<Option<f64>, String> {
    value(&String::from_utf8(unquoted(cell)).map_err(|_| "no UTF-8")?, how.decimal_comma)
}

/// The number that a text is, or `None` if it says that the value is missing.
fn value(text: &str, decimal_comma: bool) -> Result<Option<f64>, String> {
    let text = &text.trim_matches(is_blank).to_ascii_lowercase()[..];
    let decimal = match decimal_comma {
        true if text.contains('.') => None,
        true => text.replacen(',', ".", 1).parse().ok(),
        false => text.parse().ok(),
    };
    let (sign, unsigned) = match text.split_at_checked(1) {
        Some(("-", rest)) => (-1.0, rest),
        Some(("+", rest)) => (1.0, rest),
        _ => (1.0, text),
    };
    let digits = unsigned.strip_prefix("0x").filter(|digits| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
    let hexadecimal = digits.and_then(|digits| u128::from_str_radix(digits, 16).ok()).map(|digits| sign * digits as f64);
    let zeros = |text: &str| text.bytes().all(|byte| byte == b'0');
    let unsigned = unsigned.replacen("1,#", "1.#", 1);
    let infinity = (unsigned.strip_prefix("1.#inf").is_some_and(zeros) || unsigned == "∞").then_some(sign * f64::INFINITY);
    if let Some(number) = decimal.or(hexadecimal).or(infinity) {
        return Ok(Some(number));
    }
    let words = [
        "na",
        "n/a",
        "n.a.",
        "n.a",
        "<na>",
        "#na",
        "#n/a",
        "#n/a n/a",
        "#nv",
        "nat",
        "null",
        "<null>",
        "(null)",
        "[null]",
        "nil",
        "<nil>",
        "none",
        "<none>",
        "undefined",
        "missing",
        "<missing>",
        "\\n",
        "(empty)",
        "–",
        "—",
        "…",
    ];
    let is_nan = unsigned.strip_prefix("nan").is_some_and(|rest| {
        let kind = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        rest.is_empty() || kind.is_some_and(|kind| kind.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_'))
    }) || ["1.#qnan", "1.#snan", "1.#ind", "1.#nan"].iter().any(|nan| unsigned.strip_prefix(nan).is_some_and(zeros));
    let inner = text.strip_prefix('#').and_then(|text| text.strip_suffix(['!', '?']));
    let is_error = inner.is_some_and(|inner| {
        let is_part = |byte: u8| byte.is_ascii_alphabetic() || !byte.is_ascii() || b"/0_".contains(&byte);
        (3..20).contains(&inner.len()) && inner.bytes().all(is_part)
    });
    match text {
        "true" => Ok(Some(1.0)),
        "false" => Ok(Some(0.0)),
        _ if text.chars().all(|letter| "-?.".contains(letter)) || words.contains(&text) || is_nan || is_error => Ok(None),
        _ => Err(text.to_owned()),
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
