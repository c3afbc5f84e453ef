//! Errors, reconstructions, distances and scores on the GPU.

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use burn_cubecl::{BoolElement, CubeRuntime};
use cubecl::prelude::*;

use super::downcast::{Card, Part, countable, empty, threads};
use super::kernels::{self, UNITS};
use crate::kinds::{Activation, ErrorMetric, ScoreKind};
use crate::model::calibration::Calibration;
use crate::model::parts::PartErrors;
use crate::model::tied_autoencoder::{ABSOLUTE_FLOOR, SQUARE_FLOOR, TiedAutoencoder};
use crate::scaler::range_on_device::DeviceRange;

impl<B: Backend, R: CubeRuntime, T: BoolElement> Card<B, R, T> {
    pub(super) fn errors(part: &TiedAutoencoder<B>, x: &Tensor<B, 2>, columns: Option<&Tensor<B, 1, Int>>) -> Option<Tensor<B, 2>> {
        let [rows, _] = x.dims();
        let [clusters, visible, hidden] = part.dims();
        countable([rows, clusters, visible.max(hidden)])?;
        let columns = match columns {
            Some(columns) => Some(Self::integers(columns)?),
            None => None,
        };
        let input = gather(&Self::strided(x)?, columns.as_ref(), None);
        let on_card = Self::part(part)?;
        let settings = part.settings();
        let hidden = on_card.hide(&input, settings.activation);
        let reconstructions = on_card.reconstruct(&hidden);
        // Without slopes the kernel does not read the shares, so any array serves.
        let shares = on_card.error_weight.clone();
        Self::tensor(on_card.compare(reconstructions, &input, &shares, settings.error, false))
    }

    pub(super) fn reconstruct(part: &TiedAutoencoder<B>, input: &Tensor<B, 3>) -> Option<Tensor<B, 3>> {
        let [clusters, rows, visible] = input.dims();
        // Tensor operations broadcast one input to all clusters; the kernels do not.
        let [_, _, hidden] = part.dims();
        if part.dims() != [clusters, visible, hidden] {
            return None;
        }
        countable([rows, clusters, visible.max(hidden)])?;
        let on_card = Self::part(part)?;
        let by_row = Self::floats(&input.clone().swap_dims(0, 1))?;
        let reconstructions = on_card.reconstruct(&on_card.hide(&by_row, part.settings().activation));
        Some(Self::tensor::<2>(reconstructions)?.reshape([rows, clusters, visible]).swap_dims(0, 1))
    }

    pub(super) fn distance(x: &Tensor<B, 2>, centres: Tensor<B, 2>, middle: Tensor<B, 2>, nearest: usize) -> Option<Tensor<B, 1>> {
        let ([rows, _], [features, prototypes]) = (x.dims(), centres.dims());
        countable([rows, features.max(prototypes)])?;
        let x = Self::floats(x)?;
        let squares = empty(&x, [rows, prototypes]);
        let (count, dim) = threads(&x.client, rows * prototypes);
        kernels::square_distances::launch::<R>(
            &x.client.clone(),
            count,
            dim,
            x.into_array_arg(),
            Self::floats(&centres)?.into_array_arg(),
            Self::floats(&middle)?.into_array_arg(),
            squares.clone().into_array_arg(),
        );
        let distances = empty(&squares, [rows]);
        let (count, dim) = threads(&squares.client, rows);
        kernels::mean_of_nearest::launch::<R>(
            &squares.client.clone(),
            count,
            dim,
            squares.into_array_arg(),
            distances.clone().into_array_arg(),
            nearest.min(prototypes),
        );
        Self::tensor(distances)
    }

    pub(super) fn score(calibration: &Calibration<B>, errors: &PartErrors<B>, kind: ScoreKind) -> Option<Tensor<B, 1>> {
        let optional = |error: &Option<Tensor<B, 1>>| match error {
            Some(error) => Self::floats(error).map(Some),
            None => Some(None),
        };
        let (tails, body, prototypes) = (Self::floats(&errors.tails)?, optional(&errors.body)?, optional(&errors.prototypes)?);
        let wanted = |part| kind == part || kind == ScoreKind::Combined;
        let with_body = body.is_some() && wanted(ScoreKind::Body);
        let with_prototypes = prototypes.is_some() && wanted(ScoreKind::Prototypes);
        let [rows, _] = errors.tails.dims();
        let output = empty(&tails, [rows]);
        let client = tails.client.clone();
        let (count, dim) = threads(&client, rows);
        kernels::score::launch::<R>(
            &client,
            count,
            dim,
            tails.clone().into_array_arg(),
            body.unwrap_or_else(|| tails.clone()).into_array_arg(),
            prototypes.unwrap_or(tails).into_array_arg(),
            Self::floats(&calibration.tails.val())?.into_array_arg(),
            Self::floats(&calibration.parts.val())?.into_array_arg(),
            output.clone().into_array_arg(),
            with_body,
            with_prototypes,
            kind == ScoreKind::Combined,
        );
        Self::tensor(output)
    }

    pub(super) fn raised(scores: &Tensor<B, 1>, rows: &Tensor<B, 2>, factor: f32, range: &DeviceRange<B>) -> Option<Tensor<B, 1>> {
        let [count, features] = rows.dims();
        countable([count, features.max(UNITS as usize)])?;
        let scores = Self::floats(scores)?;
        let output = empty(&scores, [count]);
        // Enough cubes for a cube for each row.
        let dim = CubeDim::new_1d(UNITS);
        let cubes = cubecl::calculate_cube_count_elemwise(&scores.client, count * UNITS as usize, dim);
        kernels::raise::launch::<R>(
            &scores.client.clone(),
            cubes,
            dim,
            Self::strided(rows)?.into_tensor_arg(),
            Self::floats(&range.numbers.val())?.into_array_arg(),
            scores.into_array_arg(),
            output.clone().into_array_arg(),
            factor,
        );
        Self::tensor(output)
    }

