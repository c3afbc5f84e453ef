use super::fields::Fields;
use super::row::Bad;
use crate::fault::Flaw;
use crate::formats::frames::schema::Layout;
use crate::formats::table::Request;

/// What is done with the rows of a pass, worked out once.
pub(super) struct Plan<'a> {
    pub(super) fields: &'a Fields,
    pub(super) request: &'a Request,
    /// One for each field.
    pub(super) targets: Vec<Target>,
}

/// Where the value of a field goes.
pub(super) struct Target {
    /// The feature that each of its elements becomes; one for a plain value.
    pub(super) features: Vec<Option<usize>>,
    /// The element of it that is the label.
    pub(super) label: Option<usize>,
    /// Its place among those that are carried along.
    pub(super) kept: Option<usize>,
    /// Whether it is carried along as the text of its JSON.
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

    /// The first value of a row that cannot be one of a feature.
    pub(super) fn refused(&self, values: &[f64]) -> Bad {
        let bad = |(field, target): (usize, &Target)| {
            target.features.iter().enumerate().find_map(|(element, feature)| {
                let flaw = self.request.flaw(values[(*feature)?])?;
                Some(Bad { field, element: Some(element), flaw })
            })
        };
        let flaw = Flaw::NotFinite("a value".into());
        self.targets.iter().enumerate().find_map(bad).unwrap_or(Bad { field: 0, element: None, flaw })
    }
}
