//! Work that continues from a file: `kitsune train --from` and `--resume`, and `kitsune calibrate`.

use serde_json::Value;

use crate::folder::{Folder, MODEL};
use crate::rows::{assert_same, csv, made_up};

const CHECKPOINT: &str = "models/kitsune.resume";

/// The output of `kitsune inspect --json` for a model.
fn inspected(folder: &Folder, model: &str) -> Value {
    serde_json::from_str(&folder.kitsune("inspect --json").word(model).succeeds().stdout).unwrap()
}

fn named(names: &str, rows: &[[f64; 4]]) -> String {
    format!("{names}\n{}", csv(rows))
}

#[cfg(unix)]
mod interrupted {
    use std::process::{Command, Output, Stdio};
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    use super::CHECKPOINT;
    use crate::folder::{Folder, MODEL};
    use crate::interrupt::STOP;
    use crate::kitsune::assert_says;
    use crate::rows::{csv, made_up};

    /// Four epochs that take a good part of a second each.
    const OPTIONS: &str = "train rows --epochs 4 --checkpoint-interval 0";

    fn folder() -> Folder {
        Folder::new().file("rows/a.csv", csv(&made_up(20_000)))
    }

    /// Sends a signal to a training as soon as it has written a checkpoint.
    fn interrupt(folder: &Folder, options: &str, signal: &str) -> Output {
        let mut command = folder.kitsune(OPTIONS).words(options).into_command();
        let mut training = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let start = Instant::now();
        while !folder.exists(CHECKPOINT) {
            assert!(start.elapsed() < Duration::from_mins(1) && training.try_wait().unwrap().is_none(), "no checkpoint was kept");
            sleep(Duration::from_millis(5));
        }
        assert!(Command::new("kill").args([signal, &training.id().to_string()]).status().unwrap().success());
        training.wait_with_output().unwrap()
    }

    #[test]
    fn an_interrupted_training_is_resumed_to_the_same_file() {
        for (options, signal) in [("", STOP), ("--optimizer sgd", "-KILL")] {
            let folder = folder();
            folder.kitsune(OPTIONS).words(options).succeeds();
            let expected = folder.read(MODEL);
            assert_eq!(folder.list_below("models"), ["kitsune.safetensors"], "{options}: the checkpoint goes when the model is there");

            let folder = self::folder();
            let output = interrupt(&folder, options, signal);
            assert!(folder.exists(CHECKPOINT) && !folder.exists(MODEL), "{options}: it came to its end before the signal");
            if signal == STOP {
                assert_eq!(output.status.code(), Some(130));
                assert_says(
                    &String::from_utf8(output.stderr).unwrap(),
                    &["interrupted: the same command with --resume continues from models/kitsune.resume"],
                );
            }
            folder.kitsune(OPTIONS).words(options).words("--resume").succeeds().says(&["resumed after epoch ", " of 4"]);
            assert!(folder.read(MODEL) == expected, "{options}: another model");
            assert_eq!(folder.list_below("models"), ["kitsune.safetensors"], "{options}");
        }
    }

    #[test]
    fn the_checkpoint_of_another_training_is_refused_and_stays() {
        let folder = folder();
        interrupt(&folder, "", STOP);
        let checkpoint = folder.read(CHECKPOINT);
        let hint = "without --resume";
        let refused = |folder: &Folder, options: &str, part: &str| {
            let parts = ["models/kitsune.resume cannot be resumed", "another training", part, hint];
            folder.kitsune(OPTIONS).words("--resume --quiet").words(options).fails(&parts);
            assert!(folder.read(CHECKPOINT) == checkpoint, "{options}");
        };
        refused(&folder, "--batch-size 64", "batch_size was not given and is 64");
        refused(&folder, "--trim 0.1 --alert-rate 0.02", "alert_rate was 0.01 and is 0.02, trim was 0.05 and is 0.1");
        let more = folder.file("rows/b.csv", csv(&made_up(1)));
        refused(&more, "", "it had 20000 rows, but there are 20001");

        let damaged = more.file(CHECKPOINT, &checkpoint[..checkpoint.len() / 2]);
        damaged.kitsune(OPTIONS).words("--resume --quiet").fails(&["models/kitsune.resume is not a kitsune checkpoint", hint]);
        // A training without --resume reports the checkpoint, and gives a model.
        let told = damaged.kitsune("train rows --epochs 1").succeeds();
        told.says(&["models/kitsune.resume is the checkpoint of an interrupted training: --resume would have resumed it"]);
        assert_eq!(damaged.list_below("models"), ["kitsune.safetensors"]);
    }
}

