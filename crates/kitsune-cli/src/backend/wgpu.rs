//! The adapters that wgpu would find.

use anyhow::{Result, bail};
use burn_wgpu::WgpuDevice;
use burn_wgpu::graphics::{AutoGraphicsApi, GraphicsApi};
use wgpu::{DeviceType, Instance, InstanceDescriptor};

/// The names of the adapters and Burn's devices for them: graphics cards first, a software adapter last.
///
/// # Errors
/// If there is no adapter.
pub(crate) fn devices() -> Result<Vec<(String, WgpuDevice)>> {
    let backend = AutoGraphicsApi::backend();
    let instance = Instance::new(InstanceDescriptor { backends: backend.into(), ..InstanceDescriptor::new_without_display_handle() });
    let adapters = pollster::block_on(instance.enumerate_adapters(backend.into()));
    let infos: Vec<_> = adapters.iter().map(wgpu::Adapter::get_info).collect();
    let of_type = |kind: DeviceType| infos.iter().filter(move |info| info.device_type == kind).map(|info| info.name.clone());

    // Burn counts the adapters of each type separately.
    let mut devices: Vec<(String, WgpuDevice)> = Vec::new();
    let discrete = of_type(DeviceType::DiscreteGpu).enumerate().map(|(n, name)| (name, WgpuDevice::DiscreteGpu(n)));
    let integrated = of_type(DeviceType::IntegratedGpu).enumerate().map(|(n, name)| (name, WgpuDevice::IntegratedGpu(n)));
    let virtual_ones = of_type(DeviceType::VirtualGpu).enumerate().map(|(n, name)| (name, WgpuDevice::VirtualGpu(n)));
    // Burn has a name for the first software adapter only.
    let software = of_type(DeviceType::Cpu).take(1).map(|name| (name, WgpuDevice::Cpu));
    devices.extend(discrete.chain(integrated).chain(virtual_ones).chain(software));
    if devices.is_empty() {
        bail!(
            "wgpu finds no {backend} adapter on this machine: install a graphics driver (a software one is Debian's mesa-vulkan-drivers), or \
             take --backend ndarray"
        );
    }
    Ok(devices)
}
