//! The files and streams that scores are written to, and the columns beside them.

use std::fs;

use polars::prelude::{DataType, IntoColumn, NamedFrom, Series, TimeUnit, TimeZone};

use crate::folder::Folder;
use crate::frames::{self, names};
use crate::rows::{assert_same, csv, made_up};

const ROWS: usize = 40;

/// A file with columns of several types beside the features, a model of these, and the scores.
fn folder() -> Folder {
    let rows = made_up(ROWS);
    let mut frame = frames::named(&rows);
    let time = DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC));
    let row = 0..ROWS as i64;
    let columns = [
        Series::new("id".into(), row.clone().map(|row| row + (1 << 60)).collect::<Vec<_>>()),
        Series::new("name".into(), row.clone().map(|row| (row % 7 > 0).then(|| format!("\"n\", {row}"))).collect::<Vec<_>>()),
        Series::new("time".into(), row.clone().map(|row| row * 1_500_001).collect::<Vec<_>>()).cast(&time).unwrap(),
        Series::new("odd".into(), row.clone().map(|row| row % 2 == 1).collect::<Vec<_>>()),
        Series::new("pair".into(), row.map(|row| Series::new("".into(), [row, -row])).collect::<Vec<_>>()),
    ];
    for column in columns {
        frame.with_column(column.into_column()).unwrap();
    }
    let folder = Folder::new().parquet("rows/a.parquet", &frame).parquet("features/a.parquet", &frames::named(&rows));
    folder.kitsune("train features --epochs 1 --max-features-per-cluster 2 --min-features-per-cluster 1").succeeds();
    folder.kitsune("score rows scores").succeeds();
    folder
}

#[test]
fn one_file_holds_the_same_scores_in_any_format() {
    let folder = folder();
    let expected = folder.scores("scores");
    for name in ["out.ndjson", "out.csv", "out.parquet", "out.arrow", "new/deep/out.csv"] {
        let told = folder.kitsune("score rows").word(name).succeeds();
        told.says(&[&format!("wrote {name}\n")]);
        assert_eq!(told.stdout, "");
        let found = frames::read(name, folder.read(name));
        assert_eq!(names(&found), ["score"], "{name}");
        assert_same(name, &frames::numbers(&found, "score"), &expected);
    }
    // The extension is only a guess.
    folder.kitsune("score rows out.data --output-format csv").succeeds();
    assert!(folder.read("out.data") == folder.read("out.csv"));
    folder.kitsune("score rows out.ipc").succeeds();
    assert!(folder.read("out.ipc") == folder.read("out.arrow"));
    assert!(folder.read("out.ndjson").starts_with(b"{\"score\": "));
}

#[test]
fn a_folder_gets_the_same_lines_as_ever() {
    let folder = folder();
    let lines: Vec<_> = (0..4).flat_map(|part| folder.read(format!("scores/scores_{part}.json"))).collect();
    folder.kitsune("score rows out.ndjson").succeeds();
    assert!(lines == folder.read("out.ndjson"), "the parts together are the one file");
    for (line, score) in String::from_utf8(lines).unwrap().lines().zip(folder.scores("scores")) {
        assert_eq!(line, format!("{{\"score\": {score:?}}}"));
    }
    // An existing folder stays a folder, whatever its name.
    fs::create_dir(folder.path().join("out.csv")).unwrap();
    folder.kitsune("score rows out.csv --n-scores-partition 1").succeeds();
    assert_eq!(folder.list_below("out.csv"), ["scores_0.json"]);
    folder.kitsune("score rows out.csv --output-format csv").fails(&["out.csv is a folder"]);
}

