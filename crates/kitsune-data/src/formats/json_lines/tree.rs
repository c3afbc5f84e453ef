//! The names inside rows as a tree: the names of the row itself, and those of the objects inside it.

use std::collections::HashMap;

use crate::formats::distinct_names::numbered;

/// An object that lies deeper, counted from the row, is a value that is no number.
const DEEPEST: usize = 64;

/// The row and the objects inside it, as far as rows have shown them.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    /// The first one is the row itself. Each object comes before those inside it.
    objects: Vec<Object>,
}

/// The names of an object.
#[derive(Clone, Debug, Default)]
pub(super) struct Object {
    /// What precedes its names in the names of columns, such as `flow.`.
    prefix: String,
    depth: usize,
    entries: Vec<Entry>,
    by_name: HashMap<String, usize>,
}

/// What a name of an object stands for. It may be a plain value in some rows and an object in others.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    /// The index of the field that its plain values belong to.
    pub(super) field: Option<usize>,
    /// The index of its object.
    pub(super) object: Option<usize>,
    /// The index of what the name stands for if it comes once more in the same row.
    pub(super) again: Option<usize>,
}

impl Tree {
    /// The index of the row itself.
    pub(super) const ROW: usize = 0;

    pub(super) fn new() -> Self {
        Self { objects: vec![Object::default()] }
    }

    pub(super) fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// The index of a name in an object. A new name gets `field`.
    pub(super) fn entry(&mut self, object: usize, name: &str, field: Option<usize>) -> usize {
        let Object { entries, by_name, .. } = &mut self.objects[object];
        if let Some(&entry) = by_name.get(name) {
            return entry;
        }
        by_name.insert(name.to_owned(), entries.len());
        entries.push(Entry { name: name.to_owned(), field, object: None, again: None });
        entries.len() - 1
    }

    /// The index of what a name stands for that comes for the second or a later time in a row. If there is none, a new name gets a field by
    /// `field`, or else the name stands for what it stood for the time before.
    pub(super) fn again(&mut self, object: usize, entry: usize, time: usize, field: Option<impl FnOnce() -> usize>) -> usize {
        let (mut last, mut times) = (entry, 1);
        while let Some(next) = self.objects[object].entries[last].again.filter(|_| times < time) {
            (last, times) = (next, times + 1);
        }
        let Some(field) = field.filter(|_| times < time) else { return last };
        let Object { entries, by_name, .. } = &self.objects[object];
        let mut number = time;
        while by_name.contains_key(&numbered(&entries[entry].name, number)) {
            number += 1;
        }
        let name = numbered(&entries[entry].name, number);
        let new = self.entry(object, &name, Some(field()));
        self.objects[object].entries[last].again = Some(new);
        new
    }

    /// The object that a name stands for, which is new if it had none; `None` if it would lie too deep.
    pub(super) fn inner(&mut self, object: usize, entry: usize) -> Option<usize> {
        let new = self.objects.len();
        let Object { depth, entries, prefix, .. } = &mut self.objects[object];
        let (depth, entry) = (*depth + 1, &mut entries[entry]);
        if entry.object.is_none() && depth <= DEEPEST {
            let prefix = format!("{prefix}{}.", entry.name);
            entry.object = Some(new);
            self.objects.push(Object { prefix, depth, ..Object::default() });
            return Some(new);
        }
        entry.object
    }

    /// Gives each field another index, or none. The fields of an object come in the order of its names, each before those of the object
    /// of the same name.
    pub(super) fn renumber(&mut self, mut index: impl FnMut(usize, &str, bool) -> Option<usize>) {
        // The names that are still to come, the next one last.
        let mut open = vec![(Self::ROW, 0)];
        while let Some((object, at)) = open.pop() {
            let Object { prefix, entries, .. } = &mut self.objects[object];
            let Some(entry) = entries.get_mut(at) else { continue };
            let name = format!("{prefix}{}", entry.name);
            entry.field = entry.field.and_then(|field| index(field, &name, entry.object.is_some()));
            open.push((object, at + 1));
            open.extend(entry.object.map(|inner| (inner, 0)));
        }
    }

    /// Adds a field by the name of its column, whose dots may separate the names of objects or be part of a name. A field that this name
    /// has already is replaced if `replaces` says so. Returns whether the field was added.
    pub(super) fn insert(&mut self, name: &str, field: usize, replaces: &dyn Fn(usize) -> bool) -> bool {
        self.insert_into(Self::ROW, name, field, replaces)
    }

    fn insert_into(&mut self, object: usize, name: &str, field: usize, replaces: &dyn Fn(usize) -> bool) -> bool {
        let mut is_added = false;
        for (dot, _) in name.match_indices('.') {
            let is_first = !name[..dot].contains('.');
            // Names that no row has shown are all taken as names of objects, or all as parts of one name.
            let inner = match self.objects[object].find(&name[..dot], 0) {
                Some(entry) if is_first => self.inner(object, entry),
                Some(entry) => self.objects[object].entries[entry].object,
                None if is_first => {
                    let entry = self.entry(object, &name[..dot], None);
                    self.inner(object, entry)
                }
                None => None,
            };
            is_added |= inner.is_some_and(|inner| self.insert_into(inner, &name[dot + 1..], field, replaces));
        }
        let entry = self.entry(object, name, None);
        let Entry { field: known, object, .. } = &mut self.objects[object].entries[entry];
        if known.map_or(object.is_none(), replaces) {
            *known = Some(field);
            is_added = true;
        }
        is_added
    }
}

impl Object {
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The index of a name, which is probably the expected one: rows usually have their names in one order.
    pub(super) fn find(&self, name: &str, expected: usize) -> Option<usize> {
        if self.entries.get(expected).is_some_and(|entry| entry.name == name) { Some(expected) } else { self.by_name.get(name).copied() }
    }

    /// The name of a column, given a name of this object.
    pub(super) fn column(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}
