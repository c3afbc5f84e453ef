//! Tails over clusters of features, a head over the tails' errors, and perhaps a body over all features.

use super::{Autoencoder, Hidden, RowError};

/// Parameters; a gradient has the same form.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ensemble {
    pub(crate) clusters: Vec<Vec<usize>>,
    pub(crate) tails: Vec<Autoencoder>,
    pub(crate) head: Autoencoder,
    pub(crate) body: Option<Autoencoder>,
}

/// Least and greatest error of each tail, by which the head's input is scaled to 0-1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Range {
    pub(crate) minimum: Vec<f64>,
    pub(crate) maximum: Vec<f64>,
}

/// Rows in 0-1, and what their inputs, not their targets, are multiplied by in training.
#[derive(Debug, Clone)]
pub(crate) struct Batch<'a> {
    /// [rows][features].
    pub(crate) rows: &'a [Vec<f64>],
    /// [rows][features].
    pub(crate) tail_dropout: Option<&'a [Vec<f64>]>,
    /// [rows][clusters].
    pub(crate) head_dropout: Option<&'a [Vec<f64>]>,
}

/// What a pass over a batch computed.
#[derive(Debug, Clone)]
pub(crate) struct Pass {
    /// [rows][clusters].
    pub(crate) tail_errors: Vec<Vec<f64>>,
    /// [rows].
    pub(crate) head_errors: Vec<f64>,
    /// [rows], where there is a body.
    pub(crate) body_errors: Vec<f64>,
    /// Of the mean over rows of the sum over clusters of the tails' errors, plus the mean over rows of the head's, plus that of the body's.
    pub(crate) gradient: Ensemble,
}

impl Ensemble {
    /// Of that form, every parameter 0.
    pub(crate) fn zeros_like(&self) -> Self {
        let zeros = |autoencoder: &Autoencoder| Autoencoder::zeros(autoencoder.visible(), autoencoder.hidden());
        Self {
            clusters: self.clusters.clone(),
            tails: self.tails.iter().map(zeros).collect(),
            head: zeros(&self.head),
            body: self.body.as_ref().map(zeros),
        }
    }

    /// Forward and backward over a batch. The head takes the tails' errors as data: nothing of its gradient reaches them.
    pub(crate) fn pass(&self, batch: &Batch<'_>, kind: (Hidden, RowError), mut range: Option<&mut Range>) -> Pass {
        let (phi, error) = kind;
        let mut gradient = self.zeros_like();
        let scale = 1.0 / batch.rows.len() as f64;

        let mut tail_errors = Vec::new();
        for (r, row) in batch.rows.iter().enumerate() {
            let mut errors = Vec::new();
            for (c, cluster) in self.clusters.iter().enumerate() {
                let target: Vec<f64> = cluster.iter().map(|&f| row[f]).collect();
                let input: Vec<f64> = cluster.iter().map(|&f| row[f] * batch.tail_dropout.map_or(1.0, |kept| kept[r][f])).collect();
                let activations = self.tails[c].forward(&input, phi);
                errors.push(error.value(&activations.output, &target));
                self.tails[c].backward(&input, &activations, &target, kind, scale, &mut gradient.tails[c]);
            }
            tail_errors.push(errors);
        }

        if let Some(range) = &mut range {
            range.widen(&tail_errors);
        }
        let mut head_errors = Vec::new();
        for (r, errors) in tail_errors.iter().enumerate() {
            let target = range.as_ref().map_or_else(|| errors.clone(), |range| range.scale(errors));
            let input: Vec<f64> = (0..target.len()).map(|c| target[c] * batch.head_dropout.map_or(1.0, |kept| kept[r][c])).collect();
            let activations = self.head.forward(&input, phi);
            head_errors.push(error.value(&activations.output, &target));
            self.head.backward(&input, &activations, &target, kind, scale, &mut gradient.head);
        }

        // Of all features, in their own order, and always by the root of the mean square.
        let mut body_errors = Vec::new();
        if let (Some(body), Some(into)) = (&self.body, &mut gradient.body) {
            let kind = (phi, RowError::RootMeanSquare);
            for (r, row) in batch.rows.iter().enumerate() {
                let input: Vec<f64> = (0..row.len()).map(|f| row[f] * batch.tail_dropout.map_or(1.0, |kept| kept[r][f])).collect();
                let activations = body.forward(&input, phi);
                body_errors.push(kind.1.value(&activations.output, row));
                body.backward(&input, &activations, row, kind, scale, into);
            }
        }
        Pass { tail_errors, head_errors, body_errors, gradient }
    }

    /// Every parameter: tails, head, body.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &f64> {
        self.tails
            .iter()
            .flat_map(Autoencoder::parameters)
            .chain(self.head.parameters())
            .chain(self.body.iter().flat_map(Autoencoder::parameters))
    }

    /// As [`parameters`](Self::parameters), to be changed.
    pub(crate) fn parameters_mut(&mut self) -> impl Iterator<Item = &mut f64> {
        let tails_and_head = self.tails.iter_mut().flat_map(Autoencoder::parameters_mut).chain(self.head.parameters_mut());
        tails_and_head.chain(self.body.iter_mut().flat_map(Autoencoder::parameters_mut))
    }
}

impl Range {
    /// Before any error was seen.
    pub(crate) fn empty(clusters: usize) -> Self {
        Self { minimum: vec![f64::INFINITY; clusters], maximum: vec![f64::NEG_INFINITY; clusters] }
    }

    fn widen(&mut self, tail_errors: &[Vec<f64>]) {
        for errors in tail_errors {
            for (c, &error) in errors.iter().enumerate() {
                self.minimum[c] = self.minimum[c].min(error);
                self.maximum[c] = self.maximum[c].max(error);
            }
        }
    }

    /// By a width of at least 1e-6.
    fn scale(&self, errors: &[f64]) -> Vec<f64> {
        let scaled = |(c, error): (usize, &f64)| (error - self.minimum[c]) / (self.maximum[c] - self.minimum[c]).max(1e-6);
        errors.iter().enumerate().map(scaled).collect()
    }
}

impl Pass {
    /// Mean over rows of the sum over clusters.
    pub(crate) fn tail_loss(&self) -> f64 {
        self.tail_errors.iter().flatten().sum::<f64>() / self.tail_errors.len() as f64
    }

    pub(crate) fn head_loss(&self) -> f64 {
        self.head_errors.iter().sum::<f64>() / self.head_errors.len() as f64
    }

    pub(crate) fn body_loss(&self) -> f64 {
        self.body_errors.iter().sum::<f64>() / self.body_errors.len() as f64
    }
}
