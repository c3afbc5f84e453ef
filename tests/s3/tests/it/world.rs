//! A server and a folder with the same content, and a folder to work in.

use std::fs;
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use kitsune_s3_tests::{ACCESS_KEY, REGION, S3Server, SECRET_KEY};
use tempfile::TempDir;

use crate::files;
use crate::kitsune::{Kitsune, kitsune};

pub(crate) struct World {
    server: S3Server,
    folder: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let world = Self { server: S3Server::start().unwrap(), folder: tempfile::tempdir().unwrap() };
        for name in ["local", "work", "home"] {
            fs::create_dir(world.path(name)).unwrap();
        }
        world
    }

    /// Adds an object, and a file of the same name and content.
    pub(crate) fn object(self, key: &str, content: impl AsRef<[u8]>) -> Self {
        self.server.put(key, &content).unwrap();
        self.file(&format!("local/{key}"), content)
    }

    /// Adds a file.
    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        files::write(&self.path(name), content);
        self
    }

    /// A path in the folder: `local` has the files, commands run in `work`, and `home` is the user's home.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub(crate) fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// A run by a user who may read the objects.
    pub(crate) fn kitsune(&self, words: &str) -> Kitsune {
        self.without_keys(words).env("AWS_ACCESS_KEY_ID", ACCESS_KEY).env("AWS_SECRET_ACCESS_KEY", SECRET_KEY).env("AWS_REGION", REGION)
    }

    /// A run whose environment has neither keys nor region.
    pub(crate) fn without_keys(&self, words: &str) -> Kitsune {
        let home = self.path("home");
        let home = home.to_str().unwrap();
        kitsune(words).within(&self.path("work")).env("HOME", home).env("USERPROFILE", home).env("AWS_ENDPOINT_URL", &self.endpoint())
    }

    /// The model that is trained on these locations; a location without a scheme is in `local`.
    #[track_caller]
    pub(crate) fn model(&self, locations: &[&str]) -> Vec<u8> {
        writes_files(self.locations(self.kitsune("train --epochs 1 --seed 7"), locations));
        self.read("work/models/kitsune.safetensors")
    }

    /// The scores of the rows in these locations, by the last model.
    #[track_caller]
    pub(crate) fn scores(&self, locations: &[&str]) -> String {
        writes_files(self.locations(self.kitsune("score"), locations).words("scores --n-scores-partition 1"));
        String::from_utf8(self.read("work/scores/scores_0.json")).unwrap()
    }

    fn locations(&self, kitsune: Kitsune, locations: &[&str]) -> Kitsune {
        let word = |location: &&str| if location.contains("://") { location.into() } else { self.path("local").join(location) };
        locations.iter().map(word).fold(kitsune, Kitsune::word)
    }

    /// All files and folders where commands run, at any depth.
    pub(crate) fn results(&self) -> Vec<PathBuf> {
        files::list(&self.path("work"))
    }
}

/// Asserts that a run succeeds and prints nothing on stdout.
#[track_caller]
pub(crate) fn writes_files(run: Kitsune) {
    assert_eq!(run.succeeds().stdout, "", "there is nothing to be said on stdout");
}

/// The demo data of the repository.
pub(crate) fn demo(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo").join(name)).unwrap()
}

pub(crate) fn gzipped(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// Made-up rows as a CSV file with names.
pub(crate) fn rows(numbers: Range<u32>) -> String {
    numbers.map(row).fold("a,b,c,d\n".into(), |csv, [a, b, c, d]| csv + &format!("{a},{b},{c},{d}\n"))
}

/// The same rows as JSON.
pub(crate) fn json_lines(numbers: Range<u32>) -> String {
    numbers.map(row).fold(String::new(), |json, [a, b, c, d]| json + &format!("{{\"a\":{a},\"b\":{b},\"c\":{c},\"d\":{d}}}\n"))
}

fn row(number: u32) -> [f64; 4] {
    let (a, b) = ((f64::from(number) * 0.618_033_988_749_895).fract(), (f64::from(number) * 0.414_213_562_373_095).fract());
    [a, b, f64::midpoint(a, b), a * b]
}
