//! A temporary folder of files for the tests.

use std::fs;
use std::path::{Path, PathBuf};

use kitsune_data::{Batch, Error, Format, Header, Location, Source, SourceOptions};
use polars::prelude::{DataFrame, ParquetWriter};
use tempfile::TempDir;

/// A folder that is filled file by file and removed in the end.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn parquet(self, name: &str, frame: &DataFrame) -> Self {
        let bytes = parquet(frame);
        self.file(name, bytes)
    }

    pub(crate) fn open(&self) -> Source {
        Source::open(self.path()).unwrap()
    }

    /// What opening or the first pass ends with.
    pub(crate) fn error(&self) -> String {
        error(Source::open(self.path()))
    }
}

/// The bytes of a Parquet file.
pub(crate) fn parquet(frame: &DataFrame) -> Vec<u8> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).with_row_group_size(Some(100)).finish(&mut frame.clone()).unwrap();
    bytes
}

pub(crate) fn error(source: Result<Source, Error>) -> String {
    source.and_then(|source| source.pass(0)).and_then(|mut pass| pass.find_map(Result::err).map_or(Ok(()), Err)).unwrap_err().to_string()
}

pub(crate) fn assert_says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{message:?} does not say {part:?}");
    }
}

pub(crate) fn values(batch: &Batch) -> Vec<f64> {
    batch.data().iter::<f64>().collect()
}

/// All rows of a pass.
pub(crate) fn rows(source: &Source, epoch: usize) -> Vec<Vec<f64>> {
    let batches = source.pass(epoch).unwrap().map(Result::unwrap);
    batches.flat_map(|batch| values(&batch).chunks(batch.features()).map(<[f64]>::to_vec).collect::<Vec<_>>()).collect()
}

#[test]
fn files_are_found_in_a_stable_order() {
    let folder = Folder::new()
        .file("b.csv", "3\n")
        .file("a/z.CSV", "2\n")
        .file("a.csv", "9\n")
        .file("a/b/c.csv", "1\n")
        .file("notes.txt", "no rows")
        .file("_SUCCESS", "")
        .file("_temporary/x.csv", "7\n")
        .file(".hidden.csv", "8\n")
        .file(".b.csv.crc", "x");
    let source = folder.open();
    let names: Vec<_> = source.files().iter().map(|file| file.strip_prefix(folder.path()).unwrap().to_owned()).collect();
    assert_eq!(names, ["a/b/c.csv", "a/z.CSV", "a.csv", "b.csv"].map(PathBuf::from));
    assert_eq!(source.bytes(), Some(8));
    assert_eq!(rows(&source, 0), [[1.0], [2.0], [9.0], [3.0]]);
}

#[test]
fn a_single_file_needs_no_folder_and_with_a_format_no_extension() {
    let folder = Folder::new().file("rows.data", "1,2\n").file("rows.csv", "3,4\n");
    let file = folder.path().join("rows.data");
    assert_eq!(rows(&Source::open(folder.path().join("rows.csv")).unwrap(), 0), [[3.0, 4.0]]);
    assert_eq!(rows(&SourceOptions::new().with_format(Format::Csv).open(&file).unwrap(), 0), [[1.0, 2.0]]);
    assert_says(&error(Source::open(&file)), &["rows.data", "give the format"]);
}

#[test]
fn several_locations_are_read_in_the_order_given() {
    let folder = Folder::new().file("b/2.csv", "2\n").file("b/1.csv", "1\n").file("a/3.csv", "3\n").file("a/_4.csv", "4\n");
    let open = |texts: &[&str]| {
        let locations: Vec<_> = texts.iter().map(|text| Location::parse(folder.path().join(text)).unwrap()).collect();
        SourceOptions::new().open_all(&locations)
    };
    assert_eq!(rows(&open(&["b/2.csv", "*/[13].csv", "b"]).unwrap(), 0), [[2.0], [3.0], [1.0]]);
    assert_says(&error(open(&["b", "c*"])), &["no file or folder matches", "c*"]);
    assert_says(&error(open(&["b", "c"])), &["there is no file or folder", "c"]);
    assert_says(&Location::parse("ftp://host/rows.csv").unwrap_err().to_string(), &["ftp://host/rows.csv", "s3://", "gs://", "az://"]);
}

#[test]
fn what_cannot_be_found_is_told_by_the_folder() {
    let missing = Folder::new();
    assert_says(&error(Source::open(missing.path().join("nowhere"))), &["there is no file or folder", "nowhere"]);
    assert_says(&missing.error(), &["holds no files", missing.path().to_str().unwrap()]);
    assert_says(&missing.file("_x.csv", "1").error(), &["holds no files"]);
    let others = Folder::new().file("a.txt", "").file("b.txt", "").file("c", "");
    assert_says(&others.error(), &["no .csv, .parquet, .ndjson, .arrow or .pcap file", "2 .txt", "1 without extension"]);
    let csv = Folder::new().file("a.csv", "1\n");
    let parquet = SourceOptions::new().with_format(Format::Parquet);
    assert_says(&error(parquet.open(csv.path())), &["no .parquet file", "1 .csv"]);
    let both = csv.file("b.parquet", "").file("c.csv", "2\n");
    assert_says(&both.error(), &["2 .csv and 1 .parquet", "give the format"]);
    assert_eq!(
        rows(&SourceOptions::new().with_format(Format::Csv).with_header(Header::Absent).open(both.path()).unwrap(), 0),
        [[1.0], [2.0]]
    );
}

#[cfg(unix)]
#[test]
fn links_that_lead_back_do_not_hang_and_odd_names_are_read() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    let folder = Folder::new().file("sub/a.csv", "1\n");
    symlink(folder.path(), folder.path().join("sub/loop")).unwrap();
    fs::write(folder.path().join(OsStr::from_bytes(b"caf\xe9 [*]?.csv")), "0\n").unwrap();
    assert_eq!(rows(&folder.open(), 0), [[0.0], [1.0]]);

    let frame = polars::df!("a" => [1.0, 2.0]).unwrap();
    let folder = Folder::new();
    fs::write(folder.path().join(OsStr::from_bytes(b"caf\xe9 [*]?.parquet")), parquet(&frame)).unwrap();
    assert_eq!(rows(&folder.open(), 0), [[1.0], [2.0]]);
}
