//! The seam of scoring: errors, scores and reconstructions by the engine of the backend.
//!
//! The CPU engine is tried first, then the GPU engine. On every other backend the tensor operations of `model` run.

use std::ops::ControlFlow;

use burn::tensor::{IndexingUpdateOp, Tensor, TensorData, backend::Backend};

use crate::compute::cpu::detector::{HostDetector, Measured};
use crate::compute::cpu::host_values::HostValues;
use crate::compute::cpu::input::Input;
use crate::compute::engine::Engine;
use crate::compute::{cpu, gpu};
use crate::error::Error;
use crate::kinds::ScoreKind;
use crate::model::calibration::ScoreRule;
use crate::model::detector::Detector;
use crate::model::ensemble::{Ensemble, RowErrors};
use crate::model::excess::KindExcess;
use crate::model::parts::{PartErrors, Parts, ScorePart};
use crate::model::residuals::{Residuals, size};
use crate::model::row_major::on_device;
use crate::model::scored::{HostErrors, Scored};
use crate::model::tied_autoencoder::TiedAutoencoder;
use crate::rows::host_rows::HostRows;
use crate::scaler::Scaler;
use crate::scaler::device::DeviceScaler;
use crate::scaler::range_on_device::DeviceRange;

/// Number of rows in 0-1 that are scored at once.
const BATCH_ROWS: usize = 1_024;

/// Options for scoring host rows.
#[derive(Clone, Copy)]
pub(crate) struct HostScoring<'a> {
    /// Number of rows that are scored at once. It bounds the memory and changes no score.
    pub(crate) batch_rows: usize,
    /// Called before each batch. If it breaks, the scoring ends.
    pub(crate) check: Option<&'a dyn Fn() -> ControlFlow<()>>,
    /// What values beyond the range of the training rows add, if the model has such a range.
    pub(crate) excess: Option<KindExcess<'a>>,
}

/// Raw rows as a tensor on the device, with the scalers to 0-1. The rows are scaled without any check of their values.
pub(crate) struct RawTensor<'a, B: Backend> {
    /// The rows: [rows, features].
    pub(crate) rows: Tensor<B, 2>,
    pub(crate) scaler: &'a Scaler,
    pub(crate) device_scaler: &'a DeviceScaler<B>,
    /// What values beyond the range of the training rows add to a score, with this range.
    pub(crate) excess: Option<(KindExcess<'a>, &'a DeviceRange<B>)>,
}

/// Computes all errors of raw rows.
pub(crate) fn errors_of_raw<B: Backend>(detector: &Detector<B>, raw: RawTensor<'_, B>) -> RowErrors<B> {
    let RawTensor { rows, scaler, device_scaler, .. } = raw;
    match on_cpu(detector, &rows, Some(scaler), detector.all_parts(), None, None) {
        Some(measured) => measured.into_errors(&rows.device()),
        None => forward_by_tensors(detector, device_scaler.forward(rows)),
    }
}

/// The engine that computes errors and scores of a detector.
pub(crate) fn engine<B: Backend>(detector: &Detector<B>) -> Engine {
    if HostValues::of(detector.calibration.tails.val()).is_some() {
        Engine::Cpu
    } else if gpu::is_for::<B>() {
        Engine::Gpu
    } else {
        Engine::Tensors
    }
}

/// Scores raw rows: `[rows]`. The detector must have the part that the score is computed from.
pub(crate) fn score_raw<B: Backend>(detector: &Detector<B>, raw: RawTensor<'_, B>, kind: ScoreKind) -> Tensor<B, 1> {
    let RawTensor { rows, scaler, device_scaler, excess } = raw;
    let measured = on_cpu(detector, &rows, Some(scaler), detector.parts_of(kind), Some(kind), excess.map(|(excess, _)| excess));
    if let Some(Measured { scores, .. }) = measured {
        let shape = [scores.len()];
        return Tensor::from_data(TensorData::new(scores, shape), &rows.device());
    }
    let scores = score_scaled_tensor(detector, device_scaler.forward(rows.clone()), kind);
    if let Some((excess, range)) = excess { raised(scores, rows, excess.factor(), range) } else { scores }
}

