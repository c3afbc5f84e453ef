//! Damaged files of every format, models and checkpoints, through the commands that read them.

use std::fs;

use super::Result;
use super::mutation::change;
use super::options::Options;
use super::parquet_mutation;
use super::process::Ended;
use super::signals::end;
use super::sound::{Sound, SoundFile, TRAINING};
use super::streams::calm;
use super::trial::{Part, Trial};

/// No damaged file may take more memory than this.
const MOST_BYTES: u64 = 500_000_000;
/// Nor longer than this; on a busy machine the time of the processors decides.
const MOST_SECONDS: f64 = 5.0;
const MOST_CPU_SECONDS: f64 = 2.5;
/// Of all mutants, those of Parquet, of other rows, and of models and checkpoints.
const SHARES: [f64; 4] = [0.4, 0.45, 0.1, 0.05];

pub(super) fn parts<'a>(sound: &'a Sound, options: &Options) -> Vec<Part<'a>> {
    let (parquet, others): (Vec<_>, Vec<_>) = sound.files.iter().partition(|file| file.name.ends_with(".parquet"));
    let [parquet_count, count, models, checkpoints] = SHARES.map(|share| (share * options.mutants as f64).round() as usize);
    vec![
        Part::new("mutants-parquet", parquet_count, move |trial| {
            let (name, mut bytes) = copy(parquet[trial.random.below(parquet.len())]);
            let how = parquet_mutation::damage(&mut bytes, &mut trial.random);
            read_rows(trial, sound, name, "", &bytes).map(|end| format!("{how} {end}"))
        }),
        Part::new("mutants", count, move |trial| {
            let file = others[trial.random.below(others.len())];
            let (name, mut bytes) = copy(file);
            for _ in 0..[1, 1, 2, 4][trial.random.below(4)] {
                change(&mut bytes, &mut trial.random);
            }
            read_rows(trial, sound, name, file.options, &bytes)
        }),
        Part::new("mutants-model", models, |trial| read_model(trial, sound)),
        Part::new("mutants-checkpoint", checkpoints, |trial| read_checkpoint(trial, sound)),
    ]
}

fn copy(file: &SoundFile) -> (&'static str, Vec<u8>) {
    (file.name, file.bytes.clone())
}

/// Damaged rows through a command that reads rows.
fn read_rows(trial: &mut Trial<'_>, sound: &Sound, name: &str, options: &str, bytes: &[u8]) -> Result<String> {
    fs::write(trial.path(name), bytes)?;
    let model = sound.model.display();
    let missing = ["", "--on-missing drop", "--on-missing mean", "--on-missing fill=0"][trial.random.below(4)];
    let outputs = ["out.ndjson", "out.csv", "out.parquet", "out.arrow", "out"];
    let (words, output) = match trial.random.below(8) {
        0..4 => {
            let keep = ["", "--keep *", "--keep name,label --with-row-numbers"][trial.random.below(3)];
            let output = outputs[trial.random.below(5)];
            (format!("score {name} {output} --model {model} {keep}"), Some(output))
        }
        4 | 5 => {
            let columns = ["--columns a,b,c,d", "--exclude name,label"][trial.random.below(2)];
            (format!("train {name} --epochs 1 --model new.safetensors {columns}"), Some("new.safetensors"))
        }
        6 => (format!("evaluate {name} --label-column label --bootstrap 0 --model {model}"), None),
        _ => (format!("calibrate {name} --model {model} --output new.safetensors"), Some("new.safetensors")),
    };
    let ended = trial.end(trial.kitsune(&format!("{words} {options} {missing} --quiet")))?;
    judge(trial, &ended, name, output)
}

