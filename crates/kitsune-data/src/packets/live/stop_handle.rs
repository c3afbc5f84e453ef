//! What ends a live capture.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pcap::BreakLoop;

/// Ends a [`LiveCapture`](super::LiveCapture) from another thread, also while it waits for packets.
pub struct StopHandle {
    is_stopped: Arc<AtomicBool>,
    wait: BreakLoop,
}

impl StopHandle {
    pub(super) fn new(is_stopped: Arc<AtomicBool>, wait: BreakLoop) -> Self {
        Self { is_stopped, wait }
    }

    /// Lets the capture end: packets that the reader has not asked for yet do not come any more.
    pub fn stop(&self) {
        self.is_stopped.store(true, Ordering::SeqCst);
        self.wait.breakloop();
    }
}

impl fmt::Debug for StopHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StopHandle").field("is_stopped", &self.is_stopped).finish_non_exhaustive()
    }
}
