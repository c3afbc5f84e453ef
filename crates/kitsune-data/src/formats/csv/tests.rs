//! CSV in chunks of all sizes, compared with a naive parser.

use std::fs;
use std::sync::Arc;

use super::*;
use crate::error::TextError;
use crate::fault::RowPosition;
use crate::formats::table::Range;
use crate::rows::Precision;
use crate::rows::missing::Treatment;
use crate::source::Source;
use crate::source::random::{Purpose, Random};

const CHUNK_SIZES: [usize; 4] = [1, 13, 64, CHUNK_BYTES];
const PART_SIZES: [usize; 3] = [1, 9, PART_BYTES];

/// The rows before the first fault, and the line of that, with the column unless it is the whole row.
type Outcome = (Vec<Vec<f64>>, Option<(u64, Option<usize>)>);

/// What becomes of a first row in which lines end with bare carriage returns.
const BARE_RETURNS: (u64, Option<usize>) = (0, None);

fn read(text: &[u8], chunk_bytes: usize, part_bytes: usize) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv");
    fs::write(&path, text).unwrap();
    let files = vec![DataFile::local(path, text.len() as u64)];
    let mut table = match CsvTable::open(&files, Some(Header::Absent), Dialect::default(), &Arc::default()) {
        Ok(table) => table,
        Err(error) => return (Vec::new(), Some(fault(&error))),
    };
    (table.chunk_bytes, table.part_bytes) = (chunk_bytes, part_bytes);
    // What looks like text, or like nothing, is read nevertheless, cell by cell.
    table.columns.kinds.fill(Kind::Number { exact_in_f32: false });
    table.columns.aside.clear();
    let mut rows = Vec::new();
    for batch in Source::new(files, Arc::new(table)).pass(0).unwrap() {
        match batch {
            Ok(batch) => {
                let values = batch.data().as_slice::<f64>().unwrap();
                rows.extend(values.chunks(batch.features()).map(<[f64]>::to_vec));
            }
            Err(error) => return (rows, Some(fault(&error))),
        }
    }
    (rows, None)
}

fn fault(error: &Error) -> (u64, Option<usize>) {
    match error {
        Error::Value { position, .. } => match position.row {
            RowPosition::Line(line) => (line, Some(position.column)),
            other => panic!("CSV has lines, and not {other}"),
        },
        Error::Text(TextError::RowWidth { line, .. } | TextError::BlankLine { line, .. } | TextError::OpenQuote { line, .. }) => {
            (*line, None)
        }
        Error::Text(TextError::CarriageReturns { .. }) => BARE_RETURNS,
        other => panic!("unexpected: {other}"),
    }
}

/// Reads the same, byte by byte and cell by cell, as slowly and plainly as can be.
fn naive(text: &[u8]) -> Outcome {
    let mut text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).to_vec();
    if !text.is_empty() && !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    let mut outcome = (Vec::new(), None);
    let (mut line, mut blank, mut width) = (1, None, None);
    let mut at = 0;
    while at < text.len() {
        let (first_line, start) = (line, at);
        let mut cells = vec![(line, Vec::new())];
        loop {
            let at_start = cells.last().unwrap().1.is_empty();
            if at_start && text[at] == b'"' {
                // On to the closing quote.
                loop {
                    line += u64::from(text[at] == b'\n');
                    cells.last_mut().unwrap().1.push(text[at]);
                    at += 1;
                    if at == text.len() {
                        outcome.1 = Some((first_line, None));
                        return outcome;
                    }
                    let closed = text[at] == b'"';
                    if closed && text.get(at + 1) == Some(&b'"') {
                        cells.last_mut().unwrap().1.push(b'"');
                        at += 1;
                    } else if closed {
                        cells.last_mut().unwrap().1.push(b'"');
                        at += 1;
                        break;
                    }
                }
                continue;
            }
            let byte = text[at];
            at += 1;
            match byte {
                b',' => cells.push((line, Vec::new())),
                b'\n' => {
                    line += 1;
                    break;
                }
                _ => cells.last_mut().unwrap().1.push(byte),
            }
        }
        if text[start..at].iter().all(u8::is_ascii_whitespace) {
            blank = blank.or(Some(first_line));
            continue;
        }
        let is_first = width.is_none();
        let width = *width.get_or_insert(cells.len());
        let has_return = |cell: &[u8]| !cell.trim_ascii_start().starts_with(b"\"") && cell.trim_ascii().contains(&b'\r');
        if is_first && blank.is_none() && cells.iter().any(|(_, cell)| has_return(cell)) {
            outcome.1 = Some(BARE_RETURNS);
            return outcome;
        }
        if blank.is_some() || cells.len() != width {
            outcome.1 = Some((blank.unwrap_or(first_line), None));
            return outcome;
        }
        let mut row = Vec::new();
        for (column, (line, cell)) in cells.iter().enumerate() {
            let mut cell = String::from_utf8_lossy(cell).into_owned();
            let trimmed = cell.trim_end_matches([' ', '\t', '\r', '\n']);
            if trimmed.len() > 1 && trimmed.starts_with('"') && trimmed.ends_with('"') {
                cell = trimmed[1..trimmed.len() - 1].into();
            }
            match cell.trim_matches([' ', '\t', '\r', '\n']).parse::<f64>() {
                Ok(value) if value.is_finite() => row.push(value),
                _ => {
                    outcome.1 = Some((*line, Some(column)));
                    return outcome;
                }
            }
        }
        outcome.0.push(row);
    }
    outcome
}

