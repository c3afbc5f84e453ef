//! What becomes of a gradient.

use super::Ensemble;

/// Scales a gradient so that its L2 norm over all parameters together is at most `bound`. Gives the norm that it had.
pub(crate) fn clip_global_norm(gradient: &mut Ensemble, bound: f64) -> f64 {
    let norm = gradient.parameters().map(|g| g * g).sum::<f64>().sqrt();
    let factor = (bound / (norm + 1e-6)).min(1.0);
    gradient.parameters_mut().for_each(|g| *g *= factor);
    norm
}

/// Gradient descent with momentum: `v ← momentum · v + g`, `w ← w - rate · v`.
#[derive(Debug, Clone)]
pub(crate) struct Sgd {
    pub(crate) momentum: f64,
    velocity: Ensemble,
}

impl Sgd {
    pub(crate) fn new(momentum: f64, weights: &Ensemble) -> Self {
        Self { momentum, velocity: weights.zeros_like() }
    }

    pub(crate) fn step(&mut self, rate: f64, weights: &mut Ensemble, gradient: &Ensemble) {
        for ((w, g), v) in weights.parameters_mut().zip(gradient.parameters()).zip(self.velocity.parameters_mut()) {
            *v = self.momentum * *v + g;
            *w -= rate * *v;
        }
    }
}

/// Adam (Kingma and Ba 2015), in the order of computation that ends section 2 of the paper, with its epsilon of 1e-8.
#[derive(Debug, Clone)]
pub(crate) struct Adam {
    first: Ensemble,
    second: Ensemble,
    steps: i32,
}

/// The paper's betas. In f32, as are their powers, because Burn has them so: 1 - 0.999² is off by 3e-5 of itself there.
const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.999;

impl Adam {
    pub(crate) fn new(weights: &Ensemble) -> Self {
        Self { first: weights.zeros_like(), second: weights.zeros_like(), steps: 0 }
    }

    pub(crate) fn step(&mut self, rate: f64, weights: &mut Ensemble, gradient: &Ensemble) {
        self.steps += 1;
        let correction = (1.0 - BETA_2.powi(self.steps)).sqrt();
        let factor = correction / (1.0 - BETA_1.powi(self.steps));
        let moments = self.first.parameters_mut().zip(self.second.parameters_mut());
        for ((w, g), (m, v)) in weights.parameters_mut().zip(gradient.parameters()).zip(moments) {
            *m = f64::from(BETA_1) * *m + f64::from(1.0 - BETA_1) * g;
            *v = f64::from(BETA_2) * *v + f64::from(1.0 - BETA_2) * g * g;
            *w -= rate * *m * f64::from(factor) / (v.sqrt() + f64::from(1e-8 * correction));
        }
    }
}
