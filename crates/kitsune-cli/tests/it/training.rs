//! `kitsune train` on good rows.

use serde_json::Value;

use crate::folder::{Folder, MODEL};
use crate::rows::{assert_same, csv, made_up};

fn folder() -> Folder {
    Folder::new().file("rows/a.csv", csv(&made_up(300)))
}

#[test]
fn the_same_seed_gives_the_same_file_to_the_byte() {
    let folder = folder();
    let train = |folder: &Folder, options: &str| {
        folder.kitsune("train rows --epochs 2").words(options).succeeds();
        folder.read(MODEL)
    };
    let first = train(&folder, "");
    assert!(first == train(&folder, "--seed 0"), "another run makes another file");
    assert!(first != train(&folder, "--seed 1"), "the seed changes nothing");
}

#[test]
fn rows_may_be_spread_over_files_and_folders() {
    let rows = made_up(300);
    let whole = folder();
    let spread = Folder::new()
        .file("rows/a/1.csv", csv(&rows[..100]))
        .file("rows/a/2.csv", csv(&rows[100..150]))
        .file("rows/b.csv", csv(&rows[150..]));
    let trained = spread.kitsune("train rows --epochs 2").succeeds();
    trained.says(&["300 rows of 4 features"]);
    // The order in which rows are shuffled depends on the files; the scores of one model do not.
    let scores = |folder: &Folder| {
        folder.kitsune("score rows scores --model-checkpoint").word(spread.path().join(MODEL)).succeeds();
        folder.scores("scores")
    };
    assert_same("many files", &scores(&spread), &scores(&whole));
}

#[test]
fn the_originals_own_settings_are_within_reach() {
    let folder = folder();
    let original = "--is-scaled --optimizer sgd --schedule constant --epochs 1 --head-input raw --score head";
    folder.kitsune("train rows").words(original).succeeds().says(&["1 epoch, 10 steps"]);
    let model = folder.kitsune("inspect").word(MODEL).succeeds().stdout;
    for line in [
        "inputs            identity",
        "default score     head",
        "head input        raw",
        "sgd, learning rate 0.001, constant, momentum 0.9",
    ] {
        assert!(model.contains(line), "{model}");
    }
    folder.kitsune("score rows scores").succeeds();
    folder.kitsune("score rows head --score head").succeeds();
    assert_same("the default", &folder.scores("scores"), &folder.scores("head"));
    assert!(folder.scores("scores").iter().all(|score| *score > 0.0));
}

#[test]
fn each_hyper_parameter_arrives_in_the_model() {
    let folder = folder();
    let cases = [
        ("--compression-rate 0.25", "/config/hidden_size/CompressionRate", "0.25"),
        ("--hidden-ratio 0.75", "/config/hidden_size/HiddenRatio", "0.75"),
        ("--max-features-per-cluster 3", "/config/max_features_per_cluster", "3"),
        ("--min-features-per-cluster 2", "/config/min_features_per_cluster", "2"),
        ("--activation sigmoid", "/config/activation", "\"Sigmoid\""),
        ("--error rms", "/config/error", "\"RootMeanSquare\""),
        ("--head-input raw", "/config/head_input", "\"Raw\""),
        ("--body-units 2", "/config/body_units", "2"),
        ("--no-clamp", "/config/clamp", "false"),
        ("--no-excess", "/config/excess", "false"),
        ("--score head", "/config/score", "\"Head\""),
        ("--optimizer sgd", "/config/optimizer", "\"Sgd\""),
        ("--learning-rate 0.02", "/config/learning_rate", "0.02"),
        ("--schedule constant", "/config/schedule", "\"Constant\""),
        ("--momentum 0.5", "/config/momentum", "0.5"),
        ("--dropout 0.2", "/config/dropout", "0.2"),
        ("--clip-norm 1.5", "/config/clip_norm", "1.5"),
        ("--batch-size 64", "/config/batch_size", "64"),
        ("--batch-size auto", "/config/batch_size", "null"),
        ("--seed 7", "/config/seed", "7"),
        ("--is-scaled", "/config/inputs", "\"Identity\""),
        ("--is-scaled --no-is-scaled", "/config/inputs", "\"HalfRanked\""),
    ];
    for (options, place, expected) in cases {
        folder.kitsune("train rows --epochs 1").words(options).succeeds();
        let model: Value = serde_json::from_str(&folder.kitsune("inspect --json").word(MODEL).succeeds().stdout).unwrap();
        assert_eq!(model.pointer(place).unwrap().to_string(), expected, "{options}");
    }
}

