//! Object stores: their URLs, and the objects that a URL stands for.

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use object_store::path::Path as Key;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use polars::io::cloud::{CloudOptions, CloudRetryConfig, build_object_store};
use polars::prelude::{PlRefPath, PolarsError};

use super::data_file::DataFile;
use super::folder::is_hidden;
use super::how::How;
use super::object::Object;
use super::pattern::{KeyPattern, is_pattern};
use super::runtime::Task;
use super::store_error::{Provider, timed_out};
use crate::error::{Error, LocationError};
use crate::format::Format;

/// The longest time that a healthy store takes for a page of a listing.
const PATIENCE_SECONDS: u64 = 30;

/// Enough retries for a busy store, and so few that a missing store is reported soon.
const RETRIES: usize = 5;
const FIRST_BACKOFF: Duration = Duration::from_millis(250);
const RETRY_TIMEOUT: Duration = Duration::from_secs(10);

/// The schemes of object stores that Polars knows.
const SCHEMES: [(&str, Provider); 9] = [
    ("s3", Provider::Amazon),
    ("s3a", Provider::Amazon),
    ("gs", Provider::Google),
    ("gcs", Provider::Google),
    ("az", Provider::Azure),
    ("azure", Provider::Azure),
    ("adl", Provider::Azure),
    ("abfs", Provider::Azure),
    ("abfss", Provider::Azure),
];

/// The URL of an object, a prefix or a pattern in an object store.
#[derive(Clone, Debug)]
pub(super) struct Url {
    /// The URL of the bucket, such as `s3://bucket`.
    base: String,
    /// The key, without the slash before it.
    key: String,
    provider: Provider,
}

impl Url {
    pub(super) fn new(scheme: &str, rest: &str) -> Result<Self, Error> {
        let invalid = |reason| Error::from(LocationError::Invalid { text: format!("{scheme}://{rest}"), reason });
        let Some((_, provider)) = SCHEMES.into_iter().find(|(known, _)| *known == scheme) else {
            let known: Vec<_> = SCHEMES.iter().map(|(known, _)| format!("{known}://")).collect();
            return Err(invalid(format!("{scheme}:// is none of {} and file://", known.join(", "))));
        };
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(invalid(format!("there is no bucket in it: write it like {scheme}://bucket/folder")));
        }
        Ok(Self { base: format!("{scheme}://{bucket}"), key: key.into(), provider })
    }

    /// The URL of another key in the same bucket.
    fn of(&self, key: &Key) -> String {
        format!("{}/{key}", self.base)
    }

    fn is_pattern(&self) -> bool {
        is_pattern(OsStr::new(&self.key))
    }

    fn failed(&self) -> impl Fn(io::Error) -> Error + '_ {
        |source| Error::Read { path: self.to_string().into(), source }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)?;
        if self.key.is_empty() { Ok(()) } else { write!(f, "/{}", self.key) }
    }
}

/// An object store.
pub(super) type Store = Arc<dyn ObjectStore>;

/// Connects to the store of a URL, with the credentials that Polars finds.
pub(super) fn connect(url: &Url) -> Result<Store, Error> {
    let address = PlRefPath::new(format!("{}/", url.base));
    let provider = url.provider;
    let work = async move {
        let retry = CloudRetryConfig {
            max_retries: Some(RETRIES),
            retry_timeout: Some(RETRY_TIMEOUT),
            retry_init_backoff: Some(FIRST_BACKOFF),
            ..CloudRetryConfig::default()
        };
        let options = CloudOptions::default().with_retry_config(retry);
        match patiently(build_object_store(address, Some(&options), false)).await? {
            Ok((_, store)) => Ok(Arc::clone(&*store.to_dyn_object_store().await)),
            Err(error) => Err(not_built(provider, &error)),
        }
    };
    Task::start(work).and_then(Task::wait).flatten().map_err(url.failed())
}

