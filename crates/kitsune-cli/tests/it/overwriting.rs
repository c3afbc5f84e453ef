//! What the commands write over, and what they do not.

use std::fs;

use crate::folder::{Folder, MODEL};
use crate::rows::{csv, made_up};

/// A folder with rows that have labels, and a model of them.
fn folder() -> Folder {
    let labels = (0..120).map(|row| row % 2);
    let rows: Vec<_> = labels.clone().zip(made_up(120)).map(|(label, values)| format!("{label},{}", csv(&[values]))).collect();
    let labels: Vec<_> = labels.map(|label| format!("{label}\n")).collect();
    let folder = Folder::new()
        .file("rows/a.csv", format!("label,a,b,c,d\n{}", rows.concat()))
        .file("labels.csv", format!("score\n{}", labels.concat()));
    folder.kitsune("train rows --epochs 1 --exclude label").succeeds();
    folder
}

/// A command that writes to a file, and what it says if that is somebody's.
const COMMANDS: [(&str, &str, &str); 8] = [
    ("train rows --exclude label --epochs 1 --model notes", "notes", "notes exists and holds no model"),
    ("train rows --exclude label --epochs 1 --model new.safetensors", "new.resume", "new.resume exists and holds no checkpoint"),
    ("calibrate rows --output notes", "notes", "notes exists and holds no model"),
    ("score rows notes.csv", "notes.csv", "notes.csv exists and holds no scores"),
    ("score rows out", "out/scores_1.json", "out/scores_1.json exists and holds no scores"),
    ("score rows out.csv --report page", "page/report.html", "page/report.html exists and holds no report"),
    ("evaluate rows --label-column label --bootstrap 0 --report page", "page/report.html", "page/report.html exists and holds no report"),
    ("man --output pages", "pages/kitsune.1", "pages/kitsune.1 exists and holds no manual page"),
];

#[test]
fn nobody_elses_file_is_replaced() {
    let folder = folder();
    let model = folder.read(MODEL);
    let foreign: [&[u8]; 4] = [b"notes of a person\n", b"<html></html>", &[0xff; 400], b"\x02\0\0\0\0\0\0\0{}"];
    for (words, name, told) in COMMANDS {
        for bytes in foreign {
            let folder = self::Folder::new().file(MODEL, &model).file("rows/a.csv", folder.read("rows/a.csv")).file(name, bytes);
            let before = folder.list();
            folder.kitsune(words).fails(&[told, "or remove it"]);
            assert_eq!((folder.list(), folder.read(name)), (before, bytes.to_vec()), "{words}");
        }
    }
    // A model is no checkpoint and no scores, and scores are no model.
    let folder = folder.file("new.resume", &model);
    folder.kitsune(COMMANDS[1].0).fails(&[COMMANDS[1].2]);
    folder.kitsune("score rows").word(MODEL).words("--output-format ndjson").fails(&["holds no scores"]);
    folder.kitsune("score rows out.csv").succeeds();
    folder.kitsune("train rows --epochs 1 --exclude label --model out.csv").fails(&["out.csv exists and holds no model"]);
}

#[test]
fn nothing_and_older_outputs_of_the_same_kind_are_replaced() {
    for (words, name, _) in COMMANDS {
        let folder = folder().file(name, "");
        for time in ["over an empty file", "over its own"] {
            folder.kitsune(words).succeeds();
            assert!(name.ends_with(".resume") || !folder.read(name).is_empty(), "{words}, {time}");
        }
    }
}

#[test]
fn what_is_read_is_never_an_output() {
    let folder = folder();
    folder.kitsune("score rows scored.csv --keep a,b,c,d,label").succeeds();
    folder.kitsune("score rows parts --keep a,b,c,d,label").succeeds();
    // All of these hold scores, or are empty.
    let scored = folder.read("scored.csv");
    let folder = folder.file("more/a.csv", scored).file("more/b.csv", "");
    let before = folder.list();
    for (words, name) in [
        ("score more more/a.csv", "more/a.csv"),
        ("score more/*.csv more/b.csv", "more/b.csv"),
        ("score more/a.csv more/b.csv more/b.csv", "more/b.csv"),
        ("score more ./more/../more/b.csv", "more/b.csv"),
        ("score parts parts", "parts/scores_0.json"),
        ("score rows labels.csv --labels labels.csv", "labels.csv"),
        ("train more --exclude label,score,is_anomaly,tail_probability --epochs 1 --model more/b.csv", "more/b.csv"),
        ("calibrate more --output more/b.csv", "more/b.csv"),
        ("train rows --labels labels.csv --model labels.csv", "labels.csv"),
    ] {
        folder.kitsune(words).fails(&[name, "is one of the files that are read: give another path"]);
        assert_eq!(folder.list(), before, "{words}");
    }
    folder.kitsune("train rows --from").word(MODEL).words("--exclude label --epochs 1").succeeds();
    folder.kitsune("calibrate rows --output").word(MODEL).succeeds();
}

