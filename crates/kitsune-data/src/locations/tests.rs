//! From locations to rows: folders, patterns, object stores and standard input.

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use polars::df;
use polars::prelude::{DataFrame, IpcStreamWriter, NamedFrom, ParquetWriter, SerWriter, Series};
use tempfile::TempDir;

use super::compression::tests::gzip;
use super::data_file::DataFile;
use super::find::{find, find_with};
use super::location::{Kind, Location};
use super::object::tests::Memory;
use super::standard_input::StandardInput;
use super::standard_input::tests::Scripted;
use crate::error::{Error, LocationError};
use crate::format::Format;
use crate::formats::csv::CsvTable;
use crate::formats::csv::cells::Dialect;
use crate::formats::parquet::ParquetTable;
use crate::source::Source;
use crate::source::options::SourceOptions;

fn folder(names: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "1,2\n").unwrap();
    }
    folder
}

fn input(source: Scripted) -> Location {
    Location(Kind::StandardInput(Arc::new(StandardInput::new(Box::new(source)))))
}

fn told(error: &Error) -> String {
    let source = std::error::Error::source(error).map(|source| format!(": {source}"));
    format!("{error}{}", source.unwrap_or_default())
}

fn names(found: Result<(Format, Vec<DataFile>), Error>, root: &Path) -> String {
    match found {
        Ok((format, files)) => {
            let name = |file: &DataFile| file.name().strip_prefix(root).unwrap_or(file.name()).display().to_string();
            format!("{}: {}", format.title(), files.iter().map(name).collect::<Vec<_>>().join(" "))
        }
        Err(error) => told(&error),
    }
}

/// What is found in a folder.
fn local(root: &Path, texts: &[&str], format: Option<Format>) -> String {
    let location = |text: &&str| match *text {
        "-" => input(Scripted::growing(b"1,2\n")),
        text => Location::parse(root.join(text)).unwrap(),
    };
    names(find(&texts.iter().map(location).collect::<Vec<_>>(), format, false), root)
}

#[test]
fn several_locations_are_one_source() {
    let root = folder(&["b/2.csv", "b/1.csv", "a/3.csv.gz", "a/deep/4.CSV", "a/notes.txt", "x.parquet", "a/_5.csv", "rows"]);
    for (texts, format, expected) in [
        (&["b", "a"][..], None, "CSV: b/1.csv b/2.csv a/3.csv.gz a/deep/4.CSV"),
        (&["a/deep/4.CSV", "b/2.csv", "a", "b/*.csv"], None, "CSV: a/deep/4.CSV b/2.csv a/3.csv.gz b/1.csv"),
        (&["b/2.csv", "-", "b/1.csv"], None, "CSV: b/2.csv standard input b/1.csv"),
        (&["-", "-"], None, "CSV: standard input"),
        (&["?"], None, "CSV: a/3.csv.gz a/deep/4.CSV b/1.csv b/2.csv"),
        (&["**/[1-4].*"], None, "CSV: a/3.csv.gz a/deep/4.CSV b/1.csv b/2.csv"),
        (&["*/**"], None, "CSV: a/3.csv.gz a/deep/4.CSV b/1.csv b/2.csv"),
        (&["*.parquet"], None, "Parquet: x.parquet"),
        (&["r*", "rows"], Some(Format::Csv), "CSV: rows"),
        (&["*"], Some(Format::Parquet), "Parquet: x.parquet"),
        (&["a/_5.csv"], None, "CSV: a/_5.csv"),
    ] {
        assert_eq!(local(root.path(), texts, format), expected, "{texts:?}");
    }
}

#[test]
fn what_does_not_go_together_is_told() {
    let root = folder(&["b/2.csv", "x.parquet", "y.ndjson", "z.jsonl", "t/a.txt", "t/b.txt", "e/_x"]);
    for (texts, format, parts) in [
        (&["b", "x.parquet"][..], None, &["there are 1 .csv and 1 .parquet files in", "b and ", "x.parquet: give the format"][..]),
        (&["*"], None, &["1 .csv, 1 .parquet and 2 .ndjson files"]),
        (&["t"], None, &["no .csv, .parquet, .ndjson, .arrow or .pcap file in", "only 2 .txt"]),
        (&["b", "t"], None, &["no .csv file in", "/t, only 2 .txt"]),
        (&["b", "t/a.txt"], None, &["t/a.txt does not tell its format"]),
        (&["x.*"], Some(Format::Csv), &["no .csv file in", "x.*, only 1 .parquet"]),
        (&["e"], None, &["holds no files"]),
        (&["e/*"], None, &["no file or folder matches", "e/*"]),
        (&["-", "x.parquet"], None, &["1 .csv and 1 .parquet"]),
        (&["nowhere"], None, &["no file or folder", "nowhere"]),
        (&[], None, &["was named"]),
    ] {
        let found = local(root.path(), texts, format);
        assert!(parts.iter().all(|part| found.contains(part)), "{texts:?}: {found}");
    }
}

