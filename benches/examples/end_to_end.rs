//! Time that the command takes to train on files and to score them, beside Polars alone reading the same files once.
//!
//! `cargo run --release -p kitsune-benches --example end_to_end -- target/release/kitsune [rows] [folder]`

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use kitsune_benches::{Written, read_by_polars, write_rows};

const FEATURES: usize = 115;
const ROWS: usize = 660_000;
/// Number of rounds, whose medians are reported.
const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let Some(kitsune) = words.next() else {
        return told("no command was named, so there is nothing to measure: end_to_end KITSUNE [ROWS] [FOLDER]");
    };
    let rows = words.next().map_or(Ok(ROWS), |word| word.parse())?;
    let folder = words.next().map_or_else(tempfile::tempdir, tempfile::tempdir_in)?;
    let (model, scores) = (folder.path().join("model.safetensors"), folder.path().join("scores"));
    told("format     GB   Polars s   train s   ratio   score s   ratio")?;
    for (name, written) in [("rows.csv", Written::Csv), ("rows.parquet", Written::Parquet)] {
        let path = folder.path().join(name);
        let bytes = write_rows(&path, rows, FEATURES, written)?;
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let polars = seconds(|| Ok(read_by_polars(&path, FEATURES, written)?))?;
            let train = seconds(|| run(&kitsune, &["train", "--epochs", "1", "--batch-size", "256", "--model"], &[&model, &path]))?;
            let score = ["anomaly-scores", "--batch-size", "1024", "--model"];
            let score = seconds(|| run(&kitsune, &score, &[&model, &path, &scores]))?;
            rounds.push([polars, train, score, train / polars, score / polars]);
            std::fs::remove_dir_all(&scores)?;
        }
        let [polars, train, score, train_ratio, score_ratio] = medians(&rounds);
        let (format, size) = (if written == Written::Csv { "CSV" } else { "Parquet" }, bytes as f64 / 1e9);
        told(&format!("{format:<8} {size:>4.2} {polars:>10.2} {train:>9.2} {train_ratio:>7.2} {score:>9.2} {score_ratio:>7.2}"))?;
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

fn run(kitsune: &str, words: &[&str], paths: &[&Path]) -> Result<(), Box<dyn Error>> {
    let mut command = Command::new(kitsune);
    command.args(words).args(paths).arg("--quiet").stdin(Stdio::null());
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} ended with {status}").into()) }
}

fn medians<const N: usize>(rounds: &[[f64; N]]) -> [f64; N] {
    std::array::from_fn(|column| {
        let mut values: Vec<f64> = rounds.iter().map(|round| round[column]).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    })
}
