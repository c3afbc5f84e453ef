//! CSV files and logs as people have them.

use crate::folder::Folder;
use crate::frames::gzip;

/// The same rows as plain as can be.
const PLAIN: &str = "a,b\n1.5,20\n2,-1\n-0.25,300\n4,50\n";

/// The model of a file, and the messages of its training.
#[track_caller]
fn trained(name: &str, content: impl AsRef<[u8]>, options: &str) -> (Vec<u8>, String) {
    let folder = Folder::new().file(format!("rows/{name}"), content);
    let told = folder.kitsune("train rows --epochs 2").words(options).succeeds();
    (folder.learnt(), told.stderr)
}

#[test]
fn one_set_of_numbers_has_many_spellings() {
    let expected = trained("a.csv", PLAIN, "").0;
    for (lines, options, said) in [
        ("a,b\n1.5,0x14\n2,-0x1\n-0.25,0X12C\n4,50\n", "", ""),
        ("a;b\n1,5;20\n2;-1\n-0,25;300\n4;50\n", "--decimal-comma", ""),
        ("a,b\n\"1,5\",20\n2,-1\n\"-0,25\",300\n4,50\n", "--decimal-comma --delimiter ,", ""),
        ("a\tb\n1,5\t20\n2\t-1\n-0,25\t3e2\n4\t50\n", "--decimal-comma --delimiter tab", ""),
        ("a,b\n1.5,20\na,b\n2,-1\n-0.25,300\na,b\n4,50\na,b\n", "", "\n3 repeated headers skipped\n"),
        ("a,b\na,b\n1.5,20\n2,-1\n-0.25,300\n4,50\n", "", "\n1 repeated header skipped\n"),
        ("# made by hand\na,b\n1.5,20\n# odd\n2,-1\n-0.25,300\n4,50\n", "--comment #", "\n2 comments skipped\n"),
        (
            "a,b,\n1.5,20,\n2,-1,\n-0.25,300,\n4,50,\n",
            "",
            "neither a name nor a value, and is no feature unless it is chosen by name: column 2\n",
        ),
        ("a,b\n1.5,20,\n2,-1,\n-0.25,300,\n4,50,\n", "", "neither a name nor a value"),
        ("a,b\n1.5,20\nNA,7\n2,-1\n-0.25,300\n-,\\N\n4,50\n", "--on-missing drop", "2 rows dropped"),
        ("a,b\n1.5,20\n-9999,7\n2,-1\n-0.25,300\n6,N.D.\n4,50\n", "--on-missing drop --missing-values -9999.0,n.d.", "2 rows dropped"),
        ("a,b\n1.5,20\n-9999.0,7\n2,-1\n-0.25,300\n4,50\n", "--on-missing drop --missing-values=-9999", "1 row dropped"),
        ("a,b\n1.5,20\n-nan(ind),7\n2,-1\n-0.25,300\n6,1.#INF\n4,50\n", "--on-missing drop", "2 rows dropped"),
    ] {
        let (found, told) = trained("a.csv", lines, options);
        assert!(found == expected, "{lines:?} with {options:?}: {told}");
        assert!(told.contains(said), "{lines:?}: {told:?} does not say {said:?}");
    }
}

#[test]
fn a_number_can_be_a_missing_value_in_every_format() {
    let expected = trained("a.csv", PLAIN, "").0;
    let frame = polars::df!("a" => [1.5, 2.0, -9999.0, -0.25, 4.0], "b" => [20_i64, -1, 5, 300, 50]).unwrap();
    let json =
        "{\"a\": 1.5, \"b\": 20}\n{\"a\": 2, \"b\": -1}\n{\"a\": -9999, \"b\": 5}\n{\"a\": -0.25, \"b\": 300}\n{\"a\": 4, \"b\": 50}\n";
    let files = [("a.parquet", crate::frames::parquet(&frame)), ("a.arrow", crate::frames::ipc_file(&frame)), ("a.ndjson", json.into())];
    for (name, bytes) in files {
        let (found, told) = trained(name, &bytes, "--on-missing drop --missing-values -9999");
        assert!(found == expected && told.contains("1 row dropped"), "{name}: {told}");
        let folder = Folder::new().file(format!("rows/{name}"), &bytes);
        folder.kitsune("train rows --missing-values -9999").fails(&["3, column 0 (a): the value is missing (\"-9999\")", "--on-missing"]);
    }
}

