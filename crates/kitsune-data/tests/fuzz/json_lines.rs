//! Mutated NDJSON files, compared with a naive parser.

use std::fmt;
use std::path::Path;

use kitsune_data::{Error, Format, Missing, SchemaError, SourceOptions};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::csv::FILL;
use crate::mutator::{Mutator, Random};
use crate::outcome::Outcome;
use crate::run::{Subject, fuzz};

/// The number of rows that give the fields.
const FIRST_ROWS: usize = 1_000;

#[derive(Clone, Debug)]
pub(crate) struct How {
    pub(crate) missing: Missing,
    /// Leaves out the columns that are no numbers, and carries them along.
    pub(crate) without_others: bool,
}

pub(crate) struct JsonLines;

impl Subject for JsonLines {
    const EXTENSION: &'static str = "ndjson";
    const CASES: u64 = 1_200;
    type How = How;

    fn mutator() -> Mutator {
        let flat = (0..8).map(|row| format!("{{\"a\":{row},\"b\":{row}.25e1,\"c\":-{row}}}\n")).collect::<Vec<_>>().concat();
        let late = (0..FIRST_ROWS + 2).map(|row| format!("{{\"a\":{}}}\n", row % 7)).collect::<Vec<_>>().concat();
        let seeds = [
            flat.clone(),
            flat.replace('\n', "\r\n"),
            format!("\u{feff}{flat}\n \n"),
            "{\"c\":1,\"a\":2}\n{\"a\":3,\"c\":4}\n{ \"a\" : 5 , \"c\" : 6 }".into(),
            "{\"f\":[1,2.5,3],\"x\":true}\n{\"x\":false,\"f\":[4,5,6e0]}\n".into(),
            "{\"a\":null,\"f\":[1,null]}\n{\"a\":1,\"f\":null}\n{\"f\":[true,2]}\n{\"a\":2,\"f\":[3,4]}\n".into(),
            "{\"a\":1,\"t\":\"x\\u00e9\\n\",\"o\":{\"p\":[{}]}}\n{\"a\":2,\"t\":\"\",\"o\":{}}\n{\"t\":\"y\",\"a\":3,\"o\":{\"q\":1}}\n"
                .into(),
            "{\"a\":9223372036854775807,\"b\":18446744073709551615,\"c\":1e308}\n{\"a\":-0,\"b\":-0.0,\"c\":5e-324}\n".into(),
            "{\"l\":[[1],[2]],\"e\":[],\"a\":1}\n{\"l\":[],\"e\":[],\"a\":2}\n".into(),
            late,
        ];
        let tokens: &[&[u8]] = &[
            b"{",
            b"}",
            b"[",
            b"]",
            b"\"",
            b":",
            b",",
            b"\n",
            b"\r\n",
            b"\\",
            b"\\u0000",
            b"\\ud800",
            b"\0",
            b"\xff",
            b"\xef\xbb\xbf",
            b" ",
            b"null",
            b"true",
            b"false",
            b"NaN",
            b"1e999",
            b"-1",
            b"0",
            b"9",
            b".",
            b"e",
            b"1e-400",
            b"18446744073709551616",
            b"\"a\":1,",
            b"\"a\":",
            b"{}",
            b"[]",
            b"[[[[",
            b",\"z\":{\"y\":[1,{}]}",
            b"\"f[0]\":1,",
            b"0.1234567890123456789012345",
        ];
        Mutator { seeds: seeds.map(String::into_bytes).into(), tokens, binary: false }
    }

    fn how(random: &mut Random) -> How {
        let missing = [Missing::Refuse, Missing::Refuse, Missing::Fill(FILL), Missing::Drop][random.below(4)].clone();
        How { missing, without_others: random.one_in(2) }
    }

    fn read(path: &Path, how: &How) -> Outcome {
        let source = SourceOptions::new().with_format(Format::JsonLines).open(path);
        let source = source.and_then(|source| match source.pass(0).map(drop) {
            Err(Error::Schema(SchemaError::NotNumbers { names, .. })) if how.without_others => source.exclude(&names)?.keep(&names),
            _ => Ok(source),
        });
        Outcome::of(source.map(|source| source.with_missing(how.missing.clone())), path)
    }

    fn check(bytes: &[u8], how: &How, found: &Outcome) -> Result<&'static str, String> {
        if bytes.starts_with(b"\x1f\x8b") || bytes.starts_with(b"\x28\xb5\x2f\xfd") {
            return Ok("compressed");
        }
        let naive = naive(bytes, how);
        if how.without_others && found.error.is_some() && naive.error.is_none() {
            // Columns that are passed through have types too, which the naive parser does not know.
            let same = Outcome { error: None, rows: naive.rows[..found.rows.len()].to_vec(), ..naive };
            Outcome { error: None, ..found.clone() }.check_same(&same)?;
            return Ok("errors in what is carried along");
        }
        found.check_same(&naive)?;
        Ok(if found.error.is_some() { "errors" } else { "read" })
    }

    fn known(_: &str) -> bool {
        false
    }
}

