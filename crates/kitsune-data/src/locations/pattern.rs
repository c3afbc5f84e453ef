//! Patterns of paths and of keys in object stores.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern};

use super::folder::{self, Visited, is_hidden};
use crate::error::{Error, LocationError};

/// Matches any number of folders.
const ANY_FOLDERS: &str = "**";

/// Whether a name holds any of the characters of a pattern.
pub(super) fn is_pattern(name: &OsStr) -> bool {
    name.as_encoded_bytes().iter().any(|byte| b"*?[".contains(byte))
}

/// The files and folders that match a pattern.
///
/// The components are expanded one by one. So only folders that may hold a match are read, and names that are not UTF-8 are found as well.
/// Hidden names match only if the pattern begins with the same character.
pub(super) fn expand(pattern: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut paths = vec![PathBuf::new()];
    for component in pattern.components() {
        let component = component.as_os_str();
        let mut next = Vec::new();
        if component == ANY_FOLDERS {
            let mut visited = Visited::new();
            for path in paths {
                descend(path, &mut visited, &mut next)?;
            }
        } else if is_pattern(component) {
            let compiled = compile(pattern, &component.to_string_lossy())?;
            for path in paths {
                let names = |child: &PathBuf| child.file_name().is_some_and(|name| matches(&compiled, name));
                next.extend(children(&path)?.into_iter().filter(names));
            }
        } else {
            next.extend(paths.into_iter().map(|path| path.join(component)));
        }
        paths = next;
    }
    paths.retain(|path| path.exists());
    Ok(paths)
}

/// Whether a file of this path, or a folder that it is in, matches a pattern.
pub(super) fn would_match(pattern: &Path, file: &Path) -> bool {
    let matches_name = || {
        let (last, name) = (compile(pattern, &pattern.file_name()?.to_string_lossy()).ok()?, file.file_name()?);
        let folder = folder::real(file)?.parent()?.to_owned();
        let is_folder = |found: &PathBuf| or_here(found).canonicalize().is_ok_and(|real| real == folder);
        Some(matches(&last, name) && expand(pattern.parent()?).ok()?.iter().any(is_folder))
    };
    let is_in_match = || expand(pattern).is_ok_and(|found| found.iter().any(|folder| folder::would_hold(folder, file)));
    matches_name().unwrap_or(false) || is_in_match()
}

/// A pattern of the keys of an object store.
pub(super) struct KeyPattern {
    /// The folders before the first component with a wildcard.
    pub(super) base: String,
    pattern: Pattern,
    /// The first characters of components with wildcards that allow hidden names.
    allowed: Vec<u8>,
}

impl KeyPattern {
    /// `shown` is the pattern in messages.
    pub(super) fn new(shown: &str, key: &str) -> Result<Self, Error> {
        let key = key.trim_end_matches('/');
        let components: Vec<_> = key.split('/').collect();
        let literal = components.iter().take_while(|component| !is_pattern(OsStr::new(component))).count();
        let (base, rest) = components.split_at(literal);
        let allowed = rest.iter().filter_map(|component| component.bytes().next()).filter(|byte| b"_.".contains(byte)).collect();
        Ok(Self { base: base.join("/"), pattern: compile(Path::new(shown), key)?, allowed })
    }

    /// Whether a key below the base matches, or a folder that contains it.
    pub(super) fn matches(&self, key: &str) -> bool {
        let options = MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };
        let below = key[self.base.len()..].trim_start_matches('/');
        let is_visible = |name: &str| !is_hidden(OsStr::new(name)) || self.allowed.contains(&name.as_bytes()[0]);
        let folders = key.match_indices('/').map(|(at, _)| &key[..at]);
        below.split('/').all(is_visible) && folders.chain([key]).any(|path| self.pattern.matches_with(path, options))
    }
}

fn compile(shown: &Path, pattern: &str) -> Result<Pattern, Error> {
    Pattern::new(pattern).map_err(|error| {
        let reason = format!("there is no such file, and as a pattern it makes no sense: {}", error.msg);
        LocationError::Invalid { text: shown.display().to_string(), reason }.into()
    })
}

