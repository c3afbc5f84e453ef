//! A set of parts that replaces an older one as a whole.
//!
//! A set has three states on the disk, and [`put_right`] leads from each of them to the end, whenever a run was killed:
//!
//! 1. The new parts are in the folder `.kitsune-{stem}-new`, and do not count. Links to the older parts are there as well, so that these can come back.
//! 2. The folder is called `.kitsune-{stem}-of-{count}`. This name is given when all parts are on the disk, and from then on the new set counts. Each
//!    part is renamed over the older one, older parts beyond the new ones are removed, and the folder goes last.
//! 3. A part cannot be renamed: the folder is called `.kitsune-{stem}-new` again, and the older parts come back.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::part_names::PartNames;
use crate::error::Error;
use crate::files::access::create_like;
use crate::files::new_file::sync_folder;

/// The folder of links to all older parts, in the hidden folder. Its name says that all of them are in it.
const OLDER: &str = "older";
/// The same folder while it may lack some.
const LINKED: &str = "linked";

/// A set of parts that does not count yet. Dropped, it is removed.
pub(super) struct NewSet<'a> {
    names: &'a PartNames,
    hidden: PathBuf,
    older: Vec<OsString>,
}

impl<'a> NewSet<'a> {
    /// A set that has no parts yet, while the caller holds the lock of the folder.
    pub(super) fn create(names: &'a PartNames) -> Result<Self, Error> {
        let (hidden, older) = (names.unfinished(), names.there()?);
        fs::create_dir(&hidden).map_err(Error::write(names.folder()))?;
        Ok(Self { names, hidden, older })
    }

    /// A file for a part, with the access of the older one of its name, or else of the first one.
    pub(super) fn part(&self, part: usize) -> io::Result<File> {
        let name = self.names.of(part);
        let access = |name: &Path| fs::metadata(self.names.folder().join(name)).ok();
        let older = access(name.as_ref()).or_else(|| access(self.older.first()?.as_ref()));
        create_like(&self.hidden.join(name), older.as_ref())
    }

    /// Replaces the older set by this one, whose parts are all on the disk, and returns the files.
    pub(super) fn replace(self, count: usize) -> Result<Vec<PathBuf>, Error> {
        for part in 0..count {
            refuse_folder(&self.names.folder().join(self.names.of(part)))?;
        }
        let can_come_back = self.link_older();
        self.commit(count, can_come_back)
    }

    /// Lets the new set count, and puts it in place. If that fails, the older parts come back if they can.
    fn commit(self, count: usize, can_come_back: bool) -> Result<Vec<PathBuf>, Error> {
        let (folder, complete) = (self.names.folder(), self.names.complete(count));
        sync_folder(&self.hidden).and_then(|()| fs::rename(&self.hidden, &complete)).map_err(Error::write(folder))?;
        let placed = sync_folder(folder).map_err(Error::write(folder)).and_then(|()| put_in_place(self.names, &complete, count));
        // Nothing that fails here is lost, for the next run tries it again.
        match &placed {
            Ok(_) => fs::remove_dir_all(&complete).ok(),
            Err(_) if can_come_back => fs::rename(&complete, &self.hidden).ok(),
            Err(_) => None,
        };
        placed
    }

    /// Links the older parts, and returns whether they can come back. Not every file system has links.
    fn link_older(&self) -> bool {
        let links = self.hidden.join(LINKED);
        let link = |name: &OsString| fs::hard_link(self.names.folder().join(name), links.join(name));
        let linked = fs::create_dir(&links).and_then(|()| self.older.iter().try_for_each(link));
        linked.and_then(|()| fs::rename(&links, self.hidden.join(OLDER))).is_ok()
    }
}

impl Drop for NewSet<'_> {
    fn drop(&mut self) {
        // The next run tries again what fails here.
        take_back(self.names).ok();
    }
}

/// An error if a folder has the name of a part.
pub(super) fn refuse_folder(part: &Path) -> Result<(), Error> {
    let is_folder = fs::symlink_metadata(part).is_ok_and(|found| found.is_dir());
    if is_folder { Err(Error::Write { path: part.into(), source: ErrorKind::IsADirectory.into() }) } else { Ok(()) }
}

