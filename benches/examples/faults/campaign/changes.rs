//! Files that are cut, replaced or grow while they are read.

use std::env::current_exe;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::Result;
use super::options::Options;
use super::process::Ended;
use super::sound::{Sound, SoundFile, files};
use super::streams::calm;
use super::trial::{Part, Trial};

/// Rows of a file that takes some tenths of a second.
const ROWS: usize = 60_000;
/// Moments are drawn up to so many times the duration of the command.
const BEYOND: f64 = 1.05;

/// The word before a folder and a number of rows, by which this program starts itself.
pub(super) const WRITE_FILES: &str = "--write-files";

/// Writes the files that are changed. A process of its own does that: its memory would count for each process that it starts.
pub(super) fn write_files(folder: OsString, rows: OsString) -> Result<()> {
    let (folder, rows) = (PathBuf::from(folder), rows.into_string().unwrap_or_default().parse()?);
    files(rows)?.into_iter().try_for_each(|file| Ok(fs::write(folder.join(file.name), file.bytes)?))
}

pub(super) fn parts<'a>(sound: &'a Sound, options: &Options) -> Vec<Part<'a>> {
    let (folder, rows) = (options.folder().join("large"), options.rows(ROWS));
    let part = |name: &str, is_training: bool| {
        let (folder, written) = (folder.clone(), OnceLock::new());
        Part::new(name, options.trials, move |trial| {
            let written: &Result<()> = written.get_or_init(|| {
                fs::create_dir_all(&folder)?;
                let status = Command::new(current_exe()?).arg(WRITE_FILES).arg(&folder).arg(rows.to_string()).status()?;
                if status.success() { Ok(()) } else { Err(format!("the files could not be written: {status}").into()) }
            });
            written.as_ref().map_err(ToString::to_string)?;
            attempt(trial, sound, &folder, &sound.files[trial.number as usize % sound.files.len()], is_training)
        })
    };
    vec![part("changed-while-training", true), part("changed-while-scoring", false)]
}

fn attempt(trial: &mut Trial<'_>, sound: &Sound, large: &Path, file: &SoundFile, is_training: bool) -> Result<String> {
    let (path, large) = (trial.path(file.name), large.join(file.name));
    let words = if is_training {
        format!("train {} --columns a,b,c,d --epochs 2 --batch-size 256 --model new.safetensors {} --quiet", file.name, file.options)
    } else {
        format!("score {} out.csv --model {} {} --quiet", file.name, sound.model.display(), file.options)
    };
    let output = trial.path(if is_training { "new.safetensors" } else { "out.csv" });
    fs::copy(&large, &path)?;
    let undisturbed = trial.end(trial.kitsune(&words))?;
    if !undisturbed.status.success() {
        return Err("it fails on the sound file".into());
    }
    let before = fs::read(&output)?;
    fs::remove_file(&output)?;

    let moment = trial.random.uniform() * BEYOND * undisturbed.seconds;
    let (kind, share) = (trial.random.below(5), trial.random.uniform());
    let mut is_changed = false;
    let ended = trial.kitsune(&words).end_while(|time| {
        if time >= moment && !is_changed {
            is_changed = true;
            change(&path, &large, kind, share)?;
        }
        Ok(())
    })?;
    trial.note(&ended);
    let found = if output.exists() { Some(fs::read(&output)?) } else { None };
    // What the command makes of the changed file alone.
    let again = trial.end(trial.kitsune(&words))?;
    let after = if again.status.success() { Some(fs::read(&output)?) } else { None };
    let judged = match (ended.status.code(), found) {
        (Some(0), Some(found)) if !is_training || found == before || Some(&found) == after.as_ref() => calm(&ended),
        (Some(0), Some(_)) => Err("it trained on a mixture of both files".into()),
        (Some(0), None) => Err("it ended well without its output".into()),
        (_, Some(_)) => Err("it failed, and left its output".into()),
        (Some(1), None) => explained(&ended, &again, file.name).and_then(|()| calm(&ended)),
        _ => calm(&ended),
    };
    judged.map_err(|error| format!("{}, change {kind} at {moment:.3} s of {:.3} s: {error}", file.name, undisturbed.seconds).into())
}

/// The error says that the file was changed or is incomplete, or is the error of the changed file.
fn explained(ended: &Ended, again: &Ended, name: &str) -> Result<()> {
    if !ended.stderr.contains(name) {
        return Err(format!("the error does not name {name}").into());
    }
    // A file that is opened in the middle of a write is incomplete, and nothing tells yet that it changes.
    if ["changed", "incomplete"].iter().any(|word| ended.stderr.contains(word)) || ended.stderr == again.stderr {
        Ok(())
    } else {
        Err("the error does not say that the file was changed".into())
    }
}

/// Cuts the file, cuts it to nothing, replaces it, overwrites a part of it, or appends to it.
fn change(path: &Path, large: &Path, kind: usize, share: f64) -> Result<()> {
    let mut bytes = fs::read(large)?;
    let kept = (share * bytes.len() as f64) as usize;
    match kind {
        0 => OpenOptions::new().write(true).open(path)?.set_len(kept as u64)?,
        1 => File::create(path).map(drop)?,
        2 => {
            let other = path.with_file_name("other");
            fs::write(&other, &bytes[..kept])?;
            fs::rename(other, path)?;
        }
        3 => {
            bytes[kept..].reverse();
            OpenOptions::new().write(true).open(path)?.write_all(&bytes)?;
        }
        _ => OpenOptions::new().append(true).open(path)?.write_all(&bytes[kept..])?,
    }
    Ok(())
}
