//! Names and values from files, which can have any length and any characters.

/// The most letters of a text on the page, which is enough to tell two columns apart.
const LETTERS: usize = 120;
/// The letters that are taken from the end of a longer text, where names differ as often as at the start.
const AT_THE_END: usize = 30;

/// Shortens a text and replaces the control characters that HTML does not allow.
///
/// The templates escape it, and `<bdi>` isolates its direction.
pub(crate) fn shortened(text: &str) -> String {
    let visible = |letter: char| if letter.is_control() { ' ' } else { letter };
    let letters = text.chars().count();
    if letters <= LETTERS {
        return text.chars().map(visible).collect();
    }
    let start = text.chars().take(LETTERS - AT_THE_END - 1);
    start.chain(['…']).chain(text.chars().skip(letters - AT_THE_END)).map(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_keeps_its_start_and_its_end() {
        let long = format!("start{}end", "ü".repeat(100_000));
        let text = shortened(&long);
        assert_eq!(text.chars().count(), LETTERS);
        assert!(text.starts_with("start") && text.ends_with("end"), "{text}");
    }

    #[test]
    fn control_characters_become_blanks() {
        assert_eq!(shortened("a\0b\u{1b}[31m\nc"), "a b [31m c");
    }
}
