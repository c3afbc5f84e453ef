//! A look at the first rows, which tell the fields.

use std::fmt;

use polars::prelude::DataType;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::bare_words;
use super::blocks::Blocks;
use super::cell::{Cell, CellSeed};
use super::fault::not_json;
use super::fields::{Field, Fields};
use super::text_value::{TextReading, TextValue};
use super::tree::Tree;
use crate::error::Error;
use crate::formats::frames::schema::{Layout, Stored};
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

/// The plain values of a field.
struct Found {
    /// The layout and the number of features, by the first value that is neither missing nor a string.
    layout: Option<(Layout, usize)>,
    /// The type in which the values are passed through.
    kind: DataType,
    /// The number of values that are numbers, in strings or not.
    numbers: usize,
    numbers_in_strings: usize,
    /// The number of strings that are no numbers.
    texts: usize,
    /// The number of these that are numbers to people, such as `45 %`.
    notations: usize,
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
                for (index, row) in part.rows().enumerate().filter(|(_, row)| !row.trim_ascii().is_empty()).take(FIRST_ROWS - rows) {
                    // With words for numbers that JSON does not have, a row is looked at once more, from its beginning.
                    let row = row.trim_ascii_end();
                    let parsed = self.row(row).or_else(|error| bare_words::as_nulls(row).map_or(Err(error), |row| self.row(&row)));
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

impl Found {
    fn new() -> Self {
        Self { layout: None, kind: DataType::Null, numbers: 0, numbers_in_strings: 0, texts: 0, notations: 0 }
    }

    /// Adds a value. `elements` is its length if it is a list.
    fn add(&mut self, cell: &Cell, elements: usize, texts: &TextReading) {
        let (kind, layout) = match cell {
            Cell::Null => return,
            Cell::Bool(_) => (DataType::Boolean, Some((Layout::Number, 1))),
            Cell::Int(_) => (DataType::Int64, Some((Layout::Number, 1))),
            Cell::Number(_) => (DataType::Float64, Some((Layout::Number, 1))),
            Cell::Text(_) => (DataType::String, None),
            // A list without elements would give no features and hide the elements of later rows.
            Cell::List { .. } if elements == 0 => {
                (DataType::String, Some((Layout::Other("a list that is empty in the first row".into()), 1)))
            }
            Cell::List { .. } if self.layout.is_none() && self.kind == DataType::Null => {
                (DataType::List(Box::new(DataType::Float64)), Some((Layout::List, elements)))
            }
            Cell::List { .. } => (DataType::String, Some((Layout::List, elements))),
            Cell::Other(kind) => (DataType::String, Some((Layout::Other((*kind).into()), 1))),
        };
        match cell {
            Cell::Text(text) => match texts.read(text) {
                TextValue::Number(_) => (self.numbers, self.numbers_in_strings) = (self.numbers + 1, self.numbers_in_strings + 1),
                TextValue::Text => {
                    self.texts += 1;
                    self.notations += usize::from(texts.is_number_to_people(text));
                }
                TextValue::Missing => {}
            },
            cell => self.numbers += usize::from(cell.number().is_some()),
        }
        // A number, an object or a list before the first string decides whether a field is a feature; else the strings do.
        if self.layout.is_none() && self.numbers_in_strings + self.texts == 0 {
            self.layout = layout;
        }
        self.kind = match (&self.kind, kind) {
            (DataType::Null, kind) => kind,
            (DataType::Int64, DataType::Float64) | (DataType::Float64, DataType::Int64) => DataType::Float64,
            (known, kind) if *known == kind || matches!(known, DataType::List(_)) => known.clone(),
            _ => DataType::String,
        };
    }

    fn into_field(self, name: &str) -> Field {
        // Among strings, numbers decide only if they are most of the values. A field of nothing but missing values may hold numbers, and the first
        // number in another notation is an error of the pass.
        let is_number = self.numbers > self.texts || self.texts == self.notations;
        let by_strings = || if is_number { Layout::Number } else { Layout::Other("text".into()) };
        let (layout, width) = self.layout.unwrap_or_else(|| (by_strings(), 1));
        let in_strings = layout == Layout::Number && self.numbers_in_strings > 0;
        Field { stored: Stored { name: name.into(), layout, width, exact_in_f32: false }, kept_type: self.kind, in_strings }
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
