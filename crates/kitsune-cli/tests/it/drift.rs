//! Rows that do not fit the model as a whole.

use serde_json::Value;

use crate::folder::Folder;
use crate::kitsune::assert_says;
use crate::rows::{FEATURES, csv, made_up};

/// Rows with a header, shifted in one column, and a label: every hundredth row is an anomaly.
fn labelled(rows: &[[f64; FEATURES]], shift: f64) -> String {
    let line = |(at, [a, b, c, d]): (usize, &[f64; FEATURES])| format!("{a},{},{c},{d},{}\n", b + shift, u8::from(at % 100 == 0));
    format!("a,b,c,d,label\n{}", rows.iter().enumerate().map(line).collect::<String>())
}

fn folder() -> Folder {
    let rows = made_up(3_000);
    let folder = Folder::new().file("rows/a.csv", format!("a,b,c,d\n{}", csv(&rows)));
    let folder = folder.file("same.csv", labelled(&rows[..1_000], 0.0)).file("moved.csv", labelled(&rows[..1_000], 0.4));
    folder.kitsune("train rows --epochs 2").succeeds();
    folder
}

#[test]
fn rows_that_do_not_fit_are_said_with_what_to_do() {
    let folder = folder();
    for command in ["score same.csv out.csv", "evaluate same.csv --label-column label"] {
        let told = folder.kitsune(command).succeeds();
        assert!(!told.stderr.contains("kitsune calibrate"), "{}", told.stderr);
    }
    for command in ["score moved.csv out.csv", "evaluate moved.csv --label-column label"] {
        let told = folder.kitsune(command).succeeds();
        told.says(&["% of the rows are flagged where 1 % of normal rows are expected", "kitsune calibrate", "kitsune train"]);
    }
    let far: String = made_up(1_000).iter().map(|row| row.map(|value| (value + 7.0).to_string()).join(",") + "\n").collect();
    let folder = folder.file("far.csv", format!("a,b,c,d\n{far}"));
    folder.kitsune("score far.csv out.csv").succeeds().says(&["100.0 % of the values lie outside the range of the training rows"]);
}

#[test]
fn an_evaluation_lists_the_columns_that_moved() {
    let folder = folder();
    let text = folder.kitsune("evaluate moved.csv --label-column label --bootstrap 0 --report page").succeeds().stdout;
    assert_says(&text, &["columns that differ most from the training rows", "range in training"]);
    let line = text.lines().find(|line| line.starts_with("b ")).unwrap();
    assert_says(line, &[" % ", " to "]);
    let json = |set: &str| -> Value {
        let words = format!("evaluate {set} --label-column label --bootstrap 0 --json");
        serde_json::from_str(&folder.kitsune(&words).succeeds().stdout).unwrap()
    };
    let moved = &json("moved.csv")["sets"][0]["drift"];
    assert_eq!((moved["columns"].as_array().unwrap().len(), moved["columns"][0]["column"].as_str()), (1, Some("b")));
    let share = moved["columns"][0]["outside"].as_f64().unwrap();
    assert!((share - 0.4).abs() < 0.05 && (moved["outside"].as_f64().unwrap() - share / 4.0).abs() < 0.01, "{moved}");
    assert!((moved["columns"][0]["moved"].as_f64().unwrap() - 0.32).abs() < 0.05, "{moved}");
    assert_says(moved["advice"].as_str().unwrap(), &["kitsune calibrate"]);
    let same = &json("same.csv")["sets"][0]["drift"];
    assert_eq!((same["columns"].as_array().unwrap().len(), &same["advice"]), (0, &Value::Null));
    let page = String::from_utf8(folder.read("page/report.html")).unwrap();
    assert_says(&page, &["<h2 id=\"drift\">Against the training rows</h2>", "<bdi>b</bdi>", "kitsune calibrate"]);
}

#[test]
fn the_page_of_a_scoring_lists_them_as_well_and_draws_no_curve_of_few_rows_without_a_word() {
    let folder = folder();
    folder.kitsune("score moved.csv out.csv --report page").succeeds();
    let page = String::from_utf8(folder.read("page/report.html")).unwrap();
    assert_says(&page, &["<h2 id=\"drift\">Against the training rows</h2>"]);
    folder.kitsune("score same.csv out.csv --report page").succeeds();
    let page = String::from_utf8(folder.read("page/report.html")).unwrap();
    assert!(!page.contains("Against the training rows"));
    folder.kitsune("evaluate same.csv --label-column label --report page").succeeds();
    let page = String::from_utf8(folder.read("page/report.html")).unwrap();
    assert_says(&page, &["by few rows", "fewer than ten normal rows score higher", "stroke=\"#070000\""]);
}
