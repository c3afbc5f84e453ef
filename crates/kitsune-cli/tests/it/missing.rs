//! Missing values, and each policy for them.

use std::fmt::Write;

use crate::folder::{Folder, MODEL};
use crate::rows::{FEATURES, assert_same, made_up};

const ROWS: usize = 40;

/// Rows as a CSV file, with a gap at each of these positions.
fn with_gaps(rows: &[[f64; FEATURES]], gaps: &[(usize, usize)], gap: &str) -> String {
    let mut text = "a,b,c,d\n".to_owned();
    for (row, values) in rows.iter().enumerate() {
        let cell = |column: usize| if gaps.contains(&(row, column)) { gap.to_owned() } else { values[column].to_string() };
        writeln!(text, "{}", [0, 1, 2, 3].map(cell).join(",")).unwrap();
    }
    text
}

/// Two gaps in one row, one in the last row.
const GAPS: [(usize, usize); 3] = [(1, 1), (1, 3), (ROWS - 1, 0)];

/// The rows that have no gaps.
fn whole_rows() -> Vec<[f64; FEATURES]> {
    let rows = made_up(ROWS).into_iter().enumerate();
    rows.filter(|(row, _)| GAPS.iter().all(|(gap, _)| gap != row)).map(|(_, values)| values).collect()
}

fn folder(lines: &str) -> Folder {
    Folder::new().file("rows/a.csv", lines)
}

/// The model of these lines, and the messages of the training.
fn model(lines: &str, options: &str) -> (Vec<u8>, String) {
    let folder = folder(lines);
    let told = folder.kitsune("train rows --epochs 2").words(options).succeeds();
    (folder.read(MODEL), told.stderr)
}

#[test]
fn a_missing_value_is_an_error_that_says_what_can_be_done() {
    for (gap, flaw) in [("", "the cell is empty"), ("NA", "\"NA\""), ("null", "\"null\""), ("?", "\"?\""), ("NaN", "NaN"), ("-inf", "-inf")]
    {
        let folder = folder(&with_gaps(&made_up(ROWS), &GAPS, gap));
        let parts = ["rows/a.csv, line 3, column 1 (b): ", flaw, "(or --on-missing drop, --on-missing mean, or --on-missing fill=0)"];
        for options in ["", "--on-missing error"] {
            folder.kitsune("train rows --epochs 1").words(options).fails(&parts);
        }
        let folder = folder.file("good/a.csv", with_gaps(&made_up(ROWS), &[], ""));
        folder.kitsune("train good --epochs 1").succeeds();
        folder.kitsune("score rows scores").fails(&parts);
    }
}

#[test]
fn training_drops_rows_as_if_they_were_not_there() {
    let expected = model(&with_gaps(&whole_rows(), &[], ""), "");
    assert!(!expected.1.contains("dropped"));
    for gap in ["", " ", "NA", "n/a", "None", "?", "nan", "inf", "1e999"] {
        let (found, told) = model(&with_gaps(&made_up(ROWS), &GAPS, gap), "--on-missing drop");
        assert!(found == expected.0, "{gap:?}");
        assert!(told.contains("\n2 rows dropped because a value is missing\n") && told.contains("38 rows of 4 features"), "{told}");
    }
}

#[test]
fn training_fills_gaps_with_a_number() {
    for number in ["0.25", "-3", "1e3"] {
        let expected = model(&with_gaps(&made_up(ROWS), &GAPS, number), "").0;
        let (found, told) = model(&with_gaps(&made_up(ROWS), &GAPS, ""), &format!("--on-missing fill={number}"));
        assert!(found == expected, "{number}");
        assert!(told.contains("\n3 missing values filled\n") && told.contains("40 rows of 4 features"), "{told}");
    }
}

