//! Labels in every format.

use kitsune_data::{Batch, Missing, Source};
use polars::df;

use crate::folder::{Folder, assert_says, error, values};
use crate::formats::ipc;

/// Five rows in each format, of which the second and the last are anomalies, and the last lacks a value.
fn folders() -> Vec<(&'static str, Folder)> {
    let label = [0, 1, 0, 0, -2];
    let frame =
        df!("id" => ["p", "q", "r", "s", "t"], "a" => [Some(1.0), Some(2.0), Some(3.0), None, None], "b" => [5.0, 6.0, 7.0, 8.0, 9.0], "label" => label)
            .unwrap();
    let lines =
        "{\"id\":\"p\",\"a\":1,\"b\":5,\"label\":0}\n{\"id\":\"q\",\"a\":2,\"b\":6,\"label\":1}\n{\"id\":\"r\",\"a\":3,\"b\":7,\"label\":0}
{\"id\":\"s\",\"b\":8,\"label\":false}\n{\"id\":\"t\",\"b\":9,\"label\":-2}\n";
    vec![
        ("CSV", Folder::new().file("rows.csv", "id,a,b,label\np,1,5,0\nq,2,6,1\nr,3,7,0\ns,,8,0\nt,,9,-2\n")),
        ("quoted CSV", Folder::new().file("rows.csv", "id,a,b,label\np,\"1\",5,false\nq,2,6,true\nr,3,7,0\ns,,8,0\nt,,9,-2\n")),
        ("NDJSON", Folder::new().file("rows.ndjson", lines)),
        ("Parquet", Folder::new().parquet("rows.parquet", &frame)),
        ("IPC", Folder::new().file("rows.arrow", ipc(&frame, None))),
    ]
}

fn labelled(folder: &Folder) -> Source {
    folder.open().with_label("label").unwrap().exclude(["id"]).unwrap().keep(["id", "b"]).unwrap().with_row_labels()
}

/// The batches of a pass that hold rows.
fn batches(source: &Source) -> Vec<Batch> {
    source.pass(0).unwrap().map(Result::unwrap).filter(|batch| batch.rows() > 0).collect()
}

#[test]
fn each_row_comes_with_its_label() {
    for (name, folder) in folders() {
        let whole = batches(&labelled(&folder).with_missing(Missing::Fill(0.0)));
        let labels: Vec<_> = whole.iter().flat_map(|batch| batch.anomalies().unwrap().to_vec()).collect();
        assert_eq!(labels, [false, true, false, false, true], "{name}");
        let numbers: Vec<_> = whole.iter().flat_map(Batch::row_numbers).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5], "{name}");

        let dropped = batches(&labelled(&folder).with_missing(Missing::Drop));
        let labels: Vec<_> = dropped.iter().flat_map(|batch| batch.anomalies().unwrap().to_vec()).collect();
        assert_eq!(labels, [false, true, false], "{name}");
        assert_eq!(dropped.iter().flat_map(values).collect::<Vec<_>>(), [1.0, 5.0, 2.0, 6.0, 3.0, 7.0], "{name}");
    }
}

#[test]
fn labels_go_on_with_the_rows_behind_one_that_was_dropped() {
    let folder = Folder::new().file("rows.csv", "a,label\n,1\n2,0\n,0\n4,1\n5,0\n");
    let source = folder.open().with_label("label").unwrap().with_missing(Missing::Drop).with_row_labels();
    let batch = batches(&source).remove(0);
    assert_eq!(batch.anomalies().unwrap(), [false, true, false]);
    assert_eq!(batch.row_numbers(), [2, 4, 5]);
    assert_eq!(batch.records().rows(), 5);
}

#[test]
fn labels_are_told_only_where_they_were_asked_for_and_rows_are_in_order() {
    for (name, folder) in folders() {
        let source = labelled(&folder).with_missing(Missing::Fill(0.0));
        let label = |batch: Option<Batch>| batch.unwrap().anomalies().map(<[bool]>::to_vec);
        assert_eq!(label(batches(&source.clone().normal_only()).pop()), None, "{name}");
        let normal: usize = batches(&source.clone().normal_only()).iter().map(Batch::rows).sum();
        assert_eq!(normal, 3, "{name}");
        assert_eq!(label(source.pass(0).unwrap().cut(2).next().map(Result::unwrap)), None, "{name}");
        assert_eq!(label(source.with_shuffle(1).pass(1).unwrap().next().map(Result::unwrap)), None, "{name}");
    }
}

#[test]
fn what_is_kept_is_told_as_text() {
    let text = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    for (name, folder) in folders() {
        let batches = batches(&labelled(&folder).with_missing(Missing::Drop));
        let kept: Vec<_> = batches.iter().flat_map(|batch| batch.kept(&(0..batch.rows()).collect::<Vec<_>>()).unwrap()).collect();
        // As it is stored: frames hold floats there.
        let number = |value: &str| if ["Parquet", "IPC"].contains(&name) { format!("{value}.0") } else { value.to_owned() };
        let expected: Vec<_> =
            [("p", "5"), ("q", "6"), ("r", "7")].into_iter().map(|(id, b)| vec![text("id", id), text("b", &number(b))]).collect();
        assert_eq!(kept, expected, "{name}");
    }
    let folder = Folder::new().file("rows.csv", "id,a,b\nx,1,2\n,,4\n,5,6\nz,7,8\n");
    let source = folder.open().select(["a", "b"]).unwrap().keep(["id"]).unwrap().with_missing(Missing::Drop);
    let batch = batches(&source).remove(0);
    assert_eq!(batch.kept(&[2, 0, 1]).unwrap(), [vec![text("id", "z")], vec![text("id", "x")], vec![]]);
}

#[test]
fn labels_that_tell_nothing_are_errors_as_they_are_elsewhere() {
    for (content, parts) in [
        ("a,label\n1,0\n2,\n", &["rows.csv, line 3, column 1 (label)", "missing"][..]),
        ("a,label\n1,0\n2,nan\n", &["rows.csv, line 3, column 1 (label)", "missing"]),
        ("a,label\n1,0\n2, N/A \n", &["rows.csv, line 3, column 1 (label)", "missing"]),
    ] {
        let folder = Folder::new().file("rows.csv", content);
        for missing in [Missing::Refuse, Missing::Drop] {
            assert_says(&error(folder.open().with_label("label").map(|source| source.with_row_labels().with_missing(missing))), parts);
        }
    }
    let folder = Folder::new().file("rows.csv", "a,b\n1,2\n");
    assert_says(&error(Ok(folder.open().with_row_labels())), &["label"]);
    // The row of an error is that of the file, whatever labels came before.
    let frame = df!("a" => [Some(1.0), Some(2.0), None], "label" => [1, 0, 1]).unwrap();
    let folder = Folder::new().parquet("rows.parquet", &frame);
    assert_says(&error(folder.open().with_label("label").map(Source::with_row_labels)), &["row 3, column 0 (a)"]);
}
