//! `NaN` and `Infinity` where a number should be: JSON does not have them, but libraries write them, among them Python's.

/// The row with null instead of such words, in any case and with any sign; `None` if it has none.
pub(super) fn as_nulls(row: &[u8]) -> Option<Vec<u8>> {
    let mut found = None;
    let (mut at, mut copied) = (0, 0);
    while let Some(&byte) = row.get(at) {
        match byte {
            b'"' => at = end_of_string(row, at),
            b'+' | b'-' | b'a'..=b'z' | b'A'..=b'Z' => {
                let end = at + row[at..].iter().position(|byte| b",]} \t\r\n".contains(byte)).unwrap_or(row.len() - at);
                if is_no_finite_number(&row[at..end]) {
                    let found: &mut Vec<u8> = found.get_or_insert_default();
                    found.extend_from_slice(&row[copied..at]);
                    found.extend_from_slice(b"null");
                    copied = end;
                }
                at = end.max(at + 1);
            }
            _ => at += 1,
        }
    }
    found.map(|mut found: Vec<u8>| {
        found.extend_from_slice(&row[copied..]);
        found
    })
}

/// The index after the string that begins at `start`.
fn end_of_string(row: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = row.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    row.len()
}

fn is_no_finite_number(word: &[u8]) -> bool {
    let word = word.strip_prefix(b"-").or_else(|| word.strip_prefix(b"+")).unwrap_or(word);
    [&b"nan"[..], b"inf", b"infinity"].iter().any(|name| word.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_outside_of_strings_become_null() {
        for (row, expected) in [
            (r#"{"a":NaN,"b":-Infinity,"c":1}"#, Some(r#"{"a":null,"b":null,"c":1}"#)),
            (r#"{"a": nan , "l":[1,NaN,{"x":inf}],"b":+inf}"#, Some(r#"{"a": null , "l":[1,null,{"x":null}],"b":null}"#)),
            (r#"{"NaN":"NaN","b":"\"NaN,","c":NaN}"#, Some(r#"{"NaN":"NaN","b":"\"NaN,","c":null}"#)),
            (r#"{"a":NaN"#, Some(r#"{"a":null"#)),
            (r#"{"a":-1,"b":true,"c":null,"d":nano}"#, None),
            (r#"{"a":"NaN"#, None),
            ("", None),
        ] {
            assert_eq!(as_nulls(row.as_bytes()).map(|row| String::from_utf8(row).unwrap()).as_deref(), expected, "{row}");
        }
    }
}
