//! A naive parser of JSON rows, which keeps every row as a tree.

use kitsune_data::Missing;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::json_lines::How;
use crate::json_node::Node;
use crate::outcome::Outcome;

/// The number of rows that give the fields.
pub(crate) const FIRST_ROWS: usize = 1_000;

/// The layout of a field.
#[derive(Clone, Debug, PartialEq)]
enum Layout {
    Number,
    List(usize),
    Other,
}

/// A name in the tree of all first rows.
#[derive(Debug, Default)]
struct Name {
    text: String,
    is_object: bool,
    inner: Vec<Self>,
    plain: Vec<Value>,
}

/// What is read of a text.
pub(crate) fn naive(text: &[u8], how: &How) -> Outcome {
    let text = &with_nulls(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text))[..];
    let (rows, fault) = rows(text);
    let mut outcome = Outcome::default();
    if let Some(fault) = fault.clone().filter(|_| rows.len() < FIRST_ROWS) {
        return outcome.failed(fault);
    }
    let mut root = Name::default();
    rows.iter().take(FIRST_ROWS).for_each(|row| root.add(row));
    let mut fields = Vec::new();
    root.fields("", &mut fields);
    if !how.without_others && fields.iter().any(|(_, layout)| *layout == Layout::Other) {
        return outcome.failed("not all are numbers");
    }
    let is_named_twice = |name: &String| fields.iter().filter(|(other, _)| other == name).count() > 1;
    if fields.iter().any(|(name, layout)| *layout == Layout::Other && is_named_twice(name)) {
        return outcome.failed("a column that is passed through has the name of another");
    }
    let names = fields.iter().flat_map(|(name, layout)| match layout {
        Layout::List(width) => (0..*width).map(|element| format!("{name}[{element}]")).collect(),
        Layout::Other => Vec::new(),
        Layout::Number => vec![name.clone()],
    });
    let names: Vec<_> = names.collect();
    outcome.names = Some(names.clone());
    if names.is_empty() && !fields.is_empty() {
        return outcome.failed("no features");
    }
    if (1..names.len()).any(|at| names[..at].contains(&names[at])) {
        return outcome.failed("a name twice");
    }
    for node in &rows {
        let mut found = Vec::new();
        let read = root.read(node, &mut found).and_then(|()| row(&found, how));
        match read {
            Err(error) => return outcome.failed(error),
            // Rows of nothing are no rows.
            Ok(row) => outcome.rows.extend(row.filter(|row| !row.is_empty())),
        }
    }
    match fault {
        Some(fault) => outcome.failed(fault),
        None => outcome,
    }
}

/// Whether a row has strings with digits that are no numbers. Whether these make a column of numbers, depends on how they are written.
pub(crate) fn has_texts_with_digits(bytes: &[u8]) -> bool {
    fn has(node: &Node) -> bool {
        match node {
            Node::Object(pairs) => pairs.iter().any(|(_, inner)| has(inner)),
            Node::Plain(value) => {
                text(value) == Some(Text::Other) && value.as_str().is_some_and(|text| text.bytes().any(|byte| byte.is_ascii_digit()))
            }
        }
    }
    rows(&with_nulls(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))).0.iter().any(has)
}

/// Whether a name comes twice in an object of the first row, so that there are columns for both.
pub(crate) fn names_twice(text: &[u8]) -> bool {
    fn is_twice(node: &Node) -> bool {
        let Node::Object(pairs) = node else { return false };
        let names: Vec<_> = pairs.iter().map(|(name, _)| name).collect();
        (1..names.len()).any(|at| names[..at].contains(&names[at])) || pairs.iter().any(|(_, inner)| is_twice(inner))
    }
    let text = with_nulls(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text));
    rows(&text).0.first().is_some_and(is_twice)
}

/// The text with null instead of `NaN` and infinities.
fn with_nulls(text: &[u8]) -> Vec<u8> {
    let (mut found, mut in_string) = (Vec::new(), false);
    let mut at = 0;
    while at < text.len() {
        let word: Vec<u8> = text[at..].iter().copied().take_while(|byte| !b",]} \t\r\n".contains(byte)).collect();
        let name = String::from_utf8_lossy(&word).to_lowercase();
        let follows_a_word = at > 0 && (text[at - 1].is_ascii_alphabetic() || b"+-".contains(&text[at - 1]));
        let is_number = ["nan", "inf", "infinity"].contains(&name.strip_prefix(['+', '-']).unwrap_or(&name));
        if is_number && !in_string && !follows_a_word {
            found.extend(b"null");
            at += word.len();
            continue;
        }
        let length = if in_string && text[at] == b'\\' { 2 } else { 1 };
        in_string ^= text[at] == b'"';
        found.extend(&text[at..text.len().min(at + length)]);
        at += length;
    }
    found
}

