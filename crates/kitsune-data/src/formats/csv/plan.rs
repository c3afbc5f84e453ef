//! What a pass does with each chunk of a CSV file.

use std::sync::Arc;

use polars::prelude::{CommentPrefix, CsvParseOptions, CsvReadOptions, DataType, PlSmallStr, Schema};

use super::cells::Dialect;
use crate::formats::columns::Columns;
use crate::formats::table::Request;

/// What is done with each chunk of a pass, worked out once.
pub(super) struct Plan {
    pub(super) dialect: Dialect,
    pub(super) request: Request,
    pub(super) columns: Columns,
    /// Columns in the order of the file, each with the feature that it becomes.
    pub(super) by_column: Vec<(usize, usize)>,
    /// The columns that Polars parses, in the order of the file.
    pub(super) parsed: Vec<usize>,
    pub(super) options: CsvReadOptions,
}

impl Plan {
    pub(super) fn new(dialect: Dialect, columns: &Columns, request: &Request) -> Self {
        let mut by_column: Vec<_> = request.features.iter().enumerate().map(|(feature, &column)| (column, feature)).collect();
        by_column.sort_unstable();
        let mut parsed: Vec<_> = request.features.iter().copied().chain(request.label).collect();
        parsed.sort_unstable();
        parsed.dedup();
        let schema: Schema = (0..columns.kinds.len()).map(|column| (PlSmallStr::from(column.to_string()), DataType::Float64)).collect();
        let options = CsvReadOptions::default()
            .with_has_header(false)
            .with_schema(Some(Arc::new(schema)))
            .with_projection(Some(Arc::new(parsed.clone())))
            .with_rechunk(true)
            .with_parse_options(
                CsvParseOptions::default()
                    .with_separator(dialect.delimiter)
                    .with_comment_prefix(dialect.comment.map(CommentPrefix::Single))
                    .with_quote_char(None),
            );
        Self { dialect, request: request.clone(), columns: columns.clone(), by_column, parsed, options }
    }
}
