//! `kitsune online` on files: results, the state, what is resumed, what is refused.

use std::fs;

use polars::prelude::{DataFrame, DataType};
use serde_json::Value;

use crate::folder::Folder;
use crate::frames;
use crate::rows::{assert_close, csv, made_up};

/// Short periods, for few rows.
const GRACE: &str = "--mapper-grace 50 --train-grace 350 --model-checkpoint state.safetensors";

/// Rows of a to d, of which some of the last are beyond all others.
fn rows(count: usize) -> Vec<[f64; 4]> {
    let mut rows = made_up(count);
    for row in (450..count).step_by(50) {
        rows[row][2] = 20.0;
    }
    rows
}

/// A folder with `rows.csv` of columns a to d, `first.csv` with its beginning, and the same rows in other formats.
fn folder() -> Folder {
    let named = frames::named(&rows(700));
    let text = String::from_utf8(frames::csv(&named)).unwrap();
    let first: String = text.split_inclusive('\n').take(1 + 460).collect();
    Folder::new()
        .file("rows.csv", &text)
        .file("first.csv", first)
        .file("rows.ndjson", frames::ndjson(&named))
        .file("rows.arrow", frames::ipc_stream(&named))
        .parquet("rows.parquet", &named)
}

fn lines(folder: &Folder, name: &str) -> Vec<Value> {
    String::from_utf8(folder.read(name)).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_row_has_a_line_which_is_null_in_the_grace_period() {
    let folder = folder();
    folder.kitsune(&format!("online rows.csv out.ndjson {GRACE}")).succeeds().says(&[
        "1 cluster of 4 columns",
        "the grace period is over, and rows are scored: the threshold is",
        "online: 700 rows",
        "flagged ",
        "of 300 scored rows",
    ]);
    let lines = lines(&folder, "out.ndjson");
    assert_eq!(lines.len(), 700);
    for (row, line) in lines.iter().enumerate() {
        assert_eq!(line.as_object().unwrap().keys().collect::<Vec<_>>(), ["drift", "is_anomaly", "score", "tail_probability"]);
        assert_eq!(line["score"].is_null(), row < 400, "row {row}");
        assert_eq!(line["is_anomaly"].is_null(), row < 400, "row {row}");
        assert_eq!(line["drift"].is_null(), row < 400, "row {row}");
    }
    for row in (450..700).step_by(50) {
        assert_eq!(lines[row]["is_anomaly"], true, "row {row}");
    }
    let flagged = lines.iter().filter(|line| line["is_anomaly"] == true).count();
    assert!(flagged < 15, "{flagged} of 300 rows");
}

#[test]
fn a_stream_in_two_runs_is_byte_for_byte_that_of_one() {
    let folder = folder();
    let options = "--keep b --explain 2 --exclude d";
    for output in ["ndjson", "csv"] {
        let state = |name: &str| format!("--mapper-grace 50 --train-grace 350 --model-checkpoint {name}-{output}.safetensors {options}");
        folder.kitsune(&format!("online rows.csv whole.{output} {}", state("whole"))).succeeds();
        folder.kitsune(&format!("online first.csv parts.{output} {}", state("parts"))).succeeds();
        // Lines that a kill has left, which the state does not know.
        let mut left = folder.read(format!("parts.{output}"));
        left.extend_from_slice(b"left by a run that was killed\nand an unfinished line");
        fs::write(folder.path().join(format!("parts.{output}")), left).unwrap();
        folder.kitsune(&format!("online rows.csv parts.{output} {} --resume", state("parts"))).succeeds();
        assert!(folder.read(format!("parts.{output}")) == folder.read(format!("whole.{output}")), "{output}");
        let numbers = |name: &str| {
            let state = folder.read(format!("{name}-{output}.safetensors"));
            let (length, after) = state.split_first_chunk().unwrap();
            after[u64::from_le_bytes(*length) as usize..].to_vec()
        };
        assert!(numbers("parts") == numbers("whole"), "{output}: other states");
    }
}

#[test]
fn all_formats_give_the_same_scores() {
    let folder = folder();
    let scores = |frame: &DataFrame| -> Vec<f32> {
        let column = frame.column("score").unwrap().cast(&DataType::Float64).unwrap();
        column.f64().unwrap().iter().flatten().map(|score| score as f32).collect()
    };
    folder.kitsune(&format!("online rows.csv expected.ndjson {GRACE}")).succeeds();
    let expected: Vec<f32> =
        lines(&folder, "expected.ndjson").iter().filter_map(|line| line["score"].as_f64()).map(|score| score as f32).collect();
    assert_eq!(expected.len(), 300);
    for (number, input) in ["rows.csv", "rows.ndjson", "rows.parquet", "rows.arrow"].into_iter().enumerate() {
        for (at, output) in ["out.parquet", "out.arrow", "out.csv"].into_iter().enumerate() {
            let output = format!("{number}-{output}");
            folder
                .kitsune(&format!(
                    "online {input} {output} --mapper-grace 50 --train-grace 350 --model-checkpoint {number}-{at}.safetensors"
                ))
                .succeeds();
            let frame = frames::read(&output, folder.read(&output));
            assert_eq!(frame.height(), 700, "{output}");
            assert_close(&output, &scores(&frame), &expected, 1e-6);
        }
    }
}

#[test]
fn standard_input_goes_on_with_whatever_comes() {
    let folder = folder();
    let (all, first) = (folder.read("rows.csv"), folder.read("first.csv"));
    folder.kitsune(&format!("online rows.csv whole.ndjson {GRACE}")).succeeds();
    fs::remove_file(folder.path().join("state.safetensors")).unwrap();
    let mut rest = b"a,b,c,d\n".to_vec();
    rest.extend_from_slice(&all[first.len()..]);
    let mut found = folder.kitsune(&format!("online - - {GRACE}")).reads(first).gives();
    found.extend(folder.kitsune(&format!("online - - {GRACE} --resume")).reads(rest).gives());
    assert!(found == folder.read("whole.ndjson"));
}

#[test]
fn rows_with_missing_values_follow_the_policy() {
    let mut text = csv(&rows(500));
    text.push_str("0.5,,0.5,0.5\n0.5,0.5,0.5,0.25\n");
    let folder = Folder::new().file("rows.csv", &text);
    folder
        .kitsune(&format!("online rows.csv out.ndjson {GRACE} -q"))
        .fails(&["rows.csv, line 501, column 1", "(or --on-missing drop, or --on-missing fill=0)"]);
    assert_eq!(lines(&folder, "out.ndjson").len() % 500, 0, "whole batches only");
    folder
        .kitsune("online rows.csv drop.ndjson --mapper-grace 50 --train-grace 350 --model-checkpoint d.safetensors --on-missing drop")
        .succeeds();
    let dropped = lines(&folder, "drop.ndjson");
    assert!(dropped[500]["score"].is_null() && dropped[501]["score"].is_number(), "{dropped:?}");
    folder
        .kitsune("online rows.csv fill.ndjson --mapper-grace 50 --train-grace 350 --model-checkpoint f.safetensors --on-missing fill=0")
        .succeeds();
    assert!(lines(&folder, "fill.ndjson")[500]["score"].is_number());
    folder.kitsune(&format!("online rows.csv x.csv {GRACE} --resume --on-missing mean")).rejects_words(&[
        "--on-missing mean",
        "drop",
        "fill=NUMBER",
    ]);
}

#[test]
fn an_end_within_the_grace_period_says_what_is_missing_and_can_be_resumed() {
    let folder = folder();
    let state = "--mapper-grace 50 --train-grace 500 --model-checkpoint state.safetensors";
    let printed = folder.kitsune(&format!("online first.csv out.ndjson {state} -q"));
    printed.fails(&["first.csv ends in the grace period", "after 460 rows", "90 more"]);
    assert_eq!(lines(&folder, "out.ndjson").len(), 460);
    folder.kitsune("inspect state.safetensors").succeeds();
    folder.kitsune(&format!("online rows.csv out.ndjson {state} --resume")).succeeds();
    assert_eq!(lines(&folder, "out.ndjson").iter().filter(|line| line["score"].is_number()).count(), 150);
    let folder = folder.file("empty.csv", "");
    folder.kitsune("online empty.csv e.csv --model-checkpoint e.safetensors -q").fails(&["55000 more"]);
}

#[test]
fn a_state_is_never_overwritten_and_its_settings_cannot_change() {
    let folder = folder();
    folder.kitsune(&format!("online first.csv out.ndjson {GRACE} --seed 3")).succeeds();
    let before = folder.read("state.safetensors");
    folder.kitsune(&format!("online rows.csv out.ndjson {GRACE}")).rejects_words(&["state.safetensors", "--resume", "--model-checkpoint"]);
    for other in [
        "--mapper-grace 60",
        "--train-grace 351",
        "--seed 4",
        "--hidden-ratio 0.5",
        "--score head",
        "--learning-rate 0.2",
        "--scaling original",
    ] {
        let flag = other.split(' ').next().unwrap();
        folder
            .kitsune(&format!("online rows.csv out.ndjson --model-checkpoint state.safetensors --resume {other}"))
            .rejects_words(&[flag, "leave it out with --resume"]);
    }
    assert!(folder.read("state.safetensors") == before);
    folder.kitsune("online rows.csv out.ndjson --model-checkpoint state.safetensors --resume --alert-rate 0.05 --adapt").succeeds();
    let folder = folder.file("notes.safetensors", "notes").file("other.csv", "somebody's rows\n1\n");
    folder
        .kitsune("online rows.csv new.ndjson --model-checkpoint notes.safetensors")
        .rejects_words(&["notes.safetensors", "holds no state"]);
    folder.kitsune("online rows.csv other.csv --model-checkpoint n.safetensors").fails(&["other.csv", "holds no scores"]);
    folder.kitsune("online rows.csv rows.csv --model-checkpoint n.safetensors").fails(&["one of the files that are read"]);
}

#[test]
fn an_output_that_cannot_be_continued_needs_a_new_name() {
    let folder = folder();
    folder.kitsune(&format!("online first.csv out.parquet {GRACE}")).succeeds();
    folder.kitsune(&format!("online rows.csv out.parquet {GRACE} --resume")).rejects_words(&["out.parquet", "another path"]);
    folder.kitsune(&format!("online rows.csv more.parquet {GRACE} --resume")).succeeds();
    assert_eq!(frames::read("more.parquet", folder.read("more.parquet")).height(), 240);
    let folder = folder.file("scores.ndjson", "{\"score\": 1.0, \"is_anomaly\": true}\n");
    folder.kitsune(&format!("online rows.csv scores.ndjson {GRACE} --resume")).rejects_words(&["scores.ndjson", "would be lost"]);
    folder.kitsune(&format!("online first.csv next.ndjson {GRACE} --resume -q")).fails(&["has read 700 rows", "only 460"]);
}

#[test]
fn a_finished_detector_becomes_a_model_with_the_same_scores() {
    let folder = folder();
    folder.kitsune(&format!("online rows.csv out.ndjson {GRACE} --export model.safetensors")).succeeds().says(&["wrote model.safetensors"]);
    folder.kitsune("score rows.csv batch.ndjson --model model.safetensors").succeeds();
    let scores =
        |name: &str| -> Vec<f32> { lines(&folder, name)[400..].iter().map(|line| line["score"].as_f64().unwrap() as f32).collect() };
    assert_close("the exported model", &scores("batch.ndjson"), &scores("out.ndjson"), 1e-5);
    let model = folder.read("model.safetensors");
    folder.kitsune("online --export again.safetensors --model-checkpoint state.safetensors").succeeds();
    assert!(folder.read("again.safetensors") == model);
    folder.kitsune("inspect model.safetensors").succeeds();
    let text = folder.kitsune("inspect state.safetensors").succeeds().stdout;
    for part in ["scores; flagged", "of 300 rows", "grace period      50 and 350 rows", "a, b, c, d"] {
        assert!(text.contains(part), "{text}");
    }
    let json: Value = serde_json::from_str(&folder.kitsune("inspect state.safetensors --json").succeeds().stdout).unwrap();
    assert_eq!((&json["rows"], &json["state"], &json["counts"]["observed"]), (&700.into(), &"Executing".into(), &300.into()));
    folder.kitsune("online --export x.safetensors --model-checkpoint model.safetensors").fails(&["model.safetensors", "it holds a model"]);
    folder.kitsune("online --export state.safetensors --model-checkpoint state.safetensors").fails(&["one of the files that are read"]);
}

#[test]
fn a_feature_map_is_given_by_names_or_by_numbers() {
    let folder = folder().file("names.json", r#"[["a", "c"], ["d", "b"]]"#).file("numbers.json", "[[0, 2], [3, 1]]");
    let run = |name: &str| {
        let state = format!("--train-grace 350 --model-checkpoint {name}.safetensors --feature-map {name}.json");
        folder.kitsune(&format!("online rows.csv {name}.ndjson {state}")).succeeds().says(&["the grace period is over"]);
        folder.read(format!("{name}.ndjson"))
    };
    assert!(run("names") == run("numbers"));
    let scored = lines(&folder, "names.ndjson").iter().filter(|line| line["score"].is_number()).count();
    assert_eq!(scored, 350, "no row is needed for the map");
    for (content, message) in [
        ("[[\"a\", \"x\"]]", "no column \"x\""),
        ("[[0, 4]]", "no column 4, only 4"),
        ("{\"a\": 1}", "no list of lists"),
        ("[[0], []]", "cluster 1 is empty"),
        ("[[0.5]]", "no column 0.5"),
    ] {
        fs::write(folder.path().join("bad.json"), content).unwrap();
        let words = "online rows.csv bad.ndjson --train-grace 350 --model-checkpoint bad.safetensors --feature-map bad.json -q";
        folder.kitsune(words).fails(&["bad.json", message]);
    }
}

#[test]
fn metrics_are_written_for_prometheus() {
    let folder = folder();
    folder.kitsune(&format!("online rows.csv out.ndjson {GRACE} --metrics kitsune.prom")).succeeds();
    let text = String::from_utf8(folder.read("kitsune.prom")).unwrap();
    for line in
        ["kitsune_rows_total 700", "kitsune_observed_rows_total 300", "kitsune_state 2", "# TYPE kitsune_flagged_rows_total counter"]
    {
        assert!(text.lines().any(|found| found == line), "no {line:?} in {text}");
    }
    assert!(text.contains("kitsune_last_save_timestamp_seconds 1"), "{text}");
    let folder = folder.file("notes.txt", "notes");
    let words = "online rows.csv o.ndjson --metrics notes.txt --model-checkpoint n.safetensors";
    folder.kitsune(words).fails(&["notes.txt", "holds no metrics"]);
    assert_eq!(folder.read("notes.txt"), b"notes");
}

#[test]
fn misuse_is_refused_in_words() {
    let folder = folder();
    folder.kitsune("online rows.csv").rejects_words(&["<SCORES>", "kitsune online"]);
    folder.kitsune("online").rejects_words(&["<PATH>"]);
    folder.kitsune("online rows.csv folder/").rejects_words(&["is a folder"]);
    folder.kitsune("online rows.csv scores").rejects_words(&["give one file"]);
    folder.kitsune("online rows.csv o.csv --train-grace 0").rejects_words(&["--train-grace must be at least 1"]);
    folder.kitsune("online rows.csv o.csv --mapper-grace 0").rejects_words(&["--mapper-grace must be at least 2"]);
    folder.kitsune("online rows.csv o.csv --hidden-ratio 1.5").rejects_words(&["--hidden-ratio must be in (0, 1]"]);
    folder.kitsune("online rows.csv o.csv --score body").rejects_words(&["body"]);
    folder.kitsune("online rows.csv o.csv --threshold 2 --alert-rate 0.1").rejects_words(&["cannot be used with"]);
    folder.kitsune("online rows.csv first.csv o.csv --follow").rejects_words(&["--follow reads one file"]);
    folder.kitsune("online - o.csv --follow").rejects_words(&["--follow reads a plain file"]);
    assert!(!folder.exists("o.csv") && !folder.exists("models"));
}

#[test]
fn too_few_rows_for_a_threshold_give_scores_without_verdicts() {
    let folder = folder();
    let words = "online rows.csv out.ndjson --mapper-grace 50 --train-grace 100 --model-checkpoint s.safetensors";
    folder.kitsune(words).succeeds().says(&["have no verdicts", "an alert rate of 0.01 needs more than the 50 rows"]);
    assert!(lines(&folder, "out.ndjson").iter().all(|line| line["is_anomaly"].is_null()));
    folder
        .kitsune("online rows.csv fixed.ndjson --mapper-grace 50 --train-grace 100 --model-checkpoint t.safetensors --threshold 5")
        .succeeds();
    let found = lines(&folder, "fixed.ndjson");
    assert!(found[150..].iter().all(|line| line["is_anomaly"] == (line["score"].as_f64().unwrap() >= 5.0)));
}

#[test]
fn what_a_run_writes_are_different_files_and_what_it_goes_on_with_is_the_same() {
    let folder = folder();
    for options in ["--export out.csv", "--metrics state.safetensors", "--metrics ./out.csv", "--export state.safetensors"] {
        folder.kitsune(&format!("online rows.csv out.csv {GRACE} {options}")).rejects_words(&["cannot be several things at once"]);
    }
    assert!(!folder.exists("out.csv") && !folder.exists("state.safetensors"));
    folder.kitsune(&format!("online first.csv out.csv {GRACE} --keep a")).succeeds();
    let before = folder.read("out.csv");
    folder.kitsune(&format!("online rows.csv out.csv {GRACE} --resume")).rejects_words(&["another --keep"]);
    folder.kitsune(&format!("online rows.csv out.csv {GRACE} --resume --keep a --where a!=0.5")).fails(&["--where"]);
    folder.kitsune("online rows.csv out.csv --model-checkpoint other.safetensors --resume").rejects_words(&["out.csv would be emptied"]);
    folder.kitsune(&format!("online rows.csv out.csv {GRACE} --resume --feature-map nope.json")).rejects_words(&["cannot be used with"]);
    folder.kitsune("online rows.csv x.csv --normal-label benign --label-column d").rejects_words(&["learned from every row"]);
    assert!(folder.read("out.csv") == before);
    folder.kitsune(&format!("online rows.csv ./out.csv {GRACE} --resume --keep a")).succeeds().says(&["goes on after the 460 rows"]);
    assert_eq!(String::from_utf8(folder.read("out.csv")).unwrap().lines().count(), 701);
}

#[test]
fn rows_of_standard_input_are_not_skipped_in_files() {
    let folder = folder();
    folder.kitsune(&format!("online - out.ndjson {GRACE}")).reads(folder.read("first.csv")).succeeds();
    folder.kitsune(&format!("online rows.csv out.ndjson {GRACE} --resume")).succeeds();
    assert_eq!(lines(&folder, "out.ndjson").len(), 460 + 700);
}
