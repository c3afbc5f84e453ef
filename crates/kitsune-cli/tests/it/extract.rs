//! `kitsune extract`: captures to rows of statistics.

use std::process::Stdio;

use polars::prelude::{DataFrame, DataType};
use serde_json::Value;

use crate::folder::{Folder, MODEL};
use crate::frames;
use crate::kitsune::kitsune;
use crate::pcap::{self, PUBLISHED, pcap, record};

fn folder() -> Folder {
    Folder::new().file("trace.pcap", PUBLISHED).file("made-up.pcap", pcap(&pcap::ordinary(60)))
}

/// All values of a column as numbers.
fn numbers(frame: &DataFrame, name: &str) -> Vec<Option<f64>> {
    frame.column(name).unwrap().cast(&DataType::Float64).unwrap().f64().unwrap().iter().collect()
}

#[test]
fn statistics_are_the_same_in_every_format() {
    let folder = folder();
    folder.kitsune("extract trace.pcap expected.parquet").succeeds().says(&["extracting: ", " rows in ", "wrote expected.parquet\n"]);
    let expected = frames::read("expected.parquet", folder.read("expected.parquet"));
    assert_eq!((expected.height(), expected.width()), (2_000, 100));
    let names: Vec<_> = expected.get_column_names().iter().map(ToString::to_string).collect();
    assert_eq!([&names[0], &names[15], &names[99]], ["MI_dir_L5_weight", "HH_L5_weight", "HpHp_L0.01_pcc"]);
    for output in ["out.csv", "out.arrow", "out.ndjson"] {
        folder.kitsune(&format!("extract trace.pcap {output} -q")).succeeds();
        let found = frames::read(output, folder.read(output));
        for name in &names {
            assert_eq!(numbers(&found, name), numbers(&expected, name), "{output}: {name}");
        }
    }
    let streamed = folder.kitsune("extract - - -q").reads(PUBLISHED).gives();
    assert!(streamed == folder.read("out.ndjson"));
}

#[test]
fn what_the_headers_say_comes_before_the_statistics() {
    let folder = folder();
    folder.kitsune("extract made-up.pcap out.ndjson --keep time,source,destination_port,packet --statistics 115").succeeds();
    let text = String::from_utf8(folder.read("out.ndjson")).unwrap();
    let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(first.as_object().unwrap().len(), 119);
    assert!(
        text.starts_with("{\"time\": \"1700000000.000000\", \"source\": \"192.0.2.1\", \"destination_port\": 53, \"packet\": 1, "),
        "{text:.200}"
    );
    folder
        .kitsune("extract made-up.pcap answers.ndjson --keep packet --where source_port=53")
        .succeeds()
        .says(&["30 rows left out by --where"]);
    let answers = String::from_utf8(folder.read("answers.ndjson")).unwrap();
    // The packets that are left out count in the statistics of the others.
    let of_all = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).filter(|row| row["destination_port"] != 53);
    for (answer, row) in answers.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).zip(of_all) {
        assert_eq!((&answer["packet"], &answer["HH_L1_pcc"]), (&row["packet"], &row["HH_L1_pcc"]));
    }
    assert_eq!(answers.lines().count(), 30);
}

#[test]
fn a_model_of_extracted_rows_and_one_of_the_capture_give_the_same_scores() {
    let folder = folder();
    for (statistics, rows) in [(100, "rows.csv"), (115, "rows.parquet")] {
        folder.kitsune(&format!("extract trace.pcap {rows} --statistics {statistics}")).succeeds();
        folder.kitsune(&format!("train {rows} --epochs 1 -q")).succeeds();
        let of_rows = folder.learnt();
        folder.kitsune(&format!("score {rows} rows-by-rows.csv")).succeeds();
        // The model of the rows knows by their names which statistics it takes.
        folder.kitsune("score trace.pcap capture-by-rows.csv").succeeds();
        folder.kitsune(&format!("train trace.pcap --statistics {statistics} --epochs 1 -q")).succeeds();
        assert!(folder.learnt() == of_rows, "{statistics}: other models");
        folder.kitsune("score trace.pcap capture-by-capture.csv").succeeds();
        folder.kitsune(&format!("score {rows} rows-by-capture.csv")).succeeds();
        let expected = folder.read("rows-by-rows.csv");
        assert!(expected.len() > 2_000 * 10);
        for other in ["capture-by-rows.csv", "capture-by-capture.csv", "rows-by-capture.csv"] {
            assert!(folder.read(other) == expected, "{statistics}: {other}");
        }
    }
}