/// Computes all errors of rows in 0-1.
///
/// # Shapes
/// - x: [rows, features]
pub(crate) fn forward<B: Backend>(detector: &Detector<B>, x: Tensor<B, 2>) -> RowErrors<B> {
    match on_cpu(detector, &x, None, detector.all_parts(), None, None) {
        Some(measured) => measured.into_errors(&x.device()),
        None => forward_by_tensors(detector, x),
    }
}

/// Scores raw host rows by the kind of `scored` and appends the scores, and the errors if `scored` has errors. `first_row` is the number of
/// the first row in errors.
///
/// # Errors
/// Values that are not finite or that the scaler refuses, and [`Error::Stopped`].
pub(crate) fn score_host_rows<B: Backend>(
    detector: &Detector<B>,
    scaler: &Scaler,
    rows: HostRows<'_>,
    first_row: u64,
    scoring: HostScoring<'_>,
    scored: &mut Scored,
) -> Result<(), Error> {
    let HostScoring { batch_rows, check, excess } = scoring;
    let (kind, with_errors) = (scored.score, scored.errors.is_some());
    let parts = detector.parts_of(kind);
    let parts = if with_errors { Parts { tails: true, head: true, ..parts } } else { parts };
    let device = detector.ensemble.tails().weight.device();
    let host = HostDetector::of(detector, parts);
    // The CPU engine takes one small block after another anyway, so only a check needs batches there.
    let batch_rows = if host.is_some() && check.is_none() { rows.rows().max(1) } else { batch_rows };
    for (first, batch) in rows.batches(batch_rows) {
        if check.is_some_and(|check| check().is_break()) {
            return Err(Error::Stopped);
        }
        let first_row = first_row + first;
        if let Some(host) = &host {
            host.measure(Input::Raw { rows: batch, scaler, first_row }, Some(kind), excess, with_errors)?.append_to(scored);
        } else {
            let scaled = scaler.transform_view(&batch, first_row)?;
            let found = part_errors(detector, on_device(scaled.data, &device), parts);
            let before = scored.scores.len();
            scored.scores.extend(score(detector, &found, kind).into_data().iter::<f32>());
            scored.outside += match excess {
                Some(excess) => excess.raise(&batch, 0, &scaled.outside_rows, &mut scored.scores[before..]),
                None => scaled.outside,
            };
            if let Some(errors) = &mut scored.errors {
                errors.append(HostErrors {
                    clusters: errors.clusters,
                    tails: on_host(found.tails),
                    head: found.head.map_or_else(Vec::new, on_host),
                    body: found.body.map(on_host),
                    prototypes: found.prototypes.map(on_host),
                    tail_residuals: found.tail_residuals.map(on_host),
                    body_residuals: found.body_residuals.map(on_host),
                    neighbours: found.neighbours.map(on_host),
                    marginals: found.marginals.map(on_host),
                });
            }
        }
    }
    Ok(())
}

fn on_host<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

/// Scores rows in 0-1 in host memory, F32 [rows, features].
///
/// # Errors
/// [`Error::NoSuchScore`] if the model lacks the part.
pub(crate) fn score_scaled_rows<B: Backend>(
    detector: &Detector<B>,
    rows: &TensorData,
    kind: ScoreKind,
    device: &B::Device,
) -> Result<Vec<f32>, Error> {
    detector.check(kind)?;
    let view = HostRows::new(rows)?;
    if let Some(host) = HostDetector::of(detector, detector.parts_of(kind)) {
        let values = rows.as_slice().map_err(|_| Error::NotRows { found: format!("{:?}", rows.dtype) })?;
        return Ok(host.measure(Input::Scaled(values), Some(kind), None, false)?.scores);
    }
    let mut scores = Vec::with_capacity(view.rows());
    for (_, batch) in view.batches(BATCH_ROWS) {
        let x = on_device(batch.to_data(), device);
        scores.extend(score_scaled_tensor(detector, x, kind).into_data().iter::<f32>());
    }
    Ok(scores)
}