#[test]
fn every_chunk_size_reads_what_a_naive_parser_reads() {
    const GOOD: [&str; 10] = ["1", "-2.5", " 3 ", "4e3", "\"5\"", "\" 6 \"", "\"\n7\"", "\t8", "0.1234567890123456789", "\"9\" "];
    const BAD: [&str; 14] =
        ["", "x", "nan", "inf", "\"1,5\"", "\"1\"2\"", "1\"", "\"\"", "1\u{0}", "#1", "\u{feff}1", " \"1\"", "\"a\"\"b\"", "\"1"];
    let mut random = Random::new(1, 0, Purpose::Rows);
    let mut faults = 0;
    for case in 0..800 {
        let mut text = if random.below(8) == 0 { "\u{feff}".to_owned() } else { String::new() };
        let (width, end) = (1 + random.below(3), ["\n", "\r\n"][random.below(2)]);
        let plain = random.below(2) == 0;
        for row in 0..random.below(12) {
            let odd = random.below(60);
            if odd == 0 && row > 0 {
                text += [" ", ""][random.below(2)];
                text += end;
            }
            let cells: Vec<_> = (0..if odd == 1 { width + 1 } else { width })
                .map(|_| match (plain, random.below(60)) {
                    (_, 0) => BAD[random.below(BAD.len())],
                    (true, _) => GOOD[random.below(4)],
                    (false, _) => GOOD[random.below(GOOD.len())],
                })
                .collect();
            text += &cells.join(",");
            text += end;
        }
        match random.below(4) {
            0 => text.truncate(text.trim_end_matches(['\r', '\n']).len()),
            1 => text += &end.repeat(3),
            _ => {}
        }
        if random.below(3) == 0 && !text.is_empty() {
            let at = random.below(text.chars().count());
            let odd = ['"', ',', '\n', '\r', ' ', 'e', '-', '\0'][random.below(8)];
            text = text.chars().enumerate().map(|(index, letter)| if index == at { odd } else { letter }).collect();
        }
        let expected = naive(text.as_bytes());
        faults += usize::from(expected.1.is_some());
        for size in CHUNK_SIZES {
            for part in PART_SIZES {
                assert_eq!(read(text.as_bytes(), size, part), expected, "case {case}, chunks of {size} in parts of {part}: {text:?}");
            }
        }
    }
    assert!((200..700).contains(&faults), "{faults} faults: the cases should hold both");
}

fn plan(width: usize) -> Plan {
    let columns = Columns::plain(Files::default(), None, vec![Kind::Number { exact_in_f32: false }; width]);
    let request = Request {
        features: (0..width).collect(),
        picked: false,
        label: None,
        normal: None,
        with_labels: false,
        tests: Arc::default(),
        kept: Vec::new(),
        range: Range::FINITE,
        words: Arc::default(),
        missing: Treatment::Refuse,
        precision: Precision::F64,
    };
    Plan::new(Dialect::default(), &columns, &request, &Arc::default())
}

