//! The bytes of a capture as they arrive.

use std::io::{ErrorKind, Read, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::locations::input::Input;

/// An input in which packets that have arrived do not wait for later ones.
///
/// While packets are [held](Held), a live input is not waited for: the read fails with [`ErrorKind::WouldBlock`], so that they are delivered
/// first, and is tried again.
pub(super) struct Arrivals {
    input: Input,
    held: Arc<AtomicBool>,
}

/// Says whether packets were read that are not delivered yet.
pub(super) struct Held(Arc<AtomicBool>);

impl Arrivals {
    pub(super) fn new(input: Input) -> (Self, Held) {
        let held = Arc::new(AtomicBool::new(false));
        (Self { input, held: Arc::clone(&held) }, Held(held))
    }
}

impl Held {
    pub(super) fn set(&self, held: bool) {
        self.0.store(held, Ordering::Relaxed);
    }
}

impl Read for Arrivals {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.input.is_live() && self.held.load(Ordering::Relaxed) {
            return Err(ErrorKind::WouldBlock.into());
        }
        self.input.read(buffer)
    }
}
