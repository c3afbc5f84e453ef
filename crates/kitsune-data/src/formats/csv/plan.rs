//! What a pass does with each row of a CSV file.

use std::sync::Arc;

use super::cells::Dialect;
use super::header::HeaderRow;
use super::zeek::LogHeader;
use crate::formats::columns::Columns;
use crate::formats::table::{Range, Request};
use crate::missing_words::MissingWords;

/// What is done with each row of a pass, worked out once.
pub(super) struct Plan {
    pub(super) dialect: Dialect,
    pub(super) request: Request,
    pub(super) columns: Columns,
    /// The columns whose cells are parsed, in the order of the file, each with its target. No column is there twice, since a pass refuses
    /// features of the same name.
    pub(super) parsed: Vec<(usize, Target)>,
    /// The words that stand for a missing value.
    pub(super) missing: Arc<MissingWords>,
    /// The numbers that a cell may hold without a second look.
    pub(super) plain: Range,
    /// The header that rows are compared with.
    pub(super) header: Option<HeaderRow>,
    /// Whether each row is compared with the header, and not only those that are no ordinary rows.
    pub(super) suspects_all: bool,
    /// The header of Zeek's log, which comes again where logs were put together.
    pub(super) log: Option<LogHeader>,
}

/// What a cell becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// The feature of this number.
    Feature(usize),
    Label,
}

impl Plan {
    pub(super) fn new(dialect: Dialect, columns: &Columns, request: &Request, missing: &Arc<MissingWords>) -> Self {
        let features = request.features.iter().enumerate().map(|(feature, &column)| (column, Target::Feature(feature)));
        let mut parsed: Vec<_> = features.chain(request.label.map(|label| (label, Target::Label))).collect();
        parsed.sort_unstable();
        // An error needs the cell of a number that stands for a missing value; otherwise such numbers are looked for later, in all formats alike.
        let is_plain = !dialect.decimal_comma && (request.words.numbers().is_empty() || request.missing.tolerates());
        Self {
            dialect,
            request: request.clone(),
            columns: columns.clone(),
            parsed,
            missing: Arc::clone(missing),
            plain: if is_plain { request.range } else { Range::NOTHING },
            header: None,
            suspects_all: false,
            log: None,
        }
    }

    /// Skips rows that are this header.
    pub(super) fn with_header(mut self, header: Option<&HeaderRow>) -> Self {
        let features = self.request.features.iter().copied();
        self.suspects_all = header.is_some_and(|header| header.may_be_data(features, self.dialect, &self.missing));
        self.header = header.cloned();
        self
    }

    /// Holds the headers inside of a file to that of its log.
    pub(super) fn with_log(self, log: Option<&LogHeader>) -> Self {
        Self { log: log.cloned(), ..self }
    }

    /// Whether the row at the start of `text` is the header once more.
    pub(super) fn is_header(&self, text: &[u8]) -> bool {
        self.header.as_ref().is_some_and(|header| header.is(text, self.dialect))
    }
}