/// The mean of column a is (1 + 2 + 6) / 3 = 3, the mean of b is (-1 + 0.5 + 2 + 4.5) / 4 = 1.5.
#[test]
fn training_fills_gaps_with_the_means_of_what_is_there() {
    let gaps = "a,b\n1,-1\n2,0.5\n,2\n6,4.5\n";
    let filled = "a,b\n1,-1\n2,0.5\n3,2\n6,4.5\n";
    assert!(model(gaps, "--on-missing mean").0 == model(filled, "").0, "one gap");
    let gaps = "a,b\n1,-1\n2,0.5\n,\n6,2\n,4.5\n";
    let filled = "a,b\n1,-1\n2,0.5\n3,1.5\n6,2\n3,4.5\n";
    let (found, told) = model(gaps, "--on-missing mean");
    assert!(found == model(filled, "").0, "three gaps");
    assert!(told.contains("3 missing values filled"), "{told}");
    folder("a,b,c\n1,,2\n2,NA,1\n").kitsune("train rows --on-missing mean").fails(&["hold no value at all", "b", "(--exclude b)"]);
}

/// Rows that are left out because of their label are not in the means.
#[test]
fn means_are_those_of_the_rows_that_are_trained_on() {
    let options = "--label-column label";
    let gaps = "a,b,label\n1,-1,0\n2,0.5,0\n,2,0\n6,4.5,0\n1000,1000,1\n";
    let filled = "a,b,label\n1,-1,0\n2,0.5,0\n3,2,0\n6,4.5,0\n";
    assert!(model(gaps, &format!("{options} --on-missing mean")).0 == model(filled, options).0);
}

#[test]
fn scoring_fills_gaps_with_the_means_of_the_training() {
    let folder = folder("a,b\n1,-1\n2,0.5\n3,2\n6,4.5\n")
        .file("gaps.csv", "a,b\n,5\n2,\n5,5\n")
        .file("filled.csv", "a,b\n3,5\n2,1.5\n5,5\n")
        .file("five.csv", "a,b\n5,5\n2,5\n5,5\n");
    folder.kitsune("train rows --epochs 5").succeeds();
    let scores = |words: &str| {
        let told = folder.kitsune("score").words(words).word("scores").succeeds();
        (folder.scores("scores"), told.stderr)
    };
    let (found, told) = scores("gaps.csv --on-missing mean");
    assert_same("by the means", &found, &scores("filled.csv").0);
    assert!(told.contains("2 missing values filled"), "{told}");
    assert_same("by a number", &scores("gaps.csv --on-missing fill=5").0, &scores("five.csv").0);
}

#[test]
fn scoring_gives_rows_that_are_dropped_the_score_null() {
    let lines = with_gaps(&made_up(ROWS), &GAPS, "");
    let folder = folder(&lines).file("good/a.csv", with_gaps(&whole_rows(), &[], ""));
    folder.kitsune("train good --epochs 2").succeeds();
    folder.kitsune("score good good-scores").succeeds();
    let mut whole = folder.scores("good-scores").into_iter();
    let is_gap = |row: usize| GAPS.iter().any(|(gap, _)| *gap == row);
    let expected: String = (0..ROWS)
        .map(|row| if is_gap(row) { "{\"score\": null}\n".into() } else { format!("{{\"score\": {:?}}}\n", whole.next().unwrap()) })
        .collect();

    let told = folder.kitsune("score rows out.ndjson --on-missing drop").succeeds();
    told.says(&["2 rows dropped because a value is missing\n"]);
    assert_eq!(String::from_utf8(folder.read("out.ndjson")).unwrap(), expected);
    folder.kitsune("score rows scores --on-missing drop --n-scores-partition 2").succeeds();
    assert_eq!(String::from_utf8([0, 1].map(|part| folder.read(format!("scores/scores_{part}.json"))).concat()).unwrap(), expected);
    let told = folder.kitsune("score - - --on-missing drop").reads(lines).succeeds();
    assert_eq!(told.stdout, expected);
}