#[test]
fn a_training_leaves_the_model_and_nothing_else() {
    let folder = folder();
    folder.kitsune("train rows --epochs 1 --checkpoint-dir deep/below/models").succeeds();
    let below: Vec<_> = folder.list().into_iter().filter(|path| !path.starts_with(folder.path().join("rows"))).collect();
    let expected =
        ["deep", "deep/below", "deep/below/models", "deep/below/models/kitsune.safetensors"].map(|name| folder.path().join(name));
    assert_eq!(below, expected);
}

#[test]
fn a_cache_of_rows_does_not_change_the_model() {
    // 1 MB of memory holds less than half of the rows, or most of those whose values are exact in f32.
    let whole = |row: usize| format!("{0},{1},{2},{0},{1},{2},{3},{3}\n", row % 97, row % 89, row % 97 + row % 7, row % 5);
    let whole: String = (0..40_000).map(whole).collect();
    for rows in [csv(&made_up(40_000)), whole] {
        a_cache_does_not_change_the_model_of(&rows);
    }
}

fn a_cache_does_not_change_the_model_of(rows: &str) {
    let few: String = rows.split_inclusive('\n').take(10).collect();
    let folder = Folder::new().file("rows/a.csv", rows).file("rows/b.csv", few);
    let rows = folder.path().join("rows");
    let train = |options: &str, temporary: &str| {
        folder.kitsune("train rows --epochs 2 --batch-size 1024").words(options).env("TMPDIR", temporary).succeeds();
        assert_eq!(folder.list_below("models").len() + folder.list_below("rows").len(), 3, "{options}");
        folder.read(MODEL)
    };
    let expected = train("--row-cache 0", "");
    for (options, temporary) in [
        ("", ""),
        ("--row-cache 1", ""),
        ("--row-cache 1", rows.to_str().unwrap()),
        // Where no file can be written, the rows are read again.
        ("--row-cache 1", "/nowhere"),
    ] {
        assert!(train(options, temporary) == expected, "{options} {temporary}");
    }
}

#[test]
fn the_number_of_threads_does_not_change_the_model() {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(3_000)));
    let train = |threads: &str| {
        folder.kitsune("train rows --epochs 2 --batch-size 256 --threads").word(threads).succeeds();
        folder.kitsune("score rows scores --threads").word(threads).succeeds();
        (folder.read(MODEL), folder.scores("scores"))
    };
    let (one, two) = (train("1"), train("2"));
    assert!(one.0 == two.0, "the models differ");
    assert_same("two threads", &two.1, &one.1);
}

/// The output of `kitsune inspect --json` for the folder's model.
fn inspected(folder: &Folder) -> Value {
    serde_json::from_str(&folder.kitsune("inspect --json").word(MODEL).succeeds().stdout).unwrap()
}

