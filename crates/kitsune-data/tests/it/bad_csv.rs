//! Faults in CSV files, and the positions that errors report.

use kitsune_data::{Header, Source, SourceOptions};

use crate::folder::{Folder, assert_says, error, rows};

#[test]
fn a_bad_row_is_told_by_file_line_and_column() {
    for (text, parts) in [
        ("a,b\n1,2\n3,x\n", &["rows.csv, line 3, column 1 (b)", "\"x\" is not a number"][..]),
        ("a,b\n1,\n", &["line 2, column 1 (b)", "empty"]),
        ("a,b\n1,\"\"\n", &["line 2, column 1", "empty"]),
        ("a,b\n1,\"1,5\"\n", &["line 2, column 1", "\"1,5\" has a decimal comma"]),
        ("a,b\n0x1g,1\n", &["line 2, column 0 (a)", "0x1g"]),
        ("a,b\n1_000,1\n", &["line 2, column 0", "\"1_000\" has separators of thousands: write it as 1000"]),
        ("a,b\n1,NaN\n", &["line 2, column 1", "NaN is not a finite number"]),
        ("a,b\n1,2\n-inf,1\n", &["line 3, column 0", "-inf is not a finite number"]),
        ("a,b\n1,1e999\n", &["line 2, column 1", "1e999 is not a finite number"]),
        ("a,b\n1,2\n3\n", &["rows.csv, line 3", "1 cell instead of 2"]),
        ("a,b\n1,2,3\n", &["line 2", "3 cells instead of 2"]),
        ("a,b\n1,2\n\n3,4\n", &["line 3", "blank"]),
        ("a,b\n1,2\n\n\n \n3,4\n", &["line 3", "blank"]),
        ("\na,b\n1,2\n", &["line 1", "blank"]),
        ("a,b\n1,\"2\n3,4\n", &["line 2", "quote", "never closed"]),
        ("a,b\n\"1\n\",2\n\"3\n\",\"\nx\"\n", &["line 5, column 1", "x"]),
        ("a,b\r\n1,2\r\n3,oops\r\n", &["line 3, column 1", "\"oops\""]),
        ("a,b\n1,#comment\n", &["line 2, column 1", "#comment"]),
        ("1,2\n3,x\n", &["line 2, column 1:", "\"x\""]),
        ("a;b\n1;2\n", &["separated by ';' instead of ','", "give the delimiter"]),
        ("a\tb\n1\t2\n", &["separated by '\\t' instead of ','"]),
        ("1,x\n", &["header", "say whether there is a header"]),
        ("a,b,1\n1,2,3\n", &["column 2 is \"1\"", "header"]),
        ("0,1,2\n3,4,5\n", &["header", "column 0 is \"0\""]),
    ] {
        assert_says(&Folder::new().file("rows.csv", text).error(), parts);
    }
    for (bytes, parts) in [
        (&b"a,b\n1,\xff\xfe\n"[..], &["line 2, column 1", "not a number"][..]),
        (b"a,b\n1,2\0\n", &["line 2, column 1", "\\0"]),
        (b"\xff\xfea\0,\0b\0\n\0", &["not UTF-8"]),
        (b"PK\x03\x04\xff\0\0\0", &["not UTF-8"]),
        (b"\x1f\x8b\x08\0\0\0\0\0", &["cannot read", "rows.csv"]),
    ] {
        assert_says(&Folder::new().file("rows.csv", bytes).error(), parts);
    }
}

#[test]
fn a_bad_cell_far_into_a_file_is_found() {
    let mut text = "a,b\n".to_owned();
    for row in 0..300_000 {
        text += if row == 250_000 { "1,!\n" } else { "0.25,123456.789\n" };
    }
    assert_says(&Folder::new().file("rows.csv", text).error(), &["line 250002, column 1 (b)", "\"!\""]);
}

#[test]
fn rows_before_the_fault_come_and_nothing_after_it() {
    let folder = Folder::new().file("a.csv", "1,2\n3,4\n5,x\n7,8\n").file("b.csv", "1,1\n");
    let mut pass = folder.open().pass(0).unwrap();
    assert_eq!(pass.next().unwrap().unwrap().rows(), 2);
    assert!(pass.next().unwrap().is_err());
    assert!(pass.next().is_none() && pass.next().is_none());
    assert_eq!(pass.progress().rows(), 2);
}