#[test]
fn numbers_in_other_notations_are_shown_with_what_to_convert() {
    for (cells, said) in [
        (["\"1,234.5\"", "\"2,500.0\""], "\"1,234.5\" has separators of thousands: write it as 1234.5\n"),
        (["1 234", "2 500"], "\"1 234\" has separators of thousands: write it as 1234\n"),
        (["45%", "50%"], "\"45%\" has a percent sign: write the number alone, in all rows\n"),
        (["\"1,5\"", "\"2,5\""], "\"1,5\" has a decimal comma: say that decimals have commas, or write a point (--decimal-comma)\n"),
        (["\"1,500\"", "\"2,500\""], "\"1,500\" has separators of thousands: write it as 1500\n"),
        (["12 kB", "3 kB"], "\"12 kB\" seems to have a unit"),
    ] {
        let folder = Folder::new().file("rows/a.csv", format!("a,b\n1,{}\n2,{}\n", cells[0], cells[1]));
        let told = folder.kitsune("train rows").fails(&["rows/a.csv, line 2, column 1 (b): ", said]);
        assert!(!told.stderr.contains("must be left out"), "{}", told.stderr);
    }
    let folder = Folder::new().file("rows/a.csv", "a;b\n1;1,500\n2;2,500\n");
    folder
        .kitsune("train rows --delimiter ;")
        .fails(&["\"1,500\" has a comma", "or write it as 1500 if it is one of thousands (--decimal-comma)\n"]);
    for (cells, said) in [
        (["2026-01-31", "2026-02-01"], "not numbers and must be left out: day (a date) (--exclude day)"),
        (["12:30", "12:31"], "day (a time) (--exclude day)"),
        (["7", "2026-02-01"], "is a date, which is no feature: leave the column out (train with --exclude day)"),
    ] {
        let folder = Folder::new().file("rows/a.csv", format!("a,day,b\n1,{},3\n2,{},1\n", cells[0], cells[1]));
        folder.kitsune("train rows --epochs 1").fails(&[said]);
        folder.kitsune("train rows --epochs 1 --exclude day").succeeds();
    }
}

#[test]
fn repeated_headers_and_comments_have_no_line_in_the_output() {
    let folder = Folder::new().file("rows/a.csv", PLAIN).file("today.csv", "a,b\n# odd\n1.5,20\na,b\n,-1\na,b\n4,50\n");
    folder.kitsune("train rows --epochs 1").succeeds();
    let told = folder.kitsune("score today.csv out.csv --comment # --on-missing drop --keep a --with-row-numbers").succeeds();
    told.says(&["\n2 repeated headers skipped\n1 comment skipped\n1 row dropped"]);
    let out = String::from_utf8(folder.read("out.csv")).unwrap();
    let lines: Vec<_> = out.lines().collect();
    assert_eq!(lines.len(), 4, "{out}");
    assert!(lines[1].starts_with("1.5,1,") && lines[2].starts_with(",2,") && lines[3].starts_with("4,3,"), "{out}");
}

/// The plain rows as a log of Zeek, with a header that comes again.
fn log() -> String {
    let header = "#separator \\x09\n#unset_field\t-\n#empty_field\t(empty)\n#path\tconn\n#fields\tuid\ta\tid.orig_h\tb\ttags\n\
                  #types\tstring\tdouble\taddr\tint\tset[string]\n";
    let row = |(number, line): (usize, &str)| {
        let (a, b) = line.split_once(',').unwrap();
        format!("C{number}\t{a}\t10.0.0.{number}\t{b}\t(empty)\n")
    };
    let rows: Vec<_> = PLAIN.lines().skip(1).enumerate().map(row).collect();
    format!("{header}{}#close\t2026-01-31\n{header}{}", rows[..2].concat(), rows[2..].concat())
}

#[test]
fn a_log_of_zeek_is_read_as_the_same_rows_are() {
    let expected = trained("a.csv", PLAIN, "").0;
    for (name, bytes) in [
        ("conn.log", log().into_bytes()),
        ("conn.log.gz", gzip(log().as_bytes())),
        ("conn.log.labeled", log().into()),
        ("a.csv", log().into()),
    ] {
        let (found, told) = trained(name, bytes, "");
        assert!(found == expected, "{name}: {told}");
        assert!(told.contains("are no features: uid (string), id.orig_h (addr), tags (set[string])\n"), "{told}");
    }
    let folder = Folder::new().file("conn", log()).file("rows.csv", PLAIN).file("logs/conn.log", log());
    let folder = folder.file("logs/reporter.log", "something else\n");
    folder.kitsune("train rows.csv --epochs 2").succeeds();
    folder.kitsune("score rows.csv scores").succeeds();
    let scores = folder.scores("scores");
    for (rows, output) in [("conn", "out.csv"), ("logs", "other.csv")] {
        let told = folder.kitsune("score --keep uid,id.orig_h").words(rows).words(output).succeeds();
        assert!(!told.stderr.contains("no features"), "the model chooses: {}", told.stderr);
        let out = String::from_utf8(folder.read(output)).unwrap();
        assert!(out.starts_with("uid,id.orig_h,score") && out.contains("\nC3,10.0.0.3,") && out.lines().count() == 5, "{out}");
    }
    let told = folder.kitsune("score - -").reads(log()).succeeds();
    let found: Vec<f32> = told
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["score"].as_f64().unwrap() as f32)
        .collect();
    assert_eq!(found, scores);
}

