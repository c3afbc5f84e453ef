//! Sinks seen from outside: targets, failures, and files that appear only when they are complete.

use std::error::Error as _;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use kitsune_data::{Error, Format, Records, Sink, Source};

use crate::folder::{Folder, assert_says};

const FORMATS: [Format; 4] = [Format::Csv, Format::Parquet, Format::JsonLines, Format::Ipc];

/// Rows with one result, in pieces of 7.
pub(crate) fn records(values: &[f32]) -> Vec<Records> {
    let folder = Folder::new().file("rows.csv", "0\n".repeat(values.len()));
    if values.is_empty() {
        return Vec::new();
    }
    let batches = Source::open(folder.path()).unwrap().pass(0).unwrap().cut(7);
    batches.zip(values.chunks(7)).map(|(batch, values)| batch.unwrap().records().with_numbers("score", values.into()).unwrap()).collect()
}

pub(crate) fn parts_of(folder: &Path, parts: usize, values: &[f32]) -> Vec<String> {
    let mut sink = Sink::parts(folder, "scores", parts).unwrap();
    for records in records(values) {
        sink.write(records).unwrap();
    }
    sink.finish().unwrap().iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The operating system's error, wherever among the sources it is.
fn io_error(error: &Error) -> &io::Error {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref() {
            return error;
        }
        source = error.source();
    }
    panic!("{error:?} has no error of the operating system among its sources");
}

#[test]
fn parts_are_contiguous_and_differ_by_one_row_at_most() {
    for (rows, parts, expected) in
        [(10, 4, vec![3, 3, 2, 2]), (3, 4, vec![1, 1, 1, 0]), (0, 2, vec![0, 0]), (8, 4, vec![2; 4]), (5, 1, vec![5])]
    {
        let folder = Folder::new();
        let values: Vec<_> = (0..rows).map(|row| row as f32 / 7.0).collect();
        let texts = parts_of(folder.path(), parts, &values);
        assert_eq!(texts.iter().map(|text| text.lines().count()).collect::<Vec<_>>(), expected, "{rows} rows in {parts} parts");
        assert_eq!(names(folder.path()), (0..parts).map(|part| format!("scores_{part}.json")).collect::<Vec<_>>());
        let found = texts.concat();
        let found = found.lines().map(|line| line.strip_prefix("{\"score\": ").unwrap().strip_suffix('}').unwrap().parse::<f32>().unwrap());
        assert!(found.eq(values), "each decimal reads back to the same number");
    }
}

#[test]
fn decimals_are_the_shortest() {
    let folder = Folder::new();
    let texts = parts_of(folder.path(), 1, &[0.2248, 1.0, 1e-12, 3.402_823_5e38, 0.0]);
    assert_eq!(texts, ["{\"score\": 0.2248}\n{\"score\": 1.0}\n{\"score\": 1e-12}\n{\"score\": 3.4028235e38}\n{\"score\": 0.0}\n"]);
}

#[test]
fn an_older_set_is_replaced_as_a_whole() {
    let folder = Folder::new()
        .file("scores_0.json", "old")
        .file("scores_17.json", "old")
        .file("scores_.json", "other")
        .file("scores_1.json.bak", "other")
        .file("my_scores_1.json", "other")
        .file("scores_x1.json", "other");
    parts_of(folder.path(), 2, &[1.0, 2.0]);
    assert_eq!(
        names(folder.path()),
        ["my_scores_1.json", "scores_.json", "scores_0.json", "scores_1.json", "scores_1.json.bak", "scores_x1.json"]
    );
    assert_eq!(fs::read_to_string(folder.path().join("scores_0.json")).unwrap(), "{\"score\": 1.0}\n");
}

#[test]
fn dropped_it_leaves_nothing() {
    let folder = Folder::new().file("scores_0.json", "old");
    let deep = folder.path().join("new/deeper");
    for target in [folder.path(), &deep] {
        let mut sink = Sink::parts(target, "scores", 2).unwrap();
        for records in records(&[1.0; 100]) {
            sink.write(records).unwrap();
        }
        drop(sink);
    }
    assert_eq!(names(folder.path()), ["scores_0.json"]);
    assert_eq!(fs::read_to_string(folder.path().join("scores_0.json")).unwrap(), "old");
    assert_eq!(parts_of(&deep, 1, &[0.5]), ["{\"score\": 0.5}\n"]);
}

#[test]
fn what_cannot_be_written_is_refused() {
    let folder = Folder::new().file("file", "");
    let refused = |path: &Path, stem, parts| Sink::parts(path, stem, parts).unwrap_err().to_string();
    assert_says(&refused(&folder.path().join("file"), "scores", 1), &["cannot write to", "file"]);
    assert_says(&refused(&folder.path().join("file/below"), "scores", 1), &["cannot write to", "file"]);
    assert_says(&refused(folder.path(), "scores", 0), &["at least 1 part"]);
    assert_says(&refused(folder.path(), "a/b", 1), &["plain name"]);
    assert_eq!(names(folder.path()), ["file"]);
}