/// The rows of a text, and what is wrong after them.
fn rows(text: &[u8]) -> (Vec<Node>, Option<String>) {
    let mut rows = Vec::new();
    let start = &text[blanks(text)..];
    let mut first = serde_json::Deserializer::from_slice(start).into_iter::<IgnoredAny>();
    let is_whole = first.next().is_some_and(|first| first.is_ok());
    let (object, after) = start.split_at(if is_whole { first.byte_offset() } else { 0 });
    let follows = after.iter().find(|byte| !b" \t\r".contains(byte));
    let fault = if start.starts_with(b"[") {
        elements(text, &mut rows)
    } else if start.starts_with(b"{") && (object.contains(&b'\n') || follows == Some(&b'{')) && is_whole {
        objects(text, &mut rows)
    } else {
        lines(text, &mut rows)
    };
    (rows, fault.err())
}

/// The number of blanks of JSON at the start of a text.
fn blanks(text: &[u8]) -> usize {
    text.iter().take_while(|byte| b" \t\r\n".contains(byte)).count()
}

fn lines(text: &[u8], rows: &mut Vec<Node>) -> Result<(), String> {
    for line in text.split(|&byte| byte == b'\n').filter(|line| blanks(line) < line.len()) {
        rows.push(object(serde_json::from_slice(line))?);
    }
    Ok(())
}

fn objects(text: &[u8], rows: &mut Vec<Node>) -> Result<(), String> {
    for node in serde_json::Deserializer::from_slice(text).into_iter::<Node>() {
        rows.push(object(node)?);
    }
    Ok(())
}

fn elements(mut text: &[u8], rows: &mut Vec<Node>) -> Result<(), String> {
    loop {
        text = &text[blanks(text)..];
        if text.is_empty() {
            return Ok(());
        }
        text = text.strip_prefix(b"[").ok_or("no array")?;
        text = &text[blanks(text)..];
        let mut is_first = true;
        loop {
            if is_first && text.starts_with(b"]") {
                break;
            }
            is_first = false;
            let mut nodes = serde_json::Deserializer::from_slice(text).into_iter::<Node>();
            rows.push(object(nodes.next().ok_or("no element")?)?);
            text = &text[nodes.byte_offset()..];
            text = &text[blanks(text)..];
            match text.strip_prefix(b",") {
                Some(after) => text = after,
                None if text.starts_with(b"]") => break,
                None => return Err("no comma".into()),
            }
        }
        text = &text[1..];
    }
}

fn object(node: Result<Node, serde_json::Error>) -> Result<Node, String> {
    match node {
        Ok(Node::Object(names)) => Ok(Node::Object(names)),
        Ok(Node::Plain(_)) => Err("no object".into()),
        Err(error) => Err(error.to_string()),
    }
}

impl Name {
    fn add(&mut self, node: &Node) {
        match node {
            Node::Plain(value) => self.plain.push(value.clone()),
            Node::Object(pairs) => {
                self.is_object = true;
                for (name, node) in pairs {
                    if !self.inner.iter().any(|known| known.text == *name) {
                        self.inner.push(Self { text: name.clone(), ..Self::default() });
                    }
                    self.inner.iter_mut().filter(|known| known.text == *name).for_each(|known| known.add(node));
                }
            }
        }
    }

    /// Whether the name is a field.
    fn is_field(&self) -> bool {
        !self.is_object || self.plain.iter().any(|value| !value.is_null())
    }

    fn fields(&self, prefix: &str, fields: &mut Vec<(String, Layout)>) {
        for inner in &self.inner {
            let name = format!("{prefix}{}", inner.text);
            if inner.is_field() {
                fields.push((name.clone(), inner.layout()));
            }
            inner.fields(&format!("{name}."), fields);
        }
    }

