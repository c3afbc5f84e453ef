//! Which labels are normal, in a column and in a file of their own.

use kitsune_data::{LabelKind, Source};
use polars::df;

use crate::folder::{Folder, assert_says, error, rows};
use crate::formats::ipc;

/// The same five rows in each format, with words as labels.
fn folders() -> Vec<(&'static str, Folder)> {
    let label = ["BENIGN", "Bot", "Benign", "DoS Hulk", "Bot"];
    let frame = df!("a" => [1.0, 2.0, 3.0, 4.0, 5.0], "label" => label).unwrap();
    let lines: Vec<_> = (1..).zip(label).map(|(a, label)| format!("{{\"a\":{a},\"label\":\"{label}\"}}\n")).collect();
    let cells: Vec<_> = (1..).zip(label).map(|(a, label)| format!("{a},{label}\n")).collect();
    vec![
        ("CSV", Folder::new().file("rows.csv", format!("a,label\n{}", cells.concat()))),
        ("NDJSON", Folder::new().file("rows.ndjson", lines.concat())),
        ("Parquet", Folder::new().parquet("rows.parquet", &frame)),
        ("IPC", Folder::new().file("rows.arrow", ipc(&frame, None))),
    ]
}

fn labelled(folder: &Folder) -> Source {
    folder.open().with_label("label").unwrap()
}

fn counts(kinds: &[LabelKind]) -> Vec<(&str, u64)> {
    kinds.iter().map(|kind| (&kind.label[..], kind.rows)).collect()
}

#[test]
fn words_are_labels_in_every_format() {
    for (name, folder) in folders() {
        let source = labelled(&folder);
        let counted = source.label_counts().unwrap();
        assert_eq!(counts(&counted), [("BENIGN", 1), ("Bot", 2), ("Benign", 1), ("DoS Hulk", 1)], "{name}");
        // Case counts neither in the usual words nor in what a user names.
        assert_eq!(rows(&source.clone().normal_only(), 0), [[1.0], [3.0]], "{name}");
        let unknown = source.clone().with_normal_labels(["ok"]).normal_labels().unwrap_err().to_string();
        let listed = "the labels are \"Bot\" (2 rows), \"BENIGN\" (1 row)";
        assert_says(&unknown, &["the column label of", "no row has the label ok", listed]);
        let named = source.clone().with_normal_labels(["benign"]);
        assert_eq!(rows(&named.clone().normal_only(), 0), [[1.0], [3.0]], "{name}");
        let others = source.with_normal_labels(["Bot", " dos hulk "]).normal_only();
        assert_eq!(rows(&others, 0), [[2.0], [4.0], [5.0]], "{name}");

        let all = named.with_row_labels();
        let batches: Vec<_> = all.pass(0).unwrap().map(Result::unwrap).collect();
        let anomalies: Vec<_> = batches.iter().flat_map(|batch| batch.anomalies().unwrap().to_vec()).collect();
        assert_eq!(anomalies, [false, true, false, true, true], "{name}");
        let kinds = all.label_kinds().kinds();
        let labels = batches.iter().flat_map(|batch| batch.labels().unwrap()).map(|&kind| kinds[kind as usize].label.as_str());
        assert_eq!(labels.collect::<Vec<_>>(), ["BENIGN", "Bot", "Benign", "DoS Hulk", "Bot"], "{name}");
        assert_eq!(kinds, counted, "{name}");
    }
}

#[test]
fn one_and_minus_one_are_never_guessed() {
    for labels in [["1", "-1"], ["-999", "1"], ["2", "1"]] {
        let cells: Vec<_> = (0..6).map(|row| format!("{row},{}\n", labels[usize::from(row == 4)])).collect();
        let folder = Folder::new().file("rows.csv", format!("a,label\n{}", cells.concat()));
        let [most, fewest] = labels;
        let listed = format!("{most:?} (5 rows), {fewest:?} (1 row)");
        assert_says(&error(Ok(labelled(&folder).normal_only())), &["none of the labels", &listed]);
        assert_eq!(rows(&labelled(&folder).with_normal_labels([fewest]).normal_only(), 0), [[4.0]]);
        let none = labelled(&folder).with_normal_labels(["0"]);
        assert_says(&none.normal_labels().unwrap_err().to_string(), &["no row has the label 0", &listed]);
        assert_eq!(rows(&none.normal_only(), 0), [[0.0; 1]; 0]);
    }
}

#[test]
fn a_column_of_names_is_no_column_of_labels() {
    let cells: Vec<_> = (0..1_100).map(|row| format!("{row},name {row}\n")).collect();
    let folder = Folder::new().file("rows.csv", format!("a,label\n{}", cells.concat()));
    assert_says(&error(Ok(labelled(&folder).normal_only())), &["more than 1000 different values"]);
}

#[test]
fn a_file_of_labels_has_one_for_each_row() {
    let labels = ["0", "1", "0", "1", "0"];
    let lines = labels.join("\n") + "\n";
    let frame = df!("y" => [0_i64, 1, 0, 1, 0]).unwrap();
    let files = Folder::new()
        .file("plain.txt", &lines)
        .file("plain", &lines)
        .file("plain.csv", &lines)
        .file("header.csv", format!("label\n{lines}"))
        .file("y.ndjson", labels.map(|label| format!("{{\"y\":{label}}}\n")).concat())
        .parquet("y.parquet", &frame)
        .file("short.txt", "0\n1\n")
        .file("wide.csv", "0,1\n".repeat(5));
    // Two files of rows, whose labels go on from one to the other.
    let folder = Folder::new().file("1.csv", "a,b\n1,9\n2,9\n").file("2.csv", "a,b\n3,9\n4,9\n5,9\n");
    for name in ["plain.txt", "plain", "plain.csv", "header.csv", "y.ndjson", "y.parquet"] {
        let source = folder.open().with_labels_from(files.path().join(name)).unwrap().with_shuffle(7);
        let normal = source.clone().normal_only();
        assert_eq!(rows(&normal, 0), [[1.0, 9.0], [3.0, 9.0], [5.0, 9.0]], "{name}");
        for epoch in 1..5 {
            let mut found = rows(&normal, epoch);
            found.sort_by(|a, b| a[0].total_cmp(&b[0]));
            assert_eq!(found, rows(&normal, 0), "{name}");
        }
        let anomalies = source.with_row_labels().pass(0).unwrap().flat_map(|batch| batch.unwrap().anomalies().unwrap().to_vec());
        assert_eq!(anomalies.collect::<Vec<_>>(), [false, true, false, true, false], "{name}");
    }
    let wrong = |name: &str| error(folder.open().with_labels_from(files.path().join(name)));
    assert_says(&wrong("short.txt"), &["short.txt has 2 labels", "1.csv and 1 other has 5 rows"]);
    assert_says(&wrong("wide.csv"), &["wide.csv has 2 columns"]);
    let both = folder.open().with_labels_from(files.path().join("plain")).unwrap().with_conditions(["a=1".parse().unwrap()]);
    assert_says(&error(both), &["a file of labels has one for each row"]);
}
