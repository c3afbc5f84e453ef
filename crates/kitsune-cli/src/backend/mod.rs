//! Backends by name: the only file that turns a name into a type.

#[cfg(feature = "cuda")]
mod cuda;
#[cfg(feature = "wgpu")]
mod wgpu;

use anyhow::{Result, bail};
use burn::tensor::backend::Backend;

use kitsune_core::kinds::Named;
use kitsune_core::scoring::Engine;

/// A backend by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BackendKind {
    NdArray,
    Flex,
    Wgpu,
    Cuda,
}

/// Work that runs on any backend.
pub(crate) trait Task {
    type Output;

    fn run<B: Backend>(self, device: &B::Device) -> Result<Self::Output>;
}

/// What `kitsune devices` prints about a backend.
pub(crate) enum Availability {
    /// Its devices, by number.
    Devices(Vec<String>),
    /// The reason why it has no device.
    Missing(String),
    /// Left out of this build.
    NotBuilt,
}

impl Named for BackendKind {
    const WHAT: &'static str = "backend";
    const ALL: &'static [Self] = &[Self::NdArray, Self::Flex, Self::Wgpu, Self::Cuda];

    fn name(self) -> &'static str {
        match self {
            Self::NdArray => "ndarray",
            Self::Flex => "flex",
            Self::Wgpu => "wgpu",
            Self::Cuda => "cuda",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::NdArray => "Processor",
            Self::Flex => "Processor, Burn's newer backend",
            Self::Wgpu => "Any graphics card, by Vulkan, Metal or DirectX",
            Self::Cuda => "NVIDIA",
        }
    }
}

impl BackendKind {
    /// Whether this build has it.
    pub(crate) fn is_built(self) -> bool {
        match self {
            Self::NdArray => cfg!(feature = "ndarray"),
            Self::Flex => cfg!(feature = "flex"),
            Self::Wgpu => cfg!(feature = "wgpu"),
            Self::Cuda => cfg!(feature = "cuda"),
        }
    }

    /// A line about what computes.
    pub(crate) fn with_engine(self, engine: Engine) -> String {
        format!("computed by the backend {} with the engine {engine}", self.name())
    }

    /// The backends that this build has.
    pub(crate) fn built() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|kind| kind.is_built())
    }

    /// The backend for commands that do not compute: the first that this build has.
    pub(crate) fn first_built() -> Self {
        Self::built().next().unwrap_or(Self::NdArray)
    }

    /// Looks for devices without Burn, which would panic if a driver or an adapter is missing.
    pub(crate) fn availability(self) -> Availability {
        let found: Result<Vec<String>> = match self {
            kind if !kind.is_built() => return Availability::NotBuilt,
            #[cfg(feature = "wgpu")]
            Self::Wgpu => wgpu::devices().map(|devices| devices.into_iter().map(|(name, _)| name).collect()),
            #[cfg(feature = "cuda")]
            Self::Cuda => cuda::devices(),
            _ => Ok(vec!["this machine's processor".to_owned()]),
        };
        found.map_or_else(|error| Availability::Missing(format!("{error:#}")), Availability::Devices)
    }
}

/// Runs a task on device `number` of a backend.
///
/// # Errors
/// If this build lacks the backend, if a driver, an adapter or the device is missing, and if the task fails.
pub(crate) fn dispatch<T: Task>(kind: BackendKind, number: usize, task: T) -> Result<T::Output> {
    match kind {
        #[cfg(feature = "ndarray")]
        BackendKind::NdArray => task.run::<burn_ndarray::NdArray>(&only_device(kind, number)?),
        #[cfg(feature = "flex")]
        BackendKind::Flex => task.run::<burn_flex::Flex>(&only_device(kind, number)?),
        #[cfg(feature = "wgpu")]
        BackendKind::Wgpu => task.run::<burn_wgpu::Wgpu>(&pick(kind, number, wgpu::devices()?)?.1),
        #[cfg(feature = "cuda")]
        BackendKind::Cuda => {
            pick(kind, number, cuda::devices()?)?;
            task.run::<burn_cuda::Cuda>(&burn_cuda::CudaDevice::new(number))
        }
        #[cfg(not(all(feature = "ndarray", feature = "flex", feature = "wgpu", feature = "cuda")))]
        kind => {
            let built: Vec<_> = BackendKind::built().map(Named::name).collect();
            let name = kind.name();
            bail!("this build has no backend {name}, only {}: build with --features {name}", built.join(", "))
        }
    }
}

/// The device of a backend that has exactly one.
#[cfg(any(feature = "ndarray", feature = "flex"))]
fn only_device<D: Default>(kind: BackendKind, number: usize) -> Result<D> {
    if number != 0 {
        bail!("the backend {} has no device {number}, only device 0", kind.name());
    }
    Ok(D::default())
}

/// The device with this number.
#[cfg(any(feature = "wgpu", feature = "cuda"))]
fn pick<D>(kind: BackendKind, number: usize, devices: Vec<D>) -> Result<D> {
    let count = devices.len();
    let Some(device) = devices.into_iter().nth(number) else {
        bail!("the backend {} has no device {number}, only {count}, counted from 0: see kitsune devices", kind.name());
    };
    Ok(device)
}
