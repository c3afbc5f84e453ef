//! Logs whose last cells are joined by spaces, as programs leave them that append labels to Zeek's lines (`conn.log.labeled` of
//! the set `IoT-23`).

use memchr::{memchr, memmem, memrchr};

use crate::formats::csv::cells::Dialect;

/// What stands between the last cells instead of the separator.
pub(super) const JOINT: &str = "   ";

/// The names of the columns, or their types, with the last one divided.
pub(super) fn split(mut cells: Vec<String>) -> Vec<String> {
    let last = cells.pop().unwrap_or_default();
    cells.extend(last.split(JOINT).map(str::to_owned));
    cells
}

/// The same rows with the delimiter between the last cells. Comments stay as they are.
pub(crate) fn separated(text: &[u8], dialect: Dialect) -> Vec<u8> {
    let mut separated = Vec::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (line, after) = rest.split_at(memchr(b'\n', rest).map_or(rest.len(), |end| end + 1));
        rest = after;
        let joined = if dialect.is_comment(line) { line.len() } else { memrchr(dialect.delimiter, line).unwrap_or(0) };
        separated.extend_from_slice(&line[..joined]);
        let mut last = &line[joined..];
        while let Some(joint) = memmem::find(last, JOINT.as_bytes()) {
            separated.extend_from_slice(&last[..joint]);
            separated.push(dialect.delimiter);
            last = &last[joint + JOINT.len()..];
        }
        separated.extend_from_slice(last);
    }
    separated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_cells_are_separated_and_nothing_else() {
        let text = b"a   b\t1\t-   Malicious   C&C\n#fields\tx   y\n2\n\tz   \n";
        let dialect = Dialect { delimiter: b'\t', comment: Some(b'#'), zeek: true, ..Dialect::default() };
        assert_eq!(separated(text, dialect), b"a   b\t1\t-\tMalicious\tC&C\n#fields\tx   y\n2\n\tz\t\n");
        assert_eq!(split(vec!["a".into(), "b   c   d".into()]), ["a", "b", "c", "d"]);
    }
}
