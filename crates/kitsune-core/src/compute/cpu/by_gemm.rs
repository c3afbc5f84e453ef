//! Autoencoders of many hidden units, as dense products of the whole block: the body, and heads over many tails.

use pulp::{Simd, WithSimd};

use super::block::Block;
use super::parameters::{Autoencoder, ParametersMut, TrainedRows};
use super::product::{Matrix, MatrixMut};
use super::simd::{self, root, root_slope, size};
use crate::kinds::{Activation, ErrorMetric};

/// Buffers, reused from block to block.
#[derive(Debug, Default)]
pub(crate) struct ProductScratch {
    targets: Block,
    seen: Block,
    hidden: Block,
    outputs: Block,
    back: Block,
    /// One factor per row.
    rows: Vec<f32>,
}

/// Computes the error of each row, [`filled`](Block::filled) ones included. Beyond them stands what stood there.
pub(crate) fn errors(arch: pulp::Arch, autoencoder: Autoencoder<'_>, x: &Block, errors: &mut [f32], scratch: &mut ProductScratch) {
    let mut outputs = std::mem::take(&mut scratch.outputs);
    measure(arch, autoencoder, x, errors, &mut outputs, scratch);
    scratch.outputs = outputs;
}

/// Computes the error of each row, [`filled`](Block::filled) ones included, and the reconstructions: a column for each visible unit.
pub(crate) fn measure(
    arch: pulp::Arch,
    autoencoder: Autoencoder<'_>,
    x: &Block,
    errors: &mut [f32],
    outputs: &mut Block,
    scratch: &mut ProductScratch,
) {
    let ProductScratch { targets, hidden, .. } = scratch;
    let x = columns(&autoencoder, x, targets);
    forward(arch, &autoencoder, x, (hidden, outputs), false);
    arch.dispatch(Compare { autoencoder, x, outputs, errors, slopes: None });
}

/// Computes the reconstructions: a column for each visible unit.
pub(crate) fn reconstruct(arch: pulp::Arch, autoencoder: Autoencoder<'_>, x: &Block, outputs: &mut Block, scratch: &mut ProductScratch) {
    let ProductScratch { targets, hidden, .. } = scratch;
    let x = columns(&autoencoder, x, targets);
    forward(arch, &autoencoder, x, (hidden, outputs), false);
    arch.dispatch(Activate { block: outputs, bias: autoencoder.visible_bias, activation: Activation::Sigmoid });
}

/// Computes the errors and adds the gradient.
pub(crate) fn train(
    arch: pulp::Arch,
    autoencoder: Autoencoder<'_>,
    rows: TrainedRows<'_>,
    errors: &mut [f32],
    gradient: ParametersMut<'_>,
    scratch: &mut ProductScratch,
) {
    let ProductScratch { targets, seen, hidden, outputs, back, rows: factors } = scratch;
    let (x, seen) = (columns(&autoencoder, rows.targets, targets), columns(&autoencoder, rows.seen, seen));
    let weight = weight(&autoencoder);
    forward(arch, &autoencoder, seen, (hidden, outputs), true);
    factors.resize(x.filled(), 0.0);
    let slopes = OutputSlopes { row_weights: rows.weights, factors, sums: gradient.visible_bias };
    arch.dispatch(Compare { autoencoder, x, outputs, errors, slopes: Some(slopes) });

    back.reshape(hidden.columns(), x.rows());
    back.matrix_mut().shared().set(1.0, outputs.matrix(), weight);
    arch.dispatch(HiddenSlopes { hidden, back, activation: autoencoder.activation, sums: gradient.hidden_bias });
    let shape = [autoencoder.columns.len(), hidden.columns()];
    MatrixMut::by_rows(gradient.weight, shape, autoencoder.stride).shared().add(outputs.matrix().transposed(), hidden.matrix());
    MatrixMut::by_rows(gradient.weight, shape, autoencoder.stride).shared().add(seen.matrix().transposed(), back.matrix());
}

/// The columns that an autoencoder reads: the block itself, or a copy in `gathered` if it reads only some of them.
fn columns<'a>(autoencoder: &Autoencoder<'_>, block: &'a Block, gathered: &'a mut Block) -> &'a Block {
    let columns = autoencoder.columns;
    if columns.len() == block.columns() && columns.iter().enumerate().all(|(at, &column)| at == column) {
        return block;
    }
    gathered.reshape(columns.len(), block.rows());
    for (at, &column) in columns.iter().enumerate() {
        gathered.column_mut(at).copy_from_slice(block.column(column));
    }
    gathered
}

