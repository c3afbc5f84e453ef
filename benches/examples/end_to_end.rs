//! Time that the command takes to train on files by its defaults and to score them, beside Polars alone reading the same files once, and beside
//! another build of the command.
//!
//! `cargo run --release -p kitsune-benches --example end_to_end -- target/release/kitsune [--against OTHER_KITSUNE] [--rows N] [FOLDER]`

use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use kitsune_benches::{Written, read_by_polars, write_rows};

const FEATURES: usize = 115;
const ROWS: usize = 660_000;
/// Number of rounds, whose medians are reported.
const ROUNDS: usize = 5;
/// The runs of a round, by names of options that older builds know as well.
const RUNS: [(&str, &str); 3] = [
    ("train", "train ROWS --checkpoint-dir MODEL --quiet"),
    ("train --epochs 10", "train ROWS --checkpoint-dir MODEL --epochs 10 --quiet"),
    ("score", "anomaly-scores ROWS SCORES --model-checkpoint MODEL/kitsune.safetensors --quiet"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let Some(kitsune) = words.next() else {
        return told("no command was named, so there is nothing to measure: end_to_end KITSUNE [--against KITSUNE] [--rows N] [FOLDER]");
    };
    let (mut builds, mut rows, mut folder) = (vec![kitsune], ROWS, None);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--against" => builds.push(words.next().ok_or("--against needs a command")?),
            "--rows" => rows = words.next().ok_or("--rows needs a number")?.parse()?,
            _ => folder = Some(PathBuf::from(word)),
        }
    }
    let folder = folder.map_or_else(tempfile::tempdir, tempfile::tempdir_in)?;
    told("The seconds are medians. A ratio is the time of the command over that of the other build, or over that of Polars.")?;
    for (format, name, written) in [("CSV", "rows.csv", Written::Csv), ("Parquet", "rows.parquet", Written::Parquet)] {
        let path = folder.path().join(name);
        let bytes = write_rows(&path, rows, FEATURES, written)?;
        told(&format!("{format}, {:.2} GB", bytes as f64 / 1e9))?;
        let mut rounds = Vec::new();
        for round in 0..ROUNDS {
            let polars = seconds(|| Ok(read_by_polars(&path, FEATURES, written)?))?;
            let mut times = vec![vec![0.0; RUNS.len()]; builds.len()];
            // Each build is the first one in every other round.
            for turn in 0..builds.len() {
                let build = (turn + round) % builds.len();
                for (time, (_, words)) in times[build].iter_mut().zip(RUNS) {
                    *time = seconds(|| run(&builds[build], words, &path, folder.path()))?;
                }
            }
            rounds.push((polars, times));
        }
        let polars = median(rounds.iter().map(|(polars, _)| *polars));
        told(&format!("  {:<18} {polars:>8.2} s", "Polars"))?;
        for (number, (name, _)) in RUNS.iter().enumerate() {
            let of = |build: usize| median(rounds.iter().map(|(_, times)| times[build][number]));
            let against = if builds.len() > 1 { of(1) } else { polars };
            let other = if builds.len() > 1 { format!(" {against:>8.2} s") } else { String::new() };
            told(&format!("  {name:<18} {:>8.2} s{other}   ratio {:.2}", of(0), of(0) / against))?;
        }
        std::fs::remove_file(path)?;
    }
    Ok(())
}

fn told(line: &str) -> Result<(), Box<dyn Error>> {
    Ok(writeln!(io::stdout(), "{line}")?)
}

fn seconds(work: impl FnOnce() -> Result<(), Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed().as_secs_f64())
}

/// Runs the command with the words, in which the names in capitals stand for paths.
fn run(kitsune: &str, words: &str, rows: &Path, folder: &Path) -> Result<(), Box<dyn Error>> {
    let (model, scores) = (folder.join("model"), folder.join("scores"));
    let path = |word: &str| match word {
        "ROWS" => rows.to_owned(),
        "MODEL" => model.clone(),
        "SCORES" => scores.clone(),
        "MODEL/kitsune.safetensors" => model.join("kitsune.safetensors"),
        word => word.into(),
    };
    let mut command = Command::new(kitsune);
    command.args(words.split(' ').map(path)).stdin(Stdio::null());
    let status = command.status()?;
    if scores.exists() {
        std::fs::remove_dir_all(scores)?;
    }
    if status.success() { Ok(()) } else { Err(format!("{command:?} ended with {status}").into()) }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
