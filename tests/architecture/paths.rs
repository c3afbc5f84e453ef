//! The paths and the modules that the tokens of one file name, outside code for tests.

use super::tokens::{Token, tokens};

/// What one file names.
#[derive(Default)]
pub(super) struct Named {
    pub(super) paths: Vec<NamedPath>,
    pub(super) modules: Vec<NamedModule>,
}

/// A path of two words or more, or the whole of a `use`.
pub(super) struct NamedPath {
    /// The names of the inline modules around it.
    pub(super) inside: Vec<String>,
    pub(super) segments: Vec<String>,
    pub(super) line: usize,
}

/// The declaration of a module, inline or with a file of its own.
pub(super) struct NamedModule {
    /// The names of the inline modules around it.
    pub(super) inside: Vec<String>,
    pub(super) name: String,
    pub(super) is_inline: bool,
    /// The file that a `#[path]` names.
    pub(super) path: Option<String>,
    pub(super) is_test: bool,
}

/// The paths and modules in `source`. Items for tests are left out, except the declarations of modules that have a file.
pub(super) fn named(source: &str) -> Named {
    let tokens = tokens(source);
    let mut reader = Reader { tokens: &tokens, at: 0, depth: 0, inline: Vec::new(), path: None, named: Named::default() };
    while reader.at < tokens.len() {
        reader.step();
    }
    reader.named
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
    /// The inline modules around `at`, each with the depth of its braces.
    inline: Vec<(String, usize)>,
    /// The file name of a `#[path]` that was read and whose module follows.
    path: Option<String>,
    named: Named,
}

impl<'a> Reader<'a> {
    fn step(&mut self) {
        if self.sees(0, "#") && (self.sees(1, "[") || self.sees(1, "!")) {
            self.attribute();
        } else if self.sees(0, "pub") && self.sees(1, "(") && self.sees(2, "in") {
            self.at = self.closing(self.at + 1) + 1;
        } else if self.sees(0, "mod") && self.word(1).is_some() && (self.sees(2, ";") || self.sees(2, "{")) {
            self.module(false);
        } else if self.sees(0, "use") && !self.sees(1, "<") {
            self.at += 1;
            self.tree(&[]);
        } else if self.word(0).is_some() && self.sees(1, "::") {
            self.inline_path();
        } else {
            self.brace();
            self.at += 1;
        }
    }

