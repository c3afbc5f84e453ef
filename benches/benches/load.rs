//! Rows per second that kitsune-data reads into row-major batches, on 115 columns, beside Polars alone reading the same files.
//!
//! `cargo bench -p kitsune-benches --bench load`

use std::path::PathBuf;
use std::sync::LazyLock;

use divan::{Bencher, counter::ItemsCount};
use kitsune_benches::{Written, read_by_polars, write_rows};
use kitsune_data::Source;
use tempfile::TempDir;

const FEATURES: usize = 115;
const ROWS: usize = 131_072;
const TEST_ROWS: usize = 4_096;
const WRITTEN: [Written; 6] =
    [Written::Csv, Written::ZeekLog, Written::JsonLines, Written::NestedJsonLines, Written::JsonArray, Written::Parquet];

/// The files, in a folder that is deleted at the end of the process.
struct Files {
    folder: TempDir,
    /// Number of rows in each.
    rows: usize,
}

static FILES: LazyLock<Files> = LazyLock::new(|| {
    // Cargo passes this flag to a bench that measures, and not to one that is tested, for which few rows do.
    let rows = if std::env::args().any(|argument| argument == "--bench") { ROWS } else { TEST_ROWS };
    let files = Files { folder: tempfile::tempdir().expect("a temporary folder"), rows };
    for written in WRITTEN {
        write_rows(&files.path(written), rows, FEATURES, written).expect("rows in a file");
    }
    files
});

impl Files {
    fn path(&self, written: Written) -> PathBuf {
        self.folder.path().join(match written {
            Written::Csv => "rows.csv",
            Written::ZeekLog => "rows.log",
            Written::JsonLines => "rows.ndjson",
            Written::NestedJsonLines => "nested.ndjson",
            Written::JsonArray => "rows.json",
            Written::Parquet => "rows.parquet",
        })
    }
}

/// Reads all rows as batches of the format's own size.
#[divan::bench(args = WRITTEN, sample_count = 5)]
fn kitsune(bencher: Bencher<'_, '_>, written: Written) {
    let path = FILES.path(written);
    bencher.counter(ItemsCount::new(FILES.rows)).bench_local(|| {
        let source = Source::open(&path).expect("a file of rows");
        let rows: usize = source.pass(0).expect("columns of numbers").map(|batch| divan::black_box(batch.expect("rows")).rows()).sum();
        assert_eq!(rows, FILES.rows);
    });
}

/// Reads all rows as one frame.
#[divan::bench(args = [Written::Csv, Written::Parquet], sample_count = 5)]
fn polars(bencher: Bencher<'_, '_>, written: Written) {
    let path = FILES.path(written);
    bencher.counter(ItemsCount::new(FILES.rows)).bench_local(|| read_by_polars(&path, FEATURES, written).expect("rows"));
}

fn main() {
    divan::main();
}
