//! Clipping of all gradients together.

use burn::module::{AutodiffModule, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};

/// Added to the norm before it divides, as `PyTorch` does.
pub(crate) const NORM_FLOOR: f64 = 1e-6;

/// Scales all gradients of a module so that their L2 norm, taken over all parameters **together**, is at most `bound`. (Burn's own clipping
/// bounds each parameter by itself, which changes the direction.) The factor stays on the device: nothing waits for it.
pub(crate) fn clip_global_norm<B: AutodiffBackend, M: AutodiffModule<B>>(
    module: &M,
    grads: GradientsParams,
    bound: f64,
) -> GradientsParams {
    let mut norm = SquaredNorm::<B> { grads: &grads, sum: None };
    module.visit(&mut norm);
    let Some(sum) = norm.sum else { return grads };
    let mut scaling = Scaling::<B> { grads, factor: factor(sum, bound) };
    module.visit(&mut scaling);
    scaling.grads
}

/// What gradients of that squared norm are to be multiplied by so that it is at most `bound`: [1].
pub(crate) fn factor<B: Backend>(squared_norm: Tensor<B, 1>, bound: f64) -> Tensor<B, 1> {
    ((squared_norm.sqrt() + NORM_FLOOR).recip() * bound).clamp_max(1.0)
}

/// Adds up the squares of all gradients: [1].
struct SquaredNorm<'a, B: AutodiffBackend> {
    grads: &'a GradientsParams,
    sum: Option<Tensor<B::InnerBackend, 1>>,
}

impl<B: AutodiffBackend> ModuleVisitor<B> for SquaredNorm<'_, B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        if let Some(grad) = self.grads.get::<B::InnerBackend, D>(param.id) {
            let square = (grad.clone() * grad).sum();
            self.sum = Some(match self.sum.take() {
                Some(sum) => sum + square,
                None => square,
            });
        }
    }
}

/// Multiplies every gradient by one factor: [1].
struct Scaling<B: AutodiffBackend> {
    grads: GradientsParams,
    factor: Tensor<B::InnerBackend, 1>,
}

impl<B: AutodiffBackend> ModuleVisitor<B> for Scaling<B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        if let Some(grad) = self.grads.remove::<B::InnerBackend, D>(param.id) {
            self.grads.register::<B::InnerBackend, D>(param.id, grad * self.factor.clone().unsqueeze());
        }
    }
}
