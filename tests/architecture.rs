//! Checks that the modules of a crate import in one direction only: each from the floors below its own.
//!
//! Every crate includes this file in its tests and hands over its list of floors, from the top. A floor names rooms, which are files or folders
//! of `src/` without `.rs`; where a room is listed together with a path inside it (`compute`, `compute/cpu`), the path is a room of its own.
//! `lib.rs` or `main.rs` stands above all floors. Code for tests may import whatever it likes.

#[path = "architecture/modules.rs"]
mod modules;
#[path = "architecture/paths.rs"]
mod paths;
#[path = "architecture/tokens.rs"]
mod tokens;

#[cfg(test)]
#[path = "architecture/tests.rs"]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use self::modules::Modules;

/// The text of each `.rs` file of a crate by its path below `src/`, with `/` between folders.
type Files = BTreeMap<String, String>;

/// Panics with one line for each import in the folder `src` that does not go down, and for each mistake in the list of floors.
#[track_caller]
pub(crate) fn assert_one_direction(src: &str, floors: &[&[&str]]) {
    let mut files = Files::new();
    read(Path::new(src), "", &mut files);
    let faults = faults(&files, floors);
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

fn read(folder: &Path, prefix: &str, files: &mut Files) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.unwrap_or_else(|error| panic!("{}: {error}", folder.display())).path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let below = format!("{prefix}{name}");
        if path.is_dir() {
            read(&path, &format!("{below}/"), files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            files.insert(below, text);
        }
    }
}

/// One line for each fault, in the order of the files.
fn faults(files: &Files, floors: &[&[&str]]) -> Vec<String> {
    let rooms = Rooms { floors };
    let mut faults = rooms.differences(files);
    let modules = Modules::of(files);
    faults.extend(modules.undeclared(files).map(|file| format!("src/{file}: no `mod` declares this file")));
    for import in modules.imports() {
        let (Some(from), false) = (rooms.of(&import.file), import.is_from_root()) else { continue };
        let fault = match import.target {
            None => "runs around: import from the file that defines the item, not through the crate's root".to_owned(),
            Some(ref target) => match rooms.of(target) {
                Some(to) if to.name == from.name || to.floor > from.floor => continue,
                Some(to) if to.floor == from.floor => format!("runs sideways, from {} to {}", from.name, to.name),
                Some(to) => format!("runs up, from {} to {}", from.name, to.name),
                None => continue,
            },
        };
        faults.push(format!("src/{}:{}: `{}` {fault}", import.file, import.line, import.path));
    }
    faults
}

/// The list of floors, from the top.
struct Rooms<'a> {
    floors: &'a [&'a [&'a str]],
}

#[derive(Clone, Copy)]
struct Room<'a> {
    name: &'a str,
    floor: usize,
}

impl<'a> Rooms<'a> {
    fn all(&self) -> impl Iterator<Item = Room<'a>> {
        let floors = self.floors;
        floors.iter().enumerate().flat_map(|(floor, names)| names.iter().map(move |&name| Room { name, floor }))
    }

    /// The room of a file: the one with the longest name if it lies in several.
    fn of(&self, file: &str) -> Option<Room<'a>> {
        self.all().filter(|room| holds(room.name, file)).max_by_key(|room| room.name.len())
    }

    /// One line for each difference between the list and the files.
    fn differences(&self, files: &Files) -> Vec<String> {
        let mut faults = Vec::new();
        let mut seen = Vec::new();
        for room in self.all() {
            if seen.contains(&room.name) {
                faults.push(format!("the floors list {} twice", room.name));
            } else if !files.keys().any(|file| holds(room.name, file)) {
                faults.push(format!("the floors list {}, which does not exist", room.name));
            }
            seen.push(room.name);
        }
        let unlisted = files.keys().filter(|file| !modules::is_root(file) && self.of(file).is_none());
        faults.extend(unlisted.map(|file| format!("src/{file}: the floors do not list this file or its folder")));
        faults
    }
}

/// Whether the file is the room, or lies in its folder.
fn holds(room: &str, file: &str) -> bool {
    file.strip_prefix(room).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}