fn read_model(trial: &mut Trial<'_>, sound: &Sound) -> Result<String> {
    let mut bytes = sound.models[trial.random.below(sound.models.len())].clone();
    for _ in 0..[1, 1, 2, 4][trial.random.below(4)] {
        // Half of the changes are in the header and in the document that begins the file.
        if trial.random.below(2) == 0 {
            let rest = bytes.split_off(bytes.len().min(6_000));
            change(&mut bytes, &mut trial.random);
            bytes.extend(rest);
        } else {
            change(&mut bytes, &mut trial.random);
        }
    }
    fs::write(trial.path("damaged.safetensors"), bytes)?;
    let rows = sound.rows.display();
    let (words, output) = match trial.random.below(5) {
        0 => ("inspect --model damaged.safetensors".to_owned(), None),
        1 => (format!("score {rows} out.csv --model damaged.safetensors --explain 2 --quiet"), Some("out.csv")),
        2 => (format!("evaluate {rows} --label-column label --bootstrap 0 --model damaged.safetensors --quiet"), None),
        3 => (format!("calibrate {rows} --model damaged.safetensors --output new.safetensors --quiet"), Some("new.safetensors")),
        _ => (
            format!("train {rows} --columns a,b,c,d --epochs 1 --from damaged.safetensors --model new.safetensors --quiet"),
            Some("new.safetensors"),
        ),
    };
    let ended = trial.end(trial.kitsune(&words))?;
    judge(trial, &ended, "damaged.safetensors", output)
}

fn read_checkpoint(trial: &mut Trial<'_>, sound: &Sound) -> Result<String> {
    let mut bytes = sound.checkpoint.clone();
    change(&mut bytes, &mut trial.random);
    fs::write(trial.path("new.resume"), bytes)?;
    let words = format!("train {} {TRAINING} --resume --model new.safetensors", sound.rows.display());
    let ended = trial.end(trial.kitsune(&words))?;
    judge(trial, &ended, "new.resume", Some("new.safetensors"))
}

/// What must hold however a file is damaged.
fn judge(trial: &Trial<'_>, ended: &Ended, name: &str, output: Option<&str>) -> Result<String> {
    calm(ended)?;
    if ended.peak > MOST_BYTES {
        return Err(format!("{} MB of memory", ended.peak / 1_000_000).into());
    }
    if ended.seconds > MOST_SECONDS && ended.cpu_seconds > MOST_CPU_SECONDS {
        return Err(format!("{:.1} s", ended.seconds).into());
    }
    let is_complete = output.is_none_or(|output| complete(trial, output));
    if ended.status.success() {
        return if is_complete { Ok(end(ended)) } else { Err("it ended well without its output".into()) };
    }
    if output.is_some_and(|output| trial.path(output).exists()) {
        return Err("it failed, and left its output".into());
    }
    let left = fs::read_dir(trial.folder)?.count();
    if left > 1 {
        return Err(format!("it failed, and left {left} files").into());
    }
    // Of rows that are sound, but too few for a threshold, nothing has to be mended in the file. Rows and a model that do not fit each other may both
    // be sound, as may lists of several lengths, for which CSV has no cells.
    let about_both = ["normal rows", "the model was trained on", "CSV has no cells for"].iter().any(|words| ended.stderr.contains(words));
    if !ended.stderr.contains(name) && !about_both {
        return Err(format!("the error does not name {name}").into());
    }
    if [".part-", ".kitsune-", ".older-", ".tmp"].iter().any(|part| ended.stderr.contains(part)) {
        return Err("the error has a temporary name".into());
    }
    Ok(end(ended))
}

/// Whether an output is there to its last byte.
fn complete(trial: &Trial<'_>, output: &str) -> bool {
    let path = trial.path(output);
    if path.is_dir() {
        return (0..4).all(|part| path.join(format!("scores_{part}.json")).exists());
    }
    let Ok(bytes) = fs::read(path) else { return false };
    match output {
        "out.parquet" => bytes.ends_with(b"PAR1"),
        "out.arrow" => bytes.ends_with(b"ARROW1"),
        "out.ndjson" => bytes.is_empty() || bytes.ends_with(b"\n"),
        "out.csv" => bytes.ends_with(b"\n"),
        _ => !bytes.is_empty(),
    }
}
