//! What a pass does with each field.

use super::fault::BadValue;
use super::fields::Fields;
use crate::fault::Flaw;
use crate::formats::frames::schema::Layout;
use crate::formats::table::Request;

/// What a pass does with each field, computed once.
pub(super) struct Plan<'a> {
    pub(super) fields: &'a Fields,
    pub(super) request: &'a Request,
    /// The target of each field.
    pub(super) targets: Vec<Target>,
}

/// What the value of a field is used for.
pub(super) struct Target {
    /// The feature that each of its elements becomes. A plain value has one element.
    pub(super) features: Vec<Option<usize>>,
    /// The index of the element that is the label.
    pub(super) label: Option<usize>,
    /// The index among the columns that are passed through.
    pub(super) kept: Option<usize>,
    /// Whether the value is passed through as the text of its JSON.
    pub(super) kept_as_json: bool,
}

impl Target {
    pub(super) fn is_feature(&self) -> bool {
        self.features.iter().any(Option::is_some)
    }

    pub(super) fn is_needed(&self) -> bool {
        self.is_feature() || self.label.is_some() || self.kept.is_some()
    }
}

impl<'a> Plan<'a> {
    pub(super) fn new(fields: &'a Fields, request: &'a Request) -> Self {
        let mut features = vec![None; fields.stored().iter().map(|stored| stored.width).sum()];
        for (feature, &column) in request.features.iter().enumerate() {
            features[column] = Some(feature);
        }
        let mut first = 0;
        let mut targets = Vec::with_capacity(fields.stored().len());
        for (field, stored) in fields.stored().iter().enumerate() {
            let columns = first..first + stored.width;
            first = columns.end;
            let kept = request.kept.iter().position(|&kept| kept == field);
            targets.push(Target {
                label: request.label.filter(|label| columns.contains(label)).map(|label| label - columns.start),
                features: features[columns].to_vec(),
                kept,
                kept_as_json: kept.is_some() && matches!(&stored.layout, Layout::Other(kind) if kind != "text"),
            });
        }
        Self { fields, request, targets }
    }

    /// The first value of a row that cannot be the value of a feature.
    pub(super) fn refused(&self, values: &[f64]) -> BadValue {
        let bad = |(field, target): (usize, &Target)| {
            target.features.iter().enumerate().find_map(|(element, feature)| {
                let flaw = self.request.flaw(values[(*feature)?])?;
                Some(BadValue { field, element: Some(element), flaw })
            })
        };
        let flaw = Flaw::NotFinite("a value".into());
        self.targets.iter().enumerate().find_map(bad).unwrap_or(BadValue { field: 0, element: None, flaw })
    }
}