#[test]
fn without_a_checkpoint_resuming_begins() {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(300)));
    folder.kitsune("train rows --epochs 2").succeeds();
    let expected = folder.read(MODEL);
    let told = folder.kitsune("train rows --epochs 2 --resume").succeeds();
    told.says(&["there is no models/kitsune.resume: training from the beginning"]);
    assert!(folder.read(MODEL) == expected);
}

#[test]
fn a_training_goes_on_from_a_model() {
    let rows = made_up(900);
    let folder = Folder::new().file("rows/a.csv", named("a,b,c,d", &rows[..450])).file("more/a.csv", named("a,b,c,d", &rows[450..]));
    folder.kitsune("train rows --epochs 2 --hidden-ratio 0.75 --max-features-per-cluster 2 --min-features-per-cluster 1").succeeds();
    folder.kitsune("train more --epochs 2 --batch-size 16 --checkpoint-dir next --from").word(MODEL).succeeds();
    let (before, after) = (inspected(&folder, MODEL), inspected(&folder, "next/kitsune.safetensors"));
    for part in ["ranges", "clusters", "columns"] {
        assert_eq!(after[part], before[part], "{part}");
    }
    assert_ne!(after["means"], before["means"]);
    for (field, of_model) in [("hidden_size", true), ("max_features_per_cluster", true), ("batch_size", false)] {
        assert_eq!(after["config"][field] == before["config"][field], of_model, "{field}");
    }
    let loss = |model: &Value| model["summary"]["tail_loss"].as_f64().unwrap();
    assert!(loss(&after) < loss(&before), "the loss went from {} to {}", loss(&before), loss(&after));
    // The new model may replace the one that it continues.
    folder.kitsune("train more --epochs 2 --batch-size 16 --from").word(MODEL).succeeds();
    assert!(folder.read(MODEL) == folder.read("next/kitsune.safetensors"));
}

#[test]
fn columns_are_told_apart_by_their_names_when_a_training_goes_on() {
    let rows = made_up(300);
    let swapped: Vec<_> = rows.iter().map(|&[a, b, c, d]| [d, b, c, a]).collect();
    let folder = Folder::new()
        .file("rows/a.csv", named("a,b,c,d", &rows))
        .file("swapped/a.csv", named("d,b,c,a", &swapped))
        .file("renamed/a.csv", named("a,b,x,d", &rows))
        .file("wider/a.csv", "a,b,c,d,id\n1,2,3,4,5\n2,3,4,5,6\n")
        .file("narrower/a.csv", "a,b,d\n1,2,4\n2,3,5\n")
        .file("nameless/a.csv", "1,2,3\n2,3,4\n");
    folder.kitsune("train rows --epochs 1").succeeds();
    let go_on = |data: &str| folder.kitsune("train --epochs 1 --quiet --checkpoint-dir next").word(data).words("--from").word(MODEL);
    go_on("rows").succeeds();
    let expected = folder.read("next/kitsune.safetensors");
    go_on("swapped").succeeds();
    assert!(folder.read("next/kitsune.safetensors") == expected, "columns were found by their places");

    let other = "the model was trained on other columns";
    go_on("renamed").fails(&[other, "the rows lack c; it does not know x"]);
    go_on("wider").fails(&[other, "it does not know id (--exclude id)"]);
    go_on("wider").words("--exclude id").succeeds();
    go_on("narrower").fails(&[other, "the rows lack c"]);
    go_on("nameless").fails(&["nameless has 3 columns, but the model was trained on 4"]);
}

#[test]
fn what_a_model_is_cannot_be_changed_when_its_training_goes_on() {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(100)));
    folder.kitsune("train rows --epochs 1").succeeds();
    for option in
        ["--hidden-ratio 0.5", "--no-body", "--prototypes 3", "--inputs min-max", "--is-scaled", "--mapper-rows 50", "--score head"]
    {
        let flag = option.split(' ').next().unwrap();
        folder.kitsune("train rows --from").word(MODEL).words(option).rejects_words(&["--from", flag]);
    }
    folder.kitsune("train rows --from rows/a.csv").fails(&["--from", "rows/a.csv is not a kitsune model"]);
    folder.kitsune("train rows --from nowhere").fails(&["--from", "nowhere cannot be read"]);
}

