//! `--explain`: the columns that made a row look strange.

use std::fmt::Write;

use polars::prelude::{DataFrame, DataType};

use crate::demo;
use crate::folder::Folder;
use crate::frames::{self, names, numbers};
use crate::rows::{csv, made_up};

fn texts(frame: &DataFrame, column: &str) -> Vec<Option<String>> {
    frame.column(column).unwrap().str().unwrap().iter().map(|text| text.map(str::to_owned)).collect()
}

fn values(frame: &DataFrame, column: &str) -> Vec<Option<f64>> {
    frame.column(column).unwrap().cast(&DataType::Float64).unwrap().f64().unwrap().iter().collect()
}

#[test]
fn flagged_rows_have_reasons_in_every_format() {
    let folder = demo::folder();
    let (columns, rows) = demo::table("test/wednesday.csv");
    let ranges = ranges(&demo::train_rows());
    for name in ["out.ndjson", "out.csv", "out.parquet", "out.arrow"] {
        folder.kitsune("score").word(demo::path("test")).word(name).words("--explain 3").succeeds();
        let frame = frames::read(name, folder.read(name));
        let of = |rank: usize| {
            ["", "_value", "_expected", "_lowest", "_highest", "_deviations", "_cluster"].map(|what| format!("reason_{rank}{what}"))
        };
        let expected: Vec<_> =
            ["score", "is_anomaly", "tail_probability"].map(str::to_owned).into_iter().chain((1..=3).flat_map(of)).collect();
        assert_eq!(names(&frame), expected, "{name}");

        let flagged: Vec<_> = frame.column("is_anomaly").unwrap().bool().unwrap().iter().map(Option::unwrap).collect();
        let mut before = vec![f64::INFINITY; rows.len()];
        for rank in 1..=3 {
            let [reasons, found, expected, lowest, highest, deviations, clusters] = of(rank);
            let reasons = texts(&frame, &reasons);
            let [found, expected, lowest, highest, deviations, clusters] =
                [found, expected, lowest, highest, deviations, clusters].map(|column| values(&frame, &column));
            for row in 0..rows.len() {
                let all = [found[row], expected[row], lowest[row], highest[row], deviations[row], clusters[row]];
                if !flagged[row] {
                    assert!(reasons[row].is_none() && all.iter().all(Option::is_none), "{name}, row {row}");
                    continue;
                }
                let [found, expected, lowest, highest, deviations, cluster] = all.map(Option::unwrap);
                let column = columns.iter().position(|column| Some(column) == reasons[row].as_ref()).unwrap();
                assert_eq!(found, rows[row][column], "{name}, row {row}");
                assert_eq!([lowest, highest], ranges[column], "{name}, row {row}");
                assert!((expected - found).abs() > 0.0 && deviations <= before[row], "{name}, row {row}");
                assert!(cluster >= 0.0 && cluster.fract() == 0.0, "{name}, row {row}");
                before[row] = deviations;
            }
        }
        assert!(flagged.contains(&true) && flagged.contains(&false));
    }
}

/// The lowest and the highest value of each column.
fn ranges(rows: &[Vec<f64>]) -> Vec<[f64; 2]> {
    let column = |column: usize| rows.iter().map(move |row| row[column]);
    (0..rows[0].len()).map(|at| [column(at).fold(f64::INFINITY, f64::min), column(at).fold(f64::NEG_INFINITY, f64::max)]).collect()
}

