//! Hidden files that killed processes have left.

use std::fs::{self, File};
use std::path::Path;

use tempfile::Builder;

/// Begins the name of a hidden file.
const PREFIX: &str = ".kitsune-";
/// Ends it.
const SUFFIX: &str = ".tmp";
/// The number of random letters and digits between them.
const RANDOM: usize = 12;

/// The names that earlier builds gave: beginning, random letters and digits, end.
const EARLIER: [(&str, usize, &str); 3] = [(PREFIX, 6, SUFFIX), (PREFIX, 6, ""), (".part-", 6, "")];

/// What makes hidden names, `.kitsune-XXXXXXXXXXXX.tmp`.
pub(crate) fn hidden_name() -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX).rand_bytes(RANDOM);
    builder
}

/// Removes the hidden files in a folder that killed processes have left: those of our names that nobody has locked.
///
/// What cannot be removed stays. Where files cannot be locked, all stay, for they may be in use.
pub(crate) fn remove_leavings(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if !entry.file_name().to_str().is_some_and(is_ours) || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        let path = entry.path();
        // Network file systems lock only what is open for writing.
        let Ok(file) = File::options().read(true).write(true).open(&path) else { continue };
        if file.try_lock().is_ok() && is_file_of_that_name(&file, &path) {
            fs::remove_file(&path).ok();
        }
    }
}

fn is_ours(name: &str) -> bool {
    std::iter::once((PREFIX, RANDOM, SUFFIX)).chain(EARLIER).any(|(prefix, count, suffix)| {
        name.strip_prefix(prefix).and_then(|name| name.strip_suffix(suffix)).is_some_and(|name| is_random(name, count))
    })
}

/// Whether so many letters and digits look random. Without a capital letter they may be a word or a number that a person has chosen.
pub(crate) fn is_random(text: &str, count: usize) -> bool {
    let has_capital = text.bytes().any(|byte| byte.is_ascii_uppercase());
    text.len() == count && has_capital && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether an open file is still the one of its name.
#[cfg(unix)]
pub(crate) fn is_file_of_that_name(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |found: fs::Metadata| (found.dev(), found.ino());
    fs::symlink_metadata(path).map(identity).ok() == file.metadata().map(identity).ok()
}

#[cfg(not(unix))]
pub(crate) fn is_file_of_that_name(_: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_ours_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let ours = [".kitsune-aB3dE6gH9jK2.tmp", ".kitsune-aB3dE6.tmp", ".kitsune-aB3dE6", ".part-x7Yz12"];
        let others = [
            ".kitsune-config",
            ".kitsune-config.tmp",
            ".kitsune-aB3dE6g",
            ".kitsune-aB3d-6",
            ".part-number",
            ".part-000001",
            ".kitsune-202401",
            ".part-0000001",
            "kitsune-aB3dE6gH9jK2.tmp",
            ".kitsune-aB3dE6gH9jK2.tmp.csv",
        ];
        for name in ours.iter().chain(&others) {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::create_dir(folder.path().join(".part-folder1")).unwrap();
        let locked = File::open(folder.path().join(ours[0])).unwrap();
        locked.lock().unwrap();
        remove_leavings(folder.path());
        let is_there = |name: &&str| folder.path().join(name).exists();
        assert_eq!(ours.iter().filter(|name| is_there(name)).collect::<Vec<_>>(), [&ours[0]], "one is in use");
        assert!(others.iter().all(is_there));
        drop(locked);
        remove_leavings(folder.path());
        assert!(!is_there(&ours[0]));
        remove_leavings(&folder.path().join("nowhere"));
    }
}
