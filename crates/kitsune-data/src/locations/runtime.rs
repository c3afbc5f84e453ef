//! The runtime for requests to object stores.

use std::io;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, sync_channel};

use tokio::runtime::{Builder, Runtime};
use tokio::task::AbortHandle;

/// Started when the first object store is named, and never stopped: connections live on it.
static RUNTIME: OnceLock<Runtime> = OnceLock::new();

/// Work on threads of the runtime. Any thread may wait for it, even one of another runtime. Dropping it cancels the work.
#[derive(Debug)]
pub(super) struct Task<T> {
    receiver: Receiver<T>,
    handle: AbortHandle,
}

impl<T: Send + 'static> Task<T> {
    pub(super) fn start(work: impl Future<Output = T> + Send + 'static) -> io::Result<Self> {
        let (sender, receiver) = sync_channel(1);
        let work = async move {
            // Fails only if the task was dropped.
            sender.send(work.await).ok();
        };
        let handle = runtime()?.spawn(work).abort_handle();
        Ok(Self { receiver, handle })
    }

    pub(super) fn wait(self) -> io::Result<T> {
        // The work panicked. A request to an invalid address ends like this.
        self.receiver.recv().map_err(|_| {
            io::Error::other("the request could not be made: is the endpoint a whole URL, with http:// or https:// before it?")
        })
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.handle.abort();
    }
}

fn runtime() -> io::Result<&'static Runtime> {
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let runtime = Builder::new_multi_thread().worker_threads(2).thread_name("kitsune-data-io").enable_all().build()?;
    Ok(RUNTIME.get_or_init(|| runtime))
}
