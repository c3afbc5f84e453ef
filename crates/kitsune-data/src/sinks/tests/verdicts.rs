//! Columns of booleans and of optional numbers and texts, in every format.

use serde::Deserialize;

use super::*;

/// The results of some rows, none of those at `omitted`.
fn records(rows: &[Row], first_row: u64, omitted: &[usize]) -> Records {
    let rows_with_results: Vec<_> = (0..rows.len()).filter(|row| !omitted.contains(row)).map(|row| &rows[row]).collect();
    let verdicts = rows_with_results.iter().map(|row| row.0).collect();
    let chances = rows_with_results.iter().map(|row| row.1).collect();
    let reasons = rows_with_results.iter().map(|row| row.2.map(String::from)).collect();
    let records = Records::new(DataFrame::empty(), rows.len(), after(first_row), omitted).with_row_numbers("row").unwrap();
    let records = records.with_booleans("verdict", verdicts).unwrap().with_optional_numbers("chance", chances).unwrap();
    records.with_texts("reason", reasons).unwrap()
}

/// A verdict, and perhaps a number and a text.
type Row = (bool, Option<f64>, Option<&'static str>);

/// The rows of a batch, and which of them have no results.
type Rows = (&'static [Row], &'static [usize]);

const ROWS: [Row; 4] = [
    (true, Some(0.1), Some("bytes, \"per\" packet\nand more")),
    (false, None, None),
    (false, Some(-1e-300), Some("ünï\\\t")),
    (true, Some(f64::MAX), Some("null")),
];

/// What the batches of each case hold.
fn cases() -> Vec<(&'static str, Vec<Rows>)> {
    vec![
        ("every row has results", vec![(&ROWS, &[])]),
        ("some rows have none", vec![(&ROWS, &[0, 2]), (&ROWS, &[3])]),
        ("the first batch has none", vec![(&ROWS, &[0, 1, 2, 3]), (&ROWS, &[])]),
        ("the first batch lacks values", vec![(&ROWS[1..2], &[]), (&ROWS, &[1])]),
        ("the first batch has no rows", vec![(&[], &[]), (&ROWS, &[])]),
        ("nothing has results", vec![(&ROWS, &[0, 1, 2, 3])]),
    ]
}

fn all_records(batches: &[Rows]) -> Vec<Records> {
    let mut first_row = 0;
    let batch = |&(rows, omitted): &Rows| {
        first_row += rows.len() as u64;
        records(rows, first_row - rows.len() as u64, omitted)
    };
    batches.iter().map(batch).collect()
}

/// The columns that are to be found.
fn expected(batches: &[Rows]) -> DataFrame {
    let mut rows = Vec::new();
    for (batch, omitted) in batches {
        rows.extend(batch.iter().enumerate().map(|(at, row)| (!omitted.contains(&at)).then_some(*row)));
    }
    let numbers: Vec<_> = (1..).take(rows.len()).collect::<Vec<u64>>();
    let verdicts: Vec<_> = rows.iter().map(|row| row.map(|row| row.0)).collect();
    let chances: Vec<_> = rows.iter().map(|row| row.and_then(|row| row.1)).collect();
    let reasons: Vec<_> = rows.iter().map(|row| row.and_then(|row| row.2)).collect();
    df!("row" => numbers, "verdict" => verdicts, "chance" => chances, "reason" => reasons).unwrap()
}

/// Reads what a sink wrote. Text does not show the types of columns, so they are given.
fn read(format: Format, bytes: Vec<u8>, is_stream: bool) -> DataFrame {
    let (types, bytes) = (expected(&[]).schema().clone(), io::Cursor::new(bytes));
    match format {
        Format::Csv => CsvReadOptions::default().with_schema(Some(types)).into_reader_with_file_handle(bytes).finish(),
        Format::JsonLines => return of_lines(bytes.get_ref()),
        Format::Parquet => ParquetReader::new(bytes).finish(),
        Format::Ipc if is_stream => IpcStreamReader::new(bytes).finish(),
        Format::Ipc => IpcReader::new(bytes).finish(),
        Format::Capture => unreachable!("captures are not written"),
    }
    .unwrap()
}

fn of_lines(bytes: &[u8]) -> DataFrame {
    #[derive(Deserialize)]
    struct Line {
        row: u64,
        verdict: Option<bool>,
        chance: Option<f64>,
        reason: Option<String>,
    }

    let lines: Result<Vec<Line>, _> = serde_json::Deserializer::from_slice(bytes).into_iter().collect();
    let lines = lines.unwrap();
    let numbers: Vec<_> = lines.iter().map(|line| line.row).collect();
    let verdicts: Vec<_> = lines.iter().map(|line| line.verdict).collect();
    let chances: Vec<_> = lines.iter().map(|line| line.chance).collect();
    let reasons: Vec<_> = lines.into_iter().map(|line| line.reason).collect();
    df!("row" => numbers, "verdict" => verdicts, "chance" => chances, "reason" => reasons).unwrap()
}

#[test]
fn verdicts_chances_and_reasons_read_back_from_every_format() {
    for (case, batches) in cases() {
        let expected = expected(&batches);
        for format in [Format::Csv, Format::JsonLines, Format::Parquet, Format::Ipc] {
            let (_folder, path) = file(format, all_records(&batches)).unwrap();
            let found = read(format, fs::read(path).unwrap(), false);
            assert_eq!(found.schema(), expected.schema(), "{case}, {format}");
            assert!(found.equals_missing(&expected), "{case}, {format}: {found:?} {expected:?}");
            if format != Format::Parquet {
                let found = read(format, stream(format, all_records(&batches)).unwrap(), true);
                assert_eq!(found.schema(), expected.schema(), "{case}, stream of {format}");
                assert!(found.equals_missing(&expected), "{case}, stream of {format}: {found:?} {expected:?}");
            }
        }
    }
}

#[test]
fn without_rows_the_columns_have_their_types() {
    let empty = || [records(&[], 0, &[]).unfinished()];
    for format in [Format::Parquet, Format::Ipc] {
        let (_folder, path) = file(format, empty()).unwrap();
        let found = read(format, fs::read(path).unwrap(), false);
        assert_eq!((found.schema(), found.height()), (expected(&[]).schema(), 0), "{format}");
    }
    let found = read(Format::Ipc, stream(Format::Ipc, empty()).unwrap(), true);
    assert_eq!((found.schema(), found.height()), (expected(&[]).schema(), 0));
    assert_eq!(text(Format::Csv, empty()).unwrap(), "row,verdict,chance,reason\n");
    assert_eq!(text(Format::JsonLines, empty()).unwrap(), "");
}

#[test]
fn text_formats_look_like_this() {
    let rows: [Row; 3] = [(true, Some(0.1), Some("")), (false, None, None), (true, Some(2.0), Some("a \"b\""))];
    let found = |format| text(format, [records(&rows, 0, &[]), records(&rows[..1], 3, &[0])]).unwrap();
    assert_eq!(
        found(Format::Csv),
        "row,verdict,chance,reason\n1,true,0.1,\"\"\n2,false,,\n3,true,2.0,\"a \"\"b\"\"\"\n4,,,\n",
        "an empty text is none that is missing"
    );
    assert_eq!(
        found(Format::JsonLines),
        "{\"row\": 1, \"verdict\": true, \"chance\": 0.1, \"reason\": \"\"}\n\
         {\"row\": 2, \"verdict\": false, \"chance\": null, \"reason\": null}\n\
         {\"row\": 3, \"verdict\": true, \"chance\": 2.0, \"reason\": \"a \\\"b\\\"\"}\n\
         {\"row\": 4, \"verdict\": null, \"chance\": null, \"reason\": null}\n"
    );
}

#[test]
fn what_does_not_fit_the_rows_is_refused() {
    let records = || Records::new(DataFrame::empty(), 3, after(10), &[0]).with_row_numbers("row").unwrap();
    let said = |result: Result<Records, Error>| result.unwrap_err().to_string();
    for count in [1, 3] {
        let expected = format!("column new has {count} values instead of 2");
        assert_eq!(said(records().with_booleans("new", vec![true; count])), expected);
        assert_eq!(said(records().with_optional_numbers("new", vec![None; count])), expected);
        assert_eq!(said(records().with_texts("new", vec![None; count])), expected);
    }
    let taken = said(records().with_numbers("row", vec![0.0; 2]));
    assert_eq!(said(records().with_booleans("row", vec![true; 2])), taken);
    assert_eq!(said(records().with_optional_numbers("row", vec![None; 2])), taken);
    assert_eq!(said(records().with_texts("row", vec![None; 2])), taken);
    for (value, shown) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf")] {
        let refused = said(records().with_optional_numbers("chance", vec![None, Some(value)]));
        assert!(refused.starts_with(&format!("row 13, column chance: the result is {shown}, ")), "{refused}");
        assert_eq!(refused, said(records().with_numbers("chance", vec![0.0, value as f32])), "as for other numbers");
    }
}
