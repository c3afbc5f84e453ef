//! Rust source as tokens; comments, characters and lifetimes are left out, and a string is one token.

/// A word, `::`, or any other single character.
#[derive(Debug, PartialEq)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) line: usize,
    /// Whether it is a string, whose `text` has no quotes.
    pub(super) is_string: bool,
}

impl Token {
    pub(super) fn is(&self, text: &str) -> bool {
        !self.is_string && self.text == text
    }

    /// Whether it is an identifier or a keyword.
    pub(super) fn is_word(&self) -> bool {
        !self.is_string && self.text.starts_with(|first: char| first.is_alphabetic() || first == '_')
    }
}

pub(super) fn tokens(source: &str) -> Vec<Token> {
    let mut lexer = Lexer { rest: source, line: 1, tokens: Vec::new() };
    while !lexer.rest.is_empty() {
        lexer.step();
    }
    lexer.tokens
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    tokens: Vec<Token>,
}

impl<'a> Lexer<'a> {
    fn step(&mut self) {
        let rest = self.rest;
        let first = rest.chars().next().unwrap_or(' ');
        if rest.starts_with("//") {
            self.take(rest.find('\n').unwrap_or(rest.len()));
        } else if rest.starts_with("/*") {
            self.take(comment(rest));
        } else if let Some(hashes) = raw_string(rest) {
            let opening = rest.find('"').unwrap_or_default() + 1;
            let closing = format!("\"{}", "#".repeat(hashes));
            let length = rest[opening..].find(&closing).unwrap_or(rest.len() - opening);
            self.string(opening, length, closing.len());
        } else if let Some(opening) = ["\"", "b\"", "c\""].into_iter().find(|quote| rest.starts_with(quote)) {
            self.string(opening.len(), quoted(&rest[opening.len()..], '"'), 1);
        } else if let Some(inside) = rest.strip_prefix("b'") {
            self.take(2 + quoted(inside, '\'') + 1);
        } else if first == '\'' {
            self.character_or_lifetime();
        } else if first.is_alphanumeric() || first == '_' {
            let rest = rest.strip_prefix("r#").unwrap_or(rest);
            self.take(self.rest.len() - rest.len());
            let word = self.take(rest.find(|char: char| !char.is_alphanumeric() && char != '_').unwrap_or(rest.len()));
            self.push(word.to_owned(), false);
        } else if rest.starts_with("::") {
            self.take(2);
            self.push("::".to_owned(), false);
        } else {
            self.take(first.len_utf8());
            if !first.is_whitespace() {
                self.push(first.to_string(), false);
            }
        }
    }

    /// Skips `'x'` or `'x` with the rest of its name.
    fn character_or_lifetime(&mut self) {
        let inside = &self.rest[1..];
        let mut chars = inside.chars();
        let (first, second) = (chars.next(), chars.next());
        if first == Some('\\') || second == Some('\'') {
            self.take(1 + quoted(inside, '\'') + 1);
        } else {
            self.take(1 + inside.find(|char: char| !char.is_alphanumeric() && char != '_').unwrap_or(inside.len()));
        }
    }

    fn string(&mut self, opening: usize, length: usize, closing: usize) {
        self.take(opening);
        let line = self.line;
        let text = self.take(length).to_owned();
        self.tokens.push(Token { text, line, is_string: true });
        self.take(closing);
    }

    fn push(&mut self, text: String, is_string: bool) {
        self.tokens.push(Token { text, line: self.line, is_string });
    }

    /// Moves past the next `bytes` bytes and counts their lines.
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes.min(self.rest.len()));
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }
}

/// The length of a block comment, which may contain others.
fn comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        let (change, length) = match rest {
            [b'/', b'*', ..] => (1, 2),
            [b'*', b'/', ..] => (-1, 2),
            _ => (0, 1),
        };
        depth += change;
        at += length;
        if depth == 0 {
            break;
        }
    }
    at
}

/// The number of `#` before the first quote, if the text begins with a raw string.
fn raw_string(text: &str) -> Option<usize> {
    let hashes = ["r", "br", "cr"].into_iter().find_map(|prefix| text.strip_prefix(prefix).filter(|rest| rest.starts_with(['#', '"'])))?;
    let quote = hashes.find('"')?;
    hashes[..quote].chars().all(|char| char == '#').then_some(quote)
}

/// The number of bytes before the closing quote.
fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, char) in text.char_indices() {
        if is_escaped {
            is_escaped = false;
        } else if char == '\\' {
            is_escaped = true;
        } else if char == quote {
            return at;
        }
    }
    text.len()
}
