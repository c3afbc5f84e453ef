//! An object of a store, fetched in ranges.

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use object_store::path::Path as Key;
use object_store::{GetOptions, ObjectStore};
use tokio::time::timeout;

use super::runtime::Task;
use super::store_error::{Provider, timed_out};
use crate::error::FileChanged;

/// The longest silence of a healthy connection.
const PATIENCE_SECONDS: u64 = 60;

/// The size of a request, large enough to use a connection well.
pub(super) const PIECE_BYTES: u64 = 8 << 20;

/// The number of concurrent requests for a file.
pub(super) const IN_FLIGHT: usize = 4;

/// An object as it was when it was found.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) key: Key,
    pub(super) bytes: u64,
    /// A tag that changes with the content, if the store has tags.
    pub(super) e_tag: Option<String>,
    pub(super) provider: Provider,
}

impl Object {
    /// The size as it is stored.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Starts to fetch a range of its bytes.
    pub(super) fn fetch(&self, range: Range<u64>) -> io::Result<Task<io::Result<Vec<u8>>>> {
        let object = self.clone();
        Task::start(async move { object.fetched(range).await })
    }

    async fn fetched(self, range: Range<u64>) -> io::Result<Vec<u8>> {
        let Self { store, key, e_tag, provider, bytes: size } = self;
        let length = (range.end - range.start) as usize;
        let patience = Duration::from_secs(PATIENCE_SECONDS);
        let late = |_| timed_out(PATIENCE_SECONDS);
        let told = |error| provider.explained(&error);
        let options = GetOptions { range: Some(range.into()), if_match: e_tag, ..GetOptions::default() };
        let answer = timeout(patience, store.get_opts(&key, options)).await.map_err(late)?.map_err(told)?;
        // Without a tag, only the size shows that the object has changed.
        if answer.meta.size != size {
            return Err(FileChanged::error());
        }
        let mut bytes = Vec::with_capacity(length);
        let mut stream = answer.into_stream();
        while let Some(part) = timeout(patience, stream.next()).await.map_err(late)? {
            bytes.extend_from_slice(&part.map_err(told)?);
        }
        if bytes.len() == length { Ok(bytes) } else { Err(FileChanged::error()) }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use object_store::memory::InMemory;
    use object_store::{ObjectStoreExt, PutPayload};

    use super::*;

    /// A store in memory.
    #[derive(Clone)]
    pub(crate) struct Memory(pub(crate) Arc<dyn ObjectStore>);

    impl Memory {
        pub(crate) fn new() -> Self {
            Self(Arc::new(InMemory::new()))
        }

        pub(crate) fn with(self, key: &str, bytes: impl AsRef<[u8]>) -> Self {
            let (store, key, bytes) = (Arc::clone(&self.0), Key::from(key), PutPayload::from(bytes.as_ref().to_vec()));
            Task::start(async move { store.put(&key, bytes).await.map(|_| ()) }).unwrap().wait().unwrap().unwrap();
            self
        }

        /// Overwrites the object of [`stored`].
        pub(crate) fn put(&self, bytes: &[u8]) {
            self.clone().with("object", bytes);
        }
    }

    pub(crate) fn stored(bytes: &[u8]) -> (Memory, Object) {
        let memory = Memory::new().with("object", bytes);
        let store = Arc::clone(&memory.0);
        let meta = Task::start(async move { store.head(&Key::from("object")).await }).unwrap().wait().unwrap().unwrap();
        let store = Arc::clone(&memory.0);
        let object = Object { store, key: meta.location, bytes: meta.size, e_tag: meta.e_tag, provider: Provider::Amazon };
        (memory, object)
    }

    /// Bytes without any repetition.
    pub(crate) fn noise(length: usize) -> Vec<u8> {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        (0..length).map(|_| next()).collect()
    }
}
