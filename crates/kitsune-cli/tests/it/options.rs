//! The options of `kitsune train` for the detection, and the messages about them.

use serde_json::Value;

use crate::folder::{Folder, MODEL};
use crate::rows::{csv, made_up};

fn inspected(folder: &Folder) -> Value {
    serde_json::from_str(&folder.kitsune("inspect --json").word(MODEL).succeeds().stdout).unwrap()
}

#[test]
fn each_option_of_the_detection_arrives_in_the_model() {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(300)));
    let cases = [
        ("", "inputs", "\"HalfRanked\""),
        ("--inputs half-ranked", "inputs", "\"HalfRanked\""),
        ("--inputs min-max", "inputs", "\"MinMax\""),
        ("--is-scaled", "inputs", "\"Identity\""),
        ("--trim 0.1", "trim", "0.1"),
        ("--prototypes 7", "prototypes", "7"),
        ("--body-ratio 0.25", "body_ratio", "0.25"),
        ("--no-body", "body_ratio", "null"),
        ("--threshold log-normal", "threshold", "\"LogNormal\""),
        ("--threshold peaks", "threshold", "\"PeaksOverThreshold\""),
        ("--alert-rate 0.05", "alert_rate", "0.05"),
        ("--hold-out 0.2", "hold_out", "0.2"),
        ("", "score", "\"Combined\""),
        ("--score tails", "score", "\"Tails\""),
        ("--score body", "score", "\"Body\""),
        ("--score prototypes", "score", "\"Prototypes\""),
    ];
    for (options, field, expected) in cases {
        folder.kitsune("train rows --epochs 1").words(options).succeeds();
        assert_eq!(inspected(&folder)["config"][field].to_string(), expected, "{options}");
    }
}

#[test]
fn options_out_of_their_range_are_refused() {
    let cases = [
        ("--trim 0.6", "--trim must be at least 0 and at most 0.5, but it is 0.6"),
        ("--hold-out -0.1", "--hold-out must be"),
        ("--alert-rate 0", "--alert-rate must be above 0 and at most 0.5, but it is 0"),
        ("--body-ratio 2", "--body-ratio must be above 0 and at most 1, but it is 2"),
        ("--body-ratio 0.5 --no-body", "--no-body"),
        ("--no-body --score body", "--body-ratio"),
        ("--prototypes 0 --score prototypes", "--prototypes"),
        ("--is-scaled --inputs min-max", "--inputs"),
        ("--inputs ranked", "half-ranked, min-max"),
        ("--threshold median", "quantile, log-normal, peaks"),
        ("--score mean", "combined, tails, body, prototypes, head"),
        ("--checkpoint-interval -1", "'--checkpoint-interval <SECONDS>'"),
    ];
    let folder = Folder::new().file("rows/a.csv", "1,2\n3,5\n");
    for (options, part) in cases {
        folder.kitsune("train rows").words(options).rejects_words(&[part]);
    }
}

#[test]
fn rows_that_are_held_out_go_through_no_step() {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(1_500))).file("rows/b.csv", csv(&made_up(1_500)));
    let told = folder.kitsune("train rows --epochs 3").succeeds();
    let summary = inspected(&folder)["summary"].clone();
    let number = |name: &str| summary[name].as_u64().unwrap();
    let held_out = number("held_out");
    assert!((200..400).contains(&held_out), "{held_out} of 3,000");
    assert_eq!(number("rows"), 3_000);
    assert_eq!(number("rows_seen"), 3 * (3_000 - held_out));
    told.says(&[
        &format!("{held_out} rows held out for the threshold"),
        "by quantile: 1 % of normal rows are expected to score that high\n",
    ]);
    assert!(!told.stderr.contains("fitted to the training rows"), "{}", told.stderr);

    folder.kitsune("train rows --epochs 3 --hold-out 0").succeeds().says(&["fitted to the training rows, since none were held out"]);
    let summary = inspected(&folder)["summary"].clone();
    assert_eq!((summary["held_out"].as_u64(), summary["rows_seen"].as_u64()), (Some(0), Some(9_000)));
}

#[test]
fn few_rows_make_no_threshold_and_say_why() {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(50)));
    let told = folder.kitsune("train rows --epochs 1").succeeds();
    told.says(&["no threshold: ", "99", "50", "--alert-rate"]);
    folder.kitsune("train rows --epochs 1 --alert-rate 0.05").succeeds().says(&["by quantile: 5 % of normal rows"]);
}

#[test]
fn strange_rows_are_trimmed_and_counted() {
    let mut rows = made_up(600);
    // In the training rows c lay between a and b, and d was their product.
    rows.iter_mut().step_by(40).for_each(|row| (row[2], row[3]) = (1.0 - row[2], 1.0));
    let folder = Folder::new().file("rows/a.csv", csv(&rows));
    folder
        .kitsune("train rows --epochs 2")
        .succeeds()
        .says(&["of the rows looked too strange to learn from, and trained nothing (--trim)"]);
    let trimmed = inspected(&folder)["summary"]["trimmed"].as_f64().unwrap();
    assert!(trimmed > 0.0 && trimmed <= 0.05 + 1.0 / 600.0, "{trimmed}");
    let told = folder.kitsune("train rows --epochs 2 --trim 0").succeeds();
    assert!(!told.stderr.contains("too strange"), "{}", told.stderr);
}