#[test]
fn a_sensor_s_sentinel_is_flagged_and_named_with_the_range_it_should_be_in() {
    let folder = demo::folder();
    let (columns, rows) = demo::table("test/wednesday.csv");
    let normal: Vec<_> = rows.iter().zip(demo::anomalies()).filter(|(_, anomaly)| !anomaly).map(|(row, _)| row.clone()).collect();
    let ranges = ranges(&demo::train_rows());
    let mut text = columns[..20].join(",") + "\n";
    for column in 0..20 {
        for value in [-1e9, 1e9] {
            let mut row = normal[column][..20].to_vec();
            row[column] = value;
            writeln!(text, "{}", row.iter().map(f64::to_string).collect::<Vec<_>>().join(",")).unwrap();
        }
    }
    let folder = folder.file("sentinels.csv", text);
    folder.kitsune("score sentinels.csv out.parquet --explain 1 --report page").succeeds();
    let frame = frames::read("out.parquet", folder.read("out.parquet"));
    assert!(frame.column("is_anomaly").unwrap().bool().unwrap().iter().all(|flagged| flagged == Some(true)));
    let (names, found) = (texts(&frame, "reason_1"), values(&frame, "reason_1_value"));
    let (lowest, highest) = (values(&frame, "reason_1_lowest"), values(&frame, "reason_1_highest"));
    for row in 0..40 {
        let column = row / 2;
        assert_eq!((names[row].as_ref(), found[row]), (Some(&columns[column]), Some([-1e9, 1e9][row % 2])));
        assert_eq!([lowest[row], highest[row]], ranges[column].map(Some));
    }
    let page = String::from_utf8(folder.read("page/report.html")).unwrap();
    assert!(page.contains(", in training "), "{page}");
}

#[test]
fn without_a_threshold_every_row_has_reasons() {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(30)));
    folder.kitsune("train rows --epochs 1").succeeds();
    folder.kitsune("score rows out.ndjson --explain 9").succeeds();
    let frame = frames::read("out.ndjson", folder.read("out.ndjson"));
    assert_eq!(frame.width(), 1 + 4 * 7, "there are no more reasons than columns");
    for row in 0..30 {
        let mut named: Vec<_> = (1..=4).map(|rank| texts(&frame, &format!("reason_{rank}"))[row].clone().unwrap()).collect();
        named.sort();
        assert_eq!(named, ["column 0", "column 1", "column 2", "column 3"], "row {row}");
    }
    // The batch size does not change the reasons.
    folder.kitsune("score rows small.ndjson --explain 9 --batch-size 7").succeeds();
    let small = frames::read("small.ndjson", folder.read("small.ndjson"));
    for rank in 1..=4 {
        assert_eq!(texts(&small, &format!("reason_{rank}")), texts(&frame, &format!("reason_{rank}")));
        let [found, expected] = [&small, &frame].map(|frame| numbers(frame, &format!("reason_{rank}_deviations")));
        assert!(found.iter().zip(&expected).all(|(found, expected)| (found - expected).abs() < 1e-3));
    }
}

/// In each of 1,200 normal rows, one column gets the value of another row.
#[test]
fn a_value_that_does_not_belong_is_among_the_strongest_reasons() {
    let folder = demo::folder();
    let (mut columns, rows) = demo::table("test/wednesday.csv");
    columns.pop();
    let normal: Vec<_> = rows.into_iter().zip(demo::anomalies()).filter(|(_, anomaly)| !anomaly).map(|(row, _)| row).collect();
    let deviations: Vec<_> = demo::columns(&demo::train_rows()).iter().map(|column| column.deviation).collect();
    let mut text = columns.join(",") + "\n";
    let mut injected = Vec::new();
    for number in 0..1_200 {
        let (column, other) = (number % columns.len(), &normal[(number * 7_919 + 13) % normal.len()]);
        let mut row = normal[number % normal.len()][..columns.len()].to_vec();
        let moved = (other[column] - row[column]).abs() > 2.0 * deviations[column];
        row[column] = other[column];
        injected.push((column, moved));
        writeln!(text, "{}", row.iter().map(f64::to_string).collect::<Vec<_>>().join(",")).unwrap();
    }
    let folder = folder.file("injected.csv", text);
    folder.kitsune("score injected.csv out.parquet --threshold none --explain 3").succeeds();
    let frame = frames::read("out.parquet", folder.read("out.parquet"));
    let reasons: Vec<_> = (1..=3).map(|rank| texts(&frame, &format!("reason_{rank}"))).collect();
    let moved: Vec<_> = (0..injected.len()).filter(|&row| injected[row].1).collect();
    let is_found = |row: usize| reasons.iter().any(|reason| reason[row].as_ref() == Some(&columns[injected[row].0]));
    let found = moved.iter().filter(|&&row| is_found(row)).count();
    assert!(moved.len() >= 100, "{} rows moved", moved.len());
    assert!(found as f64 >= 0.8 * moved.len() as f64, "{found} of {} rows", moved.len());
}