#[test]
fn packets_without_statistics_keep_their_line_and_are_counted() {
    let mut packets = pcap::ordinary(5);
    // A frame of four bytes.
    packets[2].1.truncate(4);
    let folder = Folder::new().file("cut.pcap", [pcap(&packets), vec![0; 7]].concat());
    let told = folder.kitsune("extract cut.pcap out.csv --keep packet").succeeds();
    told.says(&["1 packet: ", "1 capture: ends within a packet"]);
    let text = String::from_utf8(folder.read("out.csv")).unwrap();
    assert_eq!(text.lines().count(), 6);
    assert_eq!(text.lines().nth(3).unwrap(), format!("3{}", ",".repeat(100)));
}

#[test]
fn a_capture_without_packets_gives_an_output_without_rows() {
    let folder = Folder::new().file("empty.pcap", pcap(&[]));
    folder.kitsune("extract empty.pcap out.csv --keep time").succeeds();
    let text = String::from_utf8(folder.read("out.csv")).unwrap();
    assert!(text.starts_with("time,MI_dir_L5_weight,") && text.lines().count() == 1, "{text}");
}

#[test]
fn what_cannot_be_extracted_or_written_is_refused_in_words() {
    let folder = folder().file("rows.csv", "a,b\n1,2\n").file("notes.csv", "a,b\n1,2\n");
    for (words, parts) in [
        ("extract trace.pcap", &["<OUTPUT>", "Usage:"][..]),
        ("extract trace.pcap out", &["out is no file for statistics", ".parquet"]),
        ("extract trace.pcap out.xlsx", &["statistics cannot be written as .xlsx"]),
        ("extract trace.pcap out.csv.gz", &["statistics are not compressed", "out.csv"]),
        ("extract trace.pcap out.csv --statistics 101", &["100, 115"]),
        ("extract trace.pcap out.csv --max-streams 3", &["--max-streams"]),
        ("extract trace.pcap out.csv --output-format capture", &["csv, parquet, ndjson, ipc"]),
        ("extract trace.pcap out.csv --where x", &["--where"]),
    ] {
        folder.kitsune(words).rejects_words(parts);
    }
    for (words, parts) in [
        ("extract rows.csv out.csv -q", &["rows.csv"][..]),
        ("extract nowhere.pcap out.csv -q", &["nowhere.pcap"]),
        ("extract trace.pcap notes.csv -q", &["notes.csv exists and holds no statistics", "give another path"]),
        ("extract trace.pcap trace.pcap --output-format csv -q", &["trace.pcap is one of the files that are read"]),
        ("extract trace.pcap out.csv --keep port -q", &["--keep", "port"]),
    ] {
        folder.kitsune(words).fails(parts);
    }
    assert!(!folder.exists("out.csv"));
    // An older output of the same kind is replaced.
    for _ in 0..2 {
        folder.kitsune("extract made-up.pcap new/out.csv --keep time -q").succeeds();
    }
    assert!(!folder.exists(MODEL));
}

#[cfg(unix)]
#[test]
fn a_signal_leaves_nothing_half_written() {
    use std::io::Write;

    use crate::interrupt::STOP;

    let folder = Folder::new();
    let mut child = folder.kitsune("extract - out.csv").into_command().stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(&pcap(&pcap::ordinary(100))).unwrap();
    input.write_all(&record(&pcap::ordinary(1)[0])[..20]).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert!(std::process::Command::new("kill").args([STOP, &child.id().to_string()]).status().unwrap().success());
    let told = child.wait_with_output().unwrap();
    assert_eq!(told.status.code(), Some(130), "{}", String::from_utf8_lossy(&told.stderr));
    assert!(String::from_utf8_lossy(&told.stderr).ends_with("interrupted: nothing was written\n"));
    assert_eq!(folder.list(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn the_help_says_what_a_statistic_is() {
    let help = kitsune("extract --help").succeeds().stdout;
    crate::kitsune::assert_says(
        &help,
        &["MI_dir_L5_weight", "--keep", "--statistics", "--max-streams", "--inner", "kitsune extract trace.pcap"],
    );
}
