//! The modules of a crate, found by their declarations, and the files that the paths in them mean.

use std::collections::{BTreeMap, BTreeSet};

use super::Files;
use super::paths::{NamedPath, named};

/// A module's path from the crate's root, which is empty for the root.
type Path = Vec<String>;

/// All modules that are not for tests alone.
#[derive(Default)]
pub(super) struct Modules {
    /// The file of each module.
    files: BTreeMap<Path, String>,
    /// All paths, each with its file and its module.
    paths: Vec<(String, Path, NamedPath)>,
    /// The files of all modules, those for tests included.
    declared: BTreeSet<String>,
}

/// A path that begins in the crate itself.
pub(super) struct Import {
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) path: String,
    /// The file that the path leads to, or nothing if that is the crate's root.
    pub(super) target: Option<String>,
}

impl Import {
    pub(super) fn is_from_root(&self) -> bool {
        is_root(&self.file)
    }
}

/// Whether the file is a crate's root.
pub(super) fn is_root(file: &str) -> bool {
    file == "lib.rs" || file == "main.rs"
}

impl Modules {
    pub(super) fn of(files: &Files) -> Self {
        let mut modules = Self::default();
        for root in files.keys().filter(|file| is_root(file)) {
            modules.walk(files, root, &Path::new(), "", false);
        }
        modules
    }

    /// Reads a file and the files that it declares. Those without a `#[path]` lie in `folder`.
    fn walk(&mut self, files: &Files, file: &str, module: &Path, folder: &str, is_test: bool) {
        let Some(text) = files.get(file) else { return };
        self.declared.insert(file.to_owned());
        let named = named(text);
        if !is_test {
            self.files.insert(module.clone(), file.to_owned());
            self.paths.extend(named.paths.into_iter().map(|path| (file.to_owned(), joined(module, &path.inside), path)));
        }
        for child in named.modules {
            let path = joined(&joined(module, &child.inside), std::slice::from_ref(&child.name));
            if child.is_inline {
                // Of two modules with one name, for different features, the one in a file of its own counts.
                self.files.entry(path).or_insert_with(|| file.to_owned());
                continue;
            }
            let folder: String = child.inside.iter().fold(folder.to_owned(), |folder, name| format!("{folder}{name}/"));
            let own = format!("{folder}{}/", child.name);
            let is_test = is_test || child.is_test;
            match child.path {
                Some(name) => {
                    let beside = file.rfind('/').map_or("", |slash| &file[..=slash]);
                    self.walk(files, &format!("{beside}{name}"), &path, beside, is_test);
                }
                None => {
                    for file in [format!("{folder}{}.rs", child.name), format!("{own}mod.rs")] {
                        self.walk(files, &file, &path, &own, is_test);
                    }
                }
            }
        }
    }

    /// The files that no `mod` declares.
    pub(super) fn undeclared<'a>(&'a self, files: &'a Files) -> impl Iterator<Item = &'a String> {
        files.keys().filter(|file| !self.declared.contains(*file))
    }

    /// All paths that begin in the crate itself, in the order of the files.
    pub(super) fn imports(&self) -> Vec<Import> {
        let mut imports: Vec<_> = self.paths.iter().filter_map(|(file, module, path)| self.import(file, module, path)).collect();
        imports.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        imports
    }

    /// The path as an import, if it begins in the crate itself.
    fn import(&self, file: &str, module: &Path, path: &NamedPath) -> Option<Import> {
        let mut segments = path.segments.as_slice();
        let mut target = module.clone();
        match segments.first()?.as_str() {
            "crate" => {
                target.clear();
                segments = &segments[1..];
            }
            "self" | "super" => {}
            child if self.files.contains_key(&joined(module, &[child.to_owned()])) => {}
            _ => return None,
        }
        for segment in segments {
            match segment.as_str() {
                "self" => {}
                "super" => drop(target.pop()),
                name => {
                    let child = joined(&target, &[name.to_owned()]);
                    if !self.files.contains_key(&child) {
                        break;
                    }
                    target = child;
                }
            }
        }
        let target = self.files.get(&target).filter(|file| !is_root(file)).cloned();
        Some(Import { file: file.to_owned(), line: path.line, path: path.segments.join("::"), target })
    }
}

fn joined(module: &Path, names: &[String]) -> Path {
    [module.as_slice(), names].concat()
}