/// Computes the hidden units, and the visible ones before bias and activation. In scoring, whose buffers belong to the thread, no product is shared.
fn forward(arch: pulp::Arch, autoencoder: &Autoencoder<'_>, x: &Block, (hidden, outputs): (&mut Block, &mut Block), is_shared: bool) {
    let weight = weight(autoencoder);
    let into = |block: MatrixMut<'_>, a, b| if is_shared { block.shared().set(1.0, a, b) } else { block.set(1.0, a, b) };
    hidden.reshape(autoencoder.hidden_bias.len(), x.rows());
    into(hidden.matrix_mut(), x.matrix(), weight);
    arch.dispatch(Activate { block: hidden, bias: autoencoder.hidden_bias, activation: autoencoder.activation });
    outputs.reshape(autoencoder.columns.len(), x.rows());
    into(outputs.matrix_mut(), hidden.matrix(), weight.transposed());
}

/// The weight as a matrix [visible, hidden].
fn weight<'a>(autoencoder: &Autoencoder<'a>) -> Matrix<'a> {
    Matrix::by_rows(autoencoder.weight, [autoencoder.columns.len(), autoencoder.hidden_bias.len()], autoencoder.stride)
}

/// Runs a step for each pair of vectors, and for the last vector alone where their number is odd.
macro_rules! for_vectors {
    ($count:expr, $step:ident($($argument:expr),*)) => {
        let pairs = $count - $count % 2;
        let mut vector = 0;
        while vector < pairs {
            $step::<S, 2>($($argument),*, vector);
            vector += 2;
        }
        if vector < $count {
            $step::<S, 1>($($argument),*, vector);
        }
    };
}

/// Adds biases and applies the activation.
struct Activate<'a> {
    block: &'a mut Block,
    /// Bias of each column.
    bias: &'a [f32],
    activation: Activation,
}

impl WithSimd for Activate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { block, bias, activation } = self;
        let (filled, stride) = (block.filled(), block.stride());
        for (column, &bias) in block.values_mut().chunks_exact_mut(stride).zip(bias) {
            let column = S::as_mut_simd_f32s(&mut column[..filled]).0;
            for_vectors!(column.len(), activate(simd, activation, bias, column));
        }
    }
}

#[inline(always)]
fn activate<S: Simd, const N: usize>(simd: S, activation: Activation, bias: f32, column: &mut [S::f32s], vector: usize) {
    let x = simd::add(simd, simd::load::<S, N>(column, vector), simd::splat(simd, bias));
    simd::store::<S, N>(column, vector, simd::activate::<S, N>(simd, activation, x));
}

/// Computes errors from the visible units before bias and activation. The outputs become the reconstructions, or in training the slopes.
struct Compare<'a> {
    autoencoder: Autoencoder<'a>,
    x: &'a Block,
    outputs: &'a mut Block,
    errors: &'a mut [f32],
    slopes: Option<OutputSlopes<'a>>,
}

struct OutputSlopes<'a> {
    row_weights: &'a [f32],
    /// A buffer of one column.
    factors: &'a mut [f32],
    /// The sums of the slopes of each column are added to these.
    sums: &'a mut [f32],
}

/// What is compared.
#[derive(Clone, Copy)]
struct Comparison {
    is_absolute: bool,
    is_training: bool,
    /// One over the visible units.
    share: f32,
}

impl WithSimd for Compare<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { autoencoder, x, outputs, errors, slopes } = self;
        let (filled, stride) = (x.filled(), x.stride());
        let share = 1.0 / autoencoder.columns.len() as f32;
        let by = Comparison { is_absolute: autoencoder.error == ErrorMetric::Absolute, is_training: slopes.is_some(), share };
        let errors = S::as_mut_simd_f32s(&mut errors[..filled]).0;
        errors.fill(simd.splat_f32s(0.0));
        for ((column, x), &bias) in
            outputs.values_mut().chunks_exact_mut(stride).zip(x.values().chunks_exact(stride)).zip(autoencoder.visible_bias)
        {
            let (column, x) = (S::as_mut_simd_f32s(&mut column[..filled]).0, S::as_simd_f32s(&x[..filled]).0);
            for_vectors!(column.len(), compare(simd, by, bias, x, column, errors));
        }

        // The factors are the remaining ones of each row's slopes.
        let mut none = [];
        let (row_weights, factors, sums) = match slopes {
            Some(OutputSlopes { row_weights, factors, sums }) => (row_weights, factors, sums),
            None => (&[][..], &mut none[..], &mut [][..]),
        };
        let row_weights = S::as_simd_f32s(row_weights).0;
        let factors = S::as_mut_simd_f32s(factors).0;
        for_vectors!(errors.len(), finish_errors(simd, by, row_weights, errors, factors));
        for (column, into) in outputs.values_mut().chunks_exact_mut(stride).zip(sums) {
            let column = S::as_mut_simd_f32s(&mut column[..filled]).0;
            let mut sum = simd.splat_f32s(0.0);
            for_vectors!(column.len(), multiply(simd, factors, column, &mut sum));
            *into += simd.reduce_sum_f32s(sum);
        }
    }
}