/// Equal shares with sum 1 for the rows that score at most `limit` by the combined score, and 0 for the others: `[rows]`.
///
/// # Shapes
/// - x: [rows, features], in 0-1
pub(crate) fn shares_within<B: Backend>(detector: &Detector<B>, x: Tensor<B, 2>, limit: f32) -> Tensor<B, 1> {
    let scores = score_scaled_tensor(detector, x, ScoreKind::Combined);
    gpu::shares(&scores, limit).unwrap_or_else(|| {
        let counted = scores.lower_equal_elem(limit).float();
        counted.clone() / counted.sum().clamp_min(1.0)
    })
}

/// Computes the errors of the tails: [rows, clusters].
///
/// # Shapes
/// - x: [rows, features], in 0-1
pub(crate) fn tail_errors<B: Backend>(ensemble: &Ensemble<B>, x: Tensor<B, 2>) -> Tensor<B, 2> {
    ensemble.check_features(&x);
    gpu::errors(ensemble.tails(), &x, Some(&ensemble.columns.val())).unwrap_or_else(|| ensemble.tail_errors(x, None))
}

/// Computes the residuals of tails and body, if there is one, gathered by the clusters of the tails.
///
/// # Shapes
/// - x: [rows, features], in 0-1
/// - outputs: [clusters, rows, visible]
pub(crate) fn residuals<B: Backend>(ensemble: &Ensemble<B>, x: Tensor<B, 2>) -> (Tensor<B, 3>, Option<Tensor<B, 3>>) {
    if let Some((of_tails, of_body)) = cpu::reconstruction::residuals(ensemble, &x) {
        let [clusters, visible, _] = ensemble.tails().dims();
        let shape = [clusters, x.dims()[0], visible];
        let tensor = |values: Vec<f32>| Tensor::from_data(TensorData::new(values, shape), &x.device());
        return (tensor(of_tails), of_body.map(tensor));
    }
    let input = ensemble.gather(x.clone());
    let body = ensemble.body().map(|body| {
        let by_body: Tensor<B, 2> = reconstruct_part(body, x.clone().unsqueeze()).squeeze_dim(0);
        ensemble.gather(by_body - x)
    });
    (reconstruct_part(ensemble.tails(), input.clone()) - input, body)
}

fn whiten<B: Backend>(by: &Residuals<B>, residuals: Tensor<B, 3>) -> Tensor<B, 3> {
    cpu::residuals::whitened(by, &residuals).unwrap_or_else(|| by.whitened(residuals))
}

fn conditional<B: Backend>(by: &Residuals<B>, residuals: Tensor<B, 3>) -> Tensor<B, 3> {
    cpu::residuals::conditional(by, &residuals).unwrap_or_else(|| by.conditional(residuals))
}

/// The whitened residuals that neighbours are compared by: those of the body, or without a body those of the tails.
///
/// # Shapes
/// - x: [rows, features], in 0-1
/// - output: [clusters, rows, visible]
pub(crate) fn whitened<B: Backend>(detector: &Detector<B>, x: Tensor<B, 2>) -> Tensor<B, 3> {
    match residuals(&detector.ensemble, x) {
        (_, Some(of_body)) => whiten(&detector.body_residuals, of_body),
        (of_tails, None) => whiten(&detector.tail_residuals, of_tails),
    }
}

