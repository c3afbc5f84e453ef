//! Zeek's own logs, and what other programs make of them.

use kitsune_data::{Format, Missing, Source, SourceOptions};

use crate::folder::{Folder, assert_says, error, rows};
use crate::formats::gzip;

/// A log of connections.
const CONN: &str = "#separator \\x09
#set_separator\t,
#empty_field\t(empty)
#unset_field\t-
#path\tconn
#open\t2026-01-31-12-00-00
#fields\tts\tuid\tid.orig_h\tid.orig_p\tproto\tduration\torig_bytes\tlocal_orig\ttunnel_parents
#types\ttime\tstring\taddr\tport\tenum\tinterval\tcount\tbool\tset[string]
1769860800.5\tC1\t10.0.0.1\t443\ttcp\t0.25\t1200\tT\t(empty)
1769860801.25\t\"C2\t10.0.0.2\t53\tudp\t-\t-\tF\t-
1769860802\tC3\t10.0.0.3\t80\ttcp\t1e-3\t0\tT\t(empty)
#close\t2026-01-31-13-00-00
";

/// Its numbers, where missing values are -1.
const NUMBERS: [[f64; 5]; 3] =
    [[1_769_860_800.5, 443.0, 0.25, 1200.0, 1.0], [1_769_860_801.25, 53.0, -1.0, -1.0, 0.0], [1_769_860_802.0, 80.0, 0.001, 0.0, 1.0]];

fn filled(source: Source) -> Vec<Vec<f64>> {
    rows(&source.with_missing(Missing::Fill(-1.0)), 0)
}

#[test]
fn a_log_is_known_by_its_first_bytes() {
    for (name, bytes) in [
        ("conn.log", CONN.as_bytes().to_vec()),
        ("conn.log.gz", gzip(CONN)),
        ("conn.log.zst", zstd::encode_all(CONN.as_bytes(), 3).unwrap()),
        ("conn.log.labeled", CONN.as_bytes().to_vec()),
        ("conn.csv", CONN.as_bytes().to_vec()),
        ("conn.log", CONN.replace('\n', "\r\n").into_bytes()),
        ("conn.log", CONN.replace('\t', "|").replace("\\x09", "\\x7c").into_bytes()),
    ] {
        let folder = Folder::new().file(name, bytes);
        let source = folder.open();
        assert_eq!(source.format(), Format::Csv);
        assert_eq!(source.names().unwrap(), ["ts", "id.orig_p", "duration", "orig_bytes", "local_orig"], "{name}");
        assert_eq!(filled(source), NUMBERS, "{name}");
    }
    for name in ["conn", "conn.log.2026-01-31", "conn.txt"] {
        let folder = Folder::new().file(name, CONN);
        assert_eq!(filled(Source::open(folder.path().join(name)).unwrap()), NUMBERS, "{name}");
    }
}

#[test]
fn what_is_no_number_is_left_out_and_said() {
    let folder = Folder::new().file("conn.log", CONN);
    let source = folder.open();
    let [note] = source.notes() else { panic!("{:?}", source.notes()) };
    assert_says(&note.to_string(), &["uid (string), id.orig_h (addr), proto (enum), tunnel_parents (set[string])", "are no features"]);
    let picked = source.clone().select(["*_bytes", "id.*"]).unwrap();
    assert_eq!((picked.names().unwrap(), picked.notes().len()), (&["id.orig_p".to_owned(), "orig_bytes".into()][..], 0));
    assert_says(&error(source.clone().select(["proto", "ts"])), &["proto (enum)", "must be left out"]);
    assert_says(&error(Ok(source.clone())), &["conn.log, line 10, column 5 (duration)", "the value is missing (\"-\")"]);

    let kept = source.with_missing(Missing::Drop).keep(["ts", "uid", "tunnel_parents"]).unwrap();
    let batch = kept.pass(0).unwrap().next().unwrap().unwrap();
    assert_eq!((batch.rows(), batch.records().rows()), (2, 3));
    let texts = batch.kept(&[0]).unwrap().concat();
    let expected =
        [("ts", "1769860800.5"), ("uid", "C1"), ("tunnel_parents", "(empty)")].map(|(name, text)| (name.to_owned(), text.to_owned()));
    assert_eq!(texts, expected);
}

#[test]
fn a_quote_is_a_character_like_any_other_and_what_is_unset_is_kept_as_nothing() {
    let folder = Folder::new().file("conn.log", CONN);
    let source = folder.open().with_missing(Missing::Fill(0.0)).keep(["uid", "tunnel_parents"]).unwrap();
    let batch = source.pass(0).unwrap().next().unwrap().unwrap();
    assert_eq!(batch.kept(&[1]).unwrap().concat(), [("uid".to_owned(), "\"C2".to_owned())]);
}