#[cfg(unix)]
#[test]
fn odd_names_and_links_are_found_by_patterns_too() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    let root = folder(&["a/1.csv"]);
    fs::write(root.path().join(OsStr::from_bytes(b"a/caf\xe9*.csv")), "0\n").unwrap();
    symlink(root.path(), root.path().join("a/loop")).unwrap();
    symlink(root.path().join("a/1.csv"), root.path().join("a/2.csv")).unwrap();
    for text in ["*", "**", "a", "a/*", "**/*"] {
        let (_, files) = find(&[Location::parse(root.path().join(text)).unwrap()], None, false).unwrap();
        assert_eq!(files.len(), 2, "{text}: {files:?}");
        assert!(files.iter().all(|file| file.open().is_ok()));
    }
    let exact = Location::parse(root.path().join(OsStr::from_bytes(b"a/caf\xe9*.csv"))).unwrap();
    assert_eq!(find(&[exact], None, false).unwrap().1.len(), 1);
}

/// What is found in a store.
fn remote(memory: &Memory, texts: &[&str], format: Option<Format>) -> Result<(Format, Vec<DataFile>), Error> {
    let locations: Vec<_> = texts.iter().map(|text| Location::parse(text).unwrap()).collect();
    find_with(&locations, format, false, &|_| Ok(Arc::clone(&memory.0)))
}

fn shop() -> Memory {
    let objects =
        ["data/b.csv", "data/a/1.csv", "data/a.csv", "data/_tmp/2.csv", "data/a/.3.csv", "database/4.csv", "raw/part-0", "x.parquet"];
    let memory = objects.iter().fold(Memory::new(), |memory, key| memory.with(key, "1,2\n"));
    // What browsers of object stores leave for folders.
    memory.with("data", "").with("data/a", "").with("data/empty", "").with("data/none.csv", "").with("raw/data_$folder$", "")
}

#[test]
fn objects_are_found_as_files_are() {
    for (texts, format, expected) in [
        (&["s3://b/data"][..], None, "CSV: s3://b/data/a/1.csv s3://b/data/a.csv s3://b/data/b.csv s3://b/data/none.csv"),
        (&["s3://b/data/"], None, "CSV: s3://b/data/a/1.csv s3://b/data/a.csv s3://b/data/b.csv s3://b/data/none.csv"),
        (&["s3://b/data/b.csv", "s3://b/data/a"], None, "CSV: s3://b/data/b.csv s3://b/data/a/1.csv"),
        (&["s3://b/data/_tmp"], None, "CSV: s3://b/data/_tmp/2.csv"),
        (&["gs://b/data/?.csv"], None, "CSV: gs://b/data/a.csv gs://b/data/b.csv"),
        (&["s3://b/data*/*.csv"], None, "CSV: s3://b/data/a.csv s3://b/data/b.csv s3://b/data/none.csv s3://b/database/4.csv"),
        (&["s3://b/**/[14].csv"], None, "CSV: s3://b/data/a/1.csv s3://b/database/4.csv"),
        (&["s3://b/data/[a]"], None, "CSV: s3://b/data/a/1.csv"),
        (&["s3://b/raw/*"], Some(Format::Csv), "CSV: s3://b/raw/part-0"),
        (&["s3://b"], Some(Format::Parquet), "Parquet: s3://b/x.parquet"),
        (&["s3://b/data/none.csv"], None, "CSV: s3://b/data/none.csv"),
    ] {
        assert_eq!(names(remote(&shop(), texts, format), Path::new("")), expected, "{texts:?}");
    }
    for (text, part) in [
        ("s3://b/nowhere", "there is no file or folder s3://b/nowhere"),
        ("s3://b/no*", "no file or folder matches s3://b/no*"),
        ("s3://b/", "there are 5 .csv and 1 .parquet files in s3://b"),
        ("s3://b/raw", "no .csv, .parquet, .ndjson, .arrow or .pcap file in s3://b/raw, only 1 without extension"),
        ("s3://b/a//b", "s3://b/a//b cannot be read"),
        ("s3://b/[", "s3://b/[ cannot be read"),
    ] {
        let found = names(remote(&shop(), &[text], None), Path::new(""));
        assert!(found.contains(part), "{text}: {found}");
    }
}

