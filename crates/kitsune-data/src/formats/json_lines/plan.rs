//! What a pass does with each field.

use super::fault::BadValue;
use super::fields::Fields;
use super::text_value::TextReading;
use super::tree::Tree;
use crate::fault::Flaw;
use crate::formats::frames::schema::Layout;
use crate::formats::table::Request;

/// What a pass does with each field, computed once.
pub(super) struct Plan<'a> {
    pub(super) fields: &'a Fields,
    pub(super) texts: &'a TextReading,
    pub(super) request: &'a Request,
    /// The target of each field.
    pub(super) targets: Vec<Target>,
    /// The fields whose values are used for anything.
    pub(super) needed: Vec<usize>,
    /// Whether each object has fields and none that is needed, so that it is passed over as a whole.
    pub(super) passed_over: Vec<bool>,
}

/// What the value of a field is used for.
pub(super) struct Target {
    /// The feature that each of its elements becomes. A plain value has one element.
    pub(super) features: Vec<Option<usize>>,
    /// The index of the element that is the label.
    pub(super) label: Option<usize>,
    /// The index of the test of an element, and the index of the element.
    pub(super) test: Option<(usize, usize)>,
    /// The index among the columns that are passed through.
    pub(super) kept: Option<usize>,
    pub(super) is_list: bool,
    /// Whether the value is passed through as the text of its JSON.
    pub(super) kept_as_json: bool,
}

impl Target {
    pub(super) fn is_feature(&self) -> bool {
        self.features.iter().any(Option::is_some)
    }

    pub(super) fn is_needed(&self) -> bool {
        self.is_feature() || self.label.is_some() || self.test.is_some() || self.kept.is_some()
    }
}

impl<'a> Plan<'a> {
    pub(super) fn new(fields: &'a Fields, texts: &'a TextReading, request: &'a Request) -> Self {
        let mut features = vec![None; fields.stored().iter().map(|stored| stored.width).sum()];
        for (feature, &column) in request.features.iter().enumerate() {
            features[column] = Some(feature);
        }
        let mut first = 0;
        let mut targets = Vec::with_capacity(fields.stored().len());
        for (field, stored) in fields.stored().iter().enumerate() {
            let columns = first..first + stored.width;
            first = columns.end;
            let test = request.tests.iter().position(|test| columns.contains(&test.column));
            let kept = request.kept.iter().position(|&kept| kept == field);
            targets.push(Target {
                label: request.label.filter(|label| columns.contains(label)).map(|label| label - columns.start),
                test: test.map(|test| (test, request.tests[test].column - columns.start)),
                features: features[columns].to_vec(),
                kept,
                is_list: stored.layout == Layout::List,
                kept_as_json: kept.is_some() && matches!(&stored.layout, Layout::Other(kind) if kind != "text"),
            });
        }
        let needed = (0..targets.len()).filter(|&field| targets[field].is_needed()).collect();
        let passed_over = passed_over(fields.tree(), &targets);
        Self { fields, texts, request, targets, needed, passed_over }
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

/// Whether each object has fields, itself or inside, of which none is needed.
fn passed_over(tree: &Tree, targets: &[Target]) -> Vec<bool> {
    // Whether an object has any fields, and whether it has needed ones. Each object comes before those inside it.
    let mut has = vec![(false, false); tree.objects().len()];
    for (object, names) in tree.objects().iter().enumerate().rev() {
        for entry in names.entries() {
            let of_field = entry.field.map_or((false, false), |field| (true, targets[field].is_needed()));
            let inside = entry.object.map_or((false, false), |inner| has[inner]);
            has[object].0 |= of_field.0 || inside.0;
            has[object].1 |= of_field.1 || inside.1;
        }
    }
    has.into_iter().map(|(any, needed)| any && !needed).collect()
}
