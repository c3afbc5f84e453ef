//! The choice of the columns that are features.

use polars::df;
use polars::prelude::DataFrame;

use crate::folder::{Folder, MODEL};
use crate::frames;
use crate::rows::{assert_same, csv, made_up};

const ROWS: usize = 50;

/// Rows of six columns, the last four of which are made-up rows.
fn lines(names: &str) -> String {
    let rows: Vec<_> =
        made_up(ROWS).into_iter().enumerate().map(|(row, [a, b, c, d])| [row as f64, 1.7e9 + row as f64, a, b, c, d]).collect();
    format!("{names}{}", csv(&rows))
}

const NAMES: &str = "id,time,flow_a,flow_b,other[0],d\n";

fn plain() -> String {
    format!("flow_a,flow_b,other[0],d\n{}", csv(&made_up(ROWS)))
}

fn model(lines: &str, options: &str) -> Vec<u8> {
    let folder = Folder::new().file("rows/a.csv", lines);
    folder.kitsune("train rows --epochs 2").words(options).succeeds();
    folder.learnt()
}

#[test]
fn features_are_picked_or_left_out_by_name_pattern_or_number() {
    let expected = model(&plain(), "");
    for options in [
        "--exclude id,time",
        "--exclude id --exclude time",
        "--exclude 0-1",
        "--exclude 0,1",
        "--exclude i?,t*",
        "--columns flow_a,flow_b,other[0],d",
        "--columns d,flow_*,other[0]",
        "--columns 2-5",
        "--columns * --exclude id,time",
        "--columns 2-5,id --exclude id",
        "--columns flow_*,other*,d",
        "--label-column id --train-on all --exclude time",
        "--label-column id --train-on all --columns * --exclude time",
    ] {
        assert!(model(&lines(NAMES), options) == expected, "{options}");
    }
    let nameless = model(&csv(&made_up(ROWS)), "");
    for options in ["--exclude 0-1", "--exclude 1,0", "--columns 2-5", "--columns 5,4,3,2"] {
        assert!(model(&lines(""), options) == nameless, "{options}");
    }
}

#[test]
fn the_second_column_of_a_name_has_a_number_in_training_and_in_scoring() {
    let expected = model(&plain().replacen("flow_b", "flow_a (2)", 1), "");
    let same = lines("id,time,flow_a,flow_a,other[0],d\n");
    let folder = Folder::new().file("rows/a.csv", same.clone()).file("ndjson/a.ndjson", {
        let fields = ["id", "time", "flow_a", "flow_a", "other[0]", "d"];
        let row =
            |line: &str| fields.iter().zip(line.split(',')).map(|(name, cell)| format!("{name:?}:{cell}")).collect::<Vec<_>>().join(",");
        same.lines().skip(1).map(|line| format!("{{{}}}", row(line))).collect::<Vec<_>>().join("\n")
    });
    for rows in ["rows", "ndjson"] {
        let told = folder.kitsune("train").word(rows).words("--epochs 2 --exclude 0-1").succeeds();
        told.says(&["several columns have one name, so that the second and later ones are called flow_a (2)\n"]);
        assert!(folder.learnt() == expected, "{rows}");
        for scored in ["rows", "ndjson"] {
            folder.kitsune("score").word(scored).word("scores").succeeds().says(&["are called flow_a (2)\n"]);
        }
    }
    let by_name = Folder::new().file("rows/a.csv", same.clone());
    by_name.kitsune("train rows --epochs 2 --exclude").word("id,time,flow_a (2)").succeeds();
    assert!(by_name.learnt() == model(&same, "--exclude 0,1,3"));
}

#[test]
fn columns_that_are_not_there_are_told_with_those_that_are() {
    let folder = Folder::new().file("rows/a.csv", lines(NAMES)).file("plain/a.csv", lines(""));
    let all = "id, time, flow_a, flow_b, other[0], d";
    let cases = [
        ("rows --exclude nope", &["--exclude: there is no column nope in rows/a.csv: ", all][..]),
        ("rows --columns id,nope,flow_x*", &["--columns: there is no column nope, flow_x* in rows/a.csv: ", all]),
        ("rows --exclude 6", &["no column 6", all]),
        ("rows --columns ID", &["no column ID", all]),
        ("rows --label-column nope", &["--label-column nope: there is no column nope in rows/a.csv: ", all]),
        ("rows --columns flow_[", &["flow_[ is no pattern of column names"]),
        ("plain --exclude id", &["no column id", "0 to 5"]),
        ("plain --exclude 4-6", &["no column 4-6", "0 to 5"]),
        ("rows --exclude *", &["no feature is left of rows/a.csv"]),
    ];
    for (words, parts) in cases {
        folder.kitsune("train --checkpoint-dir new").words(words).fails(parts);
        assert!(!folder.exists("new"), "{words}");
    }
}

#[test]
fn columns_of_text_are_told_with_the_words_that_leave_them_out() {
    let frame = df!("city" => ["Graz", "Linz", "Wien"], "a" => [0.1, 0.2, 0.4], "a note" => ["", "", "x"], "b" => [0.1, 0.3, 0.2]).unwrap();
    for (name, bytes) in
        [("a.parquet", frames::parquet(&frame)), ("a.ndjson", frames::ndjson(&frame)), ("a.arrow", frames::ipc_file(&frame))]
    {
        let folder = Folder::new().file(format!("rows/{name}"), bytes);
        let told = folder.kitsune("train rows --epochs 1").fails(&["city (text), a note (text)", "(--exclude 'city,a note')"]);
        typed(&folder, "train rows --epochs 1", &told.stderr);
        folder.kitsune("score rows scores").succeeds();
        assert_eq!(folder.scores("scores").len(), 3, "{name}");
    }
}