fn matches(pattern: &Pattern, name: &OsStr) -> bool {
    let begins_alike = name.as_encoded_bytes().first() == pattern.as_str().as_bytes().first();
    (!is_hidden(name) || begins_alike) && pattern.matches(&name.to_string_lossy())
}

/// Adds a folder and all its subfolders that are not hidden.
fn descend(folder: PathBuf, visited: &mut Visited, found: &mut Vec<PathBuf>) -> Result<(), Error> {
    let here = or_here(&folder);
    let is_new = here.is_dir() && here.canonicalize().is_ok_and(|real| visited.insert(real));
    if !is_new {
        return Ok(());
    }
    let children = children(&folder)?;
    found.push(folder);
    for child in children.into_iter().filter(|child| child.is_dir() && !child.file_name().is_some_and(is_hidden)) {
        descend(child, visited, found)?;
    }
    Ok(())
}

/// The entries of a folder, or none if the path is not a folder.
fn children(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    if !fs::metadata(or_here(folder)).is_ok_and(|metadata| metadata.is_dir()) {
        return Ok(Vec::new());
    }
    let entries = folder::entries(or_here(folder))?;
    // As in the pattern, without a dot in front.
    Ok(entries.iter().filter_map(|path| path.file_name()).map(|name| folder.join(name)).collect())
}

/// The empty path means the working directory.
fn or_here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(folder: &Path, pattern: &str) -> String {
        let mut paths = expand(&folder.join(pattern)).unwrap();
        paths.sort();
        paths.iter().map(|path| path.strip_prefix(folder).unwrap().to_str().unwrap()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn patterns_match_component_by_component() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a/x.csv", "a/y.CSV", "a/b/x.csv", "a/_x.csv", "c1/x.csv", "c2/x.csv", ".d/x.csv", "_e/f/x.csv", "x.csv", "x.txt"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        for (pattern, expected) in [
            ("*.csv", "x.csv"),
            ("*", "a c1 c2 x.csv x.txt"),
            ("x.*", "x.csv x.txt"),
            ("*/x.csv", "a/x.csv c1/x.csv c2/x.csv"),
            ("c[2-9]/*", "c2/x.csv"),
            ("c?", "c1 c2"),
            ("c[!1]", "c2"),
            ("a/_*", "a/_x.csv"),
            ("_*/*/x.csv", "_e/f/x.csv"),
            (".*/*.csv", ".d/x.csv"),
            ("**/x.csv", "a/b/x.csv a/x.csv c1/x.csv c2/x.csv x.csv"),
            ("a/**", "a a/b"),
            ("a/../c1/*", "a/../c1/x.csv"),
            ("x.csv/*", ""),
            ("nowhere/*", ""),
            ("*/nowhere", ""),
        ] {
            assert_eq!(expanded(folder.path(), pattern), expected, "{pattern}");
        }
        for pattern in ["[a", "a**", "***"] {
            let error = expand(&folder.path().join(pattern)).unwrap_err().to_string();
            assert!(error.contains(pattern) && error.contains("pattern"), "{error}");
        }
    }

    #[test]
    fn keys_match_as_paths_do() {
        for (pattern, base, yes, no) in [
            ("data/*.csv", "data", &["data/a.csv", "data/a.csv/part-0"][..], &["data/b/a.csv", "data/_a.csv", "data/a.txt"][..]),
            ("data/**/*.csv", "data", &["data/a.csv", "data/b/c/a.csv"], &["data/_b/a.csv", "data/b/.a.csv"]),
            ("d*/2024-0?", "", &["d1/2024-01/a.csv", "d/2024-09/x/y"], &["d1/2024-11/a.csv", "e/2024-01/a.csv"]),
            ("a/_*/x", "a", &["a/_b/x", "a/_b/x/y"], &["a/b/x", "a/.b/x"]),
            ("a/b[12]/", "a", &["a/b1/x"], &["a/b3/x"]),
        ] {
            let keys = KeyPattern::new("s3://bucket", pattern).unwrap();
            assert_eq!(keys.base, base);
            assert!(yes.iter().all(|key| keys.matches(key)), "{pattern}");
            assert!(!no.iter().any(|key| keys.matches(key)), "{pattern}");
        }
        assert!(KeyPattern::new("s3://bucket/a[", "a[").is_err());
    }
}