#[test]
fn cells_that_spaces_join_are_separate_columns() {
    let text = "#separator \\x09
#unset_field\t-
#fields\tts\tresp_bytes\ttunnel_parents   label   detailed-label
#types\ttime\tcount\tset[string]   string   string
1\t20\t(empty)   Malicious   C&C
2\t-\t-   Benign   -
#close\t2026-01-31-13-00-00
";
    let folder = Folder::new().file("conn.log.labeled", text);
    let source = folder.open().keep(["label", "detailed-label"]).unwrap().with_missing(Missing::Fill(-1.0));
    assert_eq!(source.names().unwrap(), ["ts", "resp_bytes"]);
    let batch = source.pass(0).unwrap().next().unwrap().unwrap();
    assert_eq!(batch.data().iter::<f64>().collect::<Vec<_>>(), [1.0, 20.0, 2.0, -1.0]);
    let kept = batch.kept(&[0, 1]).unwrap().concat();
    assert_eq!(kept.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["Malicious", "C&C", "Benign"]);
    let cut = text.replace("-   Benign   -", "-   Benign");
    assert_says(
        &error(Ok(Folder::new().file("a.log", cut).open().with_missing(Missing::Drop))),
        &["line 6: the row has 4 cells instead of 5"],
    );
}

#[test]
fn logs_that_were_put_together_are_one_if_their_columns_are_the_same() {
    let folder = Folder::new().file("conn.log", CONN.repeat(2));
    assert_eq!(filled(folder.open()), [NUMBERS, NUMBERS].concat());
    let other = CONN.replace("orig_bytes", "resp_bytes");
    let said = "#fields has \"resp_bytes\" where the log had \"orig_bytes\" before: divide the file there";
    assert_says(
        &error(Ok(Folder::new().file("a.log", format!("{CONN}{other}")).open().with_missing(Missing::Drop))),
        &["a.log, line 19", said],
    );
    let two = |other: &str| Folder::new().file("a.log", CONN).file("b.log", other);
    assert_eq!(filled(two(CONN).open()).len(), 6);
    assert_says(&two(&other).error(), &["column 6 is \"resp_bytes\" in", "b.log but \"orig_bytes\" in", "a.log"]);
    assert_says(&two(&CONN.replace("\tcount\t", "\tstring\t")).error(), &["#types has \"string\" where the log had \"count\" before"]);
    let mixed = Folder::new().file("a.csv", "a,b\n1,2\n").file("b.csv", CONN);
    assert_says(&mixed.error(), &["b.csv is a log of Zeek but", "a.csv is not"]);
    let mixed = Folder::new().file("a.csv", CONN).file("b.csv", "a,b\n1,2\n");
    assert_says(&mixed.error(), &["a.csv is a log of Zeek but", "b.csv is not"]);
}

#[test]
fn logs_that_describe_no_rows_are_told_or_hold_none() {
    let lines: Vec<_> = CONN.split_inclusive('\n').collect();
    for end in 0..=lines.len() {
        let folder = Folder::new().file("conn.csv", lines[..end].concat());
        let source = folder.open();
        assert_eq!(filled(source), NUMBERS[..end.saturating_sub(8).min(3)], "the first {end} lines");
    }
    for (text, said) in [
        (CONN.replace("#fields", "#felds"), "line 9: there is no line #fields before the rows"),
        (CONN.replace("#types", "#typ"), "line 9: there is no line #types before the rows"),
        (CONN.replace("\\x09", "tab"), "#separator must be one character, such as \\x09"),
        (CONN.replace("\tset[string]", ""), "#fields names 9 columns, but #types names 8"),
    ] {
        assert_says(&Folder::new().file("conn.log", text).error(), &["conn.log, line ", said]);
    }
}

#[test]
fn other_logs_are_json_or_none() {
    let json = "{\"ts\": 1.5, \"orig_bytes\": 2}\n{\"ts\": 2.5, \"orig_bytes\": 3}\n";
    let folder = Folder::new().file("logs/conn.log", json).file("logs/syslog.log", "Jan 31 12:00:00 host sshd[1]: hello\n");
    let source = Source::open(folder.path().join("logs")).unwrap();
    assert_eq!((source.format(), source.files().len()), (Format::JsonLines, 1));
    assert_eq!(rows(&source, 0), [[1.5, 2.0], [2.5, 3.0]]);
    assert_says(&error(Source::open(folder.path().join("logs/syslog.log"))), &["syslog.log does not tell its format"]);
    let folder = folder.file("rows.csv", "1,2\n");
    assert_eq!(folder.open().files().len(), 1, "beside files of rows nobody looks at logs");
    let named = SourceOptions::new().with_format(Format::Csv).open(folder.path().join("rows.csv")).unwrap();
    assert_eq!(rows(&named, 0), [[1.0, 2.0]]);
}
