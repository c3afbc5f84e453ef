//! The engine on graphics cards, by kernels of this crate.
//!
//! A tensor operation costs the host some twenty microseconds whatever its size, so a step of nearly two hundred of them is slower than one
//! on the CPU. On CUDA its matrix products round their factors to 10 bits, and its sums over rows use one thread per column. A step by
//! these kernels takes a sixth of the launches, in f32 throughout. The kernels serve Burn's wgpu and CUDA backends of f32, without
//! `fusion`. Every other backend uses tensor operations, which are the oracle in the tests of this engine.

pub(crate) mod optimizer;
pub(crate) mod update;

#[cfg(any(feature = "wgpu", feature = "cuda"))]
mod downcast;
#[cfg(any(feature = "wgpu", feature = "cuda"))]
mod kernels;
#[cfg(any(feature = "wgpu", feature = "cuda"))]
mod scoring;
#[cfg(any(feature = "wgpu", feature = "cuda"))]
mod training;

#[cfg(not(any(feature = "wgpu", feature = "cuda")))]
use std::marker::PhantomData;

use burn::tensor::{Int, Tensor, backend::Backend};

#[cfg(any(feature = "wgpu", feature = "cuda"))]
use self::downcast::Card;
use self::update::{Moments, Update};
use crate::compute::flat_layout::FlatLayout;
use crate::compute::tensor_step::{Slopes, TensorStep};
use crate::kinds::ScoreKind;
use crate::model::calibration::Calibration;
use crate::model::ensemble::Ensemble;
use crate::model::parts::PartErrors;
use crate::model::tied_autoencoder::TiedAutoencoder;
use crate::scaler::range_on_device::DeviceRange;

#[cfg(feature = "wgpu")]
type OnWgpu<B> = Card<B, cubecl::wgpu::WgpuRuntime, u32>;
#[cfg(feature = "cuda")]
type OnCuda<B> = Card<B, cubecl::cuda::CudaRuntime, u8>;

/// Returns the result of the function on the card of `$backend`, or `None` if the backend is not for a card.
macro_rules! on_card {
    ($backend:ty, $function:ident($($argument:expr),*)) => {{
        #[cfg(feature = "wgpu")]
        if OnWgpu::<$backend>::is_there() {
            return OnWgpu::<$backend>::$function($($argument),*);
        }
        #[cfg(feature = "cuda")]
        if OnCuda::<$backend>::is_there() {
            return OnCuda::<$backend>::$function($($argument),*);
        }
        #[cfg(not(any(feature = "wgpu", feature = "cuda")))]
        let _ = ($(&$argument,)*);
        None
    }};
}

/// Alignment of views of a tensor on any card, in numbers: 512 bytes on CUDA.
pub(crate) const ALIGNMENT: usize = 128;

/// Whether there are kernels for the backend.
pub(crate) fn is_for<B: Backend>() -> bool {
    #[cfg(feature = "wgpu")]
    if OnWgpu::<B>::is_there() {
        return true;
    }
    #[cfg(feature = "cuda")]
    if OnCuda::<B>::is_there() {
        return true;
    }
    #[cfg(not(any(feature = "wgpu", feature = "cuda")))]
    let _ = PhantomData::<B>;
    false
}

/// Errors of an autoencoder over the given columns of `x`, or over all of them.
///
/// # Shapes
/// - x: [rows, features]
/// - columns: [clusters · visible]
/// - output: [rows, clusters]
pub(crate) fn errors<B: Backend>(part: &TiedAutoencoder<B>, x: &Tensor<B, 2>, columns: Option<&Tensor<B, 1, Int>>) -> Option<Tensor<B, 2>> {
    on_card!(B, errors(part, x, columns))
}

/// Reconstructions of inputs [clusters, rows, visible].
pub(crate) fn reconstruct<B: Backend>(part: &TiedAutoencoder<B>, input: &Tensor<B, 3>) -> Option<Tensor<B, 3>> {
    on_card!(B, reconstruct(part, input))
}

/// Mean distances to the nearest prototypes: `[rows]`.
///
/// # Shapes
/// - x: [rows, features]
/// - centres, middle: [features, prototypes], [1, features]
pub(crate) fn distance<B: Backend>(x: &Tensor<B, 2>, centres: Tensor<B, 2>, middle: Tensor<B, 2>, nearest: usize) -> Option<Tensor<B, 1>> {
    on_card!(B, distance(x, centres, middle, nearest))
}

/// The score of a kind that is not the head's: `[rows]`.
pub(crate) fn score<B: Backend>(calibration: &Calibration<B>, errors: &PartErrors<B>, kind: ScoreKind) -> Option<Tensor<B, 1>> {
    on_card!(B, score(calibration, errors, kind))
}

/// The scores with the excess of the raw rows added: `[rows]`.
///
/// # Shapes
/// - rows: [rows, features]
pub(crate) fn raised<B: Backend>(scores: &Tensor<B, 1>, rows: &Tensor<B, 2>, factor: f32, range: &DeviceRange<B>) -> Option<Tensor<B, 1>> {
    on_card!(B, raised(scores, rows, factor, range))
}

/// Equal shares with sum 1 for the rows that score at most `limit`, and 0 for the others: `[rows]`.
pub(crate) fn shares<B: Backend>(scores: &Tensor<B, 1>, limit: f32) -> Option<Tensor<B, 1>> {
    on_card!(B, shares(scores, limit))
}

/// Gradient and head range of a step, and the losses added to the earlier ones.
///
/// # Shapes
/// - losses: `[3]`
pub(crate) fn slopes<B: Backend>(
    ensemble: &Ensemble<B>,
    step: &TensorStep<B>,
    layout: &FlatLayout,
    losses: &Tensor<B, 1>,
) -> Option<Slopes<B>> {
    on_card!(B, slopes(ensemble, step, layout, losses))
}

/// A view into a tensor from an offset on, without a copy; `None` if the device does not support that offset.
pub(crate) fn view<B: Backend>(flat: &Tensor<B, 1>, start: usize, shape: [usize; 3]) -> Option<Tensor<B, 3>> {
    on_card!(B, view(flat, start, shape))
}

/// The parameters after a step of an optimizer, whose moments change in place. All are `[length]` of the layout.
pub(crate) fn update<B: Backend>(
    update: &Update,
    moments: &Moments<B>,
    parameters: &Tensor<B, 1>,
    gradient: &Tensor<B, 1>,
) -> Option<Tensor<B, 1>> {
    on_card!(B, update(update, moments, parameters, gradient))
}