#[test]
fn kept_columns_come_as_they_were() {
    let folder = folder();
    let input = frames::read("a.parquet", folder.read("rows/a.parquet"));
    for (name, kept) in [("out.parquet", "id,name,time,odd,pair,b"), ("out.arrow", "id,name,time,odd,pair,b"), ("few.parquet", "b,i?")] {
        folder.kitsune("score rows").word(name).words("--keep").words(kept).succeeds();
        let found = frames::read(name, folder.read(name));
        let mut expected = input.select(if kept == "b,i?" { vec!["b", "id"] } else { kept.split(',').collect() }).unwrap();
        assert!(found.drop("score").unwrap().equals_missing(&expected), "{name}: {found}");
        expected.with_column(Series::new("score".into(), folder.scores("scores")).into_column()).unwrap();
        assert!(found.equals_missing(&expected), "{name}: {found}");
    }
}

#[test]
fn kept_columns_are_written_out_in_text() {
    let folder = folder();
    folder.kitsune("score rows out.ndjson --keep id,name,time,odd,pair").succeeds();
    folder.kitsune("score rows out.csv --keep id,name,time,odd,pair").succeeds();
    let second =
        |name: &str| String::from_utf8(folder.read(name)).unwrap().lines().nth(if name == "out.csv" { 2 } else { 1 }).unwrap().to_owned();
    let expected = r#"{"id": 1152921504606846977, "name": "\"n\", 1", "time": "1970-01-01 00:00:01.500001+00:00", "odd": true, "pair": [1, -1], "score": "#;
    assert!(second("out.ndjson").starts_with(expected), "{}", second("out.ndjson"));
    let expected = r#"1152921504606846977,"""n"", 1",1970-01-01 00:00:01.500001+00:00,true,1,-1,"#;
    assert!(second("out.csv").starts_with(expected), "{}", second("out.csv"));
    assert!(folder.read("out.csv").starts_with(b"id,name,time,odd,pair[0],pair[1],score\n"));
}

#[test]
fn columns_of_csv_files_are_kept_as_text() {
    let folder = Folder::new().file("rows/a.csv", "id,a,b,note\n007,0.50,1,\n008,1e0,2,\"x, \"\"y\"\"\"\n009,0.25,5,z\n");
    folder.kitsune("train rows --epochs 1 --columns a,b").succeeds();
    folder.kitsune("score rows out.csv --keep id,a,note").succeeds();
    let found = String::from_utf8(folder.read("out.csv")).unwrap();
    let heads: Vec<_> = found.lines().map(|line| line.rsplit_once(',').unwrap().0).collect();
    assert_eq!(heads, ["id,a,note", "007,0.50,", "008,1e0,\"x, \"\"y\"\"\"", "009,0.25,z"]);
    let plain = Folder::new().file("rows/a.csv", "7,0.5,1\n8,1,2\n9,0.25,5\n");
    plain.kitsune("train rows --epochs 1 --exclude 0").succeeds();
    plain.kitsune("score rows out.ndjson --exclude 0 --keep 0").succeeds();
    assert!(plain.read("out.ndjson").starts_with(b"{\"0\": \"7\", \"score\": "), "without names, columns have numbers");
}

#[test]
fn rows_have_numbers_on_request() {
    let folder = folder();
    let bytes = folder.read("rows/a.parquet");
    let folder = folder.file("more/a.parquet", bytes);
    for name in ["out.ndjson", "out.csv", "out.parquet", "out.arrow"] {
        folder.kitsune("score rows more --with-row-numbers --keep b").word(name).succeeds();
        let found = frames::read(name, folder.read(name));
        assert_eq!(names(&found), ["b", "row", "score"], "{name}");
        let rows = found.column("row").unwrap().cast(&DataType::UInt64).unwrap();
        assert!(rows.u64().unwrap().iter().flatten().eq(1..=2 * ROWS as u64), "{name}: {found}");
    }
    folder.kitsune("score rows numbered --with-row-numbers --n-scores-partition 2").succeeds();
    assert!(folder.read("numbered/scores_1.json").starts_with(b"{\"row\": 21, \"score\": "));
}

