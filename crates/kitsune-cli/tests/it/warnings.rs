//! Warnings of columns that contain no information about new rows.

use std::fmt::Write;

use crate::demo;
use crate::folder::Folder;
use crate::rows::made_up;

const RISING: &str = "warning: these columns only ever rise, as row numbers and times do, and say nothing about new rows: --exclude ";
const CONSTANT: &str = "warning: these columns never change, and say nothing about new rows: --exclude ";

/// Made-up rows after a number, a time in seconds that sometimes stands still, and a constant.
fn lines(header: &str, rows: usize) -> String {
    let mut text = header.to_owned();
    for (row, [a, b, c, d]) in made_up(rows).into_iter().enumerate() {
        writeln!(text, "{row},{a},{b},{},7.5,{c},{d}", 1_700_000_000 + row / 3).unwrap();
    }
    text
}

const HEADER: &str = "id,a,b,time,version,c,d\n";

fn told(folder: &Folder, options: &str) -> String {
    folder.kitsune("train rows --epochs 1").words(options).succeeds().stderr
}

#[test]
fn numbers_times_and_constants_are_named_with_what_to_type() {
    let folder = Folder::new().file("rows/a.csv", lines(HEADER, 60));
    let said = told(&folder, "");
    assert!(said.contains(&format!("{RISING}id,time leaves them out\n")), "{said}");
    assert!(said.contains(&format!("{CONSTANT}version leaves them out\n")), "{said}");
    let said = told(&folder, "--exclude id,time --exclude version");
    assert!(!said.contains("warning") && said.contains("60 rows of 4 features"), "{said}");
}

#[test]
fn columns_without_names_have_numbers() {
    let folder = Folder::new().file("rows/a.csv", lines("", 60));
    let said = told(&folder, "");
    assert!(said.contains(&format!("{RISING}0,3 leaves")) && said.contains(&format!("{CONSTANT}4 leaves")), "{said}");
    assert!(!told(&folder, "--exclude 0,3,4").contains("warning"));
    // Columns are numbered as in the file, even if others are left out.
    let said = told(&folder, "--exclude 0,1");
    assert!(said.contains(&format!("{RISING}3 leaves")) && said.contains(&format!("{CONSTANT}4 leaves")), "{said}");
}

#[test]
fn names_are_quoted_where_a_shell_would_take_them_apart() {
    let folder = Folder::new().file("rows/a.csv", lines("row id,a,b,what's the time,version,c,d\n", 60));
    let said = told(&folder, "");
    assert!(said.contains(&format!("{RISING}'row id,what'\\''s the time' leaves them out")), "{said}");
}

#[test]
fn what_falls_once_is_not_warned_of() {
    let folder = Folder::new().file("rows/a.csv", lines(HEADER, 30)).file("rows/b.csv", lines(HEADER, 30));
    let said = told(&folder, "");
    assert!(!said.contains("rise") && said.contains(&format!("{CONSTANT}version leaves")), "{said}");
}

#[test]
fn the_demo_has_no_such_columns() {
    let folder = Folder::new();
    let told = folder.kitsune("train --epochs 1").word(demo::path("train")).succeeds();
    assert!(!told.stderr.contains("warning"), "{}", told.stderr);
}

#[test]
fn quiet_silences_warnings() {
    let folder = Folder::new().file("rows/a.csv", lines(HEADER, 60));
    assert_eq!(told(&folder, "--quiet"), "");
}
