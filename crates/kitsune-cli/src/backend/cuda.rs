//! The devices that CUDA would find.

use std::path::Path;

use anyhow::{Result, anyhow, bail};
use cudarc::driver::result::{device, init};

/// The names of the devices.
///
/// # Errors
/// If the driver, a device, or the toolkit that compiles kernels at run time is missing.
pub(crate) fn devices() -> Result<Vec<String>> {
    const INSTEAD: &str = "or take --backend ndarray";
    if !libraries::driver() {
        bail!("there is no CUDA driver on this machine: install NVIDIA's driver, {INSTEAD}");
    }
    init().map_err(|error| anyhow!("the CUDA driver does not start: {error} ({INSTEAD})"))?;
    let count = device::get_count().map_err(|error| anyhow!("the CUDA driver does not count its devices: {error} ({INSTEAD})"))?;
    if count < 1 {
        bail!("the CUDA driver finds no device: see nvidia-smi, {INSTEAD}");
    }
    if !libraries::runtime_compiler() {
        bail!("CUDA's runtime compiler (libnvrtc) is missing: install the CUDA toolkit, {INSTEAD}");
    }
    if !has_toolkit() {
        bail!("the CUDA toolkit is missing: install it, or set CUDA_PATH to its folder, {INSTEAD}");
    }
    let name = |number| device::get(number).and_then(device::get_name).unwrap_or_else(|_| "a device without a name".to_owned());
    Ok((0..count).map(name).collect())
}

/// Whether the toolkit is in one of the folders where Burn looks for its headers.
fn has_toolkit() -> bool {
    std::env::var_os("CUDA_PATH").is_some()
        || cfg!(windows)
        || ["/usr/local/cuda", "/opt/cuda", "/usr/bin/nvcc"].into_iter().any(|path| Path::new(path).exists())
}

#[expect(unsafe_code, reason = "a look for a shared library loads it, which can run its initializers")]
mod libraries {
    /// Whether the driver is there.
    pub(super) fn driver() -> bool {
        // SAFETY: loads NVIDIA's driver library by its usual names, which Burn would do next.
        unsafe { cudarc::driver::sys::is_culib_present() }
    }

    /// Whether the runtime compiler is there.
    pub(super) fn runtime_compiler() -> bool {
        // SAFETY: loads NVIDIA's compiler library by its usual names, which Burn would do next.
        unsafe { cudarc::nvrtc::sys::is_culib_present() }
    }
}
