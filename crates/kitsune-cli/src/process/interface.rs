//! A network interface whose packets end when a signal asks the command to stop.

use std::thread::{self, sleep};
use std::time::Duration;

use anyhow::{Context, Result};
use kitsune_data::Location;
use kitsune_data::packets::live::LiveCapture;

use crate::process::interrupt;

/// Time between two looks whether a signal has come.
const PAUSE: Duration = Duration::from_millis(100);

/// Opens an interface. From then on the system keeps its packets.
pub(crate) fn packets(name: &str) -> Result<Location> {
    let mut capture = LiveCapture::open(name)?;
    let handle = capture.stop_handle();
    let stop_when_asked = move || {
        while !interrupt::asked() {
            sleep(PAUSE);
        }
        handle.stop();
    };
    thread::Builder::new().name("kitsune-stop".into()).spawn(stop_when_asked).context("no thread can be started")?;
    Ok(Location::stream(format!("interface {name}"), capture))
}
