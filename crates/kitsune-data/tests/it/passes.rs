//! The order, the sizes and the progress of passes.

use burn::tensor::DType;
use burn_ndarray::{NdArray, NdArrayDevice};
use kitsune_data::{ColumnWatch, PassProgress};

use crate::folder::{Folder, rows, values};

fn counting(rows: usize) -> String {
    let lines: Vec<_> = (0..rows).map(|row| format!("{row},{}\n", row * 2)).collect();
    lines.concat()
}

#[test]
fn cut_batches_are_full_but_for_the_last() {
    let folder = Folder::new().file("a.csv", counting(10)).file("b.csv", counting(7)).file("c.csv", "5,6\n");
    let all = rows(&folder.open(), 0);
    for (size, expected) in
        [(1, vec![1; 18]), (4, vec![4, 4, 4, 4, 2]), (9, vec![9, 9]), (17, vec![17, 1]), (18, vec![18]), (100, vec![18])]
    {
        let batches: Vec<_> = folder.open().pass(0).unwrap().cut(size).map(Result::unwrap).collect();
        assert_eq!(batches.iter().map(kitsune_data::Batch::rows).collect::<Vec<_>>(), expected, "batches of {size}");
        assert_eq!(batches.iter().flat_map(values).collect::<Vec<_>>(), all.concat(), "batches of {size}");
    }
    let mut cut = folder.open().pass(0).unwrap().cut(0);
    assert_eq!(cut.next().unwrap().unwrap().rows(), 1);
    assert_eq!(cut.progress().rows(), 1);
}

#[test]
fn a_cut_batch_is_never_completed_by_an_error() {
    let folder = Folder::new().file("a.csv", "1\n2\n3\nx\n");
    let results: Vec<_> = folder.open().pass(0).unwrap().cut(2).map(|batch| batch.map(|batch| values(&batch)).ok()).collect();
    assert_eq!(results, [Some(vec![1.0, 2.0]), None]);
}

#[test]
fn counts_end_at_what_there_is() {
    let folder = Folder::new().file("a.csv", counting(10)).file("b.csv", counting(7));
    let source = folder.open();
    let mut pass = source.pass(0).unwrap();
    let counts = pass.progress();
    assert_eq!(pass.by_ref().map(|batch| batch.unwrap().rows()).sum::<usize>(), 17);
    drop(pass);
    assert_eq!((counts.rows(), counts.left_out(), Some(counts.bytes())), (17, 0, source.bytes()));
}

#[test]
fn a_shuffled_pass_is_a_permutation_that_seed_and_epoch_fix() {
    let folder = Folder::new().file("a.csv", counting(500)).file("b.csv", counting(300)).file("c.csv", counting(200));
    let sorted = |mut rows: Vec<Vec<f64>>| {
        rows.sort_by(|a, b| a[0].total_cmp(&b[0]));
        rows
    };
    let plain = rows(&folder.open(), 1);
    let seven = folder.open().with_shuffle(7);
    assert_eq!(rows(&seven, 0), plain, "the first pass is in order");
    let first = rows(&seven, 1);
    assert_ne!(first, plain);
    assert_eq!(first, rows(&folder.open().with_shuffle(7), 1));
    assert_ne!(first, rows(&seven, 2));
    assert_ne!(first, rows(&folder.open().with_shuffle(8), 1));
    assert_eq!(sorted(first), sorted(plain));
}

#[test]
fn small_data_are_mixed_across_files() {
    let folder = Folder::new().file("a.csv", "0\n".repeat(500)).file("b.csv", "1\n".repeat(500));
    let first_half: f64 = rows(&folder.open().with_shuffle(1), 1)[..500].concat().iter().sum();
    assert!((200.0..300.0).contains(&first_half), "{first_half} of 500");
}

#[test]
fn a_dropped_pass_ends() {
    let folder = Folder::new().file("a.csv", counting(200_000)).file("b.csv", counting(200_000));
    let source = folder.open();
    drop(source.pass(0).unwrap());
    let mut pass = source.pass(0).unwrap();
    pass.next();
    drop(pass);
    drop(source.with_shuffle(1).pass(1).unwrap().cut(3));
}

#[test]
fn the_first_pass_reports_to_whom_the_source_names() {
    let folder = Folder::new().file("a.csv", "a,b,label\n1,5,0\n2,5,1\n3,5,0\n");
    let (progress, watch) = (PassProgress::new(), ColumnWatch::new());
    let source = folder.open().with_label("label").unwrap().normal_only().with_progress(&progress).with_watch(&watch);
    source.pass(1).unwrap().for_each(drop);
    assert_eq!((progress.rows(), watch.constant()), (0, vec![]));
    source.pass(0).unwrap().for_each(drop);
    assert_eq!((progress.rows(), progress.left_out(), watch.constant()), (2, 1, vec![1]));
}

#[test]
fn a_batch_becomes_a_tensor() {
    let folder = Folder::new().file("a.csv", "1,2\n3,4\n5,6\n");
    let batch = folder.open().pass(0).unwrap().next().unwrap().unwrap();
    assert_eq!((batch.rows(), batch.features(), batch.data().dtype), (3, 2, DType::F64));
    let tensor = batch.clone().tensor::<NdArray>(&NdArrayDevice::Cpu);
    assert_eq!(tensor.dims(), [3, 2]);
    assert_eq!(tensor.into_data().to_vec::<f32>().unwrap(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(batch.into_data().to_vec::<f64>().unwrap(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
}
