//! `kitsune import`.

use std::fmt::Write;

use serde_json::Value;

use crate::demo;
use crate::folder::{Folder, MODEL};
use crate::kitsune::assert_says;

const CHECKPOINT: &[u8] = include_bytes!("../../../kitsune-core/tests/golden/torch/kitsune.pt");
const STATE_DICT: &[u8] = include_bytes!("../../../kitsune-core/tests/golden/torch/state_dict.pt");
const CLUSTERS: &str = "[[5, 2, 8, 4, 3, 9], [11, 7, 1, 10, 0, 6]]";

fn golden() -> Value {
    serde_json::from_str(include_str!("../../../kitsune-core/tests/golden/torch/checkpoint.json")).unwrap()
}

/// The original's rows as CSV.
fn rows() -> String {
    let mut text = String::new();
    for row in golden()["input"].as_array().unwrap() {
        let values: Vec<_> = row.as_array().unwrap().iter().map(ToString::to_string).collect();
        writeln!(text, "{}", values.join(",")).unwrap();
    }
    text
}

fn folder() -> Folder {
    Folder::new().file("kitsune.pt", CHECKPOINT).file("rows/a.csv", rows())
}

#[track_caller]
fn assert_scores(folder: &Folder, name: &str, tolerance: f32) {
    let expected = golden()["scores_f32"].as_array().unwrap().iter().map(|score| score.as_f64().unwrap() as f32).collect::<Vec<_>>();
    let found = folder.scores(name);
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert!((found - expected).abs() <= tolerance, "{found} instead of {expected}");
    }
}

#[test]
fn an_imported_checkpoint_scores_as_the_original() {
    let folder = folder();
    let told = folder.kitsune("import kitsune.pt --model models/imported.safetensors").succeeds();
    assert_eq!(told.stdout, "");
    told.says(&["12 features in 2 clusters", "0-1", "kitsune calibrate NORMAL_ROWS --model models/imported.safetensors"]);
    told.says(&["wrote models/imported.safetensors"]);
    folder.kitsune("score rows scores --model models/imported.safetensors").succeeds();
    assert_scores(&folder, "scores", 1e-5);
    let shown = folder.kitsune("inspect models/imported.safetensors").succeeds().stdout;
    assert_says(&shown, &["default score     head", "head input        raw", "compression rate 0.6, tanh", "threshold         none"]);
}

#[test]
fn the_model_has_the_path_that_the_command_line_gives_it() {
    let folder = folder();
    assert_eq!(folder.kitsune("import kitsune.pt -q").succeeds().stderr, "");
    let model = folder.read(MODEL);
    folder.kitsune("import kitsune.pt other.safetensors").succeeds();
    assert_eq!(folder.read("other.safetensors"), model);
    folder.kitsune("import kitsune.pt other.safetensors --model third.safetensors").rejects_words(&["--model"]);
    folder.kitsune("import kitsune.pt --model rows").rejects_words(&["rows is a folder: give --model a file"]);
    folder.kitsune("import").rejects_words(&["<CHECKPOINT>"]);
}

#[test]
fn only_an_older_model_is_replaced() {
    let folder = folder().file(MODEL, &demo::trained().model).file("notes.txt", "mine");
    folder.kitsune("import kitsune.pt --model notes.txt").fails(&["notes.txt exists and holds no model"]);
    folder.kitsune("import kitsune.pt --model kitsune.pt").fails(&["kitsune.pt is one of the files that are read"]);
    assert_eq!((folder.read("notes.txt"), folder.read("kitsune.pt")), (b"mine".to_vec(), CHECKPOINT.to_vec()));
    folder.kitsune("import kitsune.pt").succeeds().says(&["wrote"]);
    assert_ne!(folder.read(MODEL), demo::trained().model);
}

#[test]
fn a_calibrated_import_has_verdicts() {
    let folder = folder();
    folder.kitsune("import kitsune.pt").succeeds();
    folder.kitsune("calibrate rows --alert-rate 0.1").succeeds();
    folder.kitsune("score rows scores.ndjson --explain 2").succeeds();
    let text = String::from_utf8(folder.read("scores.ndjson")).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(rows.iter().any(|row| row["is_anomaly"] == true) && rows.iter().any(|row| row["is_anomaly"] == false));
}

#[test]
fn clusters_may_come_from_a_file_beside_the_weights() {
    let folder = folder().file("weights.pt", STATE_DICT).file("clusters.json", CLUSTERS);
    let before = folder.list();
    folder.kitsune("import weights.pt").fails(&["weights.pt has the weights of 2 tails", "(--clusters FILE)"]);
    for (content, part) in [
        ("[[0, 1], [1]]", "feature 1 is in 2 clusters"),
        ("[[0, -1]]", "no clusters"),
        ("{}", "no clusters"),
        ("[[0, 1], [2]]", "tails.0 has weights for 6 features"),
    ] {
        let folder = Folder::new().file("weights.pt", STATE_DICT).file("bad.json", content);
        folder.kitsune("import weights.pt --clusters bad.json").fails(&[part]);
    }
    folder.kitsune("import weights.pt --clusters nowhere.json").fails(&["nowhere.json cannot be read"]);
    assert_eq!(folder.list(), before, "nothing is left behind");
    folder.kitsune("import weights.pt --clusters clusters.json").succeeds();
    folder.kitsune("score rows scores").succeeds();
    // The file has them in half precision.
    assert_scores(&folder, "scores", 1e-3);
}

#[test]
fn what_cannot_be_imported_is_told_and_leaves_nothing_behind() {
    let folder = folder().file("cut.pt", &CHECKPOINT[..4_000]).file("call.pt", call()).file("a.pt", "0.1,0.2\n");
    let before = folder.list();
    folder.kitsune("import cut.pt").fails(&["cut.pt is damaged"]);
    folder.kitsune("import call.pt").fails(&["call.pt asks for a call of posix.getpid", "calls nothing"]);
    folder.kitsune("import a.pt").fails(&["a.pt is not a checkpoint of Kitsune: it is no archive of torch.save"]);
    let told = folder.kitsune("import nowhere.pt").fails(&["nowhere.pt cannot be read"]);
    assert!(!told.stderr.contains("kitsune train"), "{}", told.stderr);
    folder.kitsune("import rows").fails(&["rows cannot be read"]);
    folder.kitsune("score rows scores --model kitsune.pt").fails(&["kitsune.pt is not a kitsune model", "kitsune import"]);
    assert_eq!(folder.list(), before);
}

/// An archive of one member, a pickle that asks for the number of the process.
fn call() -> Vec<u8> {
    let (name, pickle) = (b"a/data.pkl", b"\x80\x02cposix\ngetpid\n)R.");
    let size = (pickle.len() as u32).to_le_bytes();
    // Without a checksum.
    let common = [&[0; 12][..], &size, &size, &[name.len() as u8, 0, 0, 0]].concat();
    let member = [&b"PK\x03\x04\0\0"[..], &common, name, pickle].concat();
    let entry = [&b"PK\x01\x02\0\0\0\0"[..], &common, &[0; 14], name].concat();
    let (start, length) = ((member.len() as u32).to_le_bytes(), (entry.len() as u32).to_le_bytes());
    [member, entry, [&b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..], &length, &start, &[0, 0]].concat()].concat()
}