/// All numbers of a text, if they are numbers from end to end.
fn parsed(text: &str, plan: &Plan) -> Option<Vec<f64>> {
    let chunk = Chunk { text: text.into(), line: 1, bytes: 0 };
    let divided = divided(chunk, plan.dialect, plan.columns.kinds.len(), PART_BYTES);
    let parsed = Parser::new(Path::new("x"), plan).parse(&divided);
    parsed.problem.is_none().then_some(parsed.values)
}

#[test]
fn decimals_are_rounded_as_the_standard_library_does() {
    let mut random = Random::new(2, 0, Purpose::Rows);
    let mut cells = Vec::new();
    for _ in 0..20_000 {
        let mut digits: String = (0..=random.below(40)).map(|_| char::from(b'0' + random.below(10) as u8)).collect();
        let point = random.below(digits.len() + 1);
        digits.insert(point, '.');
        let exponent = random.below(700) as i32 - 350;
        let sign = ["", "-", "+"][random.below(3)];
        cells.push(match random.below(3) {
            0 => format!("{sign}{digits}"),
            _ => format!("{sign}{digits}e{exponent}"),
        });
        // Halfway cases and their neighbours are what parsers get wrong.
        let bits = f64::from_bits((random.below(1 << 52) as u64) << 11 | random.below(1 << 11) as u64);
        if bits.is_finite() {
            cells.push(format!("{bits:e}"));
            cells.push(format!("{:.60e}", f64::midpoint(bits, bits.next_up())));
        }
    }
    cells.retain(|cell| cell.parse::<f64>().is_ok_and(f64::is_finite));
    let expected: Vec<_> = cells.iter().map(|cell| cell.parse::<f64>().unwrap().to_bits()).collect();
    let found = parsed(&(cells.join("\n") + "\n"), &plan(1)).expect("numbers from end to end");
    for ((cell, expected), found) in cells.iter().zip(expected).zip(found) {
        assert_eq!(found.to_bits(), expected, "{cell}");
    }
}

#[test]
fn whatever_is_taken_for_a_number_is_that_number() {
    let odd = [
        "+1",
        ".5",
        "5.",
        "1e5",
        "1e",
        "e5",
        "-",
        "+",
        ".",
        "1e400",
        "-0",
        "1e-400",
        "1E+05",
        "infinity",
        "nan",
        "1d5",
        "1f",
        "1\u{0}",
        "0x10",
        "1_0",
        "--1",
        "+-1",
        "1.2.3",
        "1 2",
        "1,",
        "\t1",
        "1\r",
        " 1",
        "1 ",
        "\u{b}1",
        "\u{c}1",
        "\u{a0}1",
        "1%",
        "$1",
        "(1)",
        "1;2",
        "#1",
        "//1",
        "\u{661}",
        "1e1.5",
        "00012",
        "-00",
        "1e+",
        "true",
        "null",
        "NA",
        "-inf",
        "+.5e-3",
        "x\u{1}11",
        "(\u{b5}/\u{fd}",
    ];
    for cell in odd {
        let text = format!("{cell}\n");
        let Some(found) = parsed(&text, &plan(1)) else { continue };
        let exact = Dialect::default().number(cell.as_bytes(), &MissingWords::default()).unwrap_or_else(|flaw| panic!("{cell:?}: {flaw}"));
        assert_eq!(found[0].to_bits(), exact.to_bits(), "{cell:?}");
    }
}

#[test]
fn a_chunk_of_numbers_is_parsed_from_end_to_end() {
    let lines: Vec<_> = (0..1_000).map(|row| format!("{row},{}.5\r\n", row * 2)).collect();
    let text = lines.concat();
    let values = parsed(&text, &plan(2)).expect("nothing to doubt");
    assert!(values.chunks(2).enumerate().all(|(row, pair)| pair == [row as f64, row as f64 * 2.0 + 0.5]));
}
