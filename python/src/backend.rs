//! Models on the backends of this build.

use burn::tensor::backend::Backend;
use kitsune_core::Kitsune;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// A model on one of the backends.
#[derive(Debug, Clone)]
pub(crate) enum AnyModel {
    #[cfg(feature = "ndarray")]
    NdArray(Box<Kitsune<burn_ndarray::NdArray>>),
    #[cfg(feature = "flex")]
    Flex(Box<Kitsune<burn_flex::Flex>>),
    #[cfg(feature = "wgpu")]
    Wgpu(Box<Kitsune<burn_wgpu::Wgpu>>),
    #[cfg(feature = "cuda")]
    Cuda(Box<Kitsune<burn_cuda::Cuda>>),
}

/// Does the same with a model of any backend.
macro_rules! with_model {
    ($any:expr, $model:ident => $done:expr) => {
        match $any {
            #[cfg(feature = "ndarray")]
            $crate::backend::AnyModel::NdArray(boxed) => {
                let $model = &**boxed;
                $done
            }
            #[cfg(feature = "flex")]
            $crate::backend::AnyModel::Flex(boxed) => {
                let $model = &**boxed;
                $done
            }
            #[cfg(feature = "wgpu")]
            $crate::backend::AnyModel::Wgpu(boxed) => {
                let $model = &**boxed;
                $done
            }
            #[cfg(feature = "cuda")]
            $crate::backend::AnyModel::Cuda(boxed) => {
                let $model = &**boxed;
                $done
            }
        }
    };
}
pub(crate) use with_model;

/// A backend whose models this build has.
pub(crate) trait Built: Backend {
    fn wrapped(model: Kitsune<Self>) -> AnyModel;

    fn unwrapped(model: &AnyModel) -> Option<&Kitsune<Self>>;
}

macro_rules! built {
    ($($feature:literal $backend:ty => $variant:ident),+) => { $(
        #[cfg(feature = $feature)]
        impl Built for $backend {
            fn wrapped(model: Kitsune<Self>) -> AnyModel {
                AnyModel::$variant(Box::new(model))
            }

            fn unwrapped(model: &AnyModel) -> Option<&Kitsune<Self>> {
                match model {
                    AnyModel::$variant(model) => Some(&**model),
                    #[allow(unreachable_patterns, clippy::allow_attributes, reason = "a build may have a single backend")]
                    _ => None,
                }
            }
        }
    )+ };
}
built! {
    "ndarray" burn_ndarray::NdArray => NdArray,
    "flex" burn_flex::Flex => Flex,
    "wgpu" burn_wgpu::Wgpu => Wgpu,
    "cuda" burn_cuda::Cuda => Cuda
}

/// Work that runs on any backend.
pub(crate) trait Task {
    type Output;

    fn run<B: Built>(self, device: &B::Device) -> Self::Output;
}

/// The names of the backends that this build has.
pub(crate) fn built() -> Vec<&'static str> {
    let backends = [
        ("ndarray", cfg!(feature = "ndarray")),
        ("flex", cfg!(feature = "flex")),
        ("wgpu", cfg!(feature = "wgpu")),
        ("cuda", cfg!(feature = "cuda")),
    ];
    backends.into_iter().filter(|(_, is_built)| *is_built).map(|(name, _)| name).collect()
}

/// Checks that this build has a backend of this name.
pub(crate) fn check(backend: &str) -> PyResult<()> {
    let built = built();
    if built.contains(&backend) {
        return Ok(());
    }
    let advice = match backend {
        "ndarray" | "flex" | "wgpu" | "cuda" => {
            format!(". Build one that has it: pip install ./python -C build-args=\"--features {backend}\"")
        }
        _ => String::new(),
    };
    Err(PyValueError::new_err(format!("this build has no backend {backend:?}: it has {}{advice}", built.join(", "))))
}

/// Runs a task on a backend that this build has: on its first processor or graphics card.
pub(crate) fn dispatch<T: Task>(backend: &str, task: T) -> Option<T::Output> {
    match backend {
        #[cfg(feature = "ndarray")]
        "ndarray" => Some(task.run::<burn_ndarray::NdArray>(&burn_ndarray::NdArrayDevice::default())),
        #[cfg(feature = "flex")]
        "flex" => Some(task.run::<burn_flex::Flex>(&burn_flex::FlexDevice)),
        #[cfg(feature = "wgpu")]
        "wgpu" => Some(task.run::<burn_wgpu::Wgpu>(&burn_wgpu::WgpuDevice::default())),
        #[cfg(feature = "cuda")]
        "cuda" => Some(task.run::<burn_cuda::Cuda>(&burn_cuda::CudaDevice::default())),
        _ => None,
    }
}
