//! Checkpoints of the `PyTorch` original. `tests/golden/torch/variants.py` made the files.

mod archive;
mod hostile;
mod pickles;

use std::collections::HashMap;

use burn::tensor::TensorData;
use kitsune_core::features::{Coverage, FeatureMap};
use kitsune_core::kinds::{HeadInput, HiddenSize, ThresholdKind};
use kitsune_core::{Error, Kitsune, ScoreKind, ScoreOptions};
use serde::Deserialize;

use self::archive::Archive;
use self::pickles::{Tensor, dict, pickle};
use crate::bridge::matrix;
use crate::golden::NamedWeights;
use crate::{TestBackend, device};

/// What the original has in its file, and makes of some rows.
#[derive(Deserialize)]
struct Golden {
    format: u32,
    clusters: Vec<Vec<usize>>,
    weights: NamedWeights,
    input: Vec<Vec<f64>>,
    scores_f32: Vec<f32>,
}

/// What the original's formulas make of the same rows by the weights of other files.
#[derive(Deserialize)]
struct Variants {
    format: u32,
    scores: HashMap<String, Vec<f32>>,
}

const FILE: &[u8] = include_bytes!("../../golden/torch/kitsune.pt");

fn golden() -> Golden {
    let golden: Golden = serde_json::from_str(include_str!("../../golden/torch/checkpoint.json")).unwrap();
    assert_eq!(golden.format, 1);
    golden
}

fn map(clusters: &[Vec<usize>]) -> FeatureMap {
    FeatureMap::new(clusters.concat().len(), clusters.to_vec(), Coverage::Exact).unwrap()
}

fn import_with(bytes: &[u8], map: Option<&FeatureMap>) -> Result<Kitsune<TestBackend>, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pt");
    std::fs::write(&path, bytes).unwrap();
    Kitsune::from_torch(&path, map, &device())
}

fn import(bytes: &[u8]) -> Result<Kitsune<TestBackend>, Error> {
    import_with(bytes, None)
}

/// Asserts that a file is refused, and that the message names it and has these parts.
#[track_caller]
fn refused(bytes: &[u8], parts: &[&str]) -> Error {
    let error = import(bytes).expect_err("it is refused");
    let told = error.to_string();
    for part in ["a.pt"].iter().chain(parts) {
        assert!(told.contains(part), "{part:?} is not in {told:?}");
    }
    error
}

#[track_caller]
fn assert_scores(model: &Kitsune<TestBackend>, rows: &[Vec<f64>], expected: &[f32], what: &str) {
    let rows: TensorData = matrix(rows);
    let found = model.score_rows(&rows, &ScoreOptions::new()).unwrap();
    assert_eq!(found.score, ScoreKind::Head);
    for (found, expected) in found.scores.iter().zip(expected) {
        assert!((found - expected).abs() <= 1e-5, "{what}: {found} instead of {expected}");
    }
}

#[test]
fn what_the_original_saved_scores_as_the_original() {
    let golden = golden();
    let model = import(FILE).unwrap();
    assert_scores(&model, &golden.input, &golden.scores_f32, "imported");
    let saved = model.to_bytes().unwrap();
    let again = Kitsune::<TestBackend>::from_bytes(&saved, &device()).unwrap();
    assert_scores(&again, &golden.input, &golden.scores_f32, "saved and loaded");
    assert_eq!(again.to_bytes().unwrap(), saved);
}

#[test]
fn weights_clusters_and_hyper_parameters_are_those_of_the_file() {
    let golden = golden();
    let model = import(FILE).unwrap();
    assert_eq!(model.feature_map().clusters(), golden.clusters);
    let config = model.config();
    assert_eq!((config.hidden_size, config.dropout, config.head_input), (HiddenSize::CompressionRate(0.6), 0.1, HeadInput::Raw));
    assert_eq!((config.score, config.max_features_per_cluster, config.body_ratio, config.prototypes), (ScoreKind::Head, 10, None, 0));
    assert!(model.threshold().is_none() && model.range().is_none() && model.columns().is_none());
    let of_tails = model.ensemble().tails().weights();
    let expected = golden.weights.ensemble(&golden.clusters).tails;
    let single = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect::<Vec<_>>();
    let weights: Vec<f32> = of_tails.weight.into_data().to_vec().unwrap();
    assert_eq!(weights, single(expected.iter().flat_map(|tail| tail.weight.concat()).collect()));
    let biases: Vec<f32> = of_tails.visible_bias.into_data().to_vec().unwrap();
    assert_eq!(biases, single(expected.iter().flat_map(|tail| tail.visible_bias.clone()).collect()));
}