#[test]
fn scores_do_not_lie_among_the_rows() {
    let folder = folder();
    let before = folder.list();
    for (words, location) in [
        ("score rows rows/out.csv", "rows"),
        ("score rows rows/deeper/out.ndjson", "rows"),
        ("score rows rows/", "rows"),
        ("score ./rows rows/parts", "./rows"),
        ("score rows/*.csv rows/out.csv", "rows/*.csv"),
    ] {
        folder.kitsune(words).fails(&[&format!("is among the rows of {location}, so that the next run")]);
        assert_eq!(folder.list(), before, "{words}");
    }
    for words in ["score rows _out/out.csv", "score rows rows/_out.csv", "score rows/*.csv rows/out.ndjson", "score rows/*.csv rows/parts/"]
    {
        for _ in 0..2 {
            folder.kitsune(words).succeeds();
        }
    }
}

#[test]
fn an_unknown_ending_asks_for_a_known_one() {
    let folder = folder();
    let before = folder.list();
    for name in ["out.xlsx", "out.txt", "new/out.tsv.bak", "Out.XLSX", "rows/a.doc"] {
        folder.kitsune("score rows").word(name).rejects_words(&[
            "scores cannot be written as .",
            name,
            "ends in .ndjson",
            &format!("{name}/"),
        ]);
    }
    folder.kitsune("score rows out.csv.gz").rejects_words(&["give out.csv instead of out.csv.gz"]);
    folder.kitsune("score rows").word(MODEL).rejects_words(&["scores cannot be written as .safetensors"]);
    assert_eq!(folder.list(), before);
    fs::create_dir(folder.path().join("there.v2")).unwrap();
    for name in ["there.v2", "new.v2/", "out.csv/", "without", ".hidden"] {
        folder.kitsune("score rows").word(name).succeeds();
        assert_eq!(folder.list_below(name).len(), 4, "{name}");
    }
}

#[test]
fn a_model_has_the_name_of_a_file() {
    let folder = folder();
    let before = folder.list();
    let train = |name: &str| folder.kitsune("train rows --exclude label --epochs 1 --model").word(name);
    for name in ["models", "models/", "new/", "..", "."] {
        train(name).rejects_words(&[&format!("{name} is a folder: give --model a file")]);
        folder.kitsune("calibrate rows --output").word(name).rejects_words(&[&format!("{name} is a folder: give --output a file")]);
    }
    train("new.resume").rejects_words(&["new.resume has the extension of a checkpoint"]);
    assert_eq!(folder.list(), before);
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_take_scores_only() {
    let folder = folder();
    folder.kitsune("score rows out.ndjson").succeeds();
    for words in ["score rows /dev/null", "score rows /dev/null --output-format parquet"] {
        folder.kitsune(words).succeeds();
    }
    let told = folder.kitsune("score rows /dev/stdout").succeeds();
    assert_eq!(told.stdout.as_bytes(), folder.read("out.ndjson"));
    for name in ["/dev/null", "/dev/stdout"] {
        let advice = format!("{name} is a pipe or a device: give --");
        folder.kitsune("train rows --epochs 1 --exclude label --model").word(name).rejects_words(&[&advice]);
        folder.kitsune("calibrate rows --output").word(name).rejects_words(&[&advice]);
    }
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    // Only root can make a device, here one that nobody has behind the number.
    let device = folder.path().join("device");
    let made = std::process::Command::new("mknod").arg(&device).args(["b", "240", "1048575"]).output();
    let names = if made.is_ok_and(|made| made.status.success()) { vec!["socket", "device"] } else { vec!["socket"] };
    let before = folder.list();
    for name in names {
        for words in ["score rows --output-format csv", "train rows --exclude label --epochs 1 --model", "calibrate rows --output"] {
            folder.kitsune(words).word(name).fails(&[&format!("cannot write to {name}"), "neither a file nor a pipe"]);
        }
        assert!(!fs::metadata(folder.path().join(name)).unwrap().is_file());
    }
    assert_eq!(folder.list(), before);
}

#[cfg(unix)]
#[test]
fn links_and_modes_stay() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    for (words, link, target) in [
        ("train rows --exclude label --epochs 1 --model current.safetensors", "current.safetensors", "versions/v1"),
        ("calibrate rows --output current.safetensors", "current.safetensors", "versions/v1"),
        ("score rows out.csv", "out.csv", "versions/out.data"),
        ("score rows other.csv --report page", "page/report.html", "../versions/page"),
    ] {
        fs::create_dir_all(path("page")).unwrap();
        fs::remove_file(path(link)).ok();
        symlink(target, path(link)).unwrap();
        let target = target.trim_start_matches("../");
        folder.kitsune(words).succeeds();
        let first = folder.read(target);
        fs::set_permissions(path(target), PermissionsExt::from_mode(0o600)).unwrap();
        folder.kitsune(words).succeeds();
        assert!(path(link).is_symlink(), "{words}");
        assert_eq!((fs::metadata(path(target)).unwrap().mode() & 0o777, first), (0o600, folder.read(target)), "{words}");
    }
    assert_eq!(folder.list_below("versions"), ["out.data", "page", "v1"]);
}

