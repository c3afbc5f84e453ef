//! Files that replace older ones.

use std::fs;
use std::io::Write;
use std::path::Path;

use kitsune_data::files::{Destination, NewFile, write};

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn an_older_file_stays_until_the_new_one_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    for older in [None, Some("one"), Some("two")] {
        let new = NewFile::create(&path, None).unwrap();
        new.file().write_all(b"never").unwrap();
        assert_eq!(fs::read_to_string(&path).ok().as_deref(), older);
        drop(new);
        assert_eq!(fs::read_to_string(&path).ok().as_deref(), older);
        write(&path, if older.is_none() { b"one" } else { b"two" }).unwrap();
        assert_eq!(names(folder.path()), ["out"]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_unfinished_file_has_no_name() {
    let folder = tempfile::tempdir().unwrap();
    let new = NewFile::create(&folder.path().join("out"), None).unwrap();
    new.file().write_all(b"half").unwrap();
    assert!(names(folder.path()).is_empty(), "what a killed process leaves");
}

#[cfg(unix)]
#[test]
fn a_replaced_file_keeps_its_mode_and_its_owner() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    for expected in [0o600, 0o640, 0o444, 0o664] {
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(expected)).unwrap();
        let new = NewFile::create(&path, None).unwrap();
        assert_eq!(new.file().metadata().unwrap().mode() & 0o777, expected, "before the first byte");
        new.finish().unwrap();
        assert_eq!(mode(&path), expected);
        fs::remove_file(&path).unwrap();
    }
    fs::write(&path, "").unwrap();
    let ordinary = mode(&path);
    write(&folder.path().join("new"), b"").unwrap();
    assert_eq!(mode(&folder.path().join("new")), ordinary, "like any new file");
    // Only root can give files away.
    if chown(&path, Some(12_345), Some(54_321)).is_ok() {
        write(&path, b"more").unwrap();
        let found = fs::metadata(&path).unwrap();
        assert_eq!((found.uid(), found.gid(), found.mode() & 0o777), (12_345, 54_321, ordinary));
    }
}

#[cfg(unix)]
#[test]
fn what_is_replaced_is_the_file_behind_the_links() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("deep")).unwrap();
    symlink("deep/second", path("first")).unwrap();
    symlink("../v1", path("deep/second")).unwrap();
    assert_eq!(Destination::of(&path("first")).unwrap(), Destination::File(path("deep/../v1")));
    for text in ["where nothing was", "over the older one"] {
        write(&path("first"), text.as_bytes()).unwrap();
        assert_eq!(fs::read_to_string(path("v1")).unwrap(), text);
        assert!(path("first").is_symlink() && path("deep/second").is_symlink());
    }
    assert_eq!(names(folder.path()), ["deep", "first", "v1"]);
    symlink("round", path("round")).unwrap();
    assert!(write(&path("round"), b"").is_err(), "a circle");
    assert!(path("round").is_symlink());
}

#[cfg(unix)]
#[test]
fn only_files_are_replaced() {
    use std::os::unix::net::UnixListener;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("folder")).unwrap();
    fs::write(path("file"), "").unwrap();
    let _listener = UnixListener::bind(path("socket")).unwrap();
    for name in ["folder", "socket", "file/below", "nowhere/below"] {
        let told = write(&path(name), b"text").unwrap_err().to_string();
        assert!(!told.contains(".kitsune-") && !told.contains(folder.path().to_str().unwrap()), "{told}");
    }
    assert_eq!(names(folder.path()), ["file", "folder", "socket"]);
    assert_eq!(Destination::of(Path::new("/dev/null")).unwrap(), Destination::Stream);
    write(Path::new("/dev/null"), b"text").unwrap();
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[cfg(target_os = "linux")]
#[test]
fn an_open_file_of_a_process_is_written_to_and_a_file_in_dev_is_not() {
    use std::os::fd::AsRawFd;
    let folder = tempfile::tempdir().unwrap();
    let open = fs::File::create(folder.path().join("open")).unwrap();
    for name in [format!("/proc/self/fd/{}", open.as_raw_fd()), format!("/dev/fd/{}", open.as_raw_fd())] {
        assert_eq!(Destination::of(Path::new(&name)).unwrap(), Destination::Stream);
        write(Path::new(&name), b"ab").unwrap();
    }
    assert_eq!(fs::read(folder.path().join("open")).unwrap(), b"abab");
    let shared = tempfile::NamedTempFile::new_in("/dev/shm");
    if let Ok(shared) = shared {
        assert_eq!(Destination::of(shared.path()).unwrap(), Destination::File(shared.path().into()));
    }
}

/// Devices that nobody has behind the number.
#[cfg(target_os = "linux")]
#[test]
fn a_block_device_is_never_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("device");
    // Only root can make one.
    let made = std::process::Command::new("mknod").arg(&path).args(["b", "240", "1048575"]).output();
    if made.is_ok_and(|made| made.status.success()) {
        let told = write(&path, b"text").unwrap_err().to_string();
        assert!(told.contains("neither a file nor a pipe"), "{told}");
        assert!(!fs::metadata(&path).unwrap().is_file());
    }
}
