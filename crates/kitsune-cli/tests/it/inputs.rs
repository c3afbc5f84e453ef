//! The locations that can be named as input: several of them, patterns, names of any kind.

use polars::prelude::DataFrame;

use crate::folder::Folder;
use crate::frames;
use crate::rows::{assert_same, csv, made_up};

/// Three files with different numbers of rows, and a model.
fn folder() -> Folder {
    let rows = made_up(60);
    let folder = Folder::new()
        .file("rows/a.csv", csv(&rows[..10]))
        .file("rows/b.csv", csv(&rows[10..30]))
        .file("rows/deep/down/c.csv", csv(&rows[30..]));
    folder.kitsune("train rows --epochs 1").succeeds();
    folder
}

fn scores(folder: &Folder, places: &str) -> Vec<f32> {
    folder.kitsune("score").words(places).word("scores").succeeds();
    folder.scores("scores")
}

#[test]
fn places_are_read_in_the_order_in_which_they_are_named() {
    let folder = folder();
    let [a, b, c] = ["rows/a.csv", "rows/b.csv", "rows/deep"].map(|place| scores(&folder, place));
    assert_same("b, c, a", &scores(&folder, "rows/b.csv rows/deep rows/a.csv"), &[&b[..], &c, &a].concat());
    assert_same("the folder", &scores(&folder, "rows"), &[a, b, c].concat());
}

#[test]
fn a_pattern_is_for_all_that_match_it() {
    let folder = folder();
    let [a, b, c] = ["rows/a.csv", "rows/b.csv", "rows/deep"].map(|place| scores(&folder, place));
    let cases = [
        ("rows/*.csv", vec![&a, &b]),
        ("rows/?.csv", vec![&a, &b]),
        ("rows/[b-z].csv", vec![&b]),
        ("rows/d*", vec![&c]),
        ("rows/*", vec![&a, &b, &c]),
        ("**/*.csv", vec![&a, &b, &c]),
        ("rows/d* rows/[ab].csv", vec![&c, &a, &b]),
    ];
    for (pattern, expected) in cases {
        assert_same(pattern, &scores(&folder, pattern), &expected.into_iter().flatten().copied().collect::<Vec<_>>());
    }
}

#[test]
fn a_file_that_is_named_twice_counts_once() {
    let folder = folder();
    let expected = scores(&folder, "rows");
    for places in ["rows rows", "rows rows/a.csv", "rows ./rows/../rows/b.csv rows/*.csv"] {
        assert_same(places, &scores(&folder, places), &expected);
    }
    folder.kitsune("train rows/a.csv rows/a.csv rows --epochs 1").succeeds().says(&["60 rows of 4 features"]);
}

#[test]
fn a_url_of_this_machine_is_a_path() {
    let folder = folder();
    let url = format!("file://{}", folder.path().join("rows/a.csv").display());
    assert_same("the URL", &scores(&folder, &url), &scores(&folder, "rows/a.csv"));
}

#[test]
fn places_that_are_not_there_are_told_by_name() {
    let folder = folder().parquet("rows/p.parquet", &DataFrame::empty());
    let cases = [
        ("rows/a.csv nowhere", &["there is no file or folder nowhere"][..]),
        ("rows/*.tsv", &["no file or folder matches rows/*.tsv"]),
        ("rows/a.csv rows/x*", &["no file or folder matches rows/x*"]),
        ("rows/[.csv", &["rows/[.csv"]),
        ("rows/a.csv rows/p.parquet", &["1 .csv and 1 .parquet", "--file-format"]),
        ("rows/a.csv rows/p* --file-format csv", &["there is no .csv file in rows/p*, only 1 .parquet"]),
    ];
    for (places, parts) in cases {
        folder.kitsune("train --checkpoint-dir new").words(places).fails(parts);
        assert!(!folder.exists("new"), "{places}");
    }
}

#[test]
fn files_of_several_places_must_go_together() {
    let folder = folder().file("other/a.csv", "1,2,3\n");
    folder.kitsune("train rows/a.csv other").fails(&["other/a.csv has 3 columns but rows/a.csv has 4"]);
}

#[cfg(unix)]
#[test]
fn a_place_may_have_any_name() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    let names: [&[u8]; 6] = [b"with blanks", b"-dash", b"line\nbreak", b"[*]?{a}", b"100%25", b"caf\xe9"];
    // Apple's file systems take UTF-8 only.
    let names = if cfg!(target_vendor = "apple") { &names[..5] } else { &names[..] };
    let frame = frames::named(&made_up(20));
    for name in names.iter().map(|name| OsStr::from_bytes(name)) {
        for (extension, bytes) in [
            ("csv", frames::csv(&frame)),
            ("ndjson", frames::ndjson(&frame)),
            ("arrow", frames::ipc_file(&frame)),
            ("parquet", frames::parquet(&frame)),
        ] {
            let file = [name, OsStr::new(extension)].join(OsStr::new("."));
            let folder = Folder::new().file(&file, bytes);
            folder.kitsune("train --epochs 1 --").word(&file).succeeds();
            // The file itself, a pattern for it, and a file of scores.
            let out = Path::new("out").join(&file);
            folder.kitsune("score --").word(&file).word(&out).succeeds();
            folder.kitsune("score").word(format!("*.{extension}")).word("scores").succeeds();
            assert_eq!(frames::read(&format!("a.{extension}"), folder.read(out)).height(), 20, "{}", file.display());
            assert_eq!(folder.scores("scores").len(), 20, "{}", file.display());
        }
    }
}

#[test]
fn a_file_called_like_standard_input_has_a_path() {
    let folder = Folder::new().file("-", csv(&made_up(20)));
    folder.kitsune("train ./- --file-format csv --epochs 1").succeeds().says(&["20 rows"]);
}

#[test]
fn rows_without_a_single_column_are_none() {
    let frame = DataFrame::new(3, Vec::new()).unwrap();
    let folder = Folder::new()
        .file("good/a.csv", csv(&made_up(10)))
        .file("rows/a.ndjson", "{}\n{}\n{}\n")
        .file("rows/a.parquet", frames::parquet(&frame))
        .file("rows/a.arrow", frames::ipc_file(&frame))
        .file("rows/stream.arrow", frames::ipc_stream(&frame));
    folder.kitsune("train good --epochs 1").succeeds();
    for name in ["rows/a.ndjson", "rows/a.parquet", "rows/a.arrow", "rows/stream.arrow"] {
        for missing in ["error", "drop", "mean", "fill=0"] {
            let few = "training needs at least 2 rows, but there are 0";
            folder.kitsune("train --model new.safetensors --on-missing").words(missing).word(name).fails(&[name, few]);
            folder.kitsune("calibrate --on-missing").words(missing).word(name).fails(&[name]);
        }
        folder.kitsune("score").word(name).words("out.csv").succeeds();
        assert_eq!(folder.read("out.csv"), b"score\n", "{name}");
    }
}