#[test]
fn the_errors_of_the_clusters_come_on_request() {
    let folder = folder();
    let model = folder.kitsune("inspect models/kitsune.safetensors --json").succeeds().stdout;
    let model: serde_json::Value = serde_json::from_str(&model).unwrap();
    let clusters = model["clusters"].as_array().unwrap().len();
    assert!(clusters > 1);
    folder.kitsune("score rows out.parquet --with-tails").succeeds();
    let found = frames::read("out.parquet", folder.read("out.parquet"));
    assert_eq!(names(&found), ["score", "tails"]);
    assert_eq!(found.column("tails").unwrap().dtype(), &DataType::List(Box::new(DataType::Float64)));
    let tails = found.column("tails").unwrap().as_materialized_series().rechunk().list().unwrap().get_inner();
    let tails: Vec<_> = tails.f64().unwrap().iter().map(|value| value.unwrap() as f32).collect();
    assert_eq!(tails.len(), ROWS * clusters);
    folder.kitsune("score rows out.csv --with-tails").succeeds();
    let cells = frames::read("out.csv", folder.read("out.csv"));
    assert_eq!(cells.width(), 1 + clusters);
    let by_row: Vec<_> = (0..clusters).map(|cluster| frames::numbers(&cells, &format!("tails[{cluster}]"))).collect();
    let by_row: Vec<_> = (0..ROWS).flat_map(|row| by_row.iter().map(move |column| column[row])).collect();
    assert_same("the cells", &by_row, &tails);
    assert!(tails.iter().all(|tail| *tail >= 0.0));
}

#[test]
fn names_that_are_taken_are_told() {
    let folder = Folder::new().file("rows/a.csv", format!("a,b,score,row\n{}", csv(&made_up(9)))).file("out/out.csv", "score\n1\n");
    folder.kitsune("train rows --epochs 1").succeeds();
    let before = folder.list();
    for (options, name) in [("--keep score", "score"), ("--keep a,s*", "score"), ("--keep row --with-row-numbers", "row")] {
        for output in ["scores", "out/out.csv", "out/new.parquet"] {
            folder.kitsune("score rows").word(output).words(options).fails(&[&format!("two columns {name}"), "leave out or rename"]);
        }
    }
    folder.kitsune("score rows scores --keep nothing").fails(&["--keep: there is no column nothing in rows/a.csv", "a, b, score, row"]);
    assert_eq!(folder.list(), before, "something was left behind");
    folder.kitsune("score rows scores --keep row").succeeds();
}

/// Older scores in a file of any name.
const OLDER: &[u8] = b"score\n0.5\n";

#[test]
fn a_scoring_that_fails_leaves_an_older_file_and_nothing_new() {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(30)));
    folder.kitsune("train rows --epochs 1").succeeds();
    for name in ["out.ndjson", "out.csv", "out.parquet", "out.arrow"] {
        let folder = Folder::new()
            .file("models/kitsune.safetensors", folder.read("models/kitsune.safetensors"))
            .file("rows/a.csv", csv(&made_up(30)).repeat(9_000))
            .file("rows/b.csv", "0.1,0.2,?,0.4\n")
            .file(name, OLDER);
        let before = folder.list();
        for target in [name.to_owned(), format!("new/deep/{name}")] {
            folder.kitsune("score rows").word(target).fails(&["rows/b.csv, line 1, column 2"]);
            assert_eq!(folder.list(), before, "something was left behind");
            assert_eq!(folder.read(name), OLDER);
        }
        folder.kitsune("score rows/a.csv").word(name).succeeds();
        assert_ne!(folder.read(name), OLDER);
        assert_eq!(folder.list(), before, "only the file was replaced");
    }
}

