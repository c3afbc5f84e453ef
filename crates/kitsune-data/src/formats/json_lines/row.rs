//! The parser of a row, which writes each value of an object straight to its target.

use std::fmt;

use polars::prelude::AnyValue;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::cell::{Cell, CellSeed};
use super::fault::{BadValue, RowFault};
use super::plan::Plan;
use crate::fault::Flaw;
use crate::formats::frames::schema::Layout;

/// Parses one row after another.
pub(super) struct RowParser<'a> {
    plan: &'a Plan<'a>,
    /// Whether each field has occurred in the current row.
    seen: Vec<bool>,
    /// The field that is expected next. Rows usually name their fields in one order.
    next: usize,
    /// The numbers of the last list.
    list: Vec<f64>,
    normal: bool,
    /// The value of each field that is passed through.
    pub(super) kept: Vec<AnyValue<'static>>,
    fault: Option<RowFault>,
}

impl<'a> RowParser<'a> {
    pub(super) fn new(plan: &'a Plan<'a>) -> Self {
        let (seen, kept) = (vec![false; plan.targets.len()], vec![AnyValue::Null; plan.request.kept.len()]);
        Self { plan, seen, next: 0, list: Vec::new(), normal: true, kept, fault: None }
    }

    /// Fills in the features, which must be NaN before. Returns whether the row is normal by its label.
    pub(super) fn parse(&mut self, line: &[u8], values: &mut [f64]) -> Result<bool, RowFault> {
        self.seen.fill(false);
        self.kept.fill(AnyValue::Null);
        (self.next, self.normal) = (0, true);
        let mut json = serde_json::Deserializer::from_slice(line);
        let parsed = json.deserialize_map(RowVisitor { row: self, values }).and_then(|()| json.end());
        if let Err(error) = parsed {
            return Err(self.fault.take().unwrap_or(RowFault::Json(error)));
        }
        for field in 0..self.seen.len() {
            if !self.seen[field] {
                self.take(field, Cell::Null, values).map_err(RowFault::Value)?;
            }
        }
        let is_left_out = !self.normal && !self.plan.request.with_labels;
        if !is_left_out && !self.plan.request.accepts(values) {
            return Err(RowFault::Value(self.plan.refused(values)));
        }
        Ok(self.normal)
    }

    /// Uses the value of a field. The numbers of a list are in `self.list`.
    fn take(&mut self, field: usize, cell: Cell, values: &mut [f64]) -> Result<(), BadValue> {
        let (plan, target) = (self.plan, &self.plan.targets[field]);
        let bad = |element, flaw| BadValue { field, element, flaw };
        if let Some(element) = target.label {
            let label = match cell {
                Cell::List { .. } => self.list.get(element).copied(),
                ref cell => cell.number(),
            };
            let label = label.filter(|label| label.is_finite());
            let label = label.ok_or_else(|| bad(Some(element), Flaw::Label(cell.described())))?;
            self.normal = label == 0.0;
        }
        if target.is_feature() {
            self.features(field, &cell, values)?;
        }
        if let Some(kept) = target.kept {
            let expected = plan.fields.kept_type(field);
            let found = cell.described();
            let value = cell.into_any(&expected, &self.list);
            self.kept[kept] = value.ok_or_else(|| bad(None, Flaw::Unlike { found, expected: expected.to_string() }))?;
        }
        Ok(())
    }

    fn features(&self, field: usize, cell: &Cell, values: &mut [f64]) -> Result<(), BadValue> {
        let features = &self.plan.targets[field].features;
        let bad = |element, flaw| Err(BadValue { field, element, flaw });
        let tolerates = self.plan.request.missing.tolerates();
        let is_list = self.plan.fields.stored()[field].layout == Layout::List;
        match cell {
            Cell::Null if tolerates => {}
            Cell::Null => return bad(None, Flaw::Null),
            Cell::List { .. } if is_list && self.list.len() != features.len() => {
                return bad(None, Flaw::Length { found: self.list.len(), expected: features.len() });
            }
            Cell::List { null: Some(element) } if is_list && !tolerates => return bad(Some(*element), Flaw::Null),
            Cell::List { .. } if is_list => {
                for (feature, &value) in features.iter().zip(&self.list) {
                    if let Some(feature) = *feature {
                        values[feature] = value;
                    }
                }
            }
            cell => match (is_list, cell.number(), &features[..]) {
                (false, Some(value), [Some(feature)]) => values[*feature] = value,
                _ => return bad(None, Flaw::NotANumber(cell.described())),
            },
        }
        Ok(())
    }

    fn field(&mut self, name: &str) -> Option<usize> {
        let stored = self.plan.fields.stored();
        let field =
            if stored.get(self.next).is_some_and(|stored| stored.name == name) { Some(self.next) } else { self.plan.fields.by_name(name) };
        self.next = field.map_or(self.next, |field| field + 1);
        field
    }
}

/// Visits the fields of a row.
struct RowVisitor<'r, 'a> {
    row: &'r mut RowParser<'a>,
    values: &'r mut [f64],
}

impl<'de> Visitor<'de> for RowVisitor<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { row, values } = self;
        // The caller reports the fault: this message of serde is never shown.
        let stopped = || A::Error::custom("stopped");
        while let Some(name) = map.next_key_seed(Name(row))? {
            let field = match name {
                Ok(field) => field,
                Err(_) if row.plan.request.picked => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
                Err(name) => {
                    row.fault = Some(RowFault::Unknown(name));
                    return Err(stopped());
                }
            };
            if std::mem::replace(&mut row.seen[field], true) {
                row.fault = Some(RowFault::Value(BadValue { field, element: None, flaw: Flaw::Twice }));
                return Err(stopped());
            }
            let target = &row.plan.targets[field];
            if !target.is_needed() {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let cell = if target.kept_as_json {
                match map.next_value::<Value>()? {
                    Value::Null => Cell::Null,
                    value => Cell::Text(value.to_string()),
                }
            } else {
                map.next_value_seed(CellSeed(&mut row.list))?
            };
            if let Err(bad) = row.take(field, cell, values) {
                row.fault = Some(RowFault::Value(bad));
                return Err(stopped());
            }
        }
        Ok(())
    }
}

/// The index of a field, or its name if it is unknown.
struct Name<'r, 'a>(&'r mut RowParser<'a>);

impl<'de> DeserializeSeed<'de> for Name<'_, '_> {
    type Value = Result<usize, String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_, '_> {
    type Value = Result<usize, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.field(name).ok_or_else(|| name.to_owned()))
    }
}