#[test]
fn results_that_do_not_fit_are_refused() {
    let folder = Folder::new().file("rows.csv", "0\n0\n0\n");
    let batch = Source::open(folder.path()).unwrap().pass(0).unwrap().cut(3).next().unwrap().unwrap();
    let refused = |records: Result<Records, Error>| records.unwrap_err().to_string();
    let nan = vec![1.0, f32::NAN, f32::INFINITY];
    assert_says(&refused(batch.records().with_numbers("score", nan)), &["row 2, column score: the result is NaN", "only finite numbers"]);
    let infinite = vec![1.0, 2.0, 3.0, 4.0, f32::INFINITY, 6.0];
    assert_says(&refused(batch.records().with_lists("errors", infinite, 2)), &["row 3, column errors: the result is inf"]);
    assert_says(&refused(batch.records().with_numbers("score", vec![1.0; 2])), &["column score has 2 values instead of 3"]);
    assert_says(&refused(batch.records().with_lists("errors", vec![1.0; 3], 2)), &["column errors has 3 values instead of 6"]);
    let taken = batch.records().with_row_numbers("score").and_then(|records| records.with_numbers("score", vec![1.0; 3]));
    assert_says(&refused(taken), &["two columns score"]);
    assert_eq!(batch.records().with_row_numbers("row").unwrap().rows(), 3);
}

#[test]
fn all_records_have_the_columns_of_the_first() {
    let folder = Folder::new().file("rows.csv", "0\n");
    let batch = Source::open(folder.path()).unwrap().pass(0).unwrap().next().unwrap().unwrap();
    let score = || batch.records().with_numbers("score", vec![1.0]).unwrap();
    for format in FORMATS {
        let mut sink = Sink::file(&folder.path().join("out"), format).unwrap();
        sink.write(score()).unwrap();
        let error = sink.write(batch.records().with_row_numbers("score").unwrap()).unwrap_err().to_string();
        let float = if matches!(format, Format::Parquet | Format::Ipc) { "f64" } else { "f32" };
        assert_says(&error, &[&format!("row 2: there is column score (u64) where the rows before have column score ({float})")]);
        let error = sink.write(score().with_row_numbers("row").unwrap()).unwrap_err().to_string();
        assert_says(&error, &["there is column row (u64) where the rows before have no column"]);
    }
}

#[test]
fn a_file_is_there_when_it_is_finished() {
    for format in FORMATS {
        let folder = Folder::new();
        let path = folder.path().join("new/deeper/out");
        let mut sink = Sink::file(&path, format).unwrap();
        for records in records(&[0.5; 10]) {
            sink.write(records).unwrap();
        }
        assert!(!path.exists());
        assert_eq!(sink.finish().unwrap(), [path.as_path()]);
        assert_eq!(names(path.parent().unwrap()), ["out"]);
        assert!(fs::metadata(path).unwrap().len() > 30);
    }
}

#[test]
fn a_file_that_is_not_finished_leaves_nothing_and_an_older_one_alone() {
    for format in FORMATS {
        let folder = Folder::new().file("out", "old");
        for path in ["out", "new/deeper/out"] {
            let mut sink = Sink::file(&folder.path().join(path), format).unwrap();
            for records in records(&[0.5; 10]) {
                sink.write(records).unwrap();
            }
        }
        assert_eq!(names(folder.path()), ["out"]);
        assert_eq!(fs::read_to_string(folder.path().join("out")).unwrap(), "old");
    }
}

#[test]
fn without_rows_a_file_is_complete() {
    for (format, expected) in [(Format::Csv, Some("")), (Format::JsonLines, Some("")), (Format::Parquet, None), (Format::Ipc, None)] {
        let folder = Folder::new();
        let path = folder.path().join("out");
        Sink::file(&path, format).unwrap().finish().unwrap();
        match expected {
            Some(expected) => assert_eq!(fs::read_to_string(path).unwrap(), expected),
            None => assert!(fs::metadata(path).unwrap().len() > 0),
        }
    }
}

#[test]
fn a_folder_is_no_file() {
    let folder = Folder::new().file("sub/file", "");
    for path in [folder.path().to_owned(), folder.path().join("sub"), folder.path().join("new/"), folder.path().join("sub/..")] {
        assert_says(&Sink::file(&path, Format::Csv).unwrap_err().to_string(), &["is a folder", "give the path of a file"]);
    }
    assert_says(&Sink::file(&folder.path().join("sub/file/x"), Format::Csv).unwrap_err().to_string(), &["cannot write to"]);
    assert_eq!(names(folder.path()), ["sub"]);
}

