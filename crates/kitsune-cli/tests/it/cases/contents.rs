//! Files of cases as bytes, and back.

use polars::prelude::Column;

use crate::frames;

/// The bytes of a file, by its extension. In JSON, single quotes stand for double ones.
///
/// Parquet and Arrow files are given as lines of JSON, with a blank after each colon; those of `.ipc` have their schema in the footer only. A column
/// `__index_level_0__` in a Parquet file is the index of pandas. Compressed files are given as what is compressed.
pub(super) fn bytes(name: &str, text: &str) -> Vec<u8> {
    let is_json = text.trim_start().starts_with(['{', '[']);
    let text = if is_json { text.replace('\'', "\"") } else { text.to_owned() };
    let frame = || frames::read("rows.ndjson", text.clone().into());
    match extension(name) {
        "gz" => frames::gzip(text.as_bytes()),
        "parquet" if text.contains(INDEX) => frames::parquet_of_pandas(&frame(), INDEX),
        "parquet" => frames::parquet(&frame()),
        "arrow" => frames::ipc_file(&frame()),
        "ipc" => frames::bare_ipc_file(&frame()),
        _ => text.into(),
    }
}

/// What pandas calls the index of a frame.
const INDEX: &str = "__index_level_0__";

/// The text of a file; of a Parquet or Arrow file the name and the type of each column, on a line each.
pub(super) fn text(name: &str, bytes: Vec<u8>) -> String {
    match extension(name) {
        "parquet" | "arrow" => {
            let frame = frames::read(name, bytes);
            let column = |column: &Column| format!("{} {}\n", column.name(), column.dtype());
            frame.columns().iter().map(column).collect()
        }
        _ => String::from_utf8(bytes).unwrap(),
    }
}

fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}
