//! One tied autoencoder over one row: `h = φ(x W + b_h)`, `y = σ(h Wᵀ + b_v)`.

#![expect(clippy::needless_range_loop, reason = "the loops are those of the formulas, i over visible and j over hidden units")]

/// Parameters; a gradient has the same form.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Autoencoder {
    /// [visible][hidden].
    pub(crate) weight: Vec<Vec<f64>>,
    /// [hidden].
    pub(crate) hidden_bias: Vec<f64>,
    /// [visible].
    pub(crate) visible_bias: Vec<f64>,
}

/// φ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Hidden {
    Tanh,
    Sigmoid,
}

/// The error of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum RowError {
    /// Mean of `sqrt((y - x)² + 1e-7)`.
    Absolute,
    /// `sqrt(mean((y - x)²))`, the mean at least 1e-14.
    RootMeanSquare,
}

/// What the forward pass of one row computed.
#[derive(Debug, Clone)]
pub(crate) struct Activations {
    pub(crate) hidden: Vec<f64>,
    pub(crate) output: Vec<f64>,
}

impl Autoencoder {
    pub(crate) fn zeros(visible: usize, hidden: usize) -> Self {
        Self { weight: vec![vec![0.0; hidden]; visible], hidden_bias: vec![0.0; hidden], visible_bias: vec![0.0; visible] }
    }

    pub(crate) fn visible(&self) -> usize {
        self.visible_bias.len()
    }

    pub(crate) fn hidden(&self) -> usize {
        self.hidden_bias.len()
    }

    pub(crate) fn forward(&self, input: &[f64], phi: Hidden) -> Activations {
        let mut hidden = self.hidden_bias.clone();
        for j in 0..self.hidden() {
            for i in 0..self.visible() {
                hidden[j] += input[i] * self.weight[i][j];
            }
            hidden[j] = match phi {
                Hidden::Tanh => hidden[j].tanh(),
                Hidden::Sigmoid => sigmoid(hidden[j]),
            };
        }
        let mut output = self.visible_bias.clone();
        for i in 0..self.visible() {
            for j in 0..self.hidden() {
                output[i] += hidden[j] * self.weight[i][j];
            }
            output[i] = sigmoid(output[i]);
        }
        Activations { hidden, output }
    }

    /// Adds the gradient of `scale · error(output, target)` to `gradient`. Each weight takes part twice, on the way in and on the way out.
    pub(crate) fn backward(
        &self,
        input: &[f64],
        activations: &Activations,
        target: &[f64],
        (phi, error): (Hidden, RowError),
        scale: f64,
        gradient: &mut Self,
    ) {
        let Activations { hidden, output } = activations;
        let d_output = error.derivative(output, target);
        let mut d_hidden = vec![0.0; self.hidden()];
        for i in 0..self.visible() {
            let d_sum = scale * d_output[i] * output[i] * (1.0 - output[i]);
            gradient.visible_bias[i] += d_sum;
            for j in 0..self.hidden() {
                gradient.weight[i][j] += d_sum * hidden[j];
                d_hidden[j] += d_sum * self.weight[i][j];
            }
        }
        for j in 0..self.hidden() {
            let slope = match phi {
                Hidden::Tanh => 1.0 - hidden[j] * hidden[j],
                Hidden::Sigmoid => hidden[j] * (1.0 - hidden[j]),
            };
            let d_sum = d_hidden[j] * slope;
            gradient.hidden_bias[j] += d_sum;
            for i in 0..self.visible() {
                gradient.weight[i][j] += d_sum * input[i];
            }
        }
    }

    /// Every parameter, in an order of its own that is the same each time.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &f64> {
        self.weight.iter().flatten().chain(&self.hidden_bias).chain(&self.visible_bias)
    }

    /// As [`parameters`](Self::parameters), to be changed.
    pub(crate) fn parameters_mut(&mut self) -> impl Iterator<Item = &mut f64> {
        self.weight.iter_mut().flatten().chain(&mut self.hidden_bias).chain(&mut self.visible_bias)
    }
}

impl RowError {
    pub(crate) fn value(self, output: &[f64], target: &[f64]) -> f64 {
        let n = output.len() as f64;
        let squares = output.iter().zip(target).map(|(y, x)| (y - x) * (y - x));
        match self {
            Self::Absolute => squares.map(|square| (square + 1e-7).sqrt()).sum::<f64>() / n,
            Self::RootMeanSquare => (squares.sum::<f64>() / n).max(1e-14).sqrt(),
        }
    }

    /// Of [`value`](Self::value) by each output.
    fn derivative(self, output: &[f64], target: &[f64]) -> Vec<f64> {
        let n = output.len() as f64;
        let value = self.value(output, target);
        let differences = output.iter().zip(target).map(|(y, x)| y - x);
        match self {
            Self::Absolute => differences.map(|d| d / (d * d + 1e-7).sqrt() / n).collect(),
            Self::RootMeanSquare => differences.map(|d| if value * value > 1e-14 { d / value / n } else { 0.0 }).collect(),
        }
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
