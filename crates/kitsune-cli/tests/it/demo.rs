//! The demo data of the repository, and the results of the defaults on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::folder::{Folder, MODEL};
use crate::ranking::auc;

/// The results of `kitsune train demo/train` and `kitsune anomaly-scores demo/test scores`.
pub(crate) struct Trained {
    pub(crate) model: Vec<u8>,
    pub(crate) parts: Vec<Vec<f32>>,
}

/// Trains once for all tests.
pub(crate) fn trained() -> &'static Trained {
    static TRAINED: OnceLock<Trained> = OnceLock::new();
    TRAINED.get_or_init(|| {
        let folder = Folder::new();
        folder.kitsune("train").word(path("train")).succeeds();
        folder.kitsune("anomaly-scores").word(path("test")).word("scores").succeeds();
        Trained { model: folder.read(MODEL), parts: folder.parts("scores") }
    })
}

/// A folder that holds the trained model.
pub(crate) fn folder() -> Folder {
    Folder::new().file(MODEL, &trained().model)
}

pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo").join(name)
}

/// How well scores find the anomalies of the test rows.
pub(crate) fn demo_auc(scores: &[f32]) -> f64 {
    let scores: Vec<_> = scores.iter().copied().map(f64::from).collect();
    auc(&scores, &anomalies())
}

/// Whether each of the test rows is an anomaly.
pub(crate) fn anomalies() -> Vec<bool> {
    let (names, rows) = table("test/wednesday.csv");
    let label = names.iter().position(|name| name == "label").unwrap();
    rows.iter().map(|row| row[label] == 1.0).collect()
}

/// Names and rows of one of the files.
pub(crate) fn table(name: &str) -> (Vec<String>, Vec<Vec<f64>>) {
    let text = fs::read_to_string(path(name)).unwrap();
    let mut lines = text.lines();
    let names = lines.next().unwrap().split(',').map(str::to_owned).collect();
    let rows = lines.map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect()).collect();
    (names, rows)
}

pub(crate) fn train_rows() -> Vec<Vec<f64>> {
    ["train/monday.csv", "train/tuesday.csv"].into_iter().flat_map(|name| table(name).1).collect()
}

/// One column of the training rows.
pub(crate) struct Column {
    mean: f64,
    pub(crate) deviation: f64,
    minimum: f64,
    maximum: f64,
}

pub(crate) fn columns(rows: &[Vec<f64>]) -> Vec<Column> {
    let column = |column: usize| {
        let values: Vec<_> = rows.iter().map(|row| row[column]).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64;
        let minimum = values.iter().copied().fold(f64::INFINITY, f64::min);
        let maximum = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Column { mean, deviation: variance.sqrt(), minimum, maximum }
    };
    (0..rows[0].len()).map(column).collect()
}

#[test]
fn the_defaults_find_the_anomalies() {
    let scores = trained().parts.concat();
    assert!(scores.iter().all(|score| score.is_finite() && *score > 0.0), "scores are positive");
    let auc = demo_auc(&scores);
    assert!(auc > 0.95, "AUC {auc}");
}

#[test]
fn scores_come_in_four_parts_that_differ_by_one_row_at_most() {
    let rows = table("test/wednesday.csv").1.len();
    let lengths: Vec<_> = trained().parts.iter().map(Vec::len).collect();
    assert_eq!(lengths.len(), 4);
    assert_eq!(lengths.iter().sum::<usize>(), rows);
    assert!(lengths.iter().all(|length| [rows / 4, rows.div_ceil(4)].contains(length)), "{lengths:?}");
}

#[test]
fn no_column_alone_gives_an_anomaly_away() {
    let columns = columns(&train_rows());
    let anomalies = anomalies();
    let test = table("test/wednesday.csv").1;
    let z = |row: &Vec<f64>| -> Vec<f64> {
        columns.iter().zip(row).map(|(column, value)| ((value - column.mean) / column.deviation).abs()).collect()
    };
    let check = |name: &str, detector: fn(Vec<f64>) -> f64| {
        let scores: Vec<_> = test.iter().map(|row| detector(z(row))).collect();
        let auc = auc(&scores, &anomalies);
        assert!((0.4..=0.6).contains(&auc), "{name} has an AUC of {auc}");
    };
    check("the sum of squared z-scores", |z| z.iter().map(|z| z * z).sum());
    check("the largest z-score", |z| z.into_iter().fold(0.0, f64::max));
    for (row, values) in test.iter().enumerate() {
        let outside = columns.iter().zip(values).position(|(column, value)| !(column.minimum..=column.maximum).contains(value));
        assert_eq!(outside, None, "row {row} leaves the range of the training rows in that column");
    }
}

#[test]
fn the_demo_is_large_enough_to_train_on_and_small_enough_to_ship() {
    let files = ["train/monday.csv", "train/tuesday.csv", "test/wednesday.csv"];
    let rows: usize = files.iter().map(|name| table(name).1.len()).sum();
    let bytes: u64 = files.iter().map(|name| fs::metadata(path(name)).unwrap().len()).sum();
    assert!(rows >= 6_000, "{rows} rows");
    assert!(bytes < 1_500_000, "{bytes} bytes");
    let (train, test) = (table(files[0]).0, table(files[2]).0);
    assert_eq!(train.len(), 20);
    assert_eq!(test.split_last().unwrap(), (&"label".to_owned(), &train[..]));
    assert!(anomalies().contains(&true) && anomalies().contains(&false));
}
