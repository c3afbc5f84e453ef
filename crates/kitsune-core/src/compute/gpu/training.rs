//! Training steps on the GPU.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use burn_cubecl::tensor::CubeTensor;
use burn_cubecl::{BoolElement, CubeRuntime};
use cubecl::prelude::*;

use super::downcast::{Card, Part, countable, empty, threads};
use super::kernels::{self, UNITS};
use super::scoring::{Dropped, gather};
use super::update::{Moments, Update};
use crate::compute::tensor_step::{Slopes, TensorStep};
use crate::kinds::{Activation, HeadInput};
use crate::model::ensemble::{Ensemble, HEAD_RANGE_FLOOR};

use crate::compute::flat_layout::FlatLayout;
use crate::model::tied_autoencoder::TiedAutoencoder;
use crate::optimizer::{BETA_1, BETA_2, NORM_FLOOR};

/// Number of rows whose gradients one thread sums, unless this makes too many blocks.
const BLOCK_ROWS: usize = 64;

/// Maximum number of values in the gradients of all blocks. With more parameters or rows, a thread sums more rows.
const BLOCK_VALUES: usize = 1 << 22;

/// Maximum number of clusters. A cube per cluster widens the range of its errors, and some devices allow no more cubes in a dimension.
const MOST_CLUSTERS: usize = u16::MAX as usize;

impl<B: Backend, R: CubeRuntime, T: BoolElement> Card<B, R, T> {
    pub(super) fn slopes(ensemble: &Ensemble<B>, step: &TensorStep<B>, layout: &FlatLayout, losses: &Tensor<B, 1>) -> Option<Slopes<B>> {
        let TensorStep { x, shares, dropout } = step;
        let [rows, features] = x.dims();
        for part in ensemble.parts() {
            let [clusters, visible, hidden] = part.dims();
            countable([rows, clusters, visible.max(hidden)])?;
        }
        countable([rows, features])?;
        let clusters = ensemble.tails().dims()[0];
        if clusters > MOST_CLUSTERS {
            return None;
        }
        let (raw, shares) = (Self::strided(x)?, Self::floats(shares)?);
        let dropped = match dropout {
            Some((dropout, draws)) => {
                let mut words = Vec::with_capacity(4 * rows);
                for row in 0..rows as u64 {
                    words.extend(draws.iter().flat_map(|draws| draws.row(row).words()).map(u32::cast_signed));
                }
                let words = Tensor::from_data(TensorData::new(words, [4 * rows]), &x.device());
                let (threshold, scale) = dropout.parts();
                Some(Dropped { words: Self::integers(&words)?, threshold, scale })
            }
            None => None,
        };
        let gradient = empty(&raw, [layout.length()]);
        let mut offsets = layout.starts().chunks_exact(3).zip(layout.ends());
        let mut slope = |part: &TiedAutoencoder<B>, seen: &CubeTensor<R>, target: &CubeTensor<R>| {
            let (starts, end) = offsets.next()?;
            Some(Self::part(part)?.slope(part, seen, target, &shares, starts, end, &gradient))
        };

        // The order is that of the parameters: tails, head, body.
        let columns = Self::integers(&ensemble.columns.val())?;
        let [target, seen] = inputs(&raw, Some(&columns), dropped.as_ref());
        let tails = slope(ensemble.tails(), &seen, &target)?;

        let range = [Self::floats(&ensemble.head_minimum.val())?, Self::floats(&ensemble.head_maximum.val())?];
        let wider = [empty(&raw, [1, clusters]), empty(&raw, [1, clusters])];
        let tail_losses = empty(&raw, [clusters]);
        kernels::widen::launch::<R>(
            &raw.client,
            CubeCount::Static(clusters as u32, 1, 1),
            CubeDim::new_1d(UNITS),
            tails.clone().into_array_arg(),
            shares.clone().into_array_arg(),
            range[0].clone().into_array_arg(),
            range[1].clone().into_array_arg(),
            wider[0].clone().into_array_arg(),
            wider[1].clone().into_array_arg(),
            tail_losses.clone().into_array_arg(),
        );
        let [target, seen] = head_input(&tails, &wider, dropped.as_ref(), ensemble.config().head_input);
        let head = slope(ensemble.head(), &seen, &target)?;

        let body = match ensemble.body() {
            Some(body) => {
                let [target, seen] = inputs(&raw, None, dropped.as_ref());
                Some(slope(body, &seen, &target)?)
            }
            None => None,
        };

        // The sums are a new tensor. If they changed in place, another thread could read them before its stream has done all work.
        let sums = empty(&raw, [3]);
        kernels::add_losses::launch::<R>(
            &raw.client,
            CubeCount::Static(1, 1, 1),
            CubeDim::new_1d(UNITS),
            tail_losses.into_array_arg(),
            head.clone().into_array_arg(),
            body.clone().unwrap_or(head).into_array_arg(),
            shares.clone().into_array_arg(),
            Self::floats(losses)?.into_array_arg(),
            sums.clone().into_array_arg(),
            body.is_some(),
        );
        let [minimum, maximum] = wider;
        Some(Slopes {
            gradient: Self::tensor(gradient)?,
            head_range: (ensemble.config().head_input == HeadInput::MinMax).then_some([Self::tensor(minimum)?, Self::tensor(maximum)?]),
            losses: Self::tensor(sums)?,
        })
    }

