//! The two streams that a person sees, and numbers and words for them.

pub(crate) mod progress;
pub(crate) mod row_counts;
pub(crate) mod text;
pub(crate) mod training_messages;

use std::io::{self, Write};

use self::text::{escaped, is_unsafe, without_middle};

/// The most letters of a line, which a list of a few hundred columns needs, and those at its end, where the advice is.
const LINE_LETTERS: usize = 20_000;
const AT_THE_END: usize = 10_000;

/// Writes a line to stderr, with escapes in place of control characters. A closed stderr is ignored.
pub(crate) fn note(line: &str) {
    writeln!(io::stderr(), "{}", escaped(&without_middle(line, LINE_LETTERS, AT_THE_END))).ok();
}

/// Writes results to stdout.
pub(crate) fn results(text: impl AsRef<[u8]>) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_ref())?;
    stdout.flush()
}

/// Quotes a text as one word for a shell.
pub(crate) fn quoted(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-.,/:@%+=".contains(letter);
    if text.chars().all(plain) {
        return text.to_owned();
    }
    if !text.contains(is_unsafe) {
        return format!("'{}'", text.replace('\'', "'\\''"));
    }
    // Most shells know these escapes of bytes.
    let escape = |byte: u8| format!("\\x{byte:02x}");
    let letter = |letter: char| match letter {
        '\'' | '\\' => format!("\\{letter}"),
        letter if is_unsafe(letter) => letter.encode_utf8(&mut [0; 4]).bytes().map(escape).collect::<Vec<_>>().concat(),
        letter => letter.into(),
    };
    format!("$'{}'", text.chars().map(letter).collect::<String>())
}

/// A number with commas between thousands.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number with its noun in singular or plural.
pub(crate) fn counted(number: u64, thing: &str) -> String {
    format!("{} {thing}{}", thousands(number), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular() {
        assert_eq!([0, 1, 2_000].map(|number| counted(number, "row")), ["0 rows", "1 row", "2,000 rows"]);
    }

    #[test]
    fn what_a_shell_would_take_apart_is_quoted() {
        let cases = [
            ("id,flow[0]", "'id,flow[0]'"),
            ("id,time", "id,time"),
            ("it's", "'it'\\''s'"),
            ("a b", "'a b'"),
            ("t\u{1b}'\\", "$'t\\x1b\\'\\\\'"),
        ];
        for (text, word) in cases {
            assert_eq!(quoted(text), word);
        }
    }

    #[test]
    fn thousands_are_set_apart() {
        let cases = [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678")];
        for (number, text) in cases {
            assert_eq!(thousands(number), text);
        }
    }
}
