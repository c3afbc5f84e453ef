//! Mutated and truncated logs of Zeek: whatever they become, they are read or refused.

use std::path::Path;

use kitsune_data::{Format, Missing, SourceOptions};

use crate::csv::FILL;
use crate::mutator::{Mutator, Random};
use crate::outcome::Outcome;
use crate::run::{Subject, fuzz};

#[derive(Clone, Debug)]
pub(crate) struct How {
    missing: Missing,
    keep: bool,
}

pub(crate) struct ZeekLog;

impl Subject for ZeekLog {
    const EXTENSION: &'static str = "log";
    const CASES: u64 = 1_200;
    type How = How;

    fn mutator() -> Mutator {
        let header =
            "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#open\t2026-01-31-12-00-00\n";
        let columns = "#fields\tts\tuid\tport\tproto\tbytes\tlocal\n#types\ttime\tstring\tport\tenum\tcount\tbool\n";
        let rows = (0..8).map(|row| format!("{row}.5\tC{row}\t{}\ttcp\t-\tT\n", row * 7)).collect::<Vec<_>>().concat();
        let joined = "#fields\tts\tbytes\ttunnels   label   detail\n#types\ttime\tcount\tset[string]   string   string\n";
        let joined_rows = "1.5\t20\t(empty)   Malicious   C&C\n2.5\t-\t-   Benign   -\n";
        let close = "#close\t2026-01-31-13-00-00\n";
        let plain = format!("{header}{columns}{rows}{close}");
        let seeds = [
            plain.clone(),
            plain.repeat(2),
            plain.replace('\n', "\r\n"),
            plain.replace('\t', ",").replace("\\x09", ","),
            plain.replace('\t', "|").replace("\\x09", "\\x7c"),
            format!("{header}{joined}{joined_rows}{close}").repeat(2),
            format!("{header}{columns}{close}"),
        ];
        let tokens: &[&[u8]] = &[
            b"\t",
            b"\n",
            b"\r\n",
            b"#",
            b"   ",
            b"  ",
            b",",
            b"\\x09",
            b"\\x",
            b"\\x00",
            b"\\x0a",
            b"\\xff",
            b"\0",
            b"\xff",
            b"\"",
            b"-",
            b"(empty)",
            b"#fields",
            b"#fields\t",
            b"#types\t",
            b"#separator ",
            b"#separator \\x7c\n",
            b"#unset_field\t",
            b"#close\n",
            b"time",
            b"string",
            b"set[count]",
            b"vector[",
            b"1e999",
            b"nan",
            b"0x10",
        ];
        Mutator { seeds: seeds.map(String::into_bytes).into(), tokens, binary: false, special: None }
    }

    fn how(random: &mut Random) -> How {
        let missing = [Missing::Refuse, Missing::Fill(FILL), Missing::Fill(FILL), Missing::Drop][random.below(4)].clone();
        How { missing, keep: random.one_in(3) }
    }

    fn read(path: &Path, how: &How) -> Outcome {
        let source = SourceOptions::new().with_format(Format::Csv).open(path).and_then(|source| {
            let source = source.with_missing(how.missing.clone());
            if how.keep && source.features() > 0 { source.keep(["*"]) } else { Ok(source) }
        });
        Outcome::of(source, path)
    }

    fn check(bytes: &[u8], _: &How, found: &Outcome) -> Result<&'static str, String> {
        let most = bytes.split(|&byte| byte == b'\n').count();
        if found.rows.len() > most {
            return Err(format!("{} rows of {most} lines", found.rows.len()));
        }
        if found.rows.iter().flatten().any(|value| !value.is_finite()) {
            return Err(format!("a missing value that is none: {:?}", found.rows));
        }
        Ok(if found.error.is_some() { "errors" } else { "read" })
    }

    fn known(_: &str) -> bool {
        false
    }
}

#[test]
fn mutated_logs_of_zeek_are_read_or_refused() {
    fuzz::<ZeekLog>();
}