#[test]
fn mutated_json_lines_are_read_as_a_naive_parser_reads_them() {
    fuzz::<JsonLines>();
}

/// The fields of an object, as they are written.
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AllPairs;
        impl<'de> Visitor<'de> for AllPairs {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(AllPairs)
    }
}

/// The layout of a field in the first row that has it.
#[derive(Clone, Debug, PartialEq)]
enum Layout {
    Unknown,
    Number,
    List(usize),
    Other,
}

fn naive(text: &[u8], how: &How) -> Outcome {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let lines: Vec<_> = text.split(|&byte| byte == b'\n').collect();
    let outcome = Outcome::default();
    let fields = match fields(&lines[..lines.len().min(FIRST_ROWS)]) {
        Ok(fields) => fields,
        Err(error) => return outcome.failed(error),
    };
    let names = fields.iter().flat_map(|(name, layout)| match layout {
        Layout::List(width) => (0..*width).map(|element| format!("{name}[{element}]")).collect(),
        Layout::Other => Vec::new(),
        _ => vec![name.clone()],
    });
    let names: Vec<_> = names.collect();
    let mut outcome = Outcome { names: Some(names.clone()), ..outcome };
    if !how.without_others && fields.iter().any(|(_, layout)| *layout == Layout::Other) {
        return outcome.failed("not all are numbers");
    }
    if names.is_empty() && fields.iter().any(|(_, layout)| *layout == Layout::Other) {
        return outcome.failed("no features");
    }
    if (1..names.len()).any(|at| names[..at].contains(&names[at])) {
        return outcome.failed("a name twice");
    }
    for line in lines.into_iter().filter(|line| !line.trim_ascii().is_empty()) {
        match row(line, &fields, how) {
            Err(error) => return outcome.failed(error),
            // Rows of nothing are no rows.
            Ok(row) => outcome.rows.extend(row.filter(|row| !row.is_empty())),
        }
    }
    outcome
}

/// The fields that the first rows have.
fn fields(lines: &[&[u8]]) -> Result<Vec<(String, Layout)>, String> {
    let mut fields: Vec<(String, Layout)> = Vec::new();
    for line in lines.iter().filter(|line| !line.trim_ascii().is_empty()) {
        let Pairs(pairs) = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        for (name, value) in &pairs {
            let field = fields.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
                fields.push((name.clone(), Layout::Unknown));
                fields.len() - 1
            });
            if fields[field].1 == Layout::Unknown {
                fields[field].1 = match value {
                    Value::Null => Layout::Unknown,
                    Value::Bool(_) | Value::Number(_) => Layout::Number,
                    Value::Array(values) if !values.is_empty() && values.iter().all(|value| value.is_null() || number(value).is_some()) => {
                        Layout::List(values.len())
                    }
                    _ => Layout::Other,
                };
            }
        }
    }
    Ok(fields)
}

/// The features of a row, unless it is dropped.
fn row(line: &[u8], fields: &[(String, Layout)], how: &How) -> Result<Option<Vec<f64>>, String> {
    let Pairs(pairs) = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    for (at, (name, _)) in pairs.iter().enumerate() {
        if !fields.iter().any(|(known, _)| known == name) || pairs[..at].iter().any(|(earlier, _)| earlier == name) {
            return Err(format!("{name} is unknown or there twice"));
        }
    }
    let mut row = Vec::new();
    for (name, layout) in fields {
        let value = pairs.iter().find(|(other, _)| other == name).map_or(&Value::Null, |(_, value)| value);
        let width = match layout {
            Layout::Other => continue,
            Layout::List(width) => *width,
            Layout::Unknown | Layout::Number => 1,
        };
        match (layout, value) {
            (_, Value::Null) => row.extend(vec![None; width]),
            (Layout::List(width), Value::Array(values)) if values.len() == *width => {
                for value in values {
                    row.push(if value.is_null() { None } else { Some(number(value).ok_or("an element is no number")?) });
                }
            }
            (Layout::Unknown | Layout::Number, value) => row.push(Some(number(value).ok_or("no number")?)),
            _ => return Err("no such list".into()),
        }
    }
    Ok(match how.missing {
        _ if row.iter().all(Option::is_some) => Some(row.into_iter().flatten().collect()),
        Missing::Fill(fill) => Some(row.into_iter().map(|value| value.unwrap_or(fill)).collect()),
        Missing::Drop => None,
        _ => return Err("a missing value".into()),
    })
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(value) => Some(f64::from(u8::from(*value))),
        value => value.as_f64(),
    }
}