    fn layout(&self) -> Layout {
        let mut known = self.plain.iter().filter(|value| !value.is_null() && text(value) != Some(Text::Missing));
        match known.next() {
            None => Layout::Number,
            Some(Value::String(_)) => {
                let texts = self.plain.iter().filter(|value| text(value) == Some(Text::Other)).count();
                let numbers = self.plain.iter().filter(|value| number(value).is_some()).count();
                if numbers > texts || texts == 0 { Layout::Number } else { Layout::Other }
            }
            Some(Value::Array(values)) if !values.is_empty() && values.iter().all(|value| value.is_null() || plain(value).is_some()) => {
                Layout::List(values.len())
            }
            Some(value) if plain(value).is_some() => Layout::Number,
            Some(_) => Layout::Other,
        }
    }

    /// The values of the fields of a row, in the order of the fields; `None` where there is none.
    fn read(&self, row: &Node, found: &mut Vec<(Layout, Option<Value>)>) -> Result<(), String> {
        let pairs: &[_] = if let Node::Object(pairs) = row { pairs } else { &[] };
        if let Some((name, _)) = pairs.iter().find(|(name, _)| !self.inner.iter().any(|known| known.text == *name)) {
            return Err(format!("{name} is unknown"));
        }
        for inner in &self.inner {
            let nodes = || pairs.iter().filter(|(name, _)| *name == inner.text).map(|(_, node)| node);
            let mut plain = nodes().filter_map(|node| match node {
                Node::Plain(value) => Some(value.clone()),
                Node::Object(_) if !inner.is_object => Some(Value::Object(serde_json::Map::new())),
                Node::Object(_) => None,
            });
            if inner.is_field() {
                found.push((inner.layout(), plain.next()));
                if plain.next().is_some() {
                    return Err(format!("{} is there twice", inner.text));
                }
            } else if plain.any(|value| !value.is_null()) {
                return Err(format!("{} is no object", inner.text));
            }
            let pairs = nodes().filter_map(|node| if let Node::Object(pairs) = node { Some(pairs.clone()) } else { None });
            if inner.is_object {
                inner.read(&Node::Object(pairs.flatten().collect()), found)?;
            }
        }
        Ok(())
    }
}

/// The features of a row, unless it is dropped.
fn row(fields: &[(Layout, Option<Value>)], how: &How) -> Result<Option<Vec<f64>>, String> {
    let mut row = Vec::new();
    for (layout, value) in fields {
        let value = value.as_ref().unwrap_or(&Value::Null);
        let width = match layout {
            Layout::Other => continue,
            Layout::List(width) => *width,
            Layout::Number => 1,
        };
        match (layout, value) {
            (_, value) if value.is_null() || text(value) == Some(Text::Missing) => row.extend(vec![None; width]),
            (Layout::List(width), Value::Array(values)) if values.len() == *width => {
                for value in values {
                    row.push(if value.is_null() { None } else { Some(plain(value).ok_or("an element is no number")?) });
                }
            }
            (Layout::Number, value) => row.push(Some(number(value).ok_or("no number")?)),
            _ => return Err("no such list".into()),
        }
    }
    let finite = |value: &Option<f64>| value.filter(|value| value.is_finite());
    Ok(match how.missing {
        _ if row.iter().all(|value| finite(value).is_some()) => Some(row.into_iter().flatten().collect()),
        Missing::Fill(fill) => Some(row.iter().map(|value| finite(value).unwrap_or(fill)).collect()),
        Missing::Drop => None,
        _ => return Err("a missing value".into()),
    })
}

/// What a string is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Text {
    Number(f64),
    Missing,
    Other,
}

fn text(value: &Value) -> Option<Text> {
    let text = value.as_str()?.trim().to_lowercase();
    let hexadecimal = text.strip_prefix("0x").and_then(|digits| u128::from_str_radix(digits, 16).ok());
    let is_missing = text.chars().all(|letter| "-?.".contains(letter)) || ["na", "nan", "+nan", "-nan", "null"].contains(&text.as_str());
    Some(match (text.parse::<f64>().ok().or(hexadecimal.map(|value| value as f64)), text.as_str()) {
        _ if is_missing => Text::Missing,
        (Some(value), _) => Text::Number(value),
        (None, "true") => Text::Number(1.0),
        (None, "false") => Text::Number(0.0),
        _ => Text::Other,
    })
}

/// The number that a value is, in a string or not.
fn number(value: &Value) -> Option<f64> {
    match text(value) {
        Some(Text::Number(value)) => Some(value),
        _ => plain(value),
    }
}

/// The number that a value is without a string.
fn plain(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(value) => Some(f64::from(u8::from(*value))),
        value => value.as_f64(),
    }
}