/// Finds the objects that a URL stands for, in the order of their paths.
pub(super) fn find(url: &Url, store: &Store) -> Result<(How, Vec<DataFile>), Error> {
    if url.is_pattern() {
        let pattern = KeyPattern::new(&url.to_string(), &url.key)?;
        let base = parse(url, &pattern.base)?;
        let metas = list(url, store, base)?;
        return Ok((How::Pattern, files(url, store, metas, |key| pattern.matches(key))));
    }
    let key = parse(url, &url.key)?;
    let is_folder = url.key.is_empty() || url.key.ends_with('/');
    let exact = if is_folder { None } else { head(url, store, key.clone())? };
    // Tools write empty objects that stand for folders.
    let exact = match exact {
        Some(meta) if meta.size > 0 => return Ok((How::File, vec![file(url, store, meta)])),
        other => other,
    };
    let metas = list(url, store, key.clone())?;
    match exact {
        Some(meta) if metas.is_empty() => Ok((How::File, vec![file(url, store, meta)])),
        None if metas.is_empty() => Err(LocationError::Missing { path: url.to_string().into() }.into()),
        _ => {
            let is_visible = |found: &str| !found[key.as_ref().len()..].split('/').any(|name| is_hidden(OsStr::new(name)));
            Ok((How::Folder, files(url, store, metas, is_visible)))
        }
    }
}

fn parse(url: &Url, key: &str) -> Result<Key, Error> {
    Key::parse(key).map_err(|error| LocationError::Invalid { text: url.to_string(), reason: error.to_string() }.into())
}

fn head(url: &Url, store: &Store, key: Key) -> Result<Option<ObjectMeta>, Error> {
    let (store, provider) = (Arc::clone(store), url.provider);
    let work = async move {
        match patiently(store.head(&key)).await? {
            Ok(meta) => Ok(Some(meta)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(provider.explained(&error)),
        }
    };
    Task::start(work).and_then(Task::wait).flatten().map_err(url.failed())
}

fn list(url: &Url, store: &Store, prefix: Key) -> Result<Vec<ObjectMeta>, Error> {
    let (store, provider) = (Arc::clone(store), url.provider);
    let work = async move {
        let mut metas = Vec::new();
        let mut pages = store.list(Some(&prefix));
        while let Some(meta) = patiently(pages.next()).await? {
            metas.push(meta.map_err(|error| provider.explained(&error))?);
        }
        Ok(metas)
    };
    Task::start(work).and_then(Task::wait).flatten().map_err(url.failed())
}

async fn patiently<T>(work: impl Future<Output = T>) -> io::Result<T> {
    tokio::time::timeout(Duration::from_secs(PATIENCE_SECONDS), work).await.map_err(|_| timed_out(PATIENCE_SECONDS))
}

/// The wanted objects, in the order of files with the same names.
fn files(url: &Url, store: &Store, metas: Vec<ObjectMeta>, wanted: impl Fn(&str) -> bool) -> Vec<DataFile> {
    let mut metas: Vec<_> = metas.into_iter().filter(|meta| wanted(meta.location.as_ref()) && !is_marker(meta)).collect();
    metas.sort_by(|a, b| Path::new(a.location.as_ref()).cmp(Path::new(b.location.as_ref())));
    metas.into_iter().map(|meta| file(url, store, meta)).collect()
}

/// Whether an object only marks a folder: browsers of object stores make empty objects.
fn is_marker(meta: &ObjectMeta) -> bool {
    meta.size == 0 && Format::of(Path::new(meta.location.as_ref())).is_none()
}

fn file(url: &Url, store: &Store, meta: ObjectMeta) -> DataFile {
    let name = url.of(&meta.location);
    let e_tag = meta.e_tag.map(|tag| match url.provider {
        // Azure lists tags without the quotes that it requires in requests.
        Provider::Azure if !tag.ends_with('"') => format!("\"{tag}\""),
        _ => tag,
    });
    DataFile::object(name, Object { store: Arc::clone(store), key: meta.location, bytes: meta.size, e_tag, provider: url.provider })
}

/// The error if Polars cannot set up a store, because a setting is missing or invalid.
fn not_built(provider: Provider, error: &PolarsError) -> io::Error {
    provider.explained(&object_store::Error::Generic { store: "", source: error.to_string().into() })
}