#[test]
fn text_is_told_with_the_words_that_leave_its_column_out() {
    for (lines, said, typed_words) in [
        ("city,a,b\nGraz,1,2\nLinz,3,1\n", "city (text)", "--exclude city"),
        ("a,my city,b\n1,Graz,2\n3,Linz,1\n", "my city (text)", "--exclude 'my city'"),
        ("1,2,Graz\n3,1,Linz\n2,2,Wels\n", "2 (text)", "--exclude 2"),
        ("city,a,b\n7,1,2\nLinz,3,1\n8,2,2\n", "\"Linz\" is not a number", "--exclude city"),
    ] {
        let folder = Folder::new().file("rows/a.csv", lines);
        let header = if lines.starts_with('1') { "--no-header" } else { "" };
        let words = format!("train rows --epochs 1 {header}");
        let told = folder.kitsune(&words).fails(&[said, typed_words]);
        typed(&folder, &words, &told.stderr);
    }
}

/// The command that a message advises works in a shell.
#[cfg(unix)]
#[track_caller]
fn typed(folder: &Folder, words: &str, told: &str) {
    use std::process::Command;

    let option = &told[told.rfind("--exclude").unwrap()..told.rfind(')').unwrap()];
    let script = format!("\"$0\" {words} {option}");
    let output = Command::new("sh").args(["-c", &script, env!("CARGO_BIN_EXE_kitsune")]).current_dir(folder.path()).output().unwrap();
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
}

#[cfg(not(unix))]
fn typed(_: &Folder, _: &str, _: &str) {}

/// The columns of the model in another order, among others.
fn shuffled(rows: &[[f64; 4]]) -> DataFrame {
    let column = |column: usize| rows.iter().map(|row| row[column]).collect::<Vec<_>>();
    let text = vec!["x"; rows.len()];
    df!("d" => column(3), "text" => &text, "b" => column(1), "a" => column(0), "more" => column(0), "c" => column(2)).unwrap()
}

#[test]
fn scoring_finds_the_columns_of_the_model_by_name() {
    let rows = made_up(ROWS);
    let folder = Folder::new().file("rows/a.csv", frames::csv(&frames::named(&rows)));
    folder.kitsune("train rows --epochs 1").succeeds();
    folder.kitsune("score rows scores").succeeds();
    let expected = folder.scores("scores");
    let frame = shuffled(&rows);
    let lacking = frame.drop("b").unwrap().drop("d").unwrap();
    let bytes = |frame: &DataFrame| {
        [
            ("a.csv", frames::csv(frame)),
            ("a.ndjson", frames::ndjson(frame)),
            ("a.arrow", frames::ipc_stream(frame)),
            ("a.parquet", frames::parquet(frame)),
        ]
    };
    for ((name, whole), (_, lacking)) in bytes(&frame).into_iter().zip(bytes(&lacking)) {
        let folder = Folder::new().file(MODEL, folder.read(MODEL)).file(name, whole).file(format!("lacking/{name}"), lacking);
        folder.kitsune("score").word(name).word("scores").succeeds();
        assert_same(name, &folder.scores("scores"), &expected);
        // Later rows of JSON files may have the fields, so the first row without them is at fault.
        let parts =
            if name == "a.ndjson" { ["line 1", "(b): no row so far has this field"] } else { ["no column b, d", "text, a, more, c"] };
        folder.kitsune("score lacking scores --quiet").fails(&parts);
    }
}

#[test]
fn columns_that_the_model_needs_cannot_be_left_out() {
    let rows = made_up(ROWS);
    let folder = Folder::new().file("rows/a.csv", frames::csv(&frames::named(&rows))).file("more/a.csv", frames::csv(&shuffled(&rows)));
    folder.kitsune("train rows --epochs 1").succeeds();
    for (options, needed) in [("--exclude b,d", "b, d"), ("--columns a,b,c", "d"), ("--columns 0-3 --exclude a", "a, c")] {
        let told = format!("the model needs {needed}, which --columns or --exclude leaves out");
        folder.kitsune("score more scores").words(options).fails(&[&told]);
    }
    folder.kitsune("score more scores").succeeds();
    let expected = folder.scores("scores");
    for options in ["--exclude text,more", "--columns d,c,b,a", "--columns * --exclude text"] {
        folder.kitsune("score more scores").words(options).succeeds();
        assert_same(options, &folder.scores("scores"), &expected);
    }
}

#[test]
fn fields_that_come_late_are_told_unless_columns_are_picked() {
    let late = "{\"a\": 1, \"b\": 2}\n".repeat(1_500) + "{\"a\": 2, \"b\": 1, \"new\": 3}\n{\"b\": 3, \"a\": 1}\n";
    let folder = Folder::new().file("rows/a.ndjson", late);
    folder.kitsune("train rows --epochs 1").fails(&["rows/a.ndjson, line 1501", "no field new", "(--columns)"]);
    folder.kitsune("train rows --epochs 1 --columns a,b").succeeds().says(&["1,502 rows of 2 features"]);
    folder.kitsune("score rows scores").succeeds();
}