#[test]
fn protocols_strides_shared_storages_other_types_and_wrapped_names_are_read() {
    let golden = golden();
    let variants: Variants = serde_json::from_str(include_str!("../../golden/torch/variants.json")).unwrap();
    assert_eq!((variants.format, variants.scores.len()), (1, 5));
    let files: [(&str, &[u8]); 5] = [
        ("protocol_4.pt", include_bytes!("../../golden/torch/protocol_4.pt")),
        ("protocol_5.pt", include_bytes!("../../golden/torch/protocol_5.pt")),
        ("one_storage.pt", include_bytes!("../../golden/torch/one_storage.pt")),
        ("state_dict.pt", include_bytes!("../../golden/torch/state_dict.pt")),
        ("module.pt", include_bytes!("../../golden/torch/module.pt")),
    ];
    let map = map(&golden.clusters);
    for (name, bytes) in files {
        let model = import_with(bytes, Some(&map)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_scores(&model, &golden.input, &variants.scores[name], name);
        assert_eq!((model.config().hidden_size, model.feature_map()), (HiddenSize::CompressionRate(0.6), &map), "{name}");
    }
}

#[test]
fn values_outside_0_to_1_count_as_they_are() {
    let golden = golden();
    let model = import(FILE).unwrap();
    let mut rows = golden.input[..2].to_vec();
    (rows[0][3], rows[1][7]) = (1.25, -40.0);
    let rows: TensorData = matrix(&rows);
    let scaled = model.scaler().transform(rows.clone()).unwrap();
    assert_eq!(scaled.data.to_vec::<f32>().unwrap(), rows.iter::<f32>().collect::<Vec<_>>());
    let scores = model.score_rows(&rows, &ScoreOptions::new()).unwrap().scores;
    assert!(scores.iter().all(|score| score.is_finite()));
}

#[test]
fn a_recalibrated_import_has_a_threshold_and_all_of_its_scores() {
    let golden = golden();
    let rows: Vec<Vec<f64>> = golden.input.iter().cycle().take(200).cloned().collect();
    let rows: TensorData = matrix(&rows);
    let model =
        import(FILE).unwrap().recalibrated(&rows, ThresholdKind::Quantile, 0.05, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    assert!(model.threshold().is_some());
    assert_scores(&model, &golden.input, &golden.scores_f32, "recalibrated");
    for kind in [ScoreKind::Combined, ScoreKind::Tails] {
        let scores = model.score_rows(&rows, &ScoreOptions::new().with_score(kind)).unwrap().scores;
        assert!(scores.iter().all(|score| score.is_finite()), "{kind:?}");
    }
    let model = Kitsune::<TestBackend>::from_bytes(&model.to_bytes().unwrap(), &device()).unwrap();
    assert_eq!(model.reasons(&rows, [0, 7], 3).unwrap().len(), 2);
}

#[test]
fn clusters_come_from_the_file_or_from_the_caller() {
    let golden = golden();
    let bare = include_bytes!("../../golden/torch/state_dict.pt");
    assert!(matches!(refused(bare, &["2 tails", "clusters"]), Error::NoClusters { tails: 2, .. }));
    let told = |clusters: &[Vec<usize>], bytes| import_with(bytes, Some(&map(clusters))).unwrap_err().to_string();
    assert!(told(&[(0..12).collect()], bare).contains("1 clusters, but 2 tails"));
    assert!(told(&[(0..5).collect(), (5..12).collect()], bare).contains("tails.0 has weights for 6 features, but its cluster has 5"));
    let mut other = golden.clusters.clone();
    other[0].swap(0, 1);
    assert!(told(&other, FILE).contains("its clusters are others than the given ones"));
    assert!(import_with(FILE, Some(&map(&golden.clusters))).is_ok());
}

#[test]
fn a_view_that_is_no_plain_one_is_refused() {
    let map = map(&golden().clusters);
    let negated = import_with(include_bytes!("../../golden/torch/negated.pt"), Some(&map)).unwrap_err().to_string();
    assert!(negated.contains("tails.1.w") && negated.contains("negated") && negated.contains("resolve_neg"), "{negated}");
    let conjugated = import_with(include_bytes!("../../golden/torch/conjugated.pt"), Some(&map)).unwrap_err().to_string();
    assert!(conjugated.contains("tails.1.w") && conjugated.contains("conjugated"), "{conjugated}");
}

#[test]
fn a_file_of_something_else_says_what_it_is() {
    let legacy = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.";
    for (bytes, part) in [
        (&b""[..], "it is empty"),
        (b"\x80\x02}.", "a pickle by itself"),
        (legacy, "PyTorch before 1.6"),
        (b"\x10\0\0\0\0\0\0\0{\"__metadata__\":", "safetensors"),
        (b"0.1,0.2\n0.3,0.4\n", "no archive of torch.save"),
        (&Archive::default().with("a.txt", "text").bytes(), "without the pickle"),
        (&Archive::of(FILE).with("constants.pkl", "").bytes(), "TorchScript"),
        (&Archive::of(FILE).with("byteorder", "big").bytes(), "byte order big"),
        (&Archive::of_pickle(pickle(b"K\x05")).bytes(), "it holds a number"),
        (&Archive::of_pickle(pickle(b"]")).bytes(), "a list of 0 values"),
        (&Archive::of_pickle(pickle(&dict([("epoch", b"K\x05".to_vec()), ("loss", b"N".to_vec())]))).bytes(), "entries epoch, loss"),
        (&Archive::of_pickle(pickle(b"cnets\nNet\n)\x81}b")).bytes(), "an object of the class nets.Net"),
    ] {
        assert!(matches!(refused(bytes, &["is not a checkpoint of Kitsune", part]), Error::Foreign { .. }));
    }
    let filter = Tensor::whole("0", &[64, 3, 7, 7], &[147, 49, 7, 1]).pickled();
    let other = dict([("conv1.weight", filter.clone()), ("fc.bias", filter.clone())]);
    for (entry, told) in [
        (dict([("conv1.weight", filter)]), "holds the tensor conv1.weight of the shape [64, 3, 7, 7]"),
        (dict([("state_dict", other), ("epoch", b"K\x05".to_vec())]), "holds 2 tensors, such as conv1.weight of the shape [64, 3, 7, 7]"),
    ] {
        refused(&Archive::of_pickle(pickle(&entry)).bytes(), &[told, "tails.0.w"]);
    }
}

/// Tensors of a Kitsune of one tail over two features, without hidden units, beside others.
fn small<'a>(others: impl IntoIterator<Item = (&'a str, Vec<u8>)>) -> Vec<u8> {
    let two = Tensor::whole("two", &[2], &[1]);
    let entries = [
        ("tails.0.w", Tensor::whole("none", &[2, 0], &[1, 1]).pickled()),
        ("tails.0.hidden_bias", Tensor::whole("none", &[0], &[1]).pickled()),
        ("tails.0.reconstruct_bias", two.pickled()),
        ("head.w", Tensor::whole("none", &[1, 0], &[1, 1]).pickled()),
        ("head.hidden_bias", Tensor::whole("none", &[0], &[1]).pickled()),
        ("head.reconstruct_bias", Tensor { shape: &[1], ..two }.pickled()),
    ];
    let weights = dict(entries.into_iter().chain(others));
    let clusters = pickles::list([pickles::list([pickles::number(1), pickles::number(0)])]);
    let file = pickle(&dict([("state_dict", weights), ("clusters", clusters)]));
    Archive::of_pickle(file).with("data/none", "").with("data/two", [1.0_f32, 2.0].map(f32::to_le_bytes).concat()).bytes()
}

