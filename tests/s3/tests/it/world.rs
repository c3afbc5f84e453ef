//! A server and a folder that hold the same, and a folder to work in.

use std::fs;
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use kitsune_s3_tests::{ACCESS_KEY, REGION, S3Server, SECRET_KEY};
use tempfile::TempDir;

use crate::kitsune::Kitsune;

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

    /// With one more object, and one more file of the same name and content.
    pub(crate) fn object(self, key: &str, content: impl AsRef<[u8]>) -> Self {
        self.server.put(key, &content).unwrap();
        self.file(&format!("local/{key}"), content)
    }

    /// With one more file.
    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// Within its folder: `local` has the files, commands run in `work`, and users are at home in `home`.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub(crate) fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// A run by somebody who may read the objects.
    pub(crate) fn kitsune(&self, words: &str) -> Kitsune {
        Kitsune::new(&self.path("home"))
            .within(&self.path("work"))
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .env("AWS_REGION", REGION)
            .env("AWS_ENDPOINT_URL", &self.endpoint())
            .words(words)
    }

    /// The model that is made of these places; those without a scheme are within `local`.
    #[track_caller]
    pub(crate) fn model(&self, places: &[&str]) -> Vec<u8> {
        self.places(self.kitsune("train --epochs 1 --seed 7"), places).succeeds();
        self.read("work/models/kitsune.safetensors")
    }

    /// The scores of what is in these places, by the model that was made last.
    #[track_caller]
    pub(crate) fn scores(&self, places: &[&str]) -> String {
        self.places(self.kitsune("score"), places).words("scores --n-scores-partition 1").succeeds();
        String::from_utf8(self.read("work/scores/scores_0.json")).unwrap()
    }

    fn places(&self, kitsune: Kitsune, places: &[&str]) -> Kitsune {
        let place = |place: &&str| if place.contains("://") { place.into() } else { self.path("local").join(place) };
        places.iter().map(place).fold(kitsune, Kitsune::word)
    }

    /// All that is where commands run, at any depth.
    pub(crate) fn results(&self) -> Vec<PathBuf> {
        fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, found);
                }
                found.push(path);
            }
        }
        let mut found = Vec::new();
        walk(&self.path("work"), &mut found);
        found.sort();
        found
    }
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
