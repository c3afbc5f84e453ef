//! `kitsune evaluate`: how well scores find the anomalies of labelled rows.

use std::fs;

use serde_json::Value;

use crate::demo;
use crate::folder::Folder;
use crate::kitsune::assert_says;
use crate::ranking::auc;
use crate::rows::{csv, made_up};

/// The demo's model, and its test rows in two files: the first 1,000 rows, and the rest.
fn folder() -> Folder {
    let text = fs::read_to_string(demo::path("test/wednesday.csv")).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let file = |rows: &[&str]| format!("{}\n{}\n", lines[0], rows.join("\n"));
    demo::folder().file("all.csv", &text).file("early.csv", file(&lines[1..=1_000])).file("late.csv", file(&lines[1_001..]))
}

fn json(folder: &Folder, words: &str) -> Value {
    serde_json::from_str(&folder.kitsune("evaluate --label-column label --json").words(words).succeeds().stdout).unwrap()
}

fn number(set: &Value, metric: &str) -> f64 {
    set[metric]["value"].as_f64().unwrap()
}

/// Each metric, computed by its definition.
fn naive(scores: &[f32], anomalies: &[bool], threshold: f32) -> Vec<(&'static str, f64)> {
    let count = |of: &dyn Fn(usize) -> bool| (0..scores.len()).filter(|&row| of(row)).count() as f64;
    let (normal, anomalous) = (count(&|row| !anomalies[row]), count(&|row| anomalies[row]));
    let rates = |limit: f32| {
        let false_alarms = count(&|row| scores[row] >= limit && !anomalies[row]);
        (false_alarms / normal, count(&|row| scores[row] >= limit && anomalies[row]) / anomalous)
    };
    let mut limits = scores.to_vec();
    limits.sort_by(|a, b| b.total_cmp(a));
    limits.dedup();
    let points: Vec<_> = limits.iter().map(|&limit| rates(limit)).collect();
    let precision = |(false_alarms, found): (f64, f64)| found * anomalous / (found * anomalous + false_alarms * normal);
    let mut recall = 0.0;
    let mut average_precision = 0.0;
    for &point in &points {
        average_precision += (point.1 - recall) * precision(point);
        recall = point.1;
    }
    let at = |rate: f64| points.iter().filter(|point| point.0 <= rate).map(|point| point.1).fold(0.0, f64::max);
    let flagged = rates(threshold);
    let doubles: Vec<_> = scores.iter().copied().map(f64::from).collect();
    vec![
        ("roc_auc", auc(&doubles, anomalies)),
        ("average_precision", average_precision),
        ("tpr_at_fpr_01", at(0.01)),
        ("tpr_at_fpr_05", at(0.05)),
        ("precision", precision(flagged)),
        ("recall", flagged.1),
        ("f1", 2.0 * precision(flagged) * flagged.1 / (precision(flagged) + flagged.1)),
        ("false_alarm_rate", flagged.0),
    ]
}

#[test]
fn the_figures_are_those_of_their_definitions() {
    let folder = folder();
    let (scores, anomalies) = (demo::trained().parts.concat(), demo::anomalies());
    let found = json(&folder, "all.csv");
    let set = &found["sets"][0];
    let threshold = set["threshold"].as_f64().unwrap() as f32;
    assert_eq!((&set["rows"], &set["path"], &set["dropped"]), (&2_400.into(), &"all.csv".into(), &0.into()));
    assert_eq!(set["anomalies"], anomalies.iter().filter(|&&anomaly| anomaly).count());
    for (metric, expected) in naive(&scores, &anomalies, threshold) {
        assert!((number(set, metric) - expected).abs() < 1e-12, "{metric}: {} instead of {expected}", set[metric]);
        let [low, high] = ["low", "high"].map(|end| set[metric][end].as_f64().unwrap());
        // Of scores that rank all anomalies first, every draw does.
        assert!(low <= expected && expected <= high && (low < high || expected == 1.0), "{metric}: {}", set[metric]);
    }
    assert_eq!(found["mean"]["roc_auc"], set["roc_auc"]["value"]);
    // A rate of 0.1 % is fewer than 10 of about 2,300 normal rows.
    assert_eq!(set["tpr_at_fpr_001"], Value::Null);
}