    pub(super) fn update(
        update: &Update,
        moments: &Moments<B>,
        parameters: &Tensor<B, 1>,
        gradient: &Tensor<B, 1>,
    ) -> Option<Tensor<B, 1>> {
        let (parameters, gradient) = (Self::floats(parameters)?, Self::floats(gradient)?);
        let factor = empty(&parameters, [1]);
        kernels::clip::launch::<R>(
            &parameters.client,
            CubeCount::Static(1, 1, 1),
            CubeDim::new_1d(UNITS),
            gradient.clone().into_array_arg(),
            factor.clone().into_array_arg(),
            update.clip_norm as f32,
            NORM_FLOOR as f32,
        );
        let length = parameters.meta.num_elements();
        let output = empty(&parameters, [length]);
        let client = parameters.client.clone();
        let (count, dim) = threads(&client, length);
        match moments {
            Moments::Adam([first, second]) => kernels::adam::launch::<R>(
                &client,
                count,
                dim,
                parameters.into_array_arg(),
                gradient.into_array_arg(),
                factor.into_array_arg(),
                Self::floats(first)?.into_array_arg(),
                Self::floats(second)?.into_array_arg(),
                output.clone().into_array_arg(),
                BETA_1,
                BETA_2,
                1.0 - BETA_1,
                1.0 - BETA_2,
                update.rate as f32,
                update.epsilon as f32,
            ),
            Moments::Sgd { momentum, velocity: [velocity] } => kernels::descend::launch::<R>(
                &client,
                count,
                dim,
                parameters.into_array_arg(),
                gradient.into_array_arg(),
                factor.into_array_arg(),
                Self::floats(velocity)?.into_array_arg(),
                output.clone().into_array_arg(),
                *momentum as f32,
                update.rate as f32,
            ),
        }
        Self::tensor(output)
    }
}

/// The target, columns of rows or all of them, and the input, which is the target after dropout.
fn inputs<R: CubeRuntime>(x: &CubeTensor<R>, columns: Option<&CubeTensor<R>>, dropped: Option<&Dropped<R>>) -> [CubeTensor<R>; 2] {
    let target = gather(x, columns, None);
    let seen = if dropped.is_some() { gather(x, columns, dropped) } else { target.clone() };
    [target, seen]
}

