//! Thresholds, and the verdicts and tail probabilities that they give.

use polars::prelude::{AnyValue, DataFrame, DataType};
use serde_json::Value;

use crate::demo;
use crate::folder::{Folder, MODEL};
use crate::frames::{self, names, numbers};
use crate::kitsune::assert_says;
use crate::rows::{assert_same, csv, made_up};

const FORMATS: [&str; 4] = ["out.ndjson", "out.csv", "out.parquet", "out.arrow"];

/// Scores rows into a file, and reads it.
fn scored(folder: &Folder, words: &str, name: &str) -> (DataFrame, String) {
    let told = folder.kitsune("score").words(words).word(name).succeeds();
    (frames::read(name, folder.read(name)), told.stderr)
}

/// The demo's test rows in a folder with the demo's model.
fn demo_rows() -> Folder {
    demo::folder().file("rows.csv", std::fs::read(demo::path("test/wednesday.csv")).unwrap())
}

/// The verdicts of rows, `None` for rows without a score.
fn verdicts(frame: &DataFrame) -> Vec<Option<bool>> {
    frame.column("is_anomaly").unwrap().bool().unwrap().iter().collect()
}

fn tails(frame: &DataFrame) -> Vec<Option<f64>> {
    frame.column("tail_probability").unwrap().f64().unwrap().iter().collect()
}

fn threshold(folder: &Folder) -> f32 {
    let model = folder.kitsune("inspect --json").word(MODEL).succeeds().stdout;
    serde_json::from_str::<Value>(&model).unwrap()["threshold"]["score"].as_f64().unwrap() as f32
}

fn share(verdicts: &[Option<bool>], rows: impl Fn(usize) -> bool) -> f64 {
    let chosen: Vec<_> = verdicts.iter().enumerate().filter(|(row, _)| rows(*row)).map(|(_, verdict)| verdict.unwrap()).collect();
    chosen.iter().filter(|&&verdict| verdict).count() as f64 / chosen.len() as f64
}

#[test]
fn every_row_with_a_score_has_a_verdict_in_every_format() {
    let folder = demo::folder();
    let text = std::fs::read_to_string(demo::path("test/wednesday.csv")).unwrap();
    let dropped = [0, 7, 2_399];
    let cut = |(row, line): (usize, &str)| {
        let rest = line.split_once(',').unwrap().1;
        if row > 0 && dropped.contains(&(row - 1)) { format!(",{rest}\n") } else { format!("{line}\n") }
    };
    let folder = folder.file("gaps.csv", text.lines().enumerate().map(cut).collect::<String>());
    let threshold = threshold(&folder);
    for name in FORMATS {
        let (frame, told) = scored(&folder, "gaps.csv --on-missing drop", name);
        assert_eq!(names(&frame), ["score", "is_anomaly", "tail_probability"], "{name}");
        assert_eq!(frame.column("is_anomaly").unwrap().dtype(), &DataType::Boolean, "{name}");
        let (scores, verdicts, tails) = (numbers(&frame, "score"), verdicts(&frame), tails(&frame));
        let mut flagged = 0;
        for row in 0..frame.height() {
            if dropped.contains(&row) {
                assert!(scores[row].is_nan() && verdicts[row].is_none() && tails[row].is_none(), "{name}, row {row}");
                continue;
            }
            assert_eq!(verdicts[row], Some(scores[row] >= threshold), "{name}, row {row}");
            let tail = tails[row].unwrap();
            assert!(tail > 0.0 && tail <= 1.0, "{name}, row {row}: {tail}");
            assert!((tail <= 0.01) == (scores[row] >= threshold), "{name}, row {row}: a score of {} has {tail}", scores[row]);
            flagged += usize::from(scores[row] >= threshold);
        }
        assert!(flagged > 20);
        assert_says(&told, &[&format!("{flagged} of 2,397 rows flagged: score {threshold} or higher (quantile, alert rate 0.01)")]);
    }
}

