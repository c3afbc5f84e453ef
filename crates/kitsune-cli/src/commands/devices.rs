//! `kitsune devices`: the backends and devices of this build and this machine.

use std::fmt::Write;

use crate::backend::{Availability, BackendKind};
use crate::console;
use crate::failure::Failure;
use kitsune_core::kinds::Named;

pub(crate) fn run() -> Result<(), Failure> {
    let mut text = String::new();
    for kind in BackendKind::ALL {
        let name = kind.name();
        match kind.availability() {
            Availability::Devices(devices) => {
                for (number, device) in devices.iter().enumerate() {
                    writeln!(text, "--backend {name:<7} --device {number}  {device}")?;
                }
            }
            Availability::Missing(reason) => writeln!(text, "--backend {name:<7} not here: {reason}")?,
            Availability::NotBuilt => writeln!(text, "--backend {name:<7} not in this build: build with --features {name}")?,
        }
    }
    Ok(console::results(text)?)
}
