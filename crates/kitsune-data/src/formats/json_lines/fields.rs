//! The fields of NDJSON files, taken from the first rows.

use std::collections::HashMap;
use std::fmt;

use polars::prelude::DataType;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::fault::not_json;
use crate::error::Error;
use crate::formats::frames::schema::{Layout, Stored};
use crate::formats::text_chunks::{Chunks, end_of_lines};
use crate::locations::data_file::DataFile;

/// The number of rows that give the fields.
const FIRST_ROWS: usize = 1_000;
/// The number of bytes of rows that give the fields, if these are fewer rows.
const FIRST_BYTES: usize = 1 << 20;

/// The fields of the rows, in the order in which the first rows name them.
#[derive(Debug, Default)]
pub(super) struct Fields {
    stored: Vec<Stored>,
    /// The type in which each field is passed through.
    types: Vec<DataType>,
    by_name: HashMap<String, usize>,
}

impl Fields {
    pub(super) fn of(files: &[DataFile]) -> Result<Self, Error> {
        let mut fields = Self::default();
        for file in files {
            let mut chunks = Chunks::new(file.name(), file.open()?, FIRST_BYTES, end_of_lines)?;
            let Some(chunk) = chunks.next()? else { continue };
            for (index, line) in chunk.text.split(|&byte| byte == b'\n').enumerate().take(FIRST_ROWS) {
                if line.trim_ascii().is_empty() {
                    continue;
                }
                let parsed = serde_json::from_slice(line);
                let Row(row) = parsed.map_err(|error| not_json(&error, file.name(), chunk.line + index as u64))?;
                for (name, value) in &row {
                    fields.add(name, value);
                }
            }
            // A file of blank lines has no fields, so the next file is read.
            if !fields.stored.is_empty() {
                break;
            }
        }
        Ok(fields)
    }

    fn add(&mut self, name: &str, value: &Value) {
        let field = *self.by_name.entry(name.to_owned()).or_insert_with(|| {
            self.stored.push(Stored { name: name.to_owned(), layout: Layout::Number, width: 1, exact_in_f32: false });
            self.types.push(DataType::Null);
            self.stored.len() - 1
        });
        let (stored, kind) = (&mut self.stored[field], &mut self.types[field]);
        let found = match value {
            Value::Null => return,
            Value::Bool(_) => DataType::Boolean,
            Value::Number(number) if number.is_i64() => DataType::Int64,
            Value::Number(_) => DataType::Float64,
            _ => DataType::String,
        };
        *kind = match (&*kind, found) {
            // The first value that is not null decides whether a field is a feature.
            (DataType::Null, found) => {
                (stored.layout, stored.width) = layout(value);
                if stored.layout == Layout::List { DataType::List(Box::new(DataType::Float64)) } else { found }
            }
            (DataType::Int64, DataType::Float64) | (DataType::Float64, DataType::Int64) => DataType::Float64,
            (kind, found) if *kind == found || matches!(kind, DataType::List(_)) => kind.clone(),
            _ => DataType::String,
        };
    }

    pub(super) fn stored(&self) -> &[Stored] {
        &self.stored
    }

    pub(super) fn by_name(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The type in which a field is passed through. Fields of mixed values or of lists of other things than numbers are text.
    pub(super) fn kept_type(&self, field: usize) -> DataType {
        match &self.types[field] {
            DataType::Null => DataType::String,
            kind => kind.clone(),
        }
    }
}

/// The fields of a row, in its order.
struct Row(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RowVisitor)
    }
}

struct RowVisitor;

impl<'de> Visitor<'de> for RowVisitor {
    type Value = Row;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row, A::Error> {
        let mut row = Vec::new();
        while let Some(field) = map.next_entry()? {
            row.push(field);
        }
        Ok(Row(row))
    }
}

fn layout(value: &Value) -> (Layout, usize) {
    match value {
        // A list without elements would give no features and hide the elements of later rows.
        Value::Array(values) if values.is_empty() => (Layout::Other("a list that is empty in the first row".into()), 1),
        Value::Array(values) if values.iter().all(|value| value.is_number() || value.is_boolean() || value.is_null()) => {
            (Layout::List, values.len())
        }
        Value::Array(_) => (Layout::Other("a list of something else than numbers".into()), 1),
        Value::Object(_) => (Layout::Other("an object".into()), 1),
        Value::String(_) => (Layout::Other("text".into()), 1),
        Value::Null | Value::Bool(_) | Value::Number(_) => (Layout::Number, 1),
    }
}