#[test]
fn a_calibration_changes_the_threshold_and_the_scale_of_scores_alone() {
    let rows = made_up(900);
    // The columns of these rows depend less on each other.
    let others: Vec<_> =
        rows[300..].iter().enumerate().map(|(at, &[a, b, c, d])| if at % 3 == 0 { [b, a, d, c] } else { [a, b, c, d] }).collect();
    let folder = Folder::new().file("rows/a.csv", csv(&rows[..300])).file("others/a.csv", csv(&others));
    // With an excess the wider range would change the scores of rows beyond the old one, of every kind.
    folder.kitsune("train rows --epochs 5 --no-excess").succeeds();
    let before = folder.read(MODEL);
    let told = folder.kitsune("calibrate").word(MODEL).words("others --alert-rate 0.02 --output new/strict.safetensors").succeeds();
    told.says(&["by quantile: 2 % of normal rows are expected to score that high", "wrote new/strict.safetensors"]);
    assert!(folder.read(MODEL) == before, "the model was touched");

    let (model, new) = (inspected(&folder, MODEL), inspected(&folder, "new/strict.safetensors"));
    for part in ["ranges", "means", "clusters", "columns"] {
        assert_eq!(new[part], model[part], "{part}");
    }
    assert_eq!(new["summary"]["recalibrated_on"], 600);
    assert_eq!(new["config"]["alert_rate"], 0.02);
    let scores = |model: &str, score: &str| {
        folder.kitsune("score others scores --score").words(score).words("--model-checkpoint").word(model).succeeds();
        folder.scores("scores")
    };
    assert_same("the head's error", &scores("new/strict.safetensors", "head"), &scores(MODEL, "head"));
    assert_ne!(scores("new/strict.safetensors", "combined"), scores(MODEL, "combined"));

    folder.kitsune("calibrate").word(MODEL).words("others --alert-rate 0.02").succeeds();
    assert!(folder.read(MODEL) == folder.read("new/strict.safetensors"), "without --output the model is replaced");
    folder.kitsune("calibrate").word(MODEL).words("others --threshold peaks --alert-rate 0.001").succeeds().says(&["by peaks: 0.1 %"]);
    assert_eq!(inspected(&folder, MODEL)["config"]["threshold"], "PeaksOverThreshold");
}

#[test]
fn a_calibration_that_cannot_be_leaves_the_model() {
    let folder = Folder::new()
        .file("rows/a.csv", named("a,b,c,d", &made_up(300)))
        .file("few/a.csv", named("a,b,c,d", &made_up(20)))
        .file("renamed/a.csv", named("a,b,x,d", &made_up(300)))
        .file("labelled/a.csv", format!("label,a,b,c,d\n{}", "0,0.1,0.2,0.3,0.4\n1,9,9,9,9\n".repeat(150)));
    folder.kitsune("train rows --epochs 1").succeeds();
    let before = folder.read(MODEL);
    let calibrate = |words: &str| folder.kitsune("calibrate --quiet").word(MODEL).words(words);
    calibrate("few").fails(&["stays as it is", "99", "20", "--alert-rate"]);
    calibrate("renamed").fails(&["the data lack columns that the model was trained on", "c"]);
    calibrate("nowhere").fails(&["nowhere"]);
    folder.kitsune("calibrate rows").word(MODEL).rejects_words(&[MODEL, "is a model file, which has no rows", "--model", "--from"]);
    folder.kitsune("calibrate rows --model rows").fails(&["rows cannot be read", "a model is a file"]);
    calibrate("rows --alert-rate 0.7").rejects_words(&["--alert-rate must be above 0 and at most 0.5"]);
    calibrate("rows --threshold median").rejects_words(&["quantile, log-normal, peaks"]);
    assert!(folder.read(MODEL) == before, "the model was touched");

    let told = folder.kitsune("calibrate").word(MODEL).words("labelled --label-column label").succeeds();
    told.says(&["150 rows left out because the label is not normal"]);
    assert_eq!(inspected(&folder, MODEL)["summary"]["recalibrated_on"], 150);
}
