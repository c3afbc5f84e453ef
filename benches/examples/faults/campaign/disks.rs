//! Full disks, and a place for temporary files that is missing or full.

use std::fs;
use std::io::{Write, pipe};
use std::path::{Path, PathBuf};
use std::thread;

use super::Result;
use super::jobs::Jobs;
use super::limits::judge;
use super::options::Options;
use super::process::Run;
use super::streams::calm;
use super::trial::{Part, Trial};

pub(super) fn parts<'a>(jobs: &'a Jobs, options: &Options) -> Vec<Part<'a>> {
    let mut parts = vec![Part::new("TMPDIR-missing", options.trials, |trial| spooled(trial, jobs, Path::new("/nowhere")))];
    parts.push(Part::new("TMPDIR-no-folder", options.trials, |trial| spooled(trial, jobs, Path::new("/proc"))));
    if can_mount(options.folder()) {
        parts.push(Part::new("disk-full", options.trials, |trial| full(trial, jobs)));
        parts.push(Part::new("TMPDIR-full", options.trials, |trial| {
            let disk = Disk::mount(trial.path("disk"), 4_096 * (1 + trial.random.below(8)))?;
            let end = spooled(trial, jobs, &disk.0);
            drop(disk);
            end
        }));
    }
    parts
}

/// A small file system in memory, which is full at once.
struct Disk(PathBuf);

impl Disk {
    fn mount(path: PathBuf, bytes: usize) -> Result<Self> {
        fs::create_dir_all(&path)?;
        let size = format!("size={bytes},mode=777");
        let run = Run::new(Path::new("/"), "mount").words("-t tmpfs -o").word(size).word("tmpfs").word(&path);
        if run.end()?.status.success() { Ok(Self(path)) } else { Err("cannot mount a file system".into()) }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        Run::new(Path::new("/"), "umount").words("-l").word(&self.0).end().ok();
    }
}

#[expect(clippy::print_stderr, reason = "a part that is skipped says so")]
fn can_mount(folder: &Path) -> bool {
    let can = Disk::mount(folder.join("disk"), 4_096).is_ok();
    if !can {
        eprintln!("disk-full and TMPDIR-full are skipped: they mount a file system, which needs root");
    }
    can
}

fn full(trial: &mut Trial<'_>, jobs: &Jobs) -> Result<String> {
    let job = &jobs.all[trial.number as usize % jobs.all.len()];
    let kept: usize = job.outputs.iter().map(|output| output.older_bytes().next_multiple_of(4_096)).sum();
    let disk = Disk::mount(trial.path("disk"), kept + 4_096 * (16 + trial.random.below(kept / 2_048 + 1)))?;
    job.lay(&disk.0)?;
    let ended = trial.end(trial.kitsune(&job.words).within(&disk.0))?;
    let end = judge(&disk.0, job, &ended, &["space", "os error 28"]);
    drop(disk);
    end
}

/// Rows on standard input that are read more than once wait in a temporary file.
fn spooled(trial: &mut Trial<'_>, jobs: &Jobs, folder: &Path) -> Result<String> {
    let words = "train - --file-format csv --label-column label --epochs 1 --quiet --model model.safetensors";
    // A file on standard input can be read again where it lies, a pipe cannot.
    let (reader, mut writer) = pipe()?;
    let rows = fs::read(&jobs.rows)?;
    let writing = thread::spawn(move || writer.write_all(&rows));
    let ended = trial.end(trial.kitsune(words).stdin(reader).env("TMPDIR", folder))?;
    drop(writing.join());
    let end = calm(&ended)?;
    let says = ended.stderr.contains("TMPDIR") || ended.stderr.contains(&folder.display().to_string());
    if !ended.status.success() && (!says || ended.stderr.contains("damaged")) {
        return Err("it does not say that TMPDIR has no space".into());
    }
    if !ended.status.success() && trial.path("model.safetensors").exists() {
        return Err("it failed, and left a model".into());
    }
    Ok(end)
}
