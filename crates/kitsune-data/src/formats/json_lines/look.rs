//! A look at the first rows, which tell the fields.

use std::fmt;

use polars::prelude::DataType;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::bare_words;
use super::blanks::{are_blank, trimmed_end};
use super::blocks::Blocks;
use super::cell::{Cell, CellSeed};
use super::fault::not_json;
use super::fields::Fields;
use super::found::Found;
use super::text_value::TextReading;
use super::tree::Tree;
use crate::error::Error;
use crate::locations::data_file::DataFile;

/// The number of rows that tell the fields.
const FIRST_ROWS: usize = 1_000;
/// The number of bytes of rows that tell the fields, if these are fewer rows.
const FIRST_BYTES: u64 = 4 << 20;
/// The number of bytes that are read at a time.
const BLOCK_BYTES: usize = 1 << 20;

/// The fields of the first file that has rows.
pub(super) fn look(files: &[DataFile], texts: &TextReading) -> Result<Fields, Error> {
    let mut look = Look { texts, tree: Tree::new(), found: Vec::new(), repeated: Vec::new(), is_first: true, list: Vec::new() };
    for file in files {
        if look.rows_of(file)? > 0 {
            break;
        }
    }
    Ok(look.into_fields())
}

/// What the first rows have shown.
struct Look<'a> {
    texts: &'a TextReading,
    /// Refers to what was found by its index.
    tree: Tree,
    /// What was found under each name, whether it has plain values or not.
    found: Vec<Found>,
    /// The fields whose names come more than once in the first row.
    repeated: Vec<usize>,
    /// Whether the row is the first one. A name that comes more than once in a later row only is a fault of that row.
    is_first: bool,
    /// The numbers of the last list.
    list: Vec<f64>,
}

impl Look<'_> {
    /// Looks at the first rows of a file and returns their number. Of a stream that is still being written, it awaits one row.
    fn rows_of(&mut self, file: &DataFile) -> Result<usize, Error> {
        let is_live = file.bytes().is_none();
        let mut blocks = Blocks::new(file.name(), file.open()?, BLOCK_BYTES)?;
        let (mut rows, mut bytes) = (0, 0);
        while rows == 0 || (!is_live && rows < FIRST_ROWS && bytes < FIRST_BYTES) {
            let Some(block) = blocks.next()? else { break };
            for part in block.parts(usize::MAX) {
                for (index, row) in part.rows().enumerate().filter(|(_, row)| !are_blank(row)).take(FIRST_ROWS - rows) {
                    let row = trimmed_end(row);
                    let without_words = bare_words::as_nulls(row);
                    let parsed = self.row(without_words.as_deref().unwrap_or(row));
                    parsed.map_err(|error| {
                        let line = error.line().saturating_sub(1) as u64;
                        not_json(&error, file.name(), part.position(index, line))
                    })?;
                    rows += 1;
                    self.is_first = false;
                }
            }
            bytes += block.length();
            if let Some(problem) = block.problem.filter(|_| rows < FIRST_ROWS) {
                return Err(problem);
            }
        }
        Ok(rows)
    }

    fn row(&mut self, row: &[u8]) -> Result<(), serde_json::Error> {
        let mut json = serde_json::Deserializer::from_slice(row);
        json.deserialize_map(Names { look: self, object: Tree::ROW }).and_then(|()| json.end())
    }

    /// The index of a name that may have come in the row before. `times` counts this for each name. The first row gives a name as many fields as
    /// it comes.
    fn again(&mut self, object: usize, entry: usize, times: &mut Vec<usize>) -> usize {
        times.resize(times.len().max(entry + 1), 0);
        times[entry] += 1;
        let Self { tree, found, repeated, is_first, .. } = self;
        if times[entry] == 1 || tree.objects()[object].entries()[entry].object.is_some() {
            return entry;
        }
        let new = || {
            repeated.push(found.len());
            found.push(Found::new());
            found.len() - 1
        };
        tree.again(object, entry, times[entry], is_first.then_some(new))
    }

    fn into_fields(self) -> Fields {
        let Self { mut tree, found, repeated, .. } = self;
        let mut new_names = Vec::new();
        let mut found: Vec<_> = found.into_iter().map(Some).collect();
        let mut fields = Vec::new();
        tree.renumber(|index, name, is_object| {
            // Where there are objects, nulls are objects that are missing.
            let found = found[index].take().filter(|found| !is_object || found.kind != DataType::Null)?;
            if repeated.contains(&index) {
                new_names.push(name.to_owned());
            }
            fields.push(found.into_field(name));
            Some(fields.len() - 1)
        });
        Fields::new(fields, tree, new_names)
    }
}

/// Visits the names of a row, or of an object inside it.
struct Names<'l, 'a> {
    look: &'l mut Look<'a>,
    object: usize,
}

impl<'de> Visitor<'de> for Names<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { look, object } = self;
        // The name that is expected next.
        let mut next = 0;
        let mut times = Vec::new();
        while let Some(mut entry) = map.next_key_seed(Name { look: &mut *look, object, next })? {
            next = entry + 1;
            entry = look.again(object, entry, &mut times);
            map.next_value_seed(NamedValue { look: &mut *look, object, entry })?;
        }
        Ok(())
    }
}

/// The index of a name in its object, to which a new name is added.
struct Name<'l, 'a> {
    look: &'l mut Look<'a>,
    object: usize,
    /// The index that is expected.
    next: usize,
}

impl<'de> DeserializeSeed<'de> for Name<'_, '_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_, '_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E>(self, name: &str) -> Result<usize, E> {
        let Look { tree, found, .. } = self.look;
        Ok(tree.objects()[self.object].find(name, self.next).unwrap_or_else(|| {
            found.push(Found::new());
            tree.entry(self.object, name, Some(found.len() - 1))
        }))
    }
}

/// Visits the value of a name.
struct NamedValue<'l, 'a> {
    look: &'l mut Look<'a>,
    object: usize,
    entry: usize,
}

impl NamedValue<'_, '_> {
    fn add<E>(self, cell: Result<Cell, E>) -> Result<(), E> {
        let Look { texts, tree, found, list, .. } = self.look;
        let cell = cell?;
        if let Some(field) = tree.objects()[self.object].entries()[self.entry].field {
            found[field].add(&cell, list.len(), texts);
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for NamedValue<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for NamedValue<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.add(Ok(Cell::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.add(Ok(Cell::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.add(Ok(Cell::Int(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.add(Ok(Cell::of_u64(value)))
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.add(Ok(Cell::Number(value)))
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.add(Ok(Cell::Text(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        let cell = CellSeed(&mut self.look.list).visit_seq(seq);
        self.add(cell)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let Self { look, object, entry } = self;
        if let Some(object) = look.tree.inner(object, entry) {
            return Names { look, object }.visit_map(map);
        }
        let cell = CellSeed(&mut look.list).visit_map(map);
        NamedValue { look, object, entry }.add(cell)
    }
}