#[test]
fn only_scores_are_written_over() {
    let rows = made_up(30);
    let folder = Folder::new().file("rows/a.csv", csv(&rows)).file("rows/b.csv", csv(&rows));
    folder.kitsune("train rows --epochs 1").succeeds();
    let frame = frames::named(&rows);
    let folder = folder.file("notes", "of a person");
    folder.kitsune("score rows/a.csv notes").fails(&["notes is a file: give a folder"]);
    let foreign = [
        ("rows/b.csv", frames::csv(&frame)),
        ("out.csv", b"notes\n".to_vec()),
        ("out.csv", vec![0xff, 0, 0x1f]),
        ("out.ndjson", frames::ndjson(&frame)),
        ("out.json", b"{\"a\": {\"score\": 1}}\n".to_vec()),
        ("out.parquet", frames::parquet(&frame)),
        ("out.arrow", frames::ipc_file(&frame)),
        ("out.arrow", frames::ipc_stream(&frame)),
    ];
    for (name, bytes) in foreign {
        let folder = Folder::new().file("models/kitsune.safetensors", folder.read("models/kitsune.safetensors"));
        let folder = folder.file("rows/a.csv", csv(&rows)).file(name, &bytes);
        folder.kitsune("score rows/a.csv").word(name).fails(&[name, "exists and holds no scores", "the last path"]);
        assert_eq!(folder.read(name), bytes, "{name}");
        let folder = folder.file(name, "");
        for options in ["--with-tails --keep 0", "--with-row-numbers", "", "--output-format csv", "--output-format ndjson"] {
            folder.kitsune("score rows/a.csv").word(name).words(options).succeeds();
            assert!(!folder.read(name).is_empty(), "{name}, {options}: in the place of nothing, and of the scores before");
        }
        // A file without rows, and scores of no rows.
        let folder = folder.file("none/a.csv", "").file(name, "");
        folder.kitsune("score none").word(name).succeeds();
        folder.kitsune("score rows/a.csv").word(name).succeeds();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_in_one_line() {
    let folder = folder();
    for format in ["csv", "ndjson", "parquet", "ipc"] {
        folder.kitsune("score rows /dev/full --output-format").word(format).fails(&["/dev/full", "No space left"]);
    }
    for format in ["csv", "ndjson", "ipc"] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = folder.kitsune("score rows - --output-format").word(format).into_command();
        let output = command.stdout(full).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.starts_with("error: ") && told.contains("No space left") && told.lines().count() == 1, "{told}");
    }
}

#[cfg(unix)]
#[test]
fn a_device_or_a_pipe_is_written_to_as_it_is() {
    let folder = folder();
    folder.kitsune("score rows /dev/null --output-format csv").succeeds();
    let told = folder.kitsune("score rows /dev/stdout --output-format csv").succeeds();
    folder.kitsune("score rows out.csv").succeeds();
    assert_eq!(told.stdout.as_bytes(), folder.read("out.csv"));
}

#[test]
fn no_rows_make_a_complete_file_of_none() {
    let folder = Folder::new().file("rows/a.csv", format!("a,b,c,d\n{}", csv(&made_up(9)))).file("none/a.csv", "id,a,b,c,d\n");
    folder.kitsune("train rows --epochs 1").succeeds();
    for name in ["out.csv", "out.parquet", "out.arrow"] {
        folder.kitsune("score none").word(name).words("--keep id --with-row-numbers --with-tails").succeeds();
        let found = frames::read(name, folder.read(name));
        let tails = if name == "out.csv" { "tails[0]" } else { "tails" };
        assert_eq!((names(&found), found.height()), (vec!["id", "row", "score", tails], 0), "{name}");
    }
    let ids = Series::new("id".into(), Vec::<i64>::new()).into_column();
    let mut none = frames::named(&[]);
    none.with_column(ids).unwrap();
    let folder = folder.parquet("typed/a.parquet", &none);
    folder.kitsune("score typed typed.parquet --keep id").succeeds();
    let found = frames::read("typed.parquet", folder.read("typed.parquet"));
    assert_eq!(found.dtypes(), [DataType::Int64, DataType::Float64]);
    folder.kitsune("score none out.ndjson --keep id").succeeds();
    assert_eq!(folder.read("out.ndjson"), b"");
    folder.kitsune("score none scores").succeeds();
    assert_eq!(folder.parts("scores"), vec![Vec::<f32>::new(); 4]);
}