/// Computes the tails' reconstruction of rows, and for each value how far it is from the reconstructions by tails and body: the sum of the
/// differences, which are conditional ones in a model of whitened residuals ([`Residuals::conditional`](crate::model::residuals::Residuals::conditional)).
/// A feature in several clusters gets the mean of their reconstructions. A feature in no cluster is its own reconstruction.
///
/// # Shapes
/// - x: [rows, features], in 0-1
/// - outputs: [rows, features]
pub(crate) fn reconstruct<B: Backend>(detector: &Detector<B>, x: Tensor<B, 2>) -> (Tensor<B, 2>, Tensor<B, 2>) {
    let ensemble = &detector.ensemble;
    if detector.calibration.rule() == ScoreRule::Mean
        && let Some(reconstructed) = cpu::reconstruction::reconstruct(ensemble, &x)
    {
        return reconstructed;
    }
    let [rows, _] = x.dims();
    let [clusters, visible, _] = ensemble.tails().dims();
    let row = |values: Vec<f32>| Tensor::<B, 2>::from_data(TensorData::new(values.clone(), [1, values.len()]), &x.device());
    let (shares, unseen) = (row(ensemble.feature_map().shares()), row(ensemble.feature_map().unseen()));
    let flat = |by_cluster: Tensor<B, 3>| by_cluster.swap_dims(0, 1).reshape([rows, clusters * visible]);
    let merged = |all: Tensor<B, 2>, by_cluster: Tensor<B, 3>| {
        all.select_assign(1, ensemble.columns.val(), flat(by_cluster) * shares.clone(), IndexingUpdateOp::Add)
    };
    if detector.calibration.rule() == ScoreRule::Surprise {
        let (tails, body) = residuals(ensemble, x.clone());
        let reconstruction = merged(x.clone() * unseen, tails.clone() + ensemble.gather(x.clone()));
        let of_tails = conditional(&detector.tail_residuals, tails);
        let off = match body {
            Some(body) => of_tails + conditional(&detector.body_residuals, body),
            None => of_tails,
        };
        return (reconstruction, merged(Tensor::zeros(x.dims(), &x.device()), off));
    }
    let reconstruction = merged(x.clone() * unseen, reconstruct_part(ensemble.tails(), ensemble.gather(x.clone())));
    let mut off = (reconstruction.clone() - x.clone()).abs();
    if let Some(body) = ensemble.body() {
        let by_body: Tensor<B, 2> = reconstruct_part(body, x.clone().unsqueeze()).squeeze_dim(0);
        off = off + (by_body - x).abs();
    }
    (reconstruction, off)
}

/// Scores of a kind, or errors without a kind, of rows [rows, features]. The rows are in 0-1, or `scaler` scales them. `None` if the
/// tensors are not in host memory.
fn on_cpu<B: Backend>(
    detector: &Detector<B>,
    rows: &Tensor<B, 2>,
    scaler: Option<&Scaler>,
    parts: Parts,
    kind: Option<ScoreKind>,
    excess: Option<KindExcess<'_>>,
) -> Option<Measured> {
    let host = HostDetector::of(detector, parts)?;
    let values = HostValues::of(rows.clone())?;
    detector.ensemble.check_features(rows);
    let [_, features] = rows.dims();
    let input = match scaler {
        Some(scaler) => Input::Unchecked(HostRows::of_f32(values.as_slice(), features), scaler),
        None => Input::Scaled(values.as_slice()),
    };
    host.measure(input, kind, excess, kind.is_none()).ok()
}

fn forward_by_tensors<B: Backend>(detector: &Detector<B>, x: Tensor<B, 2>) -> RowErrors<B> {
    let parts = Parts { head: false, ..detector.all_parts() };
    let PartErrors { tails, head: _, body, prototypes, tail_residuals, body_residuals, neighbours, marginals } =
        part_errors(detector, x, parts);
    let head = head_error(&detector.ensemble, tails.clone());
    RowErrors { tails, head, body, prototypes, tail_residuals, body_residuals, neighbours, marginals }
}

