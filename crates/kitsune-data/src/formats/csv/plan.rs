//! What a pass does with each row of a CSV file.

use super::cells::Dialect;
use crate::formats::columns::Columns;
use crate::formats::table::Request;

/// What is done with each row of a pass, worked out once.
pub(super) struct Plan {
    pub(super) dialect: Dialect,
    pub(super) request: Request,
    pub(super) columns: Columns,
    /// The columns whose cells are parsed, in the order of the file, each with its target. No column is there twice, since a pass refuses
    /// features of the same name.
    pub(super) parsed: Vec<(usize, Target)>,
}

/// What a cell becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// The feature of this number.
    Feature(usize),
    Label,
}

impl Plan {
    pub(super) fn new(dialect: Dialect, columns: &Columns, request: &Request) -> Self {
        let features = request.features.iter().enumerate().map(|(feature, &column)| (column, Target::Feature(feature)));
        let mut parsed: Vec<_> = features.chain(request.label.map(|label| (label, Target::Label))).collect();
        parsed.sort_unstable();
        Self { dialect, request: request.clone(), columns: columns.clone(), parsed }
    }
}