#[test]
fn files_that_do_not_go_together_are_both_named() {
    for (other, parts) in [
        ("a,b,c\n", &["z.csv has 3 columns but", "a.csv has 2"][..]),
        ("a,c\n1,2\n", &["column 1 is \"c\" in", "z.csv but \"b\" in", "a.csv"]),
        ("1,2\n", &["column 0 is \"1\" in", "z.csv but \"a\""]),
    ] {
        assert_says(&Folder::new().file("a.csv", "a,b\n1,2\n").file("z.csv", other).error(), parts);
    }
    let text_row = Folder::new().file("a.csv", "1,2\n").file("z.csv", "a,b\n3,4\n");
    assert_says(&text_row.error(), &["z.csv, line 1, column 0", "\"a\" is not a number"]);
    let odd = Folder::new().file("a.csv", "1,2\n3,4,5\n");
    assert_says(&odd.error(), &["a.csv, line 2", "3 cells instead of 2"]);
}

#[test]
fn what_is_no_fault_is_read() {
    for (text, expected) in [
        ("a,b\n1, 2 \n", vec![[1.0, 2.0]]),
        ("a,b\n1,2", vec![[1.0, 2.0]]),
        ("a,b\r\n1,2\r\n\r\n\r\n", vec![[1.0, 2.0]]),
        ("\u{feff}a,b\n1,2\n \n\n", vec![[1.0, 2.0]]),
        ("\u{feff}1,2\n3,4\n", vec![[1.0, 2.0], [3.0, 4.0]]),
        ("\"a\",\"b\"\n\"1.5\",\"-2e3\"\n", vec![[1.5, -2000.0]]),
        ("a,b\n+1,.5\n", vec![[1.0, 0.5]]),
        ("a,b\n", vec![]),
        ("", vec![]),
        ("\n\n", vec![]),
    ] {
        let folder = Folder::new().file("rows.csv", text);
        let found = if text.trim().is_empty() { folder.open().pass(0).unwrap().map(|_| vec![]).collect() } else { rows(&folder.open(), 0) };
        assert_eq!(found, expected, "{text:?}");
    }
}

#[test]
fn files_without_rows_are_nothing_among_others() {
    let folder = Folder::new().file("0.csv", "").file("1.csv", "a,b\n").file("2.csv", "a,b\n1,2\n").file("3.csv", "\n");
    assert_eq!(folder.open().names().unwrap(), ["a", "b"]);
    assert_eq!(rows(&folder.open(), 0), [[1.0, 2.0]]);
}

#[test]
fn a_header_can_be_said_to_be_there_or_not() {
    let folder = Folder::new().file("rows.csv", "0,1,2\n3,4,5\n");
    let with = |header| SourceOptions::new().with_header(header).open(folder.path());
    assert_eq!(with(Header::Present).unwrap().names().unwrap(), ["0", "1", "2"]);
    assert_eq!(rows(&with(Header::Present).unwrap(), 0), [[3.0, 4.0, 5.0]]);
    assert_eq!(with(Header::Absent).unwrap().names(), None);
    assert_eq!(rows(&with(Header::Absent).unwrap(), 0).len(), 2);
    let text = Folder::new().file("rows.csv", "a,b\n1,2\n");
    assert_says(&error(SourceOptions::new().with_header(Header::Absent).open(text.path())), &["line 1, column 0", "\"a\""]);
}

#[test]
fn names_are_trimmed_and_empty_ones_are_numbered() {
    let folder = Folder::new().file("rows.csv", ", b ,\"c, \"\"d\"\"\"\n1,2,3\n");
    assert_eq!(folder.open().names().unwrap(), ["column 0", "b", "c, \"d\""]);
}

#[test]
fn a_row_without_end_is_refused_in_bounded_memory() {
    let folder = Folder::new().file("rows.csv", "a,b\n1,\"");
    let file = std::fs::OpenOptions::new().append(true).open(folder.path().join("rows.csv")).unwrap();
    // Sparse: it takes no space, and reads as zeros.
    file.set_len(200 << 20).unwrap();
    assert_says(&error(Source::open(folder.path())), &["line 2", "longer than", "quote"]);
}

#[test]
fn columns_of_text_are_listed_before_any_row_is_read() {
    let folder = Folder::new().file("rows.csv", "a,city,day,b\n1,Graz,2026-01-01,\n2,Linz,2026-01-02,4\n");
    assert_says(&folder.error(), &["rows.csv are not numbers", "city (text), day (a date)", "must be left out"]);
    let source = folder.open().exclude(["city", "day"]).unwrap();
    assert_says(&error(Ok(source)), &["line 2, column 3 (b)", "empty"]);
    let words = Folder::new().file("rows.csv", "a,flag\n1,true\n2,False\n3,TRUE\n");
    assert_eq!(rows(&words.open(), 0), [[1.0, 1.0], [2.0, 0.0], [3.0, 1.0]]);
}