    fn token(&self, ahead: usize) -> Option<&'a Token> {
        self.tokens.get(self.at + ahead)
    }

    fn sees(&self, ahead: usize, text: &str) -> bool {
        self.token(ahead).is_some_and(|token| token.is(text))
    }

    fn word(&self, ahead: usize) -> Option<&'a Token> {
        self.token(ahead).filter(|token| token.is_word())
    }

    fn brace(&mut self) {
        if self.sees(0, "{") {
            self.depth += 1;
        } else if self.sees(0, "}") {
            self.depth = self.depth.saturating_sub(1);
            if self.inline.last().is_some_and(|(_, depth)| *depth == self.depth) {
                self.inline.pop();
            }
        }
    }

    fn inside(&self) -> Vec<String> {
        self.inline.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Skips the item if the attribute keeps it for tests. The tokens of any other attribute are read like code.
    fn attribute(&mut self) {
        let is_inner = self.sees(1, "!");
        let opening = self.at + if is_inner { 2 } else { 1 };
        let closing = self.closing(opening);
        let inside = self.file_of_module(opening);
        if !is_only_for_tests(inside) {
            self.at = opening + 1;
        } else if is_inner {
            // It stands at the head of a file for tests.
            self.at = self.tokens.len();
        } else {
            self.at = closing + 1;
            self.skip_item();
        }
    }

    /// The tokens of the attribute whose bracket opens at `opening`. Remembers the file if it is a `#[path]`.
    fn file_of_module(&mut self, opening: usize) -> &'a [Token] {
        let inside = self.tokens.get(opening + 1..self.closing(opening)).unwrap_or_default();
        if let [path, equals, file] = inside
            && path.is("path")
            && equals.is("=")
        {
            self.path = Some(file.text.clone());
        }
        inside
    }

    fn skip_item(&mut self) {
        while self.sees(0, "#") && self.sees(1, "[") {
            self.file_of_module(self.at + 1);
            self.at = self.closing(self.at + 1) + 1;
        }
        if self.sees(0, "pub") {
            self.at += 1;
            if self.sees(0, "(") {
                self.at = self.closing(self.at) + 1;
            }
        }
        if self.sees(0, "mod") && self.word(1).is_some() && self.sees(2, ";") {
            return self.module(true);
        }
        let ends_in_semicolon = ["use", "static", "type", "let"].iter().any(|word| self.sees(0, word))
            || self.sees(0, "const") && self.sees(2, ":")
            || self.sees(0, "extern") && self.sees(1, "crate");
        let items = ["mod", "fn", "struct", "enum", "union", "trait", "impl", "unsafe", "async", "const", "extern", "macro_rules"];
        let is_item = items.iter().any(|word| self.sees(0, word));
        while let Some(token) = self.token(0) {
            match token.text.as_str() {
                _ if token.is_string => self.at += 1,
                "{" if !ends_in_semicolon => return self.at = self.closing(self.at) + 1,
                "{" | "(" | "[" => self.at = self.closing(self.at) + 1,
                "}" | ")" | "]" => return,
                ";" => return self.at += 1,
                // A field, a variant or an arm.
                "," if !ends_in_semicolon && !is_item => return self.at += 1,
                _ => self.at += 1,
            }
        }
    }

    fn module(&mut self, is_test: bool) {
        let Some(name) = self.word(1).map(|token| token.text.clone()) else { return };
        let is_inline = self.sees(2, "{");
        let path = self.path.take();
        self.named.modules.push(NamedModule { inside: self.inside(), name: name.clone(), is_inline, path, is_test });
        if is_inline {
            self.inline.push((name, self.depth));
            self.depth += 1;
        }
        self.at += 3;
    }

    /// Reads one tree of a `use`; each of its leaves is a path.
    fn tree(&mut self, prefix: &[String]) {
        let mut segments = prefix.to_vec();
        let mut line = self.token(0).map_or(0, |token| token.line);
        if self.sees(0, "::") {
            // A path that begins with `::` belongs to another crate.
            segments.push(String::new());
            self.at += 1;
        }
        while let Some(token) = self.token(0) {
            if token.is("{") {
                self.at += 1;
                while self.token(0).is_some() && !self.sees(0, "}") {
                    self.tree(&segments);
                    if self.sees(0, ",") {
                        self.at += 1;
                    }
                }
                self.at += 1;
                return;
            }
            line = token.line;
            segments.push(token.text.clone());
            self.at += 1;
            if !self.sees(0, "::") {
                break;
            }
            self.at += 1;
        }
        while self.token(0).is_some() && ![",", "}", ";"].iter().any(|end| self.sees(0, end)) {
            // `as` and the new name.
            self.at += 1;
        }
        self.named.paths.push(NamedPath { inside: self.inside(), segments, line });
    }

    fn inline_path(&mut self) {
        let is_rest = self.at > 0 && self.tokens[self.at - 1].is("::");
        let line = self.tokens[self.at].line;
        let mut segments = Vec::new();
        while let Some(word) = self.word(0) {
            segments.push(word.text.clone());
            self.at += 1;
            if !self.sees(0, "::") {
                break;
            }
            self.at += 1;
        }
        if !is_rest {
            self.named.paths.push(NamedPath { inside: self.inside(), segments, line });
        }
    }

    /// The index of the bracket that closes the one at `opening`.
    fn closing(&self, opening: usize) -> usize {
        let mut depth = 0_usize;
        for (at, token) in self.tokens.iter().enumerate().skip(opening) {
            if ["(", "[", "{"].iter().any(|open| token.is(open)) {
                depth += 1;
            } else if [")", "]", "}"].iter().any(|close| token.is(close)) {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at;
                }
            }
        }
        self.tokens.len()
    }
}

/// Whether an attribute compiles its item for tests only: `test`, or a `cfg` that cannot hold without `test`.
fn is_only_for_tests(attribute: &[Token]) -> bool {
    match attribute {
        [test] => test.is("test"),
        [cfg, _, predicate @ .., _] if cfg.is("cfg") => needs_test(predicate),
        _ => false,
    }
}

fn needs_test(predicate: &[Token]) -> bool {
    match predicate {
        [test] => test.is("test"),
        [all, _, parts @ .., _] if all.is("all") => predicates(parts).into_iter().any(needs_test),
        [any, _, parts @ .., _] if any.is("any") => predicates(parts).into_iter().all(needs_test),
        _ => false,
    }
}

/// The parts between the commas that are outside of brackets.
fn predicates(tokens: &[Token]) -> Vec<&[Token]> {
    let mut depth = 0_i32;
    tokens
        .split(|token| {
            depth += i32::from(token.is("(")) - i32::from(token.is(")"));
            depth == 0 && token.is(",")
        })
        .filter(|part| !part.is_empty())
        .collect()
}
