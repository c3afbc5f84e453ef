//! A cache of decoded rows changes no pass.

use std::collections::HashSet;
use std::fs;

use burn::tensor::DType;
use kitsune_data::{Batch, CachedSource, Missing, Pass, Source};

use crate::folder::Folder;

/// More rows than the buffer of the shuffle, in several blocks of the cache.
const ROWS: usize = 40_000;

/// The first file has a value that is not exact in f32, after many that are.
fn folder() -> Folder {
    let line = |row: usize| match row {
        _ if row % 1_000 == 7 => format!("{row},NA\n"),
        _ if row % 1_000 == 8 => format!("{row},-0\n"),
        _ if row == ROWS - 1 => format!("{row},0.1\n"),
        _ => format!("{row},{}\n", row * 2),
    };
    let lines = |from: usize, to: usize| (from..to).map(line).collect::<String>();
    Folder::new().file("a.csv", lines(0, ROWS)).file("b.csv", lines(ROWS, ROWS + 10)).file("c.csv", lines(ROWS + 10, 2 * ROWS))
}

fn source(folder: &Folder) -> Source {
    folder.open().with_missing(Missing::Drop).with_shuffle(7).with_shuffle_bytes(1 << 16)
}

/// The numbers of all rows of a pass, and the bits of their values.
fn all(pass: Pass) -> (Vec<u64>, Vec<u64>) {
    let batches: Vec<Batch> = pass.map(Result::unwrap).collect();
    let values = batches.iter().flat_map(|batch| batch.data().iter::<f64>().map(f64::to_bits).collect::<Vec<_>>()).collect();
    (batches.iter().flat_map(|batch| batch.numbers().to_vec()).collect(), values)
}

#[test]
fn every_pass_is_that_of_the_source_wherever_the_rows_are_kept() {
    let folder = folder();
    let temporary = tempfile::tempdir().unwrap();
    let beside = |cached: CachedSource| cached.with_folder(temporary.path());
    let sources = [
        source(&folder),
        source(&folder).with_lags(2),
        source(&folder).with_missing(Missing::Fill(-1.0)),
        folder.open().with_missing(Missing::Mean),
    ];
    for source in sources {
        let cached = |bytes| source.clone().cached(bytes);
        let expected: Vec<_> = (0..3).map(|epoch| all(source.pass(epoch).unwrap())).collect();
        // All in memory, blocks of f64 or of f32 in memory, none in memory, and nowhere.
        let caches = [
            (cached(1 << 30), true),
            (beside(cached(700 << 10)), true),
            (beside(cached(400 << 10)), true),
            (beside(cached(0)), true),
            (cached(0), false),
            (cached(400 << 10), false),
        ];
        for (cached, is_complete) in &caches {
            assert!(!cached.is_complete());
            assert_eq!(all(cached.pass(0).unwrap()), expected[0]);
            assert_eq!(cached.is_complete(), *is_complete);
            for epoch in [1, 2, 0] {
                assert_eq!(all(cached.pass(epoch).unwrap()), expected[epoch], "epoch {epoch}");
            }
        }
    }
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0, "the temporary file has no name");
}

#[test]
fn files_are_read_once() {
    let folder = folder();
    let cached = source(&folder).cached(1 << 30);
    let expected = all(source(&folder).pass(3).unwrap());
    drop(cached.pass(0).unwrap());
    assert!(!cached.is_complete(), "a pass that was dropped keeps nothing");
    assert_eq!(all(cached.pass(3).unwrap()), expected);
    assert!(!cached.is_complete(), "only pass 0 has the rows of each file in their order");
    all(cached.pass(0).unwrap());
    for name in ["a.csv", "b.csv", "c.csv"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    assert_eq!(all(cached.pass(3).unwrap()), expected);
    let mut pass = cached.pass(1).unwrap();
    pass.next();
    drop(pass);
}

#[test]
fn rows_that_are_exact_in_f32_are_replayed_in_it_and_in_the_same_order() {
    let line = |row: usize| format!("{row},{}.5\n", row % 900);
    let lines: String = (0..ROWS).map(line).collect();
    let folder = Folder::new().file("a.csv", &lines);
    let types = |pass: Pass| pass.map(|batch| batch.unwrap().data().dtype).collect::<HashSet<_>>();
    for bytes in [0, 1 << 30] {
        let cached = source(&folder).cached(bytes).with_folder(folder.path());
        assert_eq!(types(cached.pass(0).unwrap()), HashSet::from([DType::F64]));
        assert_eq!(types(cached.pass(1).unwrap()), HashSet::from([DType::F32]));
        assert_eq!(all(cached.pass(1).unwrap()), all(source(&folder).pass(1).unwrap()));
    }
    // One value is enough for f64.
    let folder = folder.file("b.csv", "1,16777217\n");
    let cached = source(&folder).cached(1 << 30);
    all(cached.pass(0).unwrap());
    assert_eq!(types(cached.pass(1).unwrap()), HashSet::from([DType::F64]));
}

#[test]
fn a_pass_that_fails_keeps_nothing() {
    let folder = Folder::new().file("a.csv", "1,2\n3,4\n").file("b.csv", "5,x\n");
    let cached = folder.open().cached(1 << 20);
    assert!(cached.pass(0).unwrap().any(|batch| batch.is_err()));
    assert!(!cached.is_complete());
    assert!(cached.pass(1).unwrap().any(|batch| batch.is_err()));
}

#[test]
fn a_folder_that_cannot_be_written_is_no_error() {
    let folder = folder();
    let cached = source(&folder).cached(0).with_folder("/does/not/exist");
    all(cached.pass(0).unwrap());
    assert!(!cached.is_complete());
    assert_eq!(all(cached.pass(1).unwrap()), all(source(&folder).pass(1).unwrap()));
}
