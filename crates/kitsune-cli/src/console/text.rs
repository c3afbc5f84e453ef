//! Names, values and paths in what a person sees: they can have any length and any characters.

use std::borrow::Cow;

/// The most letters of a name, which is enough to tell two columns apart.
const NAME_LETTERS: usize = 120;
/// The letters that are taken from the end of a longer name, where names differ as often as at the start.
const AT_THE_END: usize = 30;

/// A name of at most 120 letters.
pub(crate) fn shortened(name: &str) -> Cow<'_, str> {
    without_middle(name, NAME_LETTERS, AT_THE_END)
}

/// A name as a line of text: shortened and escaped.
pub(crate) fn shown(name: &str) -> String {
    escaped(&shortened(name)).into_owned()
}

/// A text of at most so many letters: if it has more, its middle is left out.
pub(crate) fn without_middle(text: &str, most: usize, at_the_end: usize) -> Cow<'_, str> {
    // A text has at least as many bytes as letters.
    let letters = if text.len() <= most { 0 } else { text.chars().count() };
    if letters <= most {
        return Cow::Borrowed(text);
    }
    let start = text.chars().take(most - at_the_end - 1);
    Cow::Owned(start.chain(['…']).chain(text.chars().skip(letters - at_the_end)).collect())
}

/// A text with escapes in place of the characters that would change a terminal or the direction of the text.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_unsafe(letter) { safe.extend(letter.escape_default()) } else { safe.push(letter) }
    }
    Cow::Owned(safe)
}

/// Whether a letter would change a terminal or the direction of a text.
pub(super) fn is_unsafe(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_keeps_its_start_and_its_end() {
        let long = format!("start{}end", "ü".repeat(100_000));
        let text = shortened(&long);
        assert_eq!(text.chars().count(), NAME_LETTERS);
        assert!(text.starts_with("start") && text.ends_with("end"), "{text}");
        assert_eq!(shortened("short"), "short");
    }

    #[test]
    fn what_changes_a_terminal_is_escaped() {
        for (text, safe) in [("a b ü", "a b ü"), ("a\u{1b}[31m\nb\u{202e}", "a\\u{1b}[31m\\nb\\u{202e}"), ("\r", "\\r"), ("", "")] {
            assert_eq!(escaped(text), safe);
        }
    }
}