#[test]
fn the_share_of_normal_rows_that_is_flagged_is_about_the_stated_one() {
    let (folder, anomalies) = (demo_rows(), demo::anomalies());
    // The threshold is fitted to 480 rows. Allow two to three deviations of a rate over so many rows.
    let cases = [
        ("", 0.002, 0.025),
        ("--alert-rate 0.05", 0.02, 0.085),
        ("--alert-rate 0.2", 0.14, 0.26),
        ("--threshold peaks", 0.002, 0.025),
        ("--threshold peaks --alert-rate 0.05", 0.02, 0.085),
    ];
    for (words, low, high) in cases {
        let found = verdicts(&scored(&folder, &format!("rows.csv {words}"), "out.parquet").0);
        let rate = share(&found, |row| !anomalies[row]);
        assert!((low..=high).contains(&rate), "{words}: {rate}");
        let recall = share(&found, |row| anomalies[row]);
        assert!(recall > 2.0 * rate, "{words}: {recall} of the anomalies");
    }
}

#[test]
fn a_threshold_can_be_refitted_or_given() {
    let folder = demo_rows();
    let scores = demo::trained().parts.concat();
    let told_tails = tails(&scored(&folder, "rows.csv", "out.parquet").0);
    for (words, said) in [
        ("--threshold quantile --alert-rate 0.02", "(quantile, alert rate 0.02)"),
        ("--threshold log-normal", "(log-normal, alert rate 0.01)"),
        ("--threshold peaks --alert-rate 0.0001", "(peaks, alert rate 0.0001)"),
        ("--alert-rate 0.3", "(quantile, alert rate 0.3)"),
    ] {
        let (frame, told) = scored(&folder, &format!("rows.csv {words}"), "out.parquet");
        assert_says(&told, &[said]);
        assert_same(words, &numbers(&frame, "score"), &scores);
        // The rows from the printed score on are flagged.
        let value: f32 = told.split("flagged: score ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        let expected: Vec<_> = scores.iter().map(|&score| Some(score >= value)).collect();
        assert_eq!(verdicts(&frame), expected, "{words}");
        assert!(tails(&frame).iter().all(Option::is_some), "{words}");
        // The same score can be given as NUMBER. Then the tail probabilities are those of the model's own threshold.
        let (frame, told) = scored(&folder, &format!("rows.csv --threshold {value}"), "out.parquet");
        assert_says(&told, &["(given, where ", " % of normal rows are expected)"]);
        assert_eq!(verdicts(&frame), expected, "{words}");
        assert_eq!(tails(&frame), told_tails, "{words}");
    }
}

#[test]
fn without_a_threshold_there_are_scores_only() {
    let folder = demo_rows();
    let (frame, told) = scored(&folder, "rows.csv --threshold none", "out.csv");
    assert_eq!(names(&frame), ["score"]);
    assert!(!told.contains("verdicts") && !told.contains("flagged"), "that was asked for: {told}");
    let (frame, told) = scored(&folder, "rows.csv --score tails", "out.csv");
    assert_eq!(names(&frame), ["score"]);
    assert_says(&told, &["only scores, no verdicts: ", "for its score combined, not for tails", "--threshold NUMBER"]);
    let (frame, told) = scored(&folder, "rows.csv --score tails --threshold 2.5", "out.csv");
    assert_eq!(names(&frame), ["score", "is_anomaly"], "nothing is known of the tail");
    assert_says(&told, &["flagged: score 2.5 or higher (given)"]);
    let (_, told) = scored(&folder, "rows.csv --score combined", "out.csv");
    assert_says(&told, &["(quantile, alert rate 0.01)"]);
    folder
        .kitsune("score rows.csv out.csv --score tails --alert-rate 0.1")
        .fails(&["of its score combined only, not of tails", "--threshold NUMBER"]);
}

#[test]
fn rows_that_are_too_few_for_a_rate_are_told_with_what_helps() {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(30)));
    folder.kitsune("train rows --epochs 1").succeeds();
    let (frame, told) = scored(&folder, "rows", "out.ndjson");
    assert_eq!(names(&frame), ["score"]);
    assert_says(&told, &["only scores, no verdicts: ", "needs the scores of 99 normal rows, but there are 30", "--alert-rate 0.033"]);
    let (frame, told) = scored(&folder, "rows --alert-rate 0.033", "out.ndjson");
    assert_eq!(names(&frame), ["score", "is_anomaly", "tail_probability"]);
    assert_says(&told, &["1 of 30 rows flagged", "rows that the model was trained on"]);
    folder.kitsune("score rows out.ndjson --threshold peaks").fails(&[
        "by peaks",
        "needs the scores of 100 normal rows, but there are 30",
        "(--threshold NUMBER)",
    ]);

    let folder = demo_rows();
    let told =
        folder.kitsune("score rows.csv out.csv --alert-rate 0.0001").fails(&["needs the scores of 9999 normal rows", "--threshold peaks"]);
    let advised = told.stderr.split("(--alert-rate ").nth(1).unwrap().split(' ').next().unwrap();
    let (_, told) = scored(&folder, &format!("rows.csv --alert-rate {advised}"), "out.csv");
    assert_says(&told, &[&format!("(quantile, alert rate {advised})")]);
    assert!(!told.contains("trained on"), "the threshold rests on rows that were held out: {told}");
    assert_says(&scored(&folder, "rows.csv --threshold peaks --alert-rate 0.0001", "out.csv").1, &["(peaks, alert rate 0.0001)"]);
}