/// In the first 50 rows a follows b and c follows d. Later a follows c, and values are ten times as large.
#[test]
fn the_map_may_be_made_of_the_first_rows_and_nothing_else_is() {
    let rows = made_up(400);
    let early = rows[..50].iter().map(|&[a, b, ..]| [a, a, b, b]);
    let late = rows[50..].iter().map(|&[a, b, ..]| [a, b, a, b].map(|value| 10.0 * value));
    let all: Vec<_> = early.chain(late).collect();
    let folder = Folder::new().file("rows/a.csv", csv(&all)).file("few/a.csv", csv(&all[..50]));
    let train = |words: &str| {
        let options = "--epochs 1 --max-features-per-cluster 2 --min-features-per-cluster 1";
        folder.kitsune("train").words(words).words(options).succeeds();
        inspected(&folder)
    };
    let clusters = |model: &Value| {
        let features = |cluster: &Value| cluster["features"].to_string();
        let mut clusters: Vec<_> = model["clusters"].as_array().unwrap().iter().map(features).collect();
        clusters.sort();
        clusters
    };
    let (whole, first, few) = (train("rows"), train("rows --mapper-rows 50"), train("few"));
    assert_eq!(clusters(&whole), ["[0,2]", "[1,3]"]);
    assert_eq!(clusters(&first), ["[0,1]", "[2,3]"]);
    assert_eq!(clusters(&first), clusters(&few));
    for part in ["ranges", "means"] {
        assert_eq!(first[part], whole[part], "{part} are those of all rows");
        assert_ne!(first[part], few[part], "{part}");
    }
    let highest = all.iter().map(|row| row[0]).fold(0.0, f64::max);
    assert_eq!(first["ranges"][0], serde_json::json!([0.0, highest]));
    assert_eq!(clusters(&train("rows --mapper-rows 100000")), clusters(&whole));
}

#[test]
fn buffers_bound_what_is_mixed_and_what_is_sampled() {
    // 2.4 MB of rows.
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(75_000)));
    let train = |options: &str| {
        folder.kitsune("train rows --epochs 2 --batch-size 4096").words(options).succeeds();
        folder.read(MODEL)
    };
    let usual = train("");
    assert!(train("--shuffle-buffer 32 --sample-buffer 64") == usual, "the defaults");
    assert!(train("--shuffle-buffer 1") != usual, "another order");
    assert!(train("--sample-buffer 1") != usual, "another calibration");
}

#[test]
fn an_older_model_stays_when_a_training_fails() {
    let folder = folder();
    folder.kitsune("train rows --epochs 1").succeeds();
    let older = folder.read(MODEL);
    let folder = folder.file("rows/b.csv", "0.1,0.2,0.3,0.4\n0.1,?,0.3,0.4\n");
    let before = folder.list();
    folder.kitsune("train rows --epochs 1").fails(&["rows/b.csv, line 2"]);
    assert!(folder.read(MODEL) == older, "the model was touched");
    assert_eq!(folder.list(), before);
}

#[test]
fn two_rows_are_enough_to_train_on() {
    let folder = Folder::new().file("rows/a.csv", "1,2\n3,5\n");
    folder.kitsune("train rows").succeeds().says(&["2 rows of 2 features in 1 cluster: 2,000 epochs, 2,000 steps"]);
}

#[cfg(unix)]
#[test]
fn folders_may_have_any_name() {
    use std::ffi::{OsStr, OsString};
    use std::os::unix::ffi::OsStrExt;

    let names: [&[u8]; 5] = [b"with blanks", b"-dash", b"line\nbreak", b"[*]?{a}", b"caf\xe9"];
    // Apple's file systems take UTF-8 only.
    let names = if cfg!(target_vendor = "apple") { &names[..4] } else { &names[..] };
    for name in names.iter().map(|name| OsStr::from_bytes(name)) {
        let below = |part: &str| std::path::Path::new(name).join(part);
        let flag = |flag: &str, path: &OsStr| [OsStr::new(flag), path].join(OsStr::new("="));
        let folder = Folder::new().file(below("rows/a.csv"), csv(&made_up(20)));
        let models = flag("--checkpoint-dir", name);
        folder.kitsune("train --epochs 1").word(models).word("--").word(below("rows")).succeeds();
        let model: OsString = flag("--model-checkpoint", below("kitsune.safetensors").as_os_str());
        folder.kitsune("anomaly-scores").word(model).word("--").word(below("rows")).word(below("scores")).succeeds();
        assert_eq!(folder.scores(below("scores")).len(), 20, "{}", name.display());
    }
}
