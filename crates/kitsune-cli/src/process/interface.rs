//! A network interface whose packets end when a signal asks the command to stop, or when it needs no more.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, sleep};
use std::time::Duration;

use anyhow::{Context, Result};
use kitsune_data::Location;
use kitsune_data::packets::live::LiveCapture;

use crate::process::interrupt;

/// Time between two looks whether a signal has come.
const PAUSE: Duration = Duration::from_millis(100);

/// Whether nobody wants further packets.
static ENDED: AtomicBool = AtomicBool::new(false);

/// Ends the wait for packets when it is dropped.
pub(crate) struct Ended;

impl Drop for Ended {
    fn drop(&mut self) {
        ENDED.store(true, Ordering::SeqCst);
    }
}

/// Opens an interface. From then on the system keeps its packets.
pub(crate) fn packets(name: &str) -> Result<Location> {
    let mut capture = LiveCapture::open(name)?;
    let handle = capture.stop_handle();
    let stop_when_asked = move || {
        while !interrupt::asked() && !ENDED.load(Ordering::SeqCst) {
            sleep(PAUSE);
        }
        handle.stop();
    };
    thread::Builder::new().name("kitsune-stop".into()).spawn(stop_when_asked).context("no thread can be started")?;
    Ok(Location::stream(format!("interface {name}"), capture))
}
