use std::fs;
use std::path::Path;

use kitsune_data::JsonParts;

use crate::folder::{Folder, assert_says};

fn write(folder: &Path, parts: usize, values: &[f32]) -> Vec<String> {
    let mut sink = JsonParts::create(folder, "scores", parts, "score").unwrap();
    values.chunks(7).for_each(|values| sink.push(values).unwrap());
    sink.finish().unwrap().iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn parts_are_contiguous_and_differ_by_one_row_at_most() {
    for (rows, parts, expected) in
        [(10, 4, vec![3, 3, 2, 2]), (3, 4, vec![1, 1, 1, 0]), (0, 2, vec![0, 0]), (8, 4, vec![2; 4]), (5, 1, vec![5])]
    {
        let folder = Folder::new();
        let values: Vec<_> = (0..rows).map(|row| row as f32 / 7.0).collect();
        let texts = write(folder.path(), parts, &values);
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
    let texts = write(folder.path(), 1, &[0.2248, 1.0, 1e-12, 3.402_823_5e38, 0.0]);
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
    write(folder.path(), 2, &[1.0, 2.0]);
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
        let mut sink = JsonParts::create(target, "scores", 2, "score").unwrap();
        sink.push(&[1.0; 100]).unwrap();
        drop(sink);
    }
    assert_eq!(names(folder.path()), ["scores_0.json"]);
    assert_eq!(fs::read_to_string(folder.path().join("scores_0.json")).unwrap(), "old");
    assert_eq!(write(&deep, 1, &[0.5]), ["{\"score\": 0.5}\n"]);
}

#[test]
fn a_set_that_cannot_be_put_in_place_leaves_the_older_one() {
    // A folder has the name of the second part.
    let folder = Folder::new().file("scores_0.json", "old").file("scores_2.json", "old").file("scores_1.json/x", "");
    let mut sink = JsonParts::create(folder.path(), "scores", 3, "score").unwrap();
    sink.push(&[1.0; 10]).unwrap();
    assert_says(&sink.finish().unwrap_err().to_string(), &["cannot write to", "scores_1.json"]);
    assert_eq!(names(folder.path()), ["scores_0.json", "scores_1.json", "scores_2.json"]);
    for name in ["scores_0.json", "scores_2.json"] {
        assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), "old");
    }
}

#[test]
fn what_cannot_be_written_is_refused() {
    let folder = Folder::new().file("file", "");
    let refused = |path: &Path, stem, parts, field| JsonParts::create(path, stem, parts, field).unwrap_err().to_string();
    assert_says(&refused(&folder.path().join("file"), "scores", 1, "score"), &["cannot write to", "file"]);
    assert_says(&refused(&folder.path().join("file/below"), "scores", 1, "score"), &["cannot write to", "file"]);
    assert_says(&refused(folder.path(), "scores", 0, "score"), &["at least 1 part"]);
    assert_says(&refused(folder.path(), "a/b", 1, "score"), &["plain name"]);
    assert_says(&refused(folder.path(), "scores", 1, "a\"b"), &["quotes"]);
    let mut sink = JsonParts::create(folder.path(), "scores", 1, "score").unwrap();
    assert_says(&sink.push(&[1.0, f32::NAN]).unwrap_err().to_string(), &["value 2 is NaN"]);
    drop(sink);
    assert_eq!(names(folder.path()), ["file"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_takes_nothing_is_an_ordinary_error() {
    let error = JsonParts::create(Path::new("/proc/nowhere"), "scores", 1, "score").unwrap_err();
    assert_says(&error.to_string(), &["cannot write to", "/proc/nowhere"]);
}

#[cfg(unix)]
#[test]
fn parts_have_ordinary_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new().file("ordinary", "");
    write(folder.path(), 1, &[1.0]);
    let mode = |name| fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
    assert_eq!(mode("scores_0.json"), mode("ordinary"));
}