#[test]
fn verdicts_stand_beside_what_else_is_written() {
    let folder = demo_rows();
    let (frame, _) = scored(&folder, "rows.csv --keep label --with-row-numbers --with-tails", "out.parquet");
    assert_eq!(names(&frame), ["label", "row", "score", "is_anomaly", "tail_probability", "tails"]);
    let line = String::from_utf8(folder.kitsune("score rows.csv -").gives()).unwrap().lines().next().unwrap().to_owned();
    assert!(line.contains(", \"is_anomaly\": ") && line.contains(", \"tail_probability\": "), "{line}");
    let none = demo::folder().file("none.csv", std::fs::read_to_string(demo::path("test/wednesday.csv")).unwrap().lines().next().unwrap());
    for name in FORMATS.into_iter().skip(1) {
        let (frame, told) = scored(&none, "none.csv --explain 1", name);
        let reasons = ["", "_value", "_expected", "_lowest", "_highest", "_deviations", "_cluster"].map(|what| format!("reason_1{what}"));
        let expected = ["score", "is_anomaly", "tail_probability"].map(str::to_owned).into_iter().chain(reasons).collect::<Vec<_>>();
        assert_eq!(frame.height(), 0, "{name}");
        assert_eq!(names(&frame), expected, "{name}");
        assert_says(&told, &["0 of 0 rows flagged"]);
    }
    // A name that a column of the input has is taken here, too.
    let text = "is_anomaly,".to_owned() + &std::fs::read_to_string(demo::path("test/wednesday.csv")).unwrap().replace('\n', "\n1,");
    let folder = demo::folder().file("taken.csv", text.trim_end_matches("1,"));
    folder.kitsune("score taken.csv out.csv --keep is_anomaly").fails(&["two columns is_anomaly"]);
}

#[test]
fn verdicts_are_null_in_lines_of_dropped_rows() {
    let folder = demo::folder();
    let header = std::fs::read_to_string(demo::path("test/wednesday.csv")).unwrap().lines().next().unwrap().to_owned();
    let folder = folder.file("gap.csv", format!("{header}\n{}\n", ",".repeat(20)));
    folder.kitsune("score gap.csv out.ndjson --on-missing drop").succeeds();
    assert_eq!(folder.read("out.ndjson"), b"{\"score\": null, \"is_anomaly\": null, \"tail_probability\": null}\n");
    let (frame, _) = scored(&folder, "gap.csv --on-missing drop --explain 2", "out.parquet");
    assert!(frame.columns().iter().all(|column| column.get(0).unwrap() == AnyValue::Null), "{frame}");
}