#[test]
fn logs_of_zeek_that_cannot_be_read_are_told_by_their_line() {
    let other = log().replace("int\t", "string\t");
    for (text, parts) in [
        (log() + &other, &["rows/conn.log, line 23: #types has \"string\" where the log had \"int\" before: divide the file there"][..]),
        (log().replace("#fields", "#field"), &["rows/conn.log, line 7: there is no line #fields before the rows"]),
        (log().replace("\t20\t", "\tx\t"), &["rows/conn.log, line 7, column 3 (b): \"x\" is not a number"]),
        (log().replace("\t20\t", "\t-\t"), &["rows/conn.log, line 7, column 3 (b)", "missing (\"-\")", "--on-missing"]),
    ] {
        Folder::new().file("rows/conn.log", text).kitsune("train rows --quiet").fails(parts);
    }
    let folder = Folder::new().file("logs/syslog.log", "hello\n");
    folder.kitsune("train logs").fails(&["there is no .csv, .parquet, .ndjson, .arrow or .pcap file in logs, only 1 .log"]);
    folder.kitsune("train logs/syslog.log").fails(&["logs/syslog.log does not tell its format", "--file-format"]);
}

#[test]
fn json_logs_of_zeek_are_lines_of_json() {
    let json = "{\"a\": 1.5, \"b\": 20}\n{\"a\": 2, \"b\": -1}\n{\"a\": -0.25, \"b\": 300}\n{\"a\": 4, \"b\": 50}\n";
    assert!(trained("conn.log", json, "").0 == trained("a.csv", PLAIN, "").0);
    assert!(trained("conn.log.gz", gzip(json.as_bytes()), "").0 == trained("a.csv", PLAIN, "").0);
}

#[test]
fn lines_that_end_with_bare_carriage_returns_are_named() {
    let parts = ["the lines of rows/a.csv end with bare carriage returns", "tr '\\r' '\\n'"];
    for text in ["a,b\r1,2\r3,4\r", "1,2\r3,4\r5,6", "a,b\r1,2\n3,4\n"] {
        Folder::new().file("rows/a.csv", text).kitsune("train rows --epochs 1").fails(&parts);
    }
    let quoted = Folder::new().file("rows/a.csv", "\"a\r1\",b\r\n1,2\r\n3,4\r\n");
    quoted.kitsune("train rows --epochs 1").succeeds();
}

#[test]
fn a_compressed_file_of_no_bytes_is_no_empty_table() {
    for name in ["b.csv.gz", "b.CSV.zst", "b.csv.GZ"] {
        let folder = Folder::new().file("rows/a.csv", PLAIN).file(format!("rows/{name}"), "");
        folder.kitsune("train rows --epochs 1").fails(&[name, "is empty, as no compressed file is"]);
    }
    Folder::new().file("rows/a.csv", PLAIN).file("rows/b.csv", "").kitsune("train rows --epochs 1").succeeds();
}

#[test]
fn names_and_values_are_short_and_change_no_terminal() {
    let long = "n".repeat(300_000);
    let folder = Folder::new()
        .file("name.csv", format!("a,{long}\n1,2\n1,x\n"))
        .file("value.csv", format!("a,b\n1,1{}\n", "0".repeat(300_000)))
        .file("label.csv", format!("a,b,l\n1,2,{long}\n1,3,other\n"))
        .file("escape.csv", "a,b\u{1b}[31m\u{202e}\n1,2\n1,x\n");
    for (words, parts) in [
        ("train name.csv", &["line 3, column 1 (nnn", "…", "--exclude 1"][..]),
        ("train value.csv", &["value.csv, line 2", "100000", "is not a finite number"]),
        ("train label.csv --label-column l", &["label.csv", "\"nnn"]),
        ("train escape.csv", &["(b\\u{1b}[31m\\u{202e})", "--exclude 1"]),
        ("train nowhere\u{1b}[31m", &["nowhere\\u{1b}[31m"]),
    ] {
        let told = folder.kitsune(words).words("--epochs 1").fails(parts).stderr;
        assert!(told.len() < 25_000 && !told.contains('\u{1b}'), "{words}: {} bytes", told.len());
    }
}
