//! The files that a command reads, and the one rule for what it may write over.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use kitsune_data::files::{Destination, folder_of};
use kitsune_data::{Location, OutputFolder, Source};

use super::content::Content;

/// The files that a command reads, none of which it writes over.
#[derive(Debug, Default)]
pub(crate) struct ReadFiles(HashSet<PathBuf>);

impl ReadFiles {
    /// The files of these rows, and others, such as the file of their labels.
    pub(crate) fn of<'a>(sources: impl IntoIterator<Item = &'a Source>, others: impl IntoIterator<Item = &'a Path>) -> Self {
        let rows = sources.into_iter().flat_map(|source| source.files().iter().map(PathBuf::as_path));
        // Standard input may be a file. A URL has no canonical form.
        let input = Path::new("/dev/stdin").canonicalize().ok().filter(|input| input.is_file());
        Self(rows.chain(others).filter_map(|file| file.canonicalize().ok()).chain(input).collect())
    }

    /// Refuses a path for an output that is read, or that holds anything but an older output of the same kind. Nothing, an empty file and, for
    /// rows of results, a pipe or a device are good as well.
    pub(crate) fn check(&self, path: &Path, content: Content) -> Result<()> {
        let (shown, noun) = (path.display(), content.noun());
        if path.canonicalize().is_ok_and(|real| self.0.contains(&real)) {
            bail!("{shown} is one of the files that are read: give another path for the {noun}");
        }
        if path.is_dir() {
            bail!("{shown} is a folder: give the path of a file for the {noun}");
        }
        match Destination::of(path).with_context(|| format!("cannot write to {shown}"))? {
            Destination::Stream if matches!(content, Content::Scores | Content::Statistics | Content::Alerts) => Ok(()),
            Destination::Stream => bail!("{shown} is a pipe or a device, which cannot hold a {noun}: {}", content.advice()),
            Destination::File(file) => {
                let is_free = file.metadata().map_or(true, |found| found.len() == 0);
                let is_ours = || content.is_in(&file).with_context(|| format!("{shown} exists and cannot be read"));
                if is_free || is_ours()? { Ok(()) } else { bail!("{shown} exists and holds no {noun}: {}", content.advice()) }
            }
        }
    }
}

/// Refuses a path whose `file` is among the rows, where the next run would read it as rows.
pub(crate) fn check_outside(path: &Path, file: &Path, content: Content, locations: &[Location]) -> Result<()> {
    match locations.iter().find(|location| location.covers(file)) {
        Some(location) => bail!(
            "{} is among the rows of {location}, so that the next run would read these {} as rows: give another path for them",
            path.display(),
            content.noun()
        ),
        None => Ok(()),
    }
}

/// The folder in which a file will be replaced, behind its links. It is made now, so that one that cannot be written to is reported before the work.
pub(crate) fn folder_for(file: &Path) -> Result<OutputFolder> {
    let target = match Destination::of(file).with_context(|| format!("cannot write to {}", file.display()))? {
        Destination::File(target) => target,
        Destination::Stream => file.to_owned(),
    };
    Ok(OutputFolder::create(folder_of(&target))?)
}