/// Adds the errors of a visible unit.
#[inline(always)]
fn compare<S: Simd, const N: usize>(
    simd: S,
    by: Comparison,
    bias: f32,
    x: &[S::f32s],
    column: &mut [S::f32s],
    errors: &mut [S::f32s],
    vector: usize,
) {
    let y = simd::sigmoid(simd, simd::add(simd, simd::load::<S, N>(column, vector), simd::splat(simd, bias)));
    let r = simd::sub(simd, y, simd::load::<S, N>(x, vector));
    let sum = simd::load::<S, N>(errors, vector);
    let mut slope = r;
    if by.is_absolute {
        let size = size(simd, r);
        simd::store::<S, N>(errors, vector, simd::add(simd, sum, size));
        if by.is_training {
            slope = simd::div(simd, slope, size);
        }
    } else {
        simd::store::<S, N>(errors, vector, simd::mul_add(simd, r, r, sum));
    }
    if by.is_training {
        slope = simd::mul(simd, slope, simd::mul(simd, y, simd::sub(simd, simd::splat(simd, 1.0), y)));
        simd::store::<S, N>(column, vector, slope);
    } else {
        simd::store::<S, N>(column, vector, y);
    }
}

/// Turns sums into errors and, in training, into the factors of the rows.
#[inline(always)]
fn finish_errors<S: Simd, const N: usize>(
    simd: S,
    by: Comparison,
    row_weights: &[S::f32s],
    errors: &mut [S::f32s],
    factors: &mut [S::f32s],
    vector: usize,
) {
    let share = simd::splat(simd, by.share);
    let mean = simd::mul(simd, simd::load::<S, N>(errors, vector), share);
    let error = if by.is_absolute { mean } else { root(simd, mean) };
    simd::store::<S, N>(errors, vector, error);
    if by.is_training {
        let scale = simd::mul(simd, simd::load::<S, N>(row_weights, vector), share);
        let factor = if by.is_absolute { scale } else { root_slope(simd, mean, error, scale) };
        simd::store::<S, N>(factors, vector, factor);
    }
}

/// Multiplies a column by factors, and adds the products to a sum.
#[inline(always)]
fn multiply<S: Simd, const N: usize>(simd: S, factors: &[S::f32s], column: &mut [S::f32s], sum: &mut S::f32s, vector: usize) {
    let product = simd::mul(simd, simd::load::<S, N>(column, vector), simd::load::<S, N>(factors, vector));
    simd::store::<S, N>(column, vector, product);
    *sum = simd.add_f32s(*sum, simd::sum(simd, product));
}

/// Multiplies by the derivatives of the hidden units, and sums over the rows.
struct HiddenSlopes<'a> {
    hidden: &'a Block,
    back: &'a mut Block,
    activation: Activation,
    /// The sum of each column is added to these.
    sums: &'a mut [f32],
}

impl WithSimd for HiddenSlopes<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { hidden, back, activation, sums } = self;
        let (filled, stride) = (hidden.filled(), hidden.stride());
        for ((back, hidden), into) in back.values_mut().chunks_exact_mut(stride).zip(hidden.values().chunks_exact(stride)).zip(sums) {
            let (back, hidden) = (S::as_mut_simd_f32s(&mut back[..filled]).0, S::as_simd_f32s(&hidden[..filled]).0);
            let mut sum = simd.splat_f32s(0.0);
            for_vectors!(back.len(), multiply_by_slopes(simd, activation, hidden, back, &mut sum));
            *into += simd.reduce_sum_f32s(sum);
        }
    }
}

/// Multiplies a column by the derivatives of a hidden unit, and adds the products to a sum.
#[inline(always)]
fn multiply_by_slopes<S: Simd, const N: usize>(
    simd: S,
    activation: Activation,
    hidden: &[S::f32s],
    back: &mut [S::f32s],
    sum: &mut S::f32s,
    vector: usize,
) {
    let slope = simd::slope(simd, activation, simd::load::<S, N>(hidden, vector));
    let product = simd::mul(simd, slope, simd::load::<S, N>(back, vector));
    simd::store::<S, N>(back, vector, product);
    *sum = simd.add_f32s(*sum, simd::sum(simd, product));
}
