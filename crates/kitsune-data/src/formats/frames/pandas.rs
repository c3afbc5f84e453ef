//! What the metadata of pandas say about columns.

use serde::Deserialize;
use serde_json::Value;

/// The key of pandas in the metadata of a schema.
pub(crate) const KEY: &str = "pandas";

/// The names of the columns that pandas calls the index of its frame, from its metadata. An index that only counts has no column.
pub(crate) fn index(metadata: &str) -> Vec<String> {
    #[derive(Deserialize)]
    struct Frame {
        index_columns: Vec<Value>,
    }
    let name = |column| if let Value::String(name) = column { Some(name) } else { None };
    // Metadata that make no sense say nothing.
    serde_json::from_str::<Frame>(metadata).map_or_else(|_| Vec::new(), |frame| frame.index_columns.into_iter().filter_map(name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_that_has_a_column_is_named() {
        let counted = r#"{"kind": "range", "name": null, "start": 0, "stop": 3, "step": 1}"#;
        for (columns, expected) in [
            (r#"["__index_level_0__"]"#.to_owned(), &["__index_level_0__"][..]),
            (format!("[{counted}]"), &[]),
            (format!(r#"["a", {counted}, "b"]"#), &["a", "b"]),
            ("[]".to_owned(), &[]),
            ("7".to_owned(), &[]),
        ] {
            assert_eq!(index(&format!(r#"{{"index_columns": {columns}, "columns": []}}"#)), expected, "{columns}");
        }
        assert!(index("no JSON").is_empty() && index("{}").is_empty());
    }
}
