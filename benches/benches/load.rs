//! How many rows per second kitsune-data makes row-major batches of, on 115 columns, beside Polars alone streaming the same files.
//!
//! `cargo bench -p kitsune-benches --bench load`

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use divan::{Bencher, counter::ItemsCount};
use kitsune_benches::{Written, write_rows};
use kitsune_data::Source;
use polars::prelude::{
    DataType, Engine, LazyCsvReader, LazyFileListReader, LazyFrame, LazyJsonLineReader, PlRefPath, PlanCallback, ScanArgsParquet, Schema,
};
use tempfile::TempDir;

const FEATURES: usize = 115;
const ROWS: usize = 131_072;

/// The files, which go with the process.
struct Files {
    _folder: TempDir,
    csv: PathBuf,
    json_lines: PathBuf,
    parquet: PathBuf,
}

static FILES: LazyLock<Files> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [csv, json_lines, parquet] = ["rows.csv", "rows.ndjson", "rows.parquet"].map(|name| folder.path().join(name));
    for (path, written) in [(&csv, Written::Csv), (&json_lines, Written::JsonLines), (&parquet, Written::Parquet)] {
        write_rows(path, ROWS, FEATURES, written).expect("rows in a file");
    }
    Files { _folder: folder, csv, json_lines, parquet }
});

/// All rows as batches of the size that the format has them in.
fn load(bencher: Bencher<'_, '_>, path: &Path) {
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        let source = Source::open(path).expect("a file of rows");
        let rows: usize = source.pass(0).expect("columns of numbers").map(|batch| divan::black_box(batch.expect("rows")).rows()).sum();
        assert_eq!(rows, ROWS);
    });
}

/// All rows as frames, in their order, by Polars' streaming engine.
fn stream(bencher: Bencher<'_, '_>, scan: impl Fn() -> LazyFrame) {
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        let sink = PlanCallback::new(|frame| {
            divan::black_box(frame);
            Ok(false)
        });
        let query = scan().sink_batches(sink, true, None).expect("a query");
        query.collect_with_engine(Engine::Streaming).expect("rows");
    });
}

fn path(path: &Path) -> PlRefPath {
    PlRefPath::new(path.to_str().expect("temporary folders have plain names"))
}

fn schema() -> Arc<Schema> {
    Arc::new((0..FEATURES).map(|feature| (format!("feature_{feature}").into(), DataType::Float64)).collect())
}

#[divan::bench_group(sample_count = 5)]
mod csv {
    use super::{Bencher, FILES, LazyCsvReader, LazyFileListReader, load, path, schema, stream};

    #[divan::bench]
    fn kitsune(bencher: Bencher<'_, '_>) {
        load(bencher, &FILES.csv);
    }

    #[divan::bench]
    fn polars(bencher: Bencher<'_, '_>) {
        stream(bencher, || LazyCsvReader::new(path(&FILES.csv)).with_schema(Some(schema())).finish().expect("a scan"));
    }
}

#[divan::bench_group(sample_count = 5)]
mod json_lines {
    use super::{Bencher, FILES, LazyFileListReader, LazyJsonLineReader, load, path, schema, stream};

    #[divan::bench]
    fn kitsune(bencher: Bencher<'_, '_>) {
        load(bencher, &FILES.json_lines);
    }

    #[divan::bench]
    fn polars(bencher: Bencher<'_, '_>) {
        stream(bencher, || LazyJsonLineReader::new(path(&FILES.json_lines)).with_schema(Some(schema())).finish().expect("a scan"));
    }
}

#[divan::bench_group(sample_count = 5)]
mod parquet {
    use super::{Bencher, FILES, LazyFrame, ScanArgsParquet, load, path, stream};

    #[divan::bench]
    fn kitsune(bencher: Bencher<'_, '_>) {
        load(bencher, &FILES.parquet);
    }

    #[divan::bench]
    fn polars(bencher: Bencher<'_, '_>) {
        stream(bencher, || LazyFrame::scan_parquet(path(&FILES.parquet), ScanArgsParquet::default()).expect("a scan"));
    }
}

fn main() {
    divan::main();
}