    pub(super) fn shares(scores: &Tensor<B, 1>, limit: f32) -> Option<Tensor<B, 1>> {
        let scores = Self::floats(scores)?;
        let output = empty(&scores, scores.meta.shape().clone());
        kernels::shares::launch::<R>(
            &scores.client.clone(),
            CubeCount::Static(1, 1, 1),
            CubeDim::new_1d(UNITS),
            scores.into_array_arg(),
            output.clone().into_array_arg(),
            limit,
        );
        Self::tensor(output)
    }
}

/// The random words and the rate of dropout.
pub(super) struct Dropped<R: CubeRuntime> {
    /// Four words per row, two for its features and two for its tails' errors: see [`RowDraws::words`](crate::random::RowDraws::words).
    pub(super) words: CubeTensor<R>,
    pub(super) threshold: u32,
    pub(super) scale: f32,
}

/// Gathers columns of rows, or all of them, contiguously and after dropout: [rows, columns].
pub(super) fn gather<R: CubeRuntime>(x: &CubeTensor<R>, columns: Option<&CubeTensor<R>>, dropped: Option<&Dropped<R>>) -> CubeTensor<R> {
    // A kernel needs every argument, also those that its flags disable.
    let (of_columns, words) = match (columns, dropped) {
        (None, None) => return into_contiguous(x.clone()),
        (Some(columns), None) => (columns, columns),
        (None, Some(Dropped { words, .. })) => (words, words),
        (Some(columns), Some(Dropped { words, .. })) => (columns, words),
    };
    let (threshold, scale) = dropped.map_or((0, 1.0), |dropped| (dropped.threshold, dropped.scale));
    let [rows, features] = x.meta.shape().dims();
    let count = columns.map_or(features, |columns| columns.meta.num_elements());
    let output = empty(x, [rows, count]);
    let (cubes, dim) = threads(&x.client, rows * count);
    kernels::gather::launch::<R>(
        &x.client,
        cubes,
        dim,
        x.clone().into_tensor_arg(),
        of_columns.clone().into_array_arg(),
        words.clone().into_array_arg(),
        output.clone().into_array_arg(),
        count as u32,
        threshold,
        scale,
        columns.is_none(),
        dropped.is_some(),
    );
    output
}

impl<R: CubeRuntime> Part<R> {
    /// Computes hidden units [rows, clusters · hidden] from visible ones [rows, clusters · visible].
    pub(super) fn hide(&self, seen: &CubeTensor<R>, activation: Activation) -> CubeTensor<R> {
        let units = seen.meta.num_elements() / self.visible * self.hidden;
        let output = empty(seen, [units / (self.clusters * self.hidden), self.clusters * self.hidden]);
        let (count, dim) = threads(&seen.client, units);
        kernels::hide::launch::<R>(
            &seen.client,
            count,
            dim,
            seen.clone().into_array_arg(),
            self.weight.clone().into_array_arg(),
            self.hidden_bias.clone().into_array_arg(),
            output.clone().into_array_arg(),
            self.visible as u32,
            self.hidden as u32,
            activation == Activation::Tanh,
        );
        output
    }

    /// Computes reconstructions [rows, clusters · visible] from hidden units.
    pub(super) fn reconstruct(&self, hidden: &CubeTensor<R>) -> CubeTensor<R> {
        let units = hidden.meta.num_elements() / self.hidden * self.visible;
        let output = empty(hidden, [units / (self.clusters * self.visible), self.clusters * self.visible]);
        let (count, dim) = threads(&hidden.client, units);
        kernels::reconstruct::launch::<R>(
            &hidden.client,
            count,
            dim,
            hidden.clone().into_array_arg(),
            self.weight.clone().into_array_arg(),
            self.visible_bias.clone().into_array_arg(),
            output.clone().into_array_arg(),
            self.visible as u32,
            self.hidden as u32,
        );
        output
    }

    /// Computes errors [rows, clusters]. With slopes, the reconstructions are replaced by the slopes at the input of their sigmoid,
    /// weighted by the rows' shares.
    pub(super) fn compare(
        &self,
        reconstructions: CubeTensor<R>,
        target: &CubeTensor<R>,
        shares: &CubeTensor<R>,
        error: ErrorMetric,
        with_slope: bool,
    ) -> CubeTensor<R> {
        let count = target.meta.num_elements() / self.visible;
        let output = empty(target, [count / self.clusters, self.clusters]);
        let is_absolute = error == ErrorMetric::Absolute;
        let floor = if is_absolute { ABSOLUTE_FLOOR } else { SQUARE_FLOOR };
        let (cubes, dim) = threads(&target.client, count);
        kernels::compare::launch::<R>(
            &target.client,
            cubes,
            dim,
            reconstructions.into_array_arg(),
            target.clone().into_array_arg(),
            self.error_weight.clone().into_array_arg(),
            shares.clone().into_array_arg(),
            output.clone().into_array_arg(),
            self.visible as u32,
            floor as f32,
            is_absolute,
            with_slope,
        );
        output
    }
}
