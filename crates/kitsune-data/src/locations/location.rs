//! The location of rows, as a user names it.

use std::ffi::OsStr;
use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::standard_input::StandardInput;
use super::store::Url;
use super::{folder, pattern};
use crate::error::Error;

/// The location of rows, as a user names it.
///
/// | Name | Meaning |
/// | --- | --- |
/// | `-` | standard input |
/// | a file or a folder, even with `*` in its name | that file, or all files in that folder |
/// | a name with `*`, `?` or `[` | all files and folders that match; `**` matches any number of folders |
/// | `s3://bucket/prefix`, and the schemes of other stores | that object, or all objects below it, or all that match |
/// | `file:///folder` | the same as `/folder` |
///
/// Object stores need the feature `cloud`. They take their credentials from the environment. For S3 these are `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
/// `AWS_SESSION_TOKEN` and `AWS_REGION`, and `AWS_ENDPOINT_URL` for another store; then the first keys of `~/.aws/credentials` and the
/// first region of `~/.aws/config`, whatever their profile is. Without a region and an endpoint, Polars asks Amazon for the region and
/// reports that on standard error.
///
/// Clones of standard input, or of another [stream](Self::stream), share it: bytes that one of them has read are gone for the others.
#[derive(Clone, Debug)]
pub struct Location(pub(super) Kind);

#[derive(Clone, Debug)]
pub(super) enum Kind {
    StandardInput(Arc<StandardInput>),
    Path(PathBuf),
    Pattern(PathBuf),
    Url(Url),
}

impl Location {
    /// Parses the name of a location.
    ///
    /// # Errors
    ///
    /// If it is a URL that cannot be read.
    pub fn parse(text: impl AsRef<OsStr>) -> Result<Self, Error> {
        let text = text.as_ref();
        if text == "-" {
            return Ok(Self::standard_input(io::stdin()));
        }
        match text.to_str().and_then(split_scheme) {
            Some(("file", rest)) => {
                let path = rest.strip_prefix("localhost").filter(|path| path.starts_with('/')).unwrap_or(rest);
                Ok(Self::local(Path::new(path)))
            }
            Some((scheme, rest)) => Ok(Self(Kind::Url(Url::new(scheme, rest)?))),
            None => Ok(Self::local(Path::new(text))),
        }
    }

    /// Standard input as a reader gives it, such as one that a signal can interrupt. [`parse`](Self::parse) reads `-` without such a reader.
    pub fn standard_input(reader: impl Read + Send + 'static) -> Self {
        Self(Kind::StandardInput(Arc::new(StandardInput::new(Box::new(reader)))))
    }

    /// Another stream that comes only once, which has this name in messages. It is read as standard input is.
    pub fn stream(name: impl Into<String>, reader: impl Read + Send + 'static) -> Self {
        Self(Kind::StandardInput(Arc::new(StandardInput::named(name.into(), Box::new(reader)))))
    }

    /// Whether this is standard input or another stream, which can be read only once unless it is
    /// [spooled](crate::SourceOptions::with_spooling).
    pub fn is_standard_input(&self) -> bool {
        matches!(self.0, Kind::StandardInput(_))
    }

    /// Whether a local file of this path is among the files of a folder or of a pattern, or would be if it existed.
    pub fn covers(&self, path: &Path) -> bool {
        match &self.0 {
            Kind::Path(folder) => folder::would_hold(folder, path),
            Kind::Pattern(pattern) => pattern::would_match(pattern, path),
            Kind::StandardInput(_) | Kind::Url(_) => false,
        }
    }

    fn local(path: &Path) -> Self {
        // A broken link exists too: the error about it must show its own name.
        let is_there = path.symlink_metadata().is_ok();
        Self(if !is_there && pattern::is_pattern(path.as_os_str()) { Kind::Pattern(path.into()) } else { Kind::Path(path.into()) })
    }
}

/// The file or folder with exactly this name.
impl From<&Path> for Location {
    fn from(path: &Path) -> Self {
        Self(Kind::Path(path.into()))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::StandardInput(input) => f.write_str(input.name()),
            Kind::Path(path) | Kind::Pattern(path) => write!(f, "{}", path.display()),
            Kind::Url(url) => write!(f, "{url}"),
        }
    }
}

/// Splits `scheme://rest`.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let is_scheme = !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    is_scheme.then_some((scheme, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> String {
        match Location::parse(text) {
            Ok(location) => {
                let kind = match location.0 {
                    Kind::StandardInput(_) => "input",
                    Kind::Path(_) => "path",
                    Kind::Pattern(_) => "pattern",
                    Kind::Url(_) => "url",
                };
                format!("{kind} {location}")
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_is_named_is_understood_by_its_form() {
        for (text, expected) in [
            ("-", "input standard input"),
            ("flows", "path flows"),
            ("./-", "path ./-"),
            ("flows/*.csv", "pattern flows/*.csv"),
            ("a?", "pattern a?"),
            ("[ab]", "pattern [ab]"),
            ("file:///data/flows", "path /data/flows"),
            ("file://localhost/data", "path /data"),
            ("file:///data/*", "pattern /data/*"),
            ("s3://bucket", "url s3://bucket"),
            ("s3a://bucket/a/b.csv", "url s3a://bucket/a/b.csv"),
            ("gs://bucket/a/", "url gs://bucket/a/"),
            ("abfss://container@account.dfs.core.windows.net/a*", "url abfss://container@account.dfs.core.windows.net/a*"),
            ("a b://c", "path a b://c"),
            ("://c", "path ://c"),
        ] {
            assert_eq!(kind(text), expected);
        }
        for text in ["ftp://host/a", "https://host/a.csv", "S3://bucket/a"] {
            let error = kind(text);
            assert!(error.contains(text) && error.contains("s3://") && error.contains("file://"), "{error}");
        }
        assert!(kind("s3:///key").contains("no bucket"), "{}", kind("s3:///key"));
    }

    #[test]
    fn a_folder_covers_what_is_visible_in_it_and_a_pattern_what_matches() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("rows/day")).unwrap();
        let covers = |location: &str, file: &str| Location::parse(folder.path().join(location)).unwrap().covers(&folder.path().join(file));
        let cases = [
            ("rows", "rows/a.csv", true),
            ("rows", "rows/day/../new/a.csv", true),
            ("rows/day", "rows/a.csv", false),
            ("rows", "rows/_scores/a.csv", false),
            ("rows", "rows/.a.csv", false),
            ("rows", "row.csv", false),
            ("*", "rows/a.csv", true),
            ("*.csv", "a.csv", true),
            ("*.csv", "a.ndjson", false),
            ("*/*.csv", "rows/a.csv", true),
            ("*/*.csv", "a.csv", false),
            ("**/*.csv", "rows/day/a.csv", true),
            ("none", "none/a.csv", false),
        ];
        for (location, file, expected) in cases {
            assert_eq!(covers(location, file), expected, "{location} {file}");
        }
    }

    #[test]
    fn a_file_of_that_very_name_is_no_pattern() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a[1]*.csv");
        std::fs::write(&path, "").unwrap();
        assert!(matches!(Location::parse(&path).unwrap().0, Kind::Path(_)));
        assert!(matches!(Location::parse(folder.path().join("b*")).unwrap().0, Kind::Pattern(_)));
    }
}
