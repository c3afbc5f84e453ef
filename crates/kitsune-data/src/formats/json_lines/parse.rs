use std::path::Path;

use memchr::memchr;
use polars::prelude::{AnyValue, Column, DataFrame, Series};

use super::plan::Plan;
use super::row::{Bad, RowParser, Trouble};
use crate::error::{Error, TextError};
use crate::fault::{Position, RowPosition};
use crate::formats::columns::element_name;
use crate::formats::frames::schema::Layout;
use crate::formats::table::Piece;
use crate::rows::Values;

/// The good rows of a text.
pub(super) struct Parsed {
    values: Vec<f64>,
    rows: usize,
    /// Whether each row is an anomaly by its label, where that was asked for.
    labels: Option<Vec<bool>>,
    left_out: usize,
    /// One for each field that is carried along.
    kept: Vec<Vec<AnyValue<'static>>>,
    /// What is wrong with the row after them.
    problem: Option<Error>,
}

/// Parses whole lines; blank ones hold nothing.
pub(super) fn lines(file: &Path, text: &[u8], first_line: u64, plan: &Plan<'_>) -> Parsed {
    let width = plan.request.features.len();
    let kept = vec![Vec::new(); plan.request.kept.len()];
    let mut parsed =
        Parsed { values: Vec::new(), rows: 0, labels: plan.request.with_labels.then(Vec::new), left_out: 0, kept, problem: None };
    let mut row = RowParser::new(plan);
    let (mut rest, mut line) = (text, first_line);
    while !rest.is_empty() {
        let (content, after) = rest.split_at(memchr(b'\n', rest).map_or(rest.len(), |end| end + 1));
        rest = after;
        if !content.trim_ascii().is_empty() {
            let start = parsed.values.len();
            parsed.values.resize(start + width, f64::NAN);
            match row.parse(content, &mut parsed.values[start..]) {
                Ok(is_normal) if is_normal || plan.request.with_labels => {
                    parsed.rows += 1;
                    parsed.labels.iter_mut().for_each(|labels| labels.push(!is_normal));
                    for (column, value) in parsed.kept.iter_mut().zip(&mut row.kept) {
                        column.push(std::mem::replace(value, AnyValue::Null));
                    }
                }
                Ok(_) => {
                    parsed.left_out += 1;
                    parsed.values.truncate(start);
                }
                Err(trouble) => {
                    parsed.values.truncate(start);
                    parsed.problem = Some(error(trouble, file, line, plan));
                    break;
                }
            }
        }
        line += 1;
    }
    parsed
}

impl Parsed {
    pub(super) fn into_piece(self, bytes: u64, plan: &Plan<'_>) -> (Piece, Option<Error>) {
        let column = |(values, &field): (Vec<AnyValue<'static>>, &usize)| {
            let (name, kind) = (plan.fields.stored()[field].name.as_str().into(), plan.fields.kept_type(field));
            Series::from_any_values_and_dtype(name, &values, &kind, false).map(Column::from)
        };
        let kept: Result<Vec<_>, _> = self.kept.into_iter().zip(&plan.request.kept).map(column).collect();
        // Each value was made for the type of its column, and there is one for each row.
        let kept = kept.and_then(|columns| DataFrame::new(self.rows, columns)).unwrap_or_else(|_| DataFrame::empty_with_height(self.rows));
        (Piece { values: Values::F64(self.values), kept, labels: self.labels, left_out: self.left_out, bytes, more: false }, self.problem)
    }
}

fn error(trouble: Trouble, file: &Path, line: u64, plan: &Plan<'_>) -> Error {
    match trouble {
        Trouble::Json(error) => TextError::NotJson { file: file.into(), line, reason: reason(&error) }.into(),
        Trouble::Unknown(name) => TextError::UnknownField { file: file.into(), line, name }.into(),
        Trouble::Value(Bad { field, element, flaw }) => {
            let stored = &plan.fields.stored()[field];
            let name = match element {
                Some(element) if stored.layout == Layout::List => element_name(&stored.name, element),
                _ => stored.name.clone(),
            };
            Error::Value {
                position: Position { file: file.into(), row: RowPosition::Line(line), column: field + 1, name: Some(name) },
                flaw,
            }
        }
    }
}

/// What serde says, without the line, which for it is always the first one.
pub(super) fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    format!("{what} (character {})", error.column())
}