#[test]
fn a_store_that_is_not_there_is_told_by_its_url() {
    let refused = |_: &super::store::Url| {
        let error = object_store::Error::Generic { store: "S3", source: std::io::Error::other("Connection refused").into() };
        let source = super::store_error::Provider::Amazon.explained(&error);
        Err(Error::Read { path: "s3://b/data".into(), source })
    };
    let error = told(&find_with(&[Location::parse("s3://b/data").unwrap()], None, false, &refused).unwrap_err());
    assert!(["s3://b/data", "Connection refused", "AWS_ENDPOINT_URL"].iter().all(|part| error.contains(part)), "{error}");
}

fn rows(source: &Source) -> Result<Vec<f64>, Error> {
    source.pass(0)?.try_fold(Vec::new(), |mut rows, batch| {
        rows.extend(batch?.data().iter::<f64>());
        Ok(rows)
    })
}

fn csv(files: Vec<DataFile>) -> Result<Source, Error> {
    let table = CsvTable::open(&files, None, Dialect::default(), &Arc::default())?;
    Ok(Source::new(files, Arc::new(table)))
}

fn parquet(files: Vec<DataFile>) -> Result<Source, Error> {
    let table = ParquetTable::open(&files)?;
    Ok(Source::new(files, Arc::new(table)))
}

#[test]
fn rows_come_from_objects_again_and_again() {
    let text: Vec<_> = (0..200_000).flat_map(|row| format!("{row},{}\n", row * 2).into_bytes()).collect();
    let memory = Memory::new().with("d/a.csv", &text).with("d/b.csv.gz", gzip(b"-1,-2\n"));
    let (_, files) = remote(&memory, &["s3://b/d"], None).unwrap();
    let source = csv(files).unwrap();
    for _ in 0..2 {
        let found = rows(&source).unwrap();
        assert_eq!((found.len(), &found[399_998..]), (400_002, &[199_999.0, 399_998.0, -1.0, -2.0][..]));
    }
    let _ = memory.with("d/a.csv", "0,0\n");
    let error = told(&rows(&source).unwrap_err());
    assert!(error.contains("s3://b/d/a.csv") && error.contains("changed while it was read"), "{error}");
}

fn frame(rows: i64) -> DataFrame {
    let wide: Vec<_> = (0..rows).map(|row| (row * 2_654_435_761) as f64).collect();
    let lists: Vec<_> = (0..rows).map(|row| Series::new("".into(), [row, row + 1])).collect();
    df!("id" => (0..rows).collect::<Vec<_>>(), "wide" => wide, "list" => lists).unwrap()
}

fn parquet_bytes(rows: i64) -> Vec<u8> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).with_row_group_size(Some(50_000)).finish(&mut frame(rows)).unwrap();
    bytes
}

#[test]
fn parquet_objects_are_read_where_they_are_needed() {
    let bytes = parquet_bytes(300_000);
    assert!(bytes.len() > 2 << 20, "{} bytes: there must be several blocks", bytes.len());
    let (_, files) = remote(&Memory::new().with("x.parquet", &bytes), &["s3://b/x.parquet"], None).unwrap();
    let source = parquet(files).unwrap();
    assert_eq!(source.names().unwrap(), ["id", "wide", "list[0]", "list[1]"]);
    assert_eq!(source.bytes(), Some(bytes.len() as u64));
    let found = rows(&source).unwrap();
    assert_eq!(found.len(), 1_200_000);
    assert!(found.chunks(4).enumerate().all(|(row, values)| {
        let row = row as f64;
        values == [row, row * 2_654_435_761.0, row, row + 1.0]
    }));
    let narrow = source.with_names(["list[1]", "id"]).unwrap();
    assert_eq!(rows(&narrow).unwrap()[599_998..], [300_000.0, 299_999.0]);

    let short = Memory::new().with("x.parquet", "PAR1");
    let (_, files) = remote(&short, &["s3://b/x.parquet"], None).unwrap();
    assert!(parquet(files).unwrap_err().to_string().contains("damaged, or no Parquet file"));
}

#[test]
fn standard_input_is_read_once_and_from_its_start() {
    let location = input(Scripted::growing(b"a,b\n1,2\n3,4\n5,6\n7,8\n"));
    let (format, files) = find(std::slice::from_ref(&location), None, false).unwrap();
    assert_eq!(format, Format::Csv);
    let source = csv(files).unwrap();
    assert_eq!((source.names().unwrap(), source.bytes()), (&["a".to_owned(), "b".to_owned()][..], None));
    let mut pass = source.pass(0).unwrap();
    let found: Vec<_> = pass.by_ref().flat_map(|batch| batch.unwrap().data().iter::<f64>().collect::<Vec<_>>()).collect();
    assert_eq!((found, pass.progress().bytes()), ((1..=8).map(f64::from).collect(), 20));
    assert!(matches!(rows(&source).unwrap_err(), Error::Location(LocationError::ReadOnce { .. })));
    assert!(matches!(find(&[location], None, false).unwrap_err(), Error::Location(LocationError::ReadOnce { .. })));
}

