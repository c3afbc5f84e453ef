//! The value of a field, and how it is parsed.

use std::fmt;

use polars::prelude::{AnyValue, DataType, NamedFrom, Series};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// The value of a field.
pub(super) enum Cell {
    Null,
    Bool(bool),
    Int(i64),
    Number(f64),
    Text(String),
    /// A list of numbers, and the index of its first null, if it has any.
    List {
        null: Option<usize>,
    },
    /// A value that is no number, text or list of numbers, with its description.
    Other(&'static str),
}

impl Cell {
    pub(super) fn of_u64(value: u64) -> Self {
        i64::try_from(value).map_or(Self::Number(value as f64), Self::Int)
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Bool(value) => Some(f64::from(u8::from(*value))),
            Self::Int(value) => Some(*value as f64),
            Self::Number(value) => Some(*value),
            _ => None,
        }
    }

    /// The value as messages show it.
    pub(super) fn described(&self) -> String {
        match self {
            Self::Null => "missing (null)".into(),
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Number(value) => value.to_string(),
            Self::Text(text) => text.clone(),
            Self::List { .. } => "a list".into(),
            Self::Other(kind) => (*kind).into(),
        }
    }

    /// The value in the type of a column, unless it does not fit.
    pub(super) fn into_any(self, kind: &DataType, list: &[f64]) -> Option<AnyValue<'static>> {
        Some(match (self, kind) {
            (Self::Null, _) => AnyValue::Null,
            (Self::Bool(value), DataType::Boolean) => AnyValue::Boolean(value),
            (Self::Int(value), DataType::Int64) => AnyValue::Int64(value),
            (Self::Int(value), DataType::Float64) => AnyValue::Float64(value as f64),
            (Self::Number(value), DataType::Float64) => AnyValue::Float64(value),
            (Self::List { .. }, DataType::List(_)) => AnyValue::List(Series::new("".into(), list)),
            (Self::Text(text), DataType::String) => AnyValue::StringOwned(text.into()),
            (cell @ (Self::Bool(_) | Self::Int(_) | Self::Number(_)), DataType::String) => AnyValue::StringOwned(cell.described().into()),
            _ => return None,
        })
    }
}

/// The text of a value as JSON writes it.
pub(super) fn json_text(value: &Value) -> Cell {
    if value.is_null() { Cell::Null } else { Cell::Text(value.to_string()) }
}

/// Parses any value. The numbers of a list are written to the vector.
pub(super) struct CellSeed<'r>(pub(super) &'r mut Vec<f64>);

impl<'de> DeserializeSeed<'de> for CellSeed<'_> {
    type Value = Cell;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cell, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for CellSeed<'_> {
    type Value = Cell;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Cell, E> {
        Ok(Cell::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Cell, E> {
        Ok(Cell::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Cell, E> {
        Ok(Cell::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Cell, E> {
        Ok(Cell::of_u64(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Cell, E> {
        Ok(Cell::Number(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cell, E> {
        Ok(Cell::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Cell, A::Error> {
        self.0.clear();
        let (mut null, mut other) = (None, None);
        while let Some(element) = seq.next_element_seed(ElementSeed)? {
            if matches!(element, Cell::Null) {
                null.get_or_insert(self.0.len());
            } else if element.number().is_none() {
                other = Some(Cell::Other("a list of something else than numbers"));
            }
            self.0.push(element.number().unwrap_or(f64::NAN));
        }
        Ok(other.unwrap_or(Cell::List { null }))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cell, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Cell::Other("an object"))
    }
}

/// Parses an element of a list, which must not be a list itself.
struct ElementSeed;

impl<'de> DeserializeSeed<'de> for ElementSeed {
    type Value = Cell;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cell, D::Error> {
        let mut list = Vec::new();
        deserializer.deserialize_any(CellSeed(&mut list)).map(|cell| match cell {
            Cell::List { .. } => Cell::Other("a list"),
            cell => cell,
        })
    }
}