/// Completes or undoes what a killed run has left, while the caller holds the lock of the folder.
pub(super) fn put_right(names: &PartNames) -> Result<(), Error> {
    if let Some((complete, count)) = names.left_complete()? {
        put_in_place(names, &complete, count)?;
        fs::remove_dir_all(&complete).map_err(Error::write(names.folder()))?;
    }
    take_back(names)?;
    for hidden in names.of_earlier_builds()? {
        let older = in_folder(&hidden).map_err(Error::read(&hidden))?;
        if older.iter().all(|name| names.is_part(name)) {
            for name in older {
                let file = names.folder().join(&name);
                fs::rename(hidden.join(name), &file).map_err(Error::write(&file))?;
            }
            fs::remove_dir(&hidden).map_err(Error::write(&hidden))?;
        }
    }
    Ok(())
}

/// Renames the parts of a complete set over the older ones, and removes what is left of these. Parts that are gone have their names already.
fn put_in_place(names: &PartNames, complete: &Path, count: usize) -> Result<Vec<PathBuf>, Error> {
    let folder = names.folder();
    let new: Vec<_> = (0..count).map(|part| OsString::from(names.of(part))).collect();
    for name in &new {
        match fs::rename(complete.join(name), folder.join(name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            renamed => renamed.map_err(Error::write(&folder.join(name)))?,
        }
    }
    sync_folder(folder).map_err(Error::write(folder))?;
    remove_others(names, &new.iter().collect())?;
    Ok(new.into_iter().map(|name| folder.join(name)).collect())
}

/// Removes a set that does not count. Parts that had replaced older ones give way to these.
fn take_back(names: &PartNames) -> Result<(), Error> {
    let (folder, hidden) = (names.folder(), names.unfinished());
    let links = hidden.join(OLDER);
    if let Ok(older) = in_folder(&links) {
        remove_others(names, &older.iter().collect())?;
        for name in &older {
            // The links stay, because they are the list of what belongs into the folder if this is cut short.
            let (file, spare) = (folder.join(name), hidden.join("spare"));
            fs::remove_file(&spare).ok();
            fs::hard_link(links.join(name), &spare).and_then(|()| fs::rename(&spare, &file)).map_err(Error::write(&file))?;
        }
        sync_folder(folder).and_then(|()| fs::rename(links, hidden.join(LINKED))).map_err(Error::write(folder))?;
    }
    match fs::remove_dir_all(&hidden) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::Write { path: folder.into(), source: error }),
        _ => Ok(()),
    }
}

/// Removes the parts that are there and not among these.
fn remove_others(names: &PartNames, kept: &HashSet<&OsString>) -> Result<(), Error> {
    for name in names.there()?.iter().filter(|name| !kept.contains(name)) {
        let file = names.folder().join(name);
        fs::remove_file(&file).map_err(Error::write(&file))?;
    }
    Ok(())
}

fn in_folder(folder: &Path) -> io::Result<Vec<OsString>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of older parts with a folder in the way of the third new part, and a new set of four.
    fn blocked(can_come_back: bool) -> (tempfile::TempDir, PartNames) {
        let folder = tempfile::tempdir().unwrap();
        for name in ["scores_0.json", "scores_1.json", "scores_7.json"] {
            fs::write(folder.path().join(name), "older").unwrap();
        }
        let names = PartNames::new(folder.path(), "scores");
        let set = NewSet::create(&names).unwrap();
        for part in 0..4 {
            io::Write::write_all(&mut set.part(part).unwrap(), b"new").unwrap();
        }
        fs::create_dir_all(folder.path().join("scores_2.json/in the way")).unwrap();
        assert!(!can_come_back || set.link_older());
        let told = set.commit(4, can_come_back).unwrap_err().to_string();
        assert!(told.contains("scores_2.json: "), "{told}");
        (folder, names)
    }

    fn parts(names: &PartNames) -> Vec<(String, String)> {
        let text = |name: &OsString| fs::read_to_string(names.folder().join(name)).unwrap();
        names.there().unwrap().iter().map(|name| (name.to_str().unwrap().to_owned(), text(name))).collect()
    }

    fn each(text: &str, numbers: &[usize]) -> Vec<(String, String)> {
        numbers.iter().map(|number| (format!("scores_{number}.json"), text.to_owned())).collect()
    }

    #[test]
    fn older_parts_come_back_if_a_new_one_cannot_be_put_in_place() {
        let (folder, names) = blocked(true);
        assert_eq!(parts(&names), each("older", &[0, 1, 7]));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4, "nothing hidden is left");
    }

    #[test]
    fn without_links_the_next_run_completes_the_set() {
        let (folder, names) = blocked(false);
        assert!(put_right(&names).is_err(), "as long as the folder is in the way");
        fs::remove_dir_all(folder.path().join("scores_2.json")).unwrap();
        put_right(&names).unwrap();
        assert_eq!(parts(&names), each("new", &[0, 1, 2, 3]));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4, "nothing hidden is left");
    }
}