/// A stream that is written while it is read.
struct Live(Receiver<Vec<u8>>);

impl Read for Live {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Far longer than the writer needs, unless it waits for this reader.
        match self.0.recv_timeout(Duration::from_secs(20)) {
            Ok(bytes) => {
                buffer[..bytes.len()].copy_from_slice(&bytes);
                Ok(bytes.len())
            }
            Err(RecvTimeoutError::Disconnected) => Ok(0),
            Err(RecvTimeoutError::Timeout) => Err(io::Error::other("waited in vain")),
        }
    }
}

/// The schema and the record batch of a stream of one.
fn messages(frame: &DataFrame) -> (Vec<u8>, Vec<u8>) {
    let mut schema = Vec::new();
    IpcStreamWriter::new(&mut schema).finish(&mut frame.clone()).unwrap();
    let end = schema.len() - 8;
    assert_eq!(schema.split_off(end), [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
    let batch = schema.split_off(8 + i32::from_le_bytes(schema[4..8].try_into().unwrap()) as usize);
    (schema, batch)
}

#[test]
fn who_waits_for_an_answer_to_no_rows_gets_one() {
    let frame = df!("id" => [7_i64], "list" => [Series::new("".into(), [1.0, 2.0, 3.0])]).unwrap();
    let ((schema, none), (_, one)) = (messages(&frame.clear()), messages(&frame));
    let (sender, receiver) = channel();
    // No read asks for less than this.
    let say = |bytes: &[u8]| bytes.chunks(4).for_each(|bytes| sender.send(bytes.to_vec()).unwrap());
    let location = Location(Kind::StandardInput(Arc::new(StandardInput::new(Box::new(Live(receiver))))));
    say(&[&schema[..], &none].concat());
    let wanted = ["list[2]".to_owned(), "list[0]".into()];
    let options = SourceOptions::new().with_format(Format::Ipc).with_expected_names(&wanted);
    let source = options.open_all(&[location]).unwrap().with_names(&wanted).unwrap().keep(["id"]).unwrap();
    let mut pass = source.pass(0).unwrap();
    assert_eq!(pass.next().unwrap().unwrap().rows(), 0);
    say(&one);
    let batch = pass.next().unwrap().unwrap();
    assert_eq!(batch.data().iter::<f64>().collect::<Vec<_>>(), [3.0, 1.0]);
    say(&none);
    assert_eq!(pass.next().unwrap().unwrap().rows(), 0);
    drop(sender);
    assert!(pass.next().is_none());
}

#[test]
fn rows_of_standard_input_come_as_they_are_typed() {
    let pieces = [&b"a,b\n"[..], b"1,2\n", b"3,", b"4\n5,6\n7", b",8\n"];
    let (_, files) = find(&[input(Scripted::pieces(&pieces))], Some(Format::Csv), false).unwrap();
    let source = csv(files).unwrap();
    let batches: Vec<_> = source.pass(0).unwrap().map(|batch| batch.unwrap().rows()).collect();
    assert_eq!(batches, [1, 2, 1]);
}

#[test]
fn spooled_input_is_read_as_often_as_a_file() {
    let (_, files) = find(&[input(Scripted::growing(&gzip(b"a,b\n1,2\n3,4\n")))], None, true).unwrap();
    let source = csv(files).unwrap();
    assert!(source.bytes().is_some());
    assert_eq!(rows(&source).unwrap(), rows(&source).unwrap());
    assert_eq!(rows(&source).unwrap(), [1.0, 2.0, 3.0, 4.0]);
}

#[test]
fn parquet_from_standard_input_is_spooled_by_itself() {
    let (format, files) = find(&[input(Scripted::growing(&parquet_bytes(1_000)))], None, false).unwrap();
    assert_eq!(format, Format::Parquet);
    let source = parquet(files).unwrap();
    for _ in 0..2 {
        assert_eq!(rows(&source).unwrap().len(), 4_000);
    }
}

#[test]
fn bytes_are_counted_as_they_are_stored() {
    let root = folder(&[]);
    let stored = gzip(&b"1,2\n".repeat(100_000));
    fs::write(root.path().join("a.csv"), &stored).unwrap();
    let (_, files) = find(&[root.path().into()], None, false).unwrap();
    let mut input = files[0].open().unwrap();
    assert!(input.consumed() <= stored.len() as u64);
    let mut text = Vec::new();
    input.read_to_end(&mut text).unwrap();
    assert_eq!((text.len(), input.consumed()), (400_000, stored.len() as u64));
}
