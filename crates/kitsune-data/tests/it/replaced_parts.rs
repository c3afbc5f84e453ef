//! Parts that replace older ones: as a whole, also if runs are killed or write at once.

use std::fs;
use std::ops::ControlFlow;
use std::thread;

use kitsune_data::Sink;

use crate::folder::{Folder, assert_says};
use crate::sinks::{names, parts_of, records};

/// The text of each part that is there.
fn texts(folder: &Folder) -> Vec<String> {
    names(folder.path()).iter().map(|name| fs::read_to_string(folder.path().join(name)).unwrap()).collect()
}

/// What the next sink finds, which is dropped unfinished.
fn put_right(folder: &Folder) -> Vec<String> {
    drop(Sink::parts(folder.path(), "scores", 2).unwrap());
    names(folder.path())
}

#[test]
fn a_run_that_was_killed_before_its_set_counted_leaves_the_older_one() {
    let folder = Folder::new()
        .file("scores_0.json", "older")
        .file("scores_1.json", "older")
        .file(".kitsune-scores-new/scores_0.json", "new")
        .file(".kitsune-scores-new/linked/scores_0.json", "older");
    assert_eq!(put_right(&folder), ["scores_0.json", "scores_1.json"]);
    assert_eq!(texts(&folder), ["older"; 2]);
}

#[test]
fn a_run_that_was_killed_while_it_replaced_parts_has_its_set_completed() {
    // The first part has its name already.
    let folder = Folder::new()
        .file("scores_0.json", "new")
        .file("scores_1.json", "older")
        .file("scores_3.json", "older")
        .file("scores_04.json", "older")
        .file(".kitsune-scores-of-3/scores_1.json", "new")
        .file(".kitsune-scores-of-3/scores_2.json", "new")
        .file(".kitsune-scores-of-3/older/scores_0.json", "older");
    assert_eq!(put_right(&folder), ["scores_0.json", "scores_1.json", "scores_2.json"]);
    assert_eq!(texts(&folder), ["new"; 3]);
    // All have their names, and nothing but the hidden folder is left.
    let folder = folder.file(".kitsune-scores-of-3/older/scores_0.json", "older");
    assert_eq!(put_right(&folder), ["scores_0.json", "scores_1.json", "scores_2.json"]);
    assert_eq!(texts(&folder), ["new"; 3]);
}

#[test]
fn a_run_that_was_killed_while_older_parts_came_back_leaves_these() {
    let folder = Folder::new()
        .file("scores_0.json", "older")
        .file("scores_1.json", "new")
        .file("scores_2.json", "new")
        .file(".kitsune-scores-new/older/scores_1.json", "older")
        .file(".kitsune-scores-new/older/scores_0.json", "older")
        .file(".kitsune-scores-new/scores_3.json", "new");
    assert_eq!(put_right(&folder), ["scores_0.json", "scores_1.json"]);
    assert_eq!(texts(&folder), ["older"; 2]);
    // All are back, and the links are being removed.
    let folder = folder.file(".kitsune-scores-new/linked/scores_1.json", "older").file(".kitsune-scores-new/spare", "older");
    assert_eq!(put_right(&folder), ["scores_0.json", "scores_1.json"]);
}

#[test]
fn what_earlier_builds_left_is_put_right() {
    let folder = Folder::new()
        .file("scores_1.json", "older")
        .file(".older-Ab3dE6/scores_0.json", "older")
        .file(".part-Xy1234", "half")
        .file(".older-Zb3dE6/notes.txt", "foreign");
    assert_eq!(put_right(&folder), [".older-Zb3dE6", "scores_0.json", "scores_1.json"]);
}

#[test]
fn hidden_folders_of_others_stay() {
    let names = [".kitsune-other-of-3", ".kitsune-scores-of-03", ".kitsune-scores-of-x", ".kitsune-scores-old", "kitsune-scores-new"];
    let folder = names.iter().fold(Folder::new(), |folder, name| folder.file(&format!("{name}/scores_0.json"), "foreign"));
    assert_eq!(put_right(&folder), names);
    parts_of(folder.path(), 1, &[1.0]);
    assert_eq!(self::names(folder.path()).len(), names.len() + 1);
}

