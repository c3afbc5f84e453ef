//! The commands that are killed, interrupted and starved, and the files that they read.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use kitsune_benches::grouped_rows;

use super::Result;
use super::job::Job;
use super::options::Options;
use super::process::Run;

/// Enough that the work takes longer than the start of the command.
const ROWS: usize = 16_000;
const FEATURES: usize = 12;

/// The jobs of the campaign.
pub(super) struct Jobs {
    pub(super) all: Vec<Job>,
    /// The rows that all of them read.
    pub(super) rows: PathBuf,
    /// A model of the rows.
    pub(super) model: PathBuf,
    /// Seconds of the processors until the command listens to signals, at most: until then one ends it as it ends any program.
    pub(super) start: f64,
}

impl Jobs {
    pub(super) fn prepare(options: &Options) -> Result<Self> {
        let (kitsune, folder) = (&options.kitsune, options.folder().join("jobs"));
        fs::create_dir_all(&folder)?;
        let file = |name: &str| folder.join(name);
        let (rows, bad_rows, models) = (file("rows.csv"), file("bad_rows.csv"), [file("first.safetensors"), file("second.safetensors")]);
        fs::write(&rows, csv(options.rows(ROWS), 1))?;
        fs::write(&bad_rows, csv(options.rows(ROWS), 1) + "not,a,row\n")?;
        for (seed, model) in models.iter().enumerate() {
            train(kitsune, &folder, &rows, model, seed)?;
        }
        let [first, second] = models.each_ref().map(|path| path.display());
        let (shown, bad) = (rows.display(), bad_rows.display());
        let learn = |name, older: &str, words: &str, failing: Option<String>, again| {
            Job::learn(kitsune, &folder, name, &format!("{older} --quiet"), &format!("{words} --quiet"), failing, again)
        };
        let training = format!("train {shown} --label-column label --epochs 4 --checkpoint-interval 0 --model model.safetensors");
        let score = |rows: &Path, model: &Path, rest: &str| {
            format!("score {} --model {} --batch-size 256 --keep * --with-tails {rest}", rows.display(), model.display())
        };
        let mut all = vec![
            learn("train", &format!("{training} --seed 1"), &training, None, "--resume")?,
            learn(
                "score-folder",
                &score(&rows, &models[0], "--n-scores-partition 5 out"),
                &score(&rows, &models[1], "--n-scores-partition 3 out"),
                Some(score(&bad_rows, &models[1], "--n-scores-partition 3 out")),
                "",
            )?,
        ];
        for (name, output) in
            [("score-ndjson", "out.ndjson"), ("score-csv", "out.csv"), ("score-parquet", "out.parquet"), ("score-arrow", "out.arrow")]
        {
            all.push(learn(name, &score(&rows, &models[0], output), &score(&rows, &models[1], output), None, "")?);
        }
        let calibrate = format!("calibrate {shown} --label-column label --model {first} --output strict.safetensors");
        let evaluate = |model| format!("evaluate {shown} --label-column label --bootstrap 20 --model {model} --report page");
        let report = |model| format!("score {shown} --model {model} out.csv --report page");
        all.push(learn("calibrate-output", &calibrate, &format!("{calibrate} --alert-rate 0.05"), None, "")?);
        // The model that it replaces has to be there.
        let replaced = format!("{training} --seed 1");
        let calibrate = format!("calibrate {shown} --label-column label --model model.safetensors --alert-rate 0.05 --threshold peaks");
        all.push(learn("calibrate", &replaced, &calibrate, None, "")?);
        all.push(learn(
            "evaluate-report",
            &evaluate(&first),
            &evaluate(&second),
            Some(format!("evaluate {bad} --label-column label --model {second} --report page")),
            "",
        )?);
        all.push(learn("score-report", &report(&first), &report(&second), None, "")?);
        let [model, _] = models;
        let start = 0.03 + 5.0 * Run::new(&folder, kitsune).words("--version").end()?.seconds;
        Ok(Self { all, rows, model, start })
    }
}

fn train(kitsune: &Path, folder: &Path, rows: &Path, model: &Path, seed: usize) -> Result<()> {
    let words = format!("train {} --label-column label --epochs 1 --quiet --seed {seed} --model {}", rows.display(), model.display());
    let ended = Run::new(folder, kitsune).words(&words).end()?;
    if ended.status.success() { Ok(()) } else { Err(format!("{}\n{}", ended.line, ended.stderr).into()) }
}

/// Rows with labels, of which one in a hundred is abnormal, as CSV with a header.
pub(super) fn csv(rows: usize, seed: u64) -> String {
    let header: Vec<_> = (0..FEATURES).map(|feature| format!("f{feature}")).collect();
    let mut text = header.join(",") + ",label\n";
    for (row, values) in grouped_rows(rows, FEATURES, seed).chunks(FEATURES).enumerate() {
        let is_abnormal = row % 100 == 99;
        for (feature, value) in values.iter().enumerate() {
            let value = if is_abnormal && feature % 3 == 0 { 1.5 - value } else { *value };
            write!(text, "{value:.4},").ok();
        }
        text += if is_abnormal { "attack\n" } else { "benign\n" };
    }
    text
}