/// Computes the errors of the given parts, and always those of the tails, of rows in 0-1.
fn part_errors<B: Backend>(detector: &Detector<B>, x: Tensor<B, 2>, parts: Parts) -> PartErrors<B> {
    let ensemble = &detector.ensemble;
    let prototypes = if parts.prototypes { distance(detector, &x) } else { None };
    let body = if parts.body { body_error(ensemble, &x) } else { None };
    let marginals = (parts.marginals && detector.marginals.is_there()).then(|| detector.marginals.rarity(x.clone()));
    let (mut tail_residuals, mut body_residuals, mut neighbours) = (None, None, None);
    if parts.residuals {
        let map = ensemble.feature_map();
        let units = map.sizes().iter().sum();
        let (of_tails, of_body) = residuals(ensemble, x.clone());
        let of_tails = whiten(&detector.tail_residuals, of_tails);
        let of_body = of_body.map(|of_body| whiten(&detector.body_residuals, of_body));
        if parts.neighbours && detector.neighbours.count() > 0 {
            let whitened = of_body.clone().unwrap_or_else(|| of_tails.clone());
            neighbours = Some(detector.neighbours.distance(detector.neighbours.compared(x.clone(), whitened, map)));
        }
        tail_residuals = parts.tails.then(|| size(of_tails, units));
        body_residuals = of_body.filter(|_| parts.body).map(|of_body| size(of_body, units));
    }
    let tails = tail_errors(ensemble, x);
    let head = parts.head.then(|| head_error(ensemble, tails.clone()));
    PartErrors { tails, head, body, prototypes, tail_residuals, body_residuals, neighbours, marginals }
}

fn score_scaled_tensor<B: Backend>(detector: &Detector<B>, x: Tensor<B, 2>, kind: ScoreKind) -> Tensor<B, 1> {
    score(detector, &part_errors(detector, x, detector.parts_of(kind)), kind)
}

fn score<B: Backend>(detector: &Detector<B>, errors: &PartErrors<B>, kind: ScoreKind) -> Tensor<B, 1> {
    // The kernel serves the rough fit, which scores the rows of every step. The head's score is its error, so it needs no kernel, and models whose scores count the head have none.
    let by_mean = detector.calibration.rule() == ScoreRule::Mean;
    let with_head = kind == ScoreKind::Head || detector.calibration.weights()[ScorePart::Head.column()] > 0.0;
    let by_kernel = if by_mean && !with_head { gpu::score(&detector.calibration, errors, kind) } else { None };
    by_kernel.unwrap_or_else(|| detector.calibration.score(errors, kind))
}

/// Adds the excess of raw rows to their scores, `[rows]`.
fn raised<B: Backend>(scores: Tensor<B, 1>, rows: Tensor<B, 2>, factor: f64, range: &DeviceRange<B>) -> Tensor<B, 1> {
    gpu::raised(&scores, &rows, factor as f32, range).unwrap_or_else(|| scores + range.powers(rows).log1p() * factor)
}

fn head_error<B: Backend>(ensemble: &Ensemble<B>, tail_errors: Tensor<B, 2>) -> Tensor<B, 1> {
    if gpu::is_for::<B>() {
        let input = ensemble.head_input(tail_errors.clone());
        if let Some(errors) = gpu::errors(ensemble.head(), &input, None) {
            return errors.squeeze_dim(1);
        }
    }
    ensemble.head_error(tail_errors, None)
}

fn body_error<B: Backend>(ensemble: &Ensemble<B>, x: &Tensor<B, 2>) -> Option<Tensor<B, 1>> {
    ensemble.check_features(x);
    match gpu::errors(ensemble.body()?, x, None) {
        Some(errors) => Some(errors.squeeze_dim(1)),
        None => ensemble.body_error(x.clone(), None),
    }
}

fn distance<B: Backend>(detector: &Detector<B>, x: &Tensor<B, 2>) -> Option<Tensor<B, 1>> {
    let prototypes = &detector.prototypes;
    if prototypes.nearest() == 0 {
        return None;
    }
    let [centres, _, middle] = prototypes.tensors();
    gpu::distance(x, centres, middle, prototypes.nearest()).or_else(|| prototypes.distance(x.clone()))
}

/// Reconstructions [clusters, rows, visible] of inputs of the same shape.
fn reconstruct_part<B: Backend>(part: &TiedAutoencoder<B>, input: Tensor<B, 3>) -> Tensor<B, 3> {
    gpu::reconstruct(part, &input).unwrap_or_else(|| part.reconstruct(input))
}