#[test]
fn one_set_is_a_list_of_figures_with_their_intervals() {
    let folder = folder();
    let found = json(&folder, "all.csv");
    let told = folder.kitsune("evaluate all.csv --label-column label").succeeds();
    let line = |name: &str| told.stdout.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    assert_says(&line("all.csv"), &["2,400 rows", "by the score combined"]);
    let auc = &found["sets"][0]["roc_auc"];
    let [value, low, high] = ["value", "low", "high"].map(|what| auc[what].as_f64().unwrap());
    assert_eq!(line("ROC AUC").split_whitespace().skip(2).collect::<Vec<_>>(), [format!("{value:.4}"), format!("{low:.4}-{high:.4}")]);
    assert_eq!(line("TPR at FPR 0.1 %").split_whitespace().next_back(), Some("-"));
    assert_says(&told.stdout, &["precision, recall, F1 and false alarms at score ", "(quantile, alert rate 0.01)"]);
    let widths: Vec<_> = ["ROC AUC", "F1", "average precision"].map(|name| line(name).len()).into();
    assert!(widths.iter().all(|width| *width == widths[0]), "the columns are aligned: {}", told.stdout);
    assert_says(&told.stderr, &["2,400 rows flagged"]);
    let told = folder.kitsune("evaluate all.csv --label-column label --bootstrap 0 --quiet").succeeds();
    assert!(!told.stdout.contains("interval") && told.stdout.contains("ROC AUC"), "{}", told.stdout);
    assert_eq!(told.stderr, "");
}

#[test]
fn several_sets_make_a_table_with_their_means() {
    let folder = folder();
    let found = json(&folder, "early.csv late.csv all.csv");
    let sets = found["sets"].as_array().unwrap();
    assert_eq!(sets.iter().map(|set| set["rows"].as_u64().unwrap()).collect::<Vec<_>>(), [1_000, 1_400, 2_400]);
    let (scores, anomalies) = (demo::trained().parts.concat(), demo::anomalies());
    let threshold = sets[0]["threshold"].as_f64().unwrap() as f32;
    for (set, rows) in sets.iter().zip([0..1_000, 1_000..2_400, 0..2_400]) {
        for (metric, expected) in naive(&scores[rows.clone()], &anomalies[rows.clone()], threshold) {
            if set[metric] != Value::Null {
                assert!((number(set, metric) - expected).abs() < 1e-12, "{metric} of {}", set["path"]);
            }
        }
    }
    for metric in ["roc_auc", "average_precision", "recall"] {
        let mean = sets.iter().map(|set| number(set, metric)).sum::<f64>() / 3.0;
        assert!((found["mean"][metric].as_f64().unwrap() - mean).abs() < 1e-12, "{metric}");
    }
    assert_eq!(found["mean"]["tpr_at_fpr_001"], Value::Null);

    let told = folder.kitsune("evaluate early.csv late.csv all.csv --label-column label").succeeds();
    let cells = |start: &str| -> Vec<String> {
        let line = told.stdout.lines().find(|line| line.starts_with(start)).unwrap();
        line.split_whitespace().map(str::to_owned).collect()
    };
    let [auc, mean] = [number(&sets[1], "roc_auc"), found["mean"]["roc_auc"].as_f64().unwrap()].map(|figure| format!("{figure:.4}"));
    assert_eq!(cells("late.csv")[..4], ["late.csv".into(), "1,400".into(), sets[1]["anomalies"].to_string(), auc]);
    assert_eq!(cells("mean")[..2], ["mean".into(), mean]);
    assert_says(&told.stdout, &["95 % intervals, by drawing the rows of each set anew 200 times"]);
    assert_says(&told.stderr, &["early.csv: ", "of 1,000 rows flagged", "late.csv: "]);
    // A folder is a single set.
    let folder = folder.file("sets/a.csv", fs::read(demo::path("test/wednesday.csv")).unwrap());
    assert_eq!(json(&folder, "sets")["sets"][0]["roc_auc"], json(&folder, "all.csv")["sets"][0]["roc_auc"]);
}

#[test]
fn the_draws_of_the_intervals_have_a_seed() {
    let folder = folder();
    let figures = |words: &str| json(&folder, &format!("early.csv {words}"))["sets"][0]["precision"].clone();
    assert_eq!(figures(""), figures("--seed 0 --bootstrap 200"));
    assert_ne!(figures(""), figures("--seed 1"));
    let none = figures("--bootstrap 0");
    assert_eq!((&none["value"], &none["low"], &none["high"]), (&figures("")["value"], &Value::Null, &Value::Null));
}

