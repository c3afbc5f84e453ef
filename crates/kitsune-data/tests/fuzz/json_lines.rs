//! Mutated JSON files, compared with a naive parser.

use std::path::Path;

use kitsune_data::{Error, Format, Missing, SchemaError, SourceOptions};

use crate::csv::FILL;
use crate::mutator::{Mutator, Random};
use crate::naive_json::{FIRST_ROWS, has_texts_with_digits, naive, names_twice};
use crate::outcome::Outcome;
use crate::run::{Subject, fuzz};

#[derive(Clone, Debug)]
pub(crate) struct How {
    pub(crate) missing: Missing,
    /// Leaves out the columns that are no numbers, and carries them along.
    pub(crate) without_others: bool,
}

pub(crate) struct JsonLines;

impl Subject for JsonLines {
    const EXTENSION: &'static str = "ndjson";
    const CASES: u64 = 2_000;
    type How = How;

    fn mutator() -> Mutator {
        let flat = (0..8).map(|row| format!("{{\"a\":{row},\"b\":{row}.25e1,\"c\":-{row}}}\n")).collect::<Vec<_>>().concat();
        let late = (0..FIRST_ROWS + 2).map(|row| format!("{{\"a\":{}}}\n", row % 7)).collect::<Vec<_>>().concat();
        let nested = "{\"a\":1,\"o\":{\"b\":2,\"p\":{\"c\":3,\"d\":4}}}\n{\"o\":{\"p\":{\"d\":8,\"c\":7},\"b\":6},\"a\":5}\n";
        let spread = nested.replace('{', "{\n ").replace(',', ",\n ").replace('}', "\n}");
        let array = format!("[{}]\n", nested.trim_end().replace('\n', ",\n"));
        let late_array = format!("[{}]", late.trim_end().replace('\n', ","));
        let seeds = [
            nested.to_owned(),
            spread.clone(),
            nested.replace('\n', ""),
            array.clone(),
            format!("[ {} ]\n[]", spread.trim_end().replace("}\n{", "}\n,\n{")),
            format!("{array}{array}"),
            "{\"a\":\"1\",\"b\":\"-2.5\"}\n{\"a\":\"\",\"b\":3}\n{\"a\":\"x\",\"b\":\"?\"}\n{\"a\":\"4\",\"b\":null}\n".into(),
            "{\"a\":1,\"o\":{\"b\":2}}\n{\"a\":1,\"o\":null}\n{\"o\":{},\"a\":1}\n{\"o\":3,\"a\":2}\n{\"o.b\":3,\"a\":2}\n".into(),
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
            late_array,
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
            b"-Infinity",
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
            b"},{",
            b"}{",
            b"\"o\":{",
            b"\"1\"",
            b",\"z\":{\"y\":[1,{}]}",
            b"\"f[0]\":1,",
            b"0.1234567890123456789012345",
        ];
        Mutator { seeds: seeds.map(String::into_bytes).into(), tokens, binary: false, special: None }
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
        if names_twice(bytes) {
            return Ok("names twice in the first row");
        }
        if has_texts_with_digits(bytes) {
            return Ok("strings with digits that are no numbers");
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
