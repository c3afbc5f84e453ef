//! The parser of a row, which goes through the names of objects and hands each value to the state of the row.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as Unfit, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::bare_words;
use super::blanks::trimmed_end;
use super::cell::{Cell, CellSeed, json_text};
use super::fault::{BadRow, RowFault};
use super::row_state::RowState;
use super::tree::{Entry, Object, Tree};

/// Parses a row, fills in its features, which must be NaN before, and adds its label. Returns whether the row is delivered.
pub(super) fn parse(row: &mut RowState<'_>, text: &[u8], values: &mut [f64]) -> Result<bool, BadRow> {
    // Without its end of line, so that a row that ends too early ends on its own line.
    let text = trimmed_end(text);
    let labels = row.labels.len();
    let visited = match visit(row, text, values) {
        Err(bad @ BadRow { fault: RowFault::Json(_), .. }) => match bare_words::as_nulls(text) {
            Some(text) => {
                row.labels.truncate(labels);
                values.fill(f64::NAN);
                visit(row, &text, values)
            }
            None => Err(bad),
        },
        visited => visited,
    };
    visited.and_then(|()| row.end(values).map_err(|bad| BadRow { fault: RowFault::Value(bad), line: 0 }))
}

/// Visits the names of a row from its beginning.
fn visit(row: &mut RowState<'_>, text: &[u8], values: &mut [f64]) -> Result<(), BadRow> {
    row.begin();
    let mut json = serde_json::Deserializer::from_slice(text);
    let names = Names { row: &mut *row, values, object: Tree::ROW };
    json.deserialize_map(names).and_then(|()| json.end()).map_err(|error| {
        let line = error.line().saturating_sub(1) as u64;
        BadRow { fault: row.fault.take().unwrap_or(RowFault::Json(error)), line }
    })
}

/// Visits the names of a row, or of an object inside it.
struct Names<'r, 'a> {
    row: &'r mut RowState<'a>,
    values: &'r mut [f64],
    object: usize,
}

impl<'de> Visitor<'de> for Names<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { row, values, object } = self;
        let plan = row.plan;
        let names = &plan.fields.tree().objects()[object];
        // The name that is expected next.
        let mut next = 0;
        while let Some(name) = map.next_key_seed(Name { names, next })? {
            let entry = match name {
                Ok(entry) => {
                    next = entry + 1;
                    row.unused(names.entries(), entry)
                }
                Err(_) if plan.request.picked => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
                Err(name) => return Err(row.stopped(RowFault::Unknown(names.column(&name)))),
            };
            if let Some(inner) = entry.object {
                if plan.passed_over[inner] && entry.again.is_none() && entry.field.is_none_or(|field| !plan.targets[field].is_needed()) {
                    map.next_value::<IgnoredAny>()?;
                } else {
                    map.next_value_seed(InnerValue { row: &mut *row, values: &mut *values, outer: names, entry, inner })?;
                }
                continue;
            }
            let Some(field) = entry.field else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            row.occurs::<A::Error>(field)?;
            let target = &plan.targets[field];
            if !target.is_needed() {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let cell = if target.kept_as_json { json_text(&map.next_value()?) } else { map.next_value_seed(CellSeed(&mut row.list))? };
            row.value::<A::Error>(field, cell, values)?;
        }
        Ok(())
    }
}

/// Visits the value of a name that is an object in some rows, and may be a plain value in others.
struct InnerValue<'r, 'a> {
    row: &'r mut RowState<'a>,
    values: &'r mut [f64],
    /// The object that has the name, and the name.
    outer: &'a Object,
    entry: &'a Entry,
    /// The index of the object that the name stands for.
    inner: usize,
}

impl InnerValue<'_, '_> {
    /// Takes a value that is no object.
    fn plain<E: Unfit>(self, cell: Cell) -> Result<(), E> {
        let Self { row, values, outer, entry, .. } = self;
        match entry.field {
            Some(field) => {
                row.occurs::<E>(field)?;
                row.value(field, cell, values)
            }
            // The fields of an object that is not there are missing.
            None if matches!(cell, Cell::Null) || row.plan.request.picked => Ok(()),
            None => Err(row.stopped(RowFault::NoObject(outer.column(&entry.name), cell.described()))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for InnerValue<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.entry.field.is_none_or(|field| !self.row.plan.targets[field].kept_as_json) {
            return deserializer.deserialize_any(self);
        }
        match Value::deserialize(deserializer)? {
            object @ Value::Object(_) => object.deserialize_any(self).map_err(D::Error::custom),
            value => self.plain(json_text(&value)),
        }
    }
}

impl<'de> Visitor<'de> for InnerValue<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Unfit>(self) -> Result<(), E> {
        self.plain(Cell::Null)
    }

    fn visit_bool<E: Unfit>(self, value: bool) -> Result<(), E> {
        self.plain(Cell::Bool(value))
    }

    fn visit_i64<E: Unfit>(self, value: i64) -> Result<(), E> {
        self.plain(Cell::Int(value))
    }

    fn visit_u64<E: Unfit>(self, value: u64) -> Result<(), E> {
        self.plain(Cell::of_u64(value))
    }

    fn visit_f64<E: Unfit>(self, value: f64) -> Result<(), E> {
        self.plain(Cell::Number(value))
    }

    fn visit_str<E: Unfit>(self, text: &str) -> Result<(), E> {
        self.plain(Cell::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        let cell = CellSeed(&mut self.row.list).visit_seq(seq)?;
        self.plain(cell)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        Names { row: self.row, values: self.values, object: self.inner }.visit_map(map)
    }
}

/// The index of a name in its object, or the name if it is unknown.
struct Name<'o> {
    names: &'o Object,
    /// The index that is expected.
    next: usize,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Result<usize, String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Result<usize, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.names.find(name, self.next).ok_or_else(|| name.to_owned()))
    }
}