#[test]
fn another_score_has_figures_of_its_own_and_a_threshold_only_if_it_is_given() {
    let folder = folder();
    let told = folder.kitsune("evaluate all.csv --label-column label --score head").succeeds();
    assert_says(&told.stderr, &["only scores, no verdicts", "for its score combined, not for head"]);
    assert_says(&told.stdout, &["no threshold: no precision"]);
    let head = &json(&folder, "all.csv --score head")["sets"][0];
    assert_eq!((&head["threshold"], &head["precision"]), (&Value::Null, &Value::Null));
    assert_ne!(head["roc_auc"]["value"], json(&folder, "all.csv")["sets"][0]["roc_auc"]["value"]);
    let lower = &json(&folder, "all.csv --alert-rate 0.1")["sets"][0];
    assert!(number(lower, "false_alarm_rate") > 0.05, "{lower}");
    assert_eq!(json(&folder, "all.csv --score head --threshold 0.5")["sets"][0]["threshold"], 0.5);
}

#[test]
fn rows_that_are_dropped_do_not_count() {
    let folder = folder();
    let text = fs::read_to_string(demo::path("test/wednesday.csv")).unwrap();
    let header = text.lines().next().unwrap();
    let gap = format!("{}1\n", ",".repeat(20));
    let folder = folder.file("gaps.csv", text.replacen(&format!("{header}\n"), &format!("{header}\n{gap}"), 1) + &gap);
    let (found, expected) = (json(&folder, "gaps.csv --on-missing drop"), json(&folder, "all.csv"));
    assert_eq!(found["sets"][0]["dropped"], 2);
    for metric in ["roc_auc", "average_precision", "recall"] {
        assert_eq!(found["sets"][0][metric], expected["sets"][0][metric], "{metric}");
    }
    let told = folder.kitsune("evaluate gaps.csv --label-column label --on-missing drop").succeeds();
    assert_says(&told.stderr, &["2 rows dropped because a value is missing"]);
}

#[test]
fn sets_that_cannot_be_evaluated_are_told_by_their_name() {
    let rows = csv(&made_up(30));
    let labelled = |label: &str| rows.lines().map(|line| format!("{line},{label}")).collect::<Vec<_>>().join("\n") + "\n";
    let mixed = labelled("0").replacen(",0\n", ",1\n", 3);
    let folder = Folder::new()
        .file("rows/a.csv", format!("a,b,c,d\n{rows}"))
        .file("normal.csv", format!("a,b,c,d,label\n{}", labelled("0")))
        .file("strange.csv", format!("a,b,c,d,label\n{}", labelled("2")))
        .file("text.csv", format!("a,b,c,d,label\n{}0.1,0.2,0.3,0.4,benign\n", labelled("0")))
        .file("gap.csv", format!("a,b,c,d,label\n{}0.1,0.2,0.3,0.4,\n", labelled("0")))
        .file("mixed.csv", format!("a,b,c,d,label\n{mixed}"));
    folder.kitsune("train rows --epochs 1").succeeds();
    folder.kitsune("evaluate mixed.csv --label-column label").succeeds();
    let cases = [
        ("normal.csv", &["normal.csv: ", "none of the 30 rows is anomalous"][..]),
        ("strange.csv", &["strange.csv: ", "none of the labels", "\"2\" (30 rows)", "--normal-label 2"]),
        ("text.csv", &["text.csv: ", "several labels may mark normal rows", "\"benign\" (1 row)"]),
        ("gap.csv", &["gap.csv, line 32, column 4 (label)", "missing"]),
        ("rows", &["there is no column label"]),
        ("nowhere.csv", &["nowhere.csv"]),
    ];
    for (set, parts) in cases {
        folder.kitsune("evaluate mixed.csv --quiet --label-column label").word(set).fails(parts);
    }
}

#[test]
fn standard_input_is_a_set_as_well() {
    let folder = folder();
    let told = folder.kitsune("evaluate - --label-column label --json").reads(folder.read("all.csv")).succeeds();
    let found: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(found["sets"][0]["roc_auc"], json(&folder, "all.csv")["sets"][0]["roc_auc"]);
}
