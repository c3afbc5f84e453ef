//! What is known of a row while its fields are parsed, and how each value goes to its target.

use polars::prelude::AnyValue;
use serde::de::Error as Unfit;

use super::cell::Cell;
use super::fault::{BadValue, RowFault};
use super::plan::{Plan, Target};
use super::text_value::TextValue;
use super::tree::Entry;
use crate::fault::Flaw;
use crate::labels::RowLabels;

/// The row that is being parsed.
pub(super) struct RowState<'a> {
    pub(super) plan: &'a Plan<'a>,
    /// Whether each field has occurred in the current row.
    seen: Vec<bool>,
    /// The numbers of the last list.
    pub(super) list: Vec<f64>,
    /// Whether the row is wanted, by its label or by the conditions.
    wanted: bool,
    /// The labels of all rows so far.
    pub(super) labels: RowLabels,
    /// The value of each field that is passed through.
    pub(super) kept: Vec<AnyValue<'static>>,
    pub(super) fault: Option<RowFault>,
}

impl<'a> RowState<'a> {
    pub(super) fn new(plan: &'a Plan<'a>) -> Self {
        let (seen, kept) = (vec![false; plan.targets.len()], vec![AnyValue::Null; plan.request.kept.len()]);
        Self { plan, seen, list: Vec::new(), wanted: true, labels: RowLabels::default(), kept, fault: None }
    }

    /// Begins the next row.
    pub(super) fn begin(&mut self) {
        self.seen.fill(false);
        self.kept.fill(AnyValue::Null);
        self.wanted = true;
    }

    /// Ends the row: the fields that did not occur are missing. Returns whether the row is delivered.
    pub(super) fn end(&mut self, values: &mut [f64]) -> Result<bool, BadValue> {
        let plan = self.plan;
        for &field in &plan.needed {
            if !self.seen[field] {
                self.take(field, Cell::Null, values)?;
            }
        }
        let is_delivered = self.wanted || plan.request.with_labels;
        if is_delivered && !plan.request.accepts(values) {
            return Err(plan.refused(values));
        }
        Ok(is_delivered)
    }

    /// Uses the value of a field. The numbers of a list are in `self.list`.
    pub(super) fn value<E: Unfit>(&mut self, field: usize, cell: Cell, values: &mut [f64]) -> Result<(), E> {
        self.take(field, cell, values).map_err(|bad| self.stopped(RowFault::Value(bad)))
    }

    /// What a name stands for: an entry, or, if that occurred in the row, the entry for the next time.
    pub(super) fn unused<'o>(&self, entries: &'o [Entry], entry: usize) -> &'o Entry {
        let mut entry = &entries[entry];
        while let (Some(again), Some(field)) = (entry.again, entry.field)
            && self.seen[field]
        {
            entry = &entries[again];
        }
        entry
    }

    /// Notes that a field occurs, which it must not have done before.
    pub(super) fn occurs<E: Unfit>(&mut self, field: usize) -> Result<(), E> {
        if std::mem::replace(&mut self.seen[field], true) {
            return Err(self.stopped(RowFault::Value(BadValue { field, element: None, flaw: Flaw::Twice })));
        }
        Ok(())
    }

    /// Notes a fault. The caller of the parser reports it: the message of the error that it returns is never shown.
    pub(super) fn stopped<E: Unfit>(&mut self, fault: RowFault) -> E {
        self.fault = Some(fault);
        E::custom("stopped")
    }

    fn take(&mut self, field: usize, cell: Cell, values: &mut [f64]) -> Result<(), BadValue> {
        let (plan, target) = (self.plan, &self.plan.targets[field]);
        let bad = |element, flaw| BadValue { field, element, flaw };
        if let Some(element) = target.label {
            let label = self.text(&cell, element);
            let normal = label.and_then(|label| self.labels.push(label.as_bytes(), plan.request.normal.as_deref()));
            self.wanted = normal.ok_or_else(|| bad(Some(element), Flaw::Label(cell.described())))?;
        }
        if let Some((test, element)) = target.test {
            self.wanted &= plan.request.tests[test].is_met(&self.text(&cell, element).unwrap_or_default());
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

    /// The text of a value, or of an element of the last list; `None` for a missing one.
    fn text(&self, cell: &Cell, element: usize) -> Option<String> {
        match cell {
            Cell::List { .. } => self.list.get(element).map(f64::to_string),
            Cell::Null | Cell::Other(_) => None,
            cell => Some(cell.described()),
        }
    }

    fn features(&self, field: usize, cell: &Cell, values: &mut [f64]) -> Result<(), BadValue> {
        let Target { features, is_list, .. } = &self.plan.targets[field];
        if let (false, Some(value), [Some(feature)]) = (is_list, cell.number(), &features[..]) {
            values[*feature] = value;
            return Ok(());
        }
        let bad = |element, flaw| Err(BadValue { field, element, flaw });
        let tolerates = self.plan.request.missing.tolerates();
        let is_list = *is_list;
        let text = if let Cell::Text(text) = cell { Some((text, self.plan.texts.read(text))) } else { None };
        match cell {
            Cell::Null if tolerates => {}
            Cell::Null if !self.plan.fields.is_seen(field) => return bad(None, Flaw::Unseen),
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
            cell => match (is_list, text, &features[..]) {
                (false, Some((_, TextValue::Number(value))), [Some(feature)]) => values[*feature] = value,
                (_, Some((_, TextValue::Missing)), _) if tolerates => {}
                (_, Some((text, TextValue::Missing)), _) => return bad(None, Flaw::Missing(text.clone())),
                (false, Some((text, TextValue::Text)), _) => return bad(None, self.plan.texts.flaw(text.clone())),
                (true, None, _) if cell.number().is_some() => {
                    return bad(None, Flaw::Unlike { found: cell.described(), expected: "list".into() });
                }
                _ => return bad(None, Flaw::NotANumber(cell.described())),
            },
        }
        Ok(())
    }
}
