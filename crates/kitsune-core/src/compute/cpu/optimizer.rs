//! The recipe's optimizers on the CPU, each in one pass over all parameters.

use pulp::{Simd, WithSimd};

use crate::config::KitsuneConfig;

use crate::error::Error;
use crate::kinds::OptimizerKind;
use crate::optimizer::state::OptimizerState;
use crate::optimizer::{BETA_1, BETA_2, EPSILON, NORM_FLOOR};
use crate::threads::for_each;

/// Parameters that a thread takes at once. Fewer are stepped before another thread wakes.
const SHARED: usize = 1 << 16;

/// An optimizer and its state.
#[derive(Debug, Clone)]
pub(crate) struct HostOptimizer {
    kind: OptimizerKind,
    momentum: f32,
    clip_norm: f64,
    steps: u64,
    /// First moments or velocities: as long as the parameters.
    first: Vec<f32>,
    /// Second moments of Adam; empty for SGD.
    second: Vec<f32>,
}

impl HostOptimizer {
    pub(crate) fn new(config: &KitsuneConfig, parameters: usize) -> Self {
        let second = if config.optimizer == OptimizerKind::Adam { parameters } else { 0 };
        Self {
            kind: config.optimizer,
            momentum: config.momentum as f32,
            clip_norm: config.clip_norm,
            steps: 0,
            first: vec![0.0; parameters],
            second: vec![0.0; second],
        }
    }

    /// Takes one step by a gradient, which is clipped first.
    pub(crate) fn step(&mut self, learning_rate: f64, parameters: &mut [f32], gradient: &[f32]) {
        self.steps += 1;
        let factor = clipping(gradient, self.clip_norm);
        let Self { kind, momentum, steps, first, second, .. } = self;
        let arch = pulp::Arch::new();
        match kind {
            OptimizerKind::Adam => {
                let steps = i32::try_from(*steps).unwrap_or(i32::MAX);
                let correction = (1.0 - BETA_2.powi(steps)).sqrt();
                let rate = learning_rate as f32 * correction / (1.0 - BETA_1.powi(steps));
                let epsilon = EPSILON * correction;
                let all = parameters.chunks_mut(SHARED).zip(gradient.chunks(SHARED));
                let all = all.zip(first.chunks_mut(SHARED)).zip(second.chunks_mut(SHARED));
                for_each(all, |(((parameters, gradient), first), second)| {
                    arch.dispatch(Adam { rate, epsilon, factor, parameters, gradient, first, second });
                });
            }
            OptimizerKind::Sgd => {
                arch.dispatch(Sgd { rate: learning_rate as f32, momentum: *momentum, factor, parameters, gradient, velocities: first });
            }
        }
    }

    pub(crate) fn state(&self) -> OptimizerState {
        OptimizerState { steps: self.steps, moments: self.first.iter().chain(&self.second).copied().map(f64::from).collect() }
    }

    /// Resumes from the bytes of a [`state`](Self::state).
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let OptimizerState { steps, moments } = OptimizerState::from_bytes(bytes, self.first.len() + self.second.len())?;
        self.steps = steps;
        let slots = self.first.iter_mut().chain(&mut self.second);
        slots.zip(moments).for_each(|(slot, value)| *slot = value as f32);
        Ok(())
    }
}

/// The factor that reduces the L2 norm of a gradient, over all parameters together, to at most `bound`.
pub(crate) fn clipping(gradient: &[f32], bound: f64) -> f32 {
    // Eight independent sums, which the compiler turns into lanes.
    let mut sums = [0.0_f64; 8];
    let (lanes, rest) = gradient.as_chunks::<8>();
    for values in lanes {
        for lane in 0..8 {
            sums[lane] += f64::from(values[lane]) * f64::from(values[lane]);
        }
    }
    let rest: f64 = rest.iter().map(|&value| f64::from(value) * f64::from(value)).sum();
    let norm = (sums.iter().sum::<f64>() + rest).sqrt();
    (bound / (norm + NORM_FLOOR)).min(1.0) as f32
}

struct Adam<'a> {
    /// Learning rate times bias correction.
    rate: f32,
    epsilon: f32,
    factor: f32,
    parameters: &'a mut [f32],
    gradient: &'a [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
}

impl WithSimd for Adam<'_> {
    type Output = ();

    /// A plain loop, which the compiler turns into the vector instructions at hand.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { rate, epsilon, factor, parameters, gradient, first, second } = self;
        let count = parameters.len();
        let (gradient, first, second) = (&gradient[..count], &mut first[..count], &mut second[..count]);
        for at in 0..count {
            let gradient = gradient[at] * factor;
            first[at] = first[at] * BETA_1 + gradient * (1.0 - BETA_1);
            second[at] = second[at] * BETA_2 + gradient * gradient * (1.0 - BETA_2);
            parameters[at] -= rate * first[at] / (second[at].sqrt() + epsilon);
        }
    }
}

struct Sgd<'a> {
    rate: f32,
    momentum: f32,
    factor: f32,
    parameters: &'a mut [f32],
    gradient: &'a [f32],
    velocities: &'a mut [f32],
}

impl WithSimd for Sgd<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { rate, momentum, factor, parameters, gradient, velocities } = self;
        let count = parameters.len();
        let (gradient, velocities) = (&gradient[..count], &mut velocities[..count]);
        for at in 0..count {
            velocities[at] = velocities[at] * momentum + gradient[at] * factor;
            parameters[at] -= rate * velocities[at];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_optimizer_goes_on_from_its_bytes_and_from_no_others() {
        for kind in [OptimizerKind::Adam, OptimizerKind::Sgd] {
            let config = KitsuneConfig::new().with_optimizer(kind);
            let gradient = [0.5, -0.25, 3.0];
            let step = |optimizer: &mut HostOptimizer, parameters: &mut [f32]| optimizer.step(0.1, parameters, &gradient);
            let (mut optimizer, mut parameters) = (HostOptimizer::new(&config, 3), [1.0, 2.0, 3.0]);
            step(&mut optimizer, &mut parameters);

            let (mut resumed, mut others) = (HostOptimizer::new(&config, 3), parameters);
            resumed.read(&optimizer.state().to_bytes()).unwrap();
            step(&mut optimizer, &mut parameters);
            step(&mut resumed, &mut others);
            assert_eq!(others, parameters);

            let bytes = optimizer.state().to_bytes();
            for unfit in [&bytes[..0], &bytes[..7], &bytes[..bytes.len() - 1], &[&bytes[..], &[0; 8]].concat()] {
                let error = HostOptimizer::new(&config, 3).read(unfit).unwrap_err();
                assert!(error.to_string().contains("another training"), "{error}");
            }
        }
    }

    #[test]
    fn a_gradient_is_clipped_by_the_norm_of_all_of_it() {
        let gradient = vec![3.0; 16];
        assert!((clipping(&gradient, 6.0) - 0.5).abs() < 1e-6);
        assert_eq!(clipping(&gradient, 100.0), 1.0);
    }
}