#[test]
fn a_folder_of_the_name_of_a_part_is_told_before_the_work() {
    let folder = Folder::new().file("scores_0.json", "older").file("scores_1.json/x", "").file("scores_5.json/x", "");
    let told = Sink::parts(folder.path(), "scores", 3).unwrap_err().to_string();
    assert_says(&told, &["cannot write to", "scores_1.json", "is a directory"]);
    parts_of(folder.path(), 1, &[1.0]);
    let mut sink = Sink::parts(folder.path(), "scores", 1).unwrap();
    for records in records(&[2.0]) {
        sink.write(records).unwrap();
    }
    fs::remove_file(folder.path().join("scores_0.json")).unwrap();
    fs::create_dir(folder.path().join("scores_0.json")).unwrap();
    assert_says(&sink.finish().unwrap_err().to_string(), &["scores_0.json", "is a directory"]);
    assert_eq!(names(folder.path()), ["scores_0.json", "scores_1.json", "scores_5.json"]);
}

#[cfg(unix)]
#[test]
fn parts_keep_the_mode_of_those_that_they_replace() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let folder = Folder::new().file("scores_0.json", "").file("scores_1.json", "");
    for (name, mode) in [("scores_0.json", 0o600), ("scores_1.json", 0o640)] {
        fs::set_permissions(folder.path().join(name), PermissionsExt::from_mode(mode)).unwrap();
    }
    parts_of(folder.path(), 3, &[1.0, 2.0, 3.0]);
    let mode = |part| fs::metadata(folder.path().join(format!("scores_{part}.json"))).unwrap().mode() & 0o777;
    assert_eq!([mode(0), mode(1), mode(2)], [0o600, 0o640, 0o600], "one more part is as private as the first");
}

#[cfg(unix)]
#[test]
fn sets_that_are_written_at_once_are_never_mixed() {
    const SINKS: usize = 4;
    let folder = Folder::new();
    for round in 0..5 {
        thread::scope(|scope| {
            for sink in 0..SINKS {
                let folder = &folder;
                scope.spawn(move || {
                    // Each has its own value and its own number of parts.
                    let parts = 3 + sink;
                    let mut open = Sink::parts(folder.path(), "scores", parts).unwrap();
                    for records in records(&[parts as f32; 40]) {
                        open.write(records).unwrap();
                    }
                    open.finish().unwrap();
                });
            }
        });
        let parts = names(folder.path()).len();
        let lines = texts(&folder).concat();
        assert!(lines.lines().count() == 40 && lines.lines().all(|line| line == format!("{{\"score\": {parts}.0}}")), "{round}: {lines}");
    }
}

#[cfg(unix)]
#[test]
fn a_sink_waits_for_the_lock_of_the_folder_or_gives_up() {
    let folder = Folder::new();
    parts_of(folder.path(), 2, &[1.0, 2.0]);
    let before = texts(&folder);
    let other = fs::File::open(folder.path()).unwrap();
    other.lock().unwrap();
    let sink = || {
        let mut sink = Sink::parts(folder.path(), "scores", 3).unwrap();
        for records in records(&[3.0]) {
            sink.write(records).unwrap();
        }
        sink
    };
    let given_up = sink().with_waiting(|_| ControlFlow::Break(())).finish().unwrap_err().to_string();
    assert_says(&given_up, &["another run writes to", folder.path().to_str().unwrap()]);
    assert_eq!(texts(&folder), before);
    let other = std::sync::Mutex::new(Some(other));
    let release = move |_: &_| {
        other.lock().unwrap().take();
        ControlFlow::Continue(())
    };
    assert_eq!(sink().with_waiting(release).finish().unwrap().len(), 3);
}
