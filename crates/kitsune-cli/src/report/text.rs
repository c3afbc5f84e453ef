//! Names and values from files, which can have any length and any characters.

use crate::console::text;

/// Shortens a text and replaces the control characters that HTML does not allow.
///
/// The templates escape it, and `<bdi>` isolates its direction.
pub(crate) fn shortened(text: &str) -> String {
    text::shortened(text).replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_become_blanks() {
        assert_eq!(shortened("a\0b\u{1b}[31m\nc"), "a b [31m c");
    }
}
