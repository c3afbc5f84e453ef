//! Peak anonymous memory of the command, for files of some gigabytes and of a quarter of that.
//!
//! `cargo run --release -p kitsune-benches --example memory -- target/release/kitsune 4 [folder]`
//!
//! Linux only: it samples `RssAnon` of `/proc/PID/status`, since mapped files are the system's memory.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use kitsune_benches::{GROUP_ROWS, Written, write_rows};

const FEATURES: usize = 115;
const INTERVAL: Duration = Duration::from_millis(10);

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let Some(kitsune) = words.next() else {
        return told("no command was named, so there is nothing to measure: memory KITSUNE [GIGABYTES] [FOLDER]");
    };
    let gigabytes: f64 = words.next().map_or(Ok(4.0), |word| word.parse())?;
    let folder = words.next().map_or_else(tempfile::tempdir, tempfile::tempdir_in)?;
    told("format      GB   train MB   score MB   train s   score s")?;
    for (name, written) in [("rows.csv", Written::Csv), ("rows.parquet", Written::Parquet)] {
        for size in [gigabytes / 4.0, gigabytes] {
            let path = folder.path().join(name);
            // A first file shows how many bytes a row takes.
            let row_bytes = write_rows(&path, GROUP_ROWS, FEATURES, written)? as f64 / GROUP_ROWS as f64;
            let bytes = write_rows(&path, (size * 1e9 / row_bytes) as usize, FEATURES, written)?;
            let model = folder.path().join("model.safetensors");
            let mut train = Command::new(&kitsune);
            train
                .arg("train")
                .arg(&path)
                .args(["--epochs", "1", "--batch-size", "4096", "--row-cache", "0", "--quiet", "--model"])
                .arg(&model);
            let (train_peak, train_time) = peak(train)?;
            let mut score = Command::new(&kitsune);
            score.arg("score").arg(&path).arg(folder.path().join("scores")).args(["--quiet", "--model"]).arg(&model);
            let (score_peak, score_time) = peak(score)?;
            let format = if written == Written::Csv { "CSV" } else { "Parquet" };
            told(&format!(
                "{format:<8} {:>5.2} {train_peak:>10.0} {score_peak:>10.0} {train_time:>9.1} {score_time:>9.1}",
                bytes as f64 / 1e9
            ))?;
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn told(line: &str) -> Result<(), Box<dyn Error>> {
    Ok(writeln!(io::stdout(), "{line}")?)
}

/// The peak anonymous memory of a run in megabytes, and its seconds.
fn peak(mut command: Command) -> Result<(f64, f64), Box<dyn Error>> {
    let start = Instant::now();
    let mut child = command.stdin(Stdio::null()).spawn()?;
    let mut peak = 0.0;
    loop {
        if let Some(status) = child.try_wait()? {
            if !status.success() {
                return Err(format!("{command:?} ended with {status}").into());
            }
            return Ok((peak, start.elapsed().as_secs_f64()));
        }
        peak = anonymous(&child).unwrap_or(0.0).max(peak);
        sleep(INTERVAL);
    }
}

fn anonymous(child: &Child) -> Option<f64> {
    let status = std::fs::read_to_string(Path::new("/proc").join(child.id().to_string()).join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? * 1024.0 / 1e6)
}