#[test]
fn names_and_shapes_that_no_kitsune_has_are_told() {
    let model = import(&small([])).unwrap();
    assert_eq!((model.feature_map().clusters(), model.ensemble().tails().hidden_units()), (&[vec![1, 0]][..], vec![1]));
    let two = || Tensor::whole("two", &[2], &[1]).pickled();
    let matrix = |rows, columns| Tensor { storage: "two", elements: 2, offset: 0, shape: &[rows, columns], strides: &[1, 1] }.pickled();
    for (name, tensor, part) in [
        ("tails.0.scale", two(), "it has a tensor tails.0.scale, which no Kitsune has"),
        ("tails.00.w", two(), "it has a tensor tails.00.w"),
        ("tails.2.w", two(), "tensor tails.1.w is missing"),
        ("tails.18446744073709551615.w", two(), "tensor tails.1.w is missing"),
        ("module.head.w", two(), "it has two tensors head.w"),
        ("tails.0.w", matrix(2, 1), "are not those of an autoencoder"),
        ("tails.0.w", two(), "the shapes of tails.0.w, [2]"),
        ("tails.0.reconstruct_bias", Tensor::whole("two", &[2], &[1]).of_kind("LongStorage"), "is of the type LongStorage"),
        ("head.reconstruct_bias", Tensor::whole("three", &[1], &[1]).pickled(), "needs the storage three, which the file lacks"),
    ] {
        refused(&small([(name, tensor)]), &[part]);
    }
}
