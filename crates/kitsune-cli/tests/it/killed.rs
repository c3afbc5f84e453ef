//! Runs that are killed, or that write at once.

use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::folder::Folder;
use crate::rows::{csv, made_up};

/// Longer than any command here takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// Many parts take long to replace.
const PARTS: usize = 60;

fn folder() -> Folder {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(300))).file("bad/a.csv", "1,2,3,?\n");
    folder.kitsune("train rows --epochs 1").succeeds();
    folder
}

/// A run that replaces the parts in `scores`; one with numbers writes one part less.
fn start(folder: &Folder, with_numbers: bool) -> Child {
    let parts = PARTS - usize::from(with_numbers);
    let words = format!("score rows scores --n-scores-partition {parts}{}", if with_numbers { " --with-row-numbers" } else { "" });
    folder.kitsune(&words).into_command().stderr(Stdio::piped()).spawn().unwrap()
}

/// Asserts that the parts are those of one complete run, and returns whether their rows have numbers.
fn whole_set(folder: &Folder) -> bool {
    let names = folder.list_below("scores");
    assert!(names.iter().all(|name| name.starts_with("scores_")), "{names:?}");
    let lines: Vec<_> = (0..names.len()).flat_map(|part| folder.read(format!("scores/scores_{part}.json"))).collect();
    let rows: Vec<Value> = serde_json::Deserializer::from_slice(&lines).into_iter().map(Result::unwrap).collect();
    let with_numbers = names.len() < PARTS;
    assert_eq!((names.len(), rows.len()), (PARTS - usize::from(with_numbers), 300));
    assert!(rows.iter().all(|row| row.get("row").is_some() == with_numbers), "a mixed set");
    with_numbers
}

#[test]
fn a_run_that_is_killed_leaves_one_set_for_the_next_run() {
    let folder = folder();
    assert!(start(&folder, false).wait().unwrap().success());
    let mut new_sets = 0;
    for kill in 0..8 {
        let with_numbers = kill % 2 == 0;
        let mut run = start(&folder, with_numbers);
        let since = Instant::now();
        while !folder.exists("scores/.kitsune-scores-new") && run.try_wait().unwrap().is_none() {
            assert!(since.elapsed() < PATIENCE);
            sleep(Duration::from_micros(100));
        }
        sleep(Duration::from_millis(3 * kill * kill / 2));
        run.kill().unwrap();
        run.wait().unwrap();
        // It fails at the rows, after it has put right what was left.
        folder.kitsune("score bad scores").fails(&["bad/a.csv"]);
        new_sets += usize::from(whole_set(&folder) == with_numbers);
    }
    assert!(new_sets < 8, "no run was killed early: {new_sets}");
    assert!(start(&folder, true).wait().unwrap().success());
    assert!(whole_set(&folder));
}

#[test]
fn runs_that_write_to_one_folder_at_once_do_not_mix() {
    let folder = folder();
    for _ in 0..3 {
        let runs = [start(&folder, false), start(&folder, true), start(&folder, false)];
        for run in runs {
            let output = run.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        whole_set(&folder);
    }
}

#[test]
fn what_killed_runs_left_is_removed_by_the_next() {
    let left = [".kitsune-aB3dE6gH9jK2.tmp", ".kitsune-aB3dE6.tmp", ".kitsune-aB3dE6", ".part-x7Yz12"];
    let others = [".kitsune-config", ".part-of", "notes.tmp"];
    for (words, place) in [
        ("train rows --epochs 1", "models"),
        ("calibrate rows", "models"),
        ("score rows out/scores.csv", "out"),
        ("score rows scores", "scores"),
        ("score rows out.csv --report page", "page"),
        ("man --output pages", "pages"),
    ] {
        let folder = left.iter().chain(&others).fold(folder(), |folder, name| folder.file(format!("{place}/{name}"), "left"));
        folder.kitsune(words).succeeds();
        let names = folder.list_below(place);
        assert!(left.iter().all(|name| !names.contains(&(*name).to_owned())), "{words}: {names:?}");
        assert!(others.iter().all(|name| names.contains(&(*name).to_owned())), "{words}: {names:?}");
    }
}
