//! The blanks of JSON, which are fewer than those of ASCII: a form feed is none.

/// Whether JSON allows this byte between its words.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Whether a text has nothing but blanks.
pub(super) fn are_blank(text: &[u8]) -> bool {
    text.iter().all(|&byte| is_blank(byte))
}

/// A text without the blanks at its start.
pub(super) fn trimmed_start(text: &[u8]) -> &[u8] {
    &text[text.iter().position(|&byte| !is_blank(byte)).unwrap_or(text.len())..]
}

/// A text without the blanks at its end.
pub(super) fn trimmed_end(text: &[u8]) -> &[u8] {
    &text[..text.iter().rposition(|&byte| !is_blank(byte)).map_or(0, |at| at + 1)]
}