/// The head's target and its input, which is the target after dropout.
fn head_input<R: CubeRuntime>(
    errors: &CubeTensor<R>,
    range: &[CubeTensor<R>; 2],
    dropped: Option<&Dropped<R>>,
    input: HeadInput,
) -> [CubeTensor<R>; 2] {
    let outputs = [empty(errors, errors.meta.shape().clone()), empty(errors, errors.meta.shape().clone())];
    let (words, threshold, scale) = match dropped {
        Some(dropped) => (&dropped.words, dropped.threshold, dropped.scale),
        None => (&range[0], 0, 1.0),
    };
    let (count, dim) = threads(&errors.client, errors.meta.num_elements());
    kernels::head_input::launch::<R>(
        &errors.client,
        count,
        dim,
        errors.clone().into_array_arg(),
        range[0].clone().into_array_arg(),
        range[1].clone().into_array_arg(),
        words.clone().into_array_arg(),
        outputs[0].clone().into_array_arg(),
        outputs[1].clone().into_array_arg(),
        threshold,
        scale,
        HEAD_RANGE_FLOOR as f32,
        input == HeadInput::MinMax,
        dropped.is_some(),
    );
    outputs
}

impl<R: CubeRuntime> Part<R> {
    /// Computes the errors [rows, clusters] of rows, and the gradient of their sum weighted by `shares`. It writes the gradient to
    /// `gradient`, from the first of `starts` to `end`.
    #[expect(clippy::too_many_arguments, reason = "what each of three calls has of its own")]
    fn slope<B: Backend>(
        self,
        part: &TiedAutoencoder<B>,
        seen: &CubeTensor<R>,
        target: &CubeTensor<R>,
        shares: &CubeTensor<R>,
        starts: &[usize],
        end: usize,
        gradient: &CubeTensor<R>,
    ) -> CubeTensor<R> {
        let settings = part.settings();
        let client = &seen.client;
        let rows = shares.meta.num_elements();
        let hidden = self.hide(seen, settings.activation);
        let slopes = self.reconstruct(&hidden);
        let errors = self.compare(slopes.clone(), target, shares, settings.error, true);

        let before_hidden = empty(&hidden, hidden.meta.shape().clone());
        let (count, dim) = threads(client, hidden.meta.num_elements());
        kernels::back::launch::<R>(
            client,
            count,
            dim,
            slopes.clone().into_array_arg(),
            self.weight.clone().into_array_arg(),
            hidden.clone().into_array_arg(),
            before_hidden.clone().into_array_arg(),
            self.visible as u32,
            self.hidden as u32,
            settings.activation == Activation::Tanh,
        );

        let (of_hidden, of_visible) = (self.clusters * self.hidden, self.clusters * self.visible);
        let weights = of_visible * self.hidden;
        let parameters = weights + of_hidden + of_visible;
        let blocks = rows.div_ceil(BLOCK_ROWS).min((BLOCK_VALUES / parameters).max(1));
        let block_rows = rows.div_ceil(blocks);
        let blocks = rows.div_ceil(block_rows);
        let by_block = empty(&hidden, [blocks, parameters]);
        let (count, dim) = threads(client, blocks * parameters);
        kernels::gradients::launch::<R>(
            client,
            count,
            dim,
            seen.clone().into_array_arg(),
            before_hidden.into_array_arg(),
            slopes.into_array_arg(),
            hidden.into_array_arg(),
            self.weight_mask.into_array_arg(),
            by_block.clone().into_array_arg(),
            rows as u32,
            block_rows as u32,
            self.visible as u32,
            self.hidden as u32,
        );
        let [weight, hidden_bias, visible_bias] = [0, 1, 2].map(|at| starts[at] as u32);
        let length = end - starts[0];
        let (count, dim) = threads(client, length);
        kernels::add_blocks::launch::<R>(
            client,
            count,
            dim,
            by_block.into_array_arg(),
            gradient.clone().into_array_arg(),
            weights as u32,
            of_hidden as u32,
            of_visible as u32,
            weight,
            hidden_bias,
            visible_bias,
            length as u32,
        );
        errors
    }
}