/// Otherwise a user would wait for results that cannot be written.
#[test]
fn every_place_is_told_before_the_work() {
    let folder = folder().file("far/a.csv", "label,a,b,c,d\n0,?,1,1,1\n");
    // The rows are bad, which the work would tell.
    for (words, target) in [
        ("score far rows/a.csv/below", "rows/a.csv/below"),
        ("score far rows/a.csv/below/out.csv", "rows/a.csv/below"),
        ("score far out.csv --report rows/a.csv/below", "rows/a.csv/below"),
        ("evaluate rows far --label-column label --report rows/a.csv/below", "rows/a.csv/below"),
        ("train far --exclude label --model rows/a.csv/below/model", "rows/a.csv/below"),
        ("calibrate far --output rows/a.csv/model", "rows/a.csv/model"),
    ] {
        let before = folder.list();
        let told = folder.kitsune(words).fails(&["cannot write to", target]).stderr;
        assert!(!told.contains(".kitsune-") && told.matches(target).count() == 1, "{told}");
        assert_eq!(folder.list(), before, "{words}");
    }
    let folder = folder.file("page/a/report.html", "").file("page/b/report.html", "foreign").file("b.csv", "label,a,b,c,d\n");
    let bad = folder.read("far/a.csv");
    let folder = folder.file("a.csv", bad);
    folder.kitsune("evaluate a.csv b.csv --label-column label --report page").fails(&["page/b/report.html exists and holds no report"]);
}

#[test]
fn rows_with_a_column_of_that_name_are_no_scores() {
    let folder = folder();
    let before = folder.read("rows/a.csv");
    for text in ["id,age,score\n1,30,712\n", "score,age\n712,30\n", "row,score,age\n1,712,30\n"] {
        let folder = Folder::new().file("rows/a.csv", &before).file(MODEL, folder.read(MODEL)).file("people.csv", text);
        folder.kitsune("score rows people.csv --exclude label").fails(&["people.csv exists and holds no scores"]);
        assert_eq!(folder.read("people.csv"), text.as_bytes());
    }
    for options in ["", "--with-row-numbers --explain 2 --with-tails", "--keep label --explain 1", "--threshold 3 --keep a,b"] {
        for _ in 0..2 {
            folder.kitsune("score rows out.csv --exclude label").words(options).succeeds();
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn rows_on_standard_input_are_no_output() {
    let folder = folder();
    folder.kitsune("score rows out.csv --exclude label --keep a,b,c,d").succeeds();
    let before = folder.read("out.csv");
    let mut command = folder.kitsune("score - out.csv --file-format csv").into_command();
    let output = command.stdin(fs::File::open(folder.path().join("out.csv")).unwrap()).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && told.contains("out.csv is one of the files that are read"), "{told}");
    assert_eq!(folder.read("out.csv"), before);
}