/// Takes bytes until it is closed, and notes where it was flushed.
#[derive(Clone, Default)]
struct Pipe(Arc<Mutex<Piped>>);

/// The bytes that came, how many there were at each flush, and whether the reader is gone.
type Piped = (Vec<u8>, Vec<usize>, bool);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (taken, _, closed) = &mut *self.0.lock().unwrap();
        if *closed {
            return Err(io::Error::new(ErrorKind::BrokenPipe, "nobody reads"));
        }
        taken.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let (taken, flushes, _) = &mut *self.0.lock().unwrap();
        flushes.push(taken.len());
        Ok(())
    }
}

#[test]
fn a_stream_is_flushed_after_each_write() {
    for format in [Format::Csv, Format::JsonLines, Format::Ipc] {
        let pipe = Pipe::default();
        let mut sink = Sink::stream(Box::new(pipe.clone()), format).unwrap();
        for (count, records) in records(&[0.5; 21]).into_iter().enumerate() {
            sink.write(records).unwrap();
            let (taken, flushes, _) = &*pipe.0.lock().unwrap();
            assert_eq!(flushes.len(), count + 1, "{format}");
            assert_eq!(flushes.last(), Some(&taken.len()), "{format}");
        }
        assert!(sink.finish().unwrap().is_empty());
        let (taken, flushes, _) = &*pipe.0.lock().unwrap();
        assert_eq!(flushes.last(), Some(&taken.len()), "{format}");
        assert!(flushes[..3].is_sorted_by(|a, b| a < b), "{format}");
    }
    let refused = Sink::stream(Box::new(Pipe::default()), Format::Parquet).unwrap_err().to_string();
    assert_says(&refused, &["Parquet cannot be streamed"]);
}

#[test]
fn a_closed_pipe_can_be_told_from_other_errors() {
    for format in [Format::Csv, Format::JsonLines, Format::Ipc] {
        let pipe = Pipe::default();
        let mut sink = Sink::stream(Box::new(pipe.clone()), format).unwrap();
        let mut records = records(&[0.5; 14]).into_iter();
        sink.write(records.next().unwrap()).unwrap();
        pipe.0.lock().unwrap().2 = true;
        let error = sink.write(records.next().unwrap()).unwrap_err();
        assert_eq!(io_error(&error).kind(), ErrorKind::BrokenPipe, "{format}");
        assert_says(&io_error(&error).to_string(), &["nobody reads"]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_ordinary_error() {
    for format in FORMATS {
        let values: Vec<_> = (0..100_000).map(|row| (row as f32).sin()).collect();
        let mut sink = Sink::file(Path::new("/dev/full"), format).unwrap();
        let written = records(&values).into_iter().try_for_each(|records| sink.write(records));
        let error = written.and_then(|()| sink.finish().map(drop)).unwrap_err();
        assert!(matches!(&error, Error::Write { path, .. } if path == Path::new("/dev/full")), "{format}: {error:?}");
        assert_says(&io_error(&error).to_string(), &["No space left"]);
    }
}

#[cfg(unix)]
#[test]
fn devices_pipes_and_links_are_written_through() {
    let folder = Folder::new().file("real/file", "old");
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(folder.path().join("real/file"), &link).unwrap();
    for path in [Path::new("/dev/null"), &link] {
        let mut sink = Sink::file(path, Format::JsonLines).unwrap();
        for records in records(&[0.5]) {
            sink.write(records).unwrap();
        }
        assert_eq!(sink.finish().unwrap(), [path]);
        assert_eq!(Sink::is_direct(path), path == Path::new("/dev/null"));
    }
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
    assert!(link.is_symlink());
    assert_eq!(fs::read_to_string(folder.path().join("real/file")).unwrap(), "{\"score\": 0.5}\n");
    assert_eq!((names(folder.path()), names(&folder.path().join("real"))), (vec!["link".into(), "real".into()], vec!["file".into()]));
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_takes_nothing_is_an_ordinary_error() {
    let error = Sink::parts(Path::new("/proc/nowhere"), "scores", 1).unwrap_err();
    assert_says(&error.to_string(), &["cannot write to", "/proc/nowhere"]);
}

#[cfg(unix)]
#[test]
fn files_have_ordinary_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new().file("ordinary", "");
    parts_of(folder.path(), 1, &[1.0]);
    Sink::file(&folder.path().join("file"), Format::Parquet).unwrap().finish().unwrap();
    let mode = |name| fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
    assert_eq!([mode("scores_0.json"), mode("file")], [mode("ordinary"); 2]);
}
