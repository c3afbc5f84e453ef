//! From files to verdicts: a folder of rows becomes a model, which is saved, flags rows of another file, and gives the reasons.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use burn_ndarray::{NdArray, NdArrayDevice};
use kitsune_core::{Kitsune, KitsuneConfig, ScoreOptions};
use kitsune_data::Source;

/// Rows of three columns that go together, but for those at the given positions.
fn write_rows(path: &Path, rows: u32, strange: &[u32]) -> Result<(), Box<dyn Error>> {
    let mut text = String::from("requests,bytes,errors\n");
    for row in 0..rows {
        let load = f64::from(row * 37 % 101);
        let requests = if strange.contains(&row) { 100.0 - load } else { load };
        writeln!(text, "{requests},{},{}", 900.0 * load + 50.0, 0.02 * load)?;
    }
    fs::write(path, text)?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join("train"))?;
    write_rows(&folder.path().join("train/monday.csv"), 2_000, &[])?;
    write_rows(&folder.path().join("train/tuesday.csv"), 2_000, &[])?;
    write_rows(&folder.path().join("wednesday.csv"), 100, &[0, 30])?;

    // Each epoch reads the files anew. The model takes over the names of the columns.
    let train = Source::open(folder.path().join("train"))?.with_shuffle(7);
    let model: Kitsune<NdArray> = KitsuneConfig::new().fit(&train, &NdArrayDevice::Cpu)?;
    model.save(folder.path().join("kitsune.safetensors"))?;

    // Other rows may have the columns in any order, and more of them.
    let names = model.columns().ok_or("the files have no names")?;
    let rows = Source::open(folder.path().join("wednesday.csv"))?.with_names(names)?;
    let scored = model.score_rows(&rows, &ScoreOptions::new())?;
    let verdicts = model.verdicts(&scored).ok_or("the model has no threshold")?;
    let reasons = model.reasons(&rows, verdicts.flagged(), 2)?;
    let mut out = io::stdout();
    for (row, reasons) in verdicts.flagged().zip(&reasons) {
        write!(out, "row {} scores {:.2}:", row + 1, scored.scores[row])?;
        for reason in reasons {
            write!(out, " {} is {}, expected {:.1};", names[reason.feature], reason.value, reason.expected)?;
        }
        writeln!(out)?;
    }
    assert!(verdicts.is_anomaly[0] && verdicts.is_anomaly[30]);
    Ok(())
}