#[test]
fn rows_that_are_dropped_keep_their_number_and_what_is_kept_of_them() {
    let folder = folder("id,a,b\nx,1,2\ny,,2\nz,3,1\n").file("good/a.csv", "a,b\n1,2\n3,1\n2,2\n");
    folder.kitsune("train good --epochs 1").succeeds();
    folder.kitsune("score rows out.csv --keep id,a --with-row-numbers --with-tails --on-missing drop").succeeds();
    let found = String::from_utf8(folder.read("out.csv")).unwrap();
    let lines: Vec<_> = found.lines().collect();
    assert_eq!(lines[0], "id,a,row,score,tails[0]");
    assert!(lines[1].starts_with("x,1,1,") && lines[2] == "y,,2,," && lines[3].starts_with("z,3,3,"), "{found}");
}

#[test]
fn rows_may_all_be_dropped() {
    let folder = folder("a,b\n,1\n,2\n").file("good/a.csv", "a,b\n1,2\n3,1\n2,2\n");
    folder.kitsune("train good --epochs 1").succeeds();
    folder.kitsune("score rows out.ndjson --on-missing drop").succeeds().says(&["2 rows dropped"]);
    assert_eq!(folder.read("out.ndjson"), b"{\"score\": null}\n{\"score\": null}\n");
    folder.kitsune("train rows --on-missing drop").fails(&["at least 2 rows", "2 rows dropped because a value is missing"]);
}

#[test]
fn nulls_of_any_format_are_missing_values() {
    let whole = "{\"a\": 1, \"b\": 2}\n{\"a\": 3, \"b\": 1}\n{\"a\": 2, \"b\": 2}\n";
    let expected = model("a,b\n1,2\n3,1\n2,2\n", "").0;
    for gap in ["{\"a\": null, \"b\": 5}", "{\"b\": 5}", "{}"] {
        let folder = Folder::new().file("rows/a.ndjson", format!("{whole}{gap}\n"));
        folder.kitsune("train rows --epochs 1").fails(&["rows/a.ndjson, line 4, column 0 (a)", "--on-missing drop"]);
        folder.kitsune("train rows --epochs 2 --on-missing drop").succeeds();
        assert!(folder.read(MODEL) == expected, "{gap}");
    }
    let frame = polars::df!("a" => [Some(1.0), Some(3.0), Some(2.0), None, Some(f64::NAN)], "b" => [2.0, 1.0, 2.0, 5.0, 5.0]).unwrap();
    let folder = Folder::new().parquet("rows/a.parquet", &frame);
    folder.kitsune("train rows --epochs 1").fails(&["rows/a.parquet, row 4, column 0 (a)", "--on-missing drop"]);
    folder.kitsune("train rows --epochs 2 --on-missing drop").succeeds().says(&["2 rows dropped"]);
    assert!(folder.read(MODEL) == expected, "Parquet");
}

#[test]
fn a_row_that_is_too_short_has_no_missing_values() {
    for (lines, parts) in [
        ("a,b\n1,2\n3\n5,6\n", &["rows/a.csv, line 3: ", "1 cell instead of 2"]),
        ("a,b\n1,2\n3,4,\n5,6\n", &["rows/a.csv, line 3: ", "3 cells instead of 2"]),
    ] {
        let folder = folder(lines).file("good/a.csv", "a,b\n1,2\n3,1\n2,2\n");
        folder.kitsune("train good --epochs 1").succeeds();
        for policy in ["error", "drop", "fill=0", "mean"] {
            folder.kitsune("train rows --checkpoint-dir new --on-missing").word(policy).fails(parts);
            folder.kitsune("score rows scores --on-missing").word(policy).fails(parts);
        }
    }
}

#[test]
fn what_is_no_number_is_not_missing() {
    let folder = folder("a,b\n1,2\n3,x\n5,6\n").file("good/a.csv", "a,b\n1,2\n3,1\n2,2\n");
    folder.kitsune("train good --epochs 1").succeeds();
    for policy in ["drop", "fill=0", "mean"] {
        folder.kitsune("train rows --on-missing").word(policy).fails(&["rows/a.csv, line 3, column 1 (b)", "\"x\" is not a number"]);
        folder.kitsune("score rows scores --on-missing").word(policy).fails(&["rows/a.csv, line 3, column 1 (b)", "\"x\""]);
    }
}
