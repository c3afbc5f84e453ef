//! Names and values from files, which can be of any length and hold anything.

/// Letters of a text that the page keeps: enough to tell two columns apart.
const LETTERS: usize = 120;
/// Of those, from the end of the text, where long names differ as often as at the start.
const AT_THE_END: usize = 30;

/// A text of bounded length, without the control characters that HTML does not allow.
///
/// Escaping is the work of the templates; direction is that of `<bdi>`.
pub(crate) fn tame(text: &str) -> String {
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
        let tamed = tame(&long);
        assert_eq!(tamed.chars().count(), LETTERS);
        assert!(tamed.starts_with("start") && tamed.ends_with("end"), "{tamed}");
    }

    #[test]
    fn control_characters_become_blanks() {
        assert_eq!(tame("a\0b\u{1b}[31m\nc"), "a b [31m c");
    }
}
