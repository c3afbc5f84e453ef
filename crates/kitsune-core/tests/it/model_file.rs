//! One file per model: it comes back bit for bit, on any backend, and what is not one is refused by name.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use burn_flex::{Flex, FlexDevice};
use kitsune_core::kinds::{Named, ThresholdKind};
use kitsune_core::{CpuKitsune, Error, FeatureMapper, Kitsune, KitsuneConfig, ScoreKind, ScoreOptions};
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::bridge::matrix;
use crate::damage::{damaged, header_length};
use crate::decisions::fit;
use crate::taken_apart::{Parts, file_bytes};
use crate::training::{factor_rows, quick, quick_model};
use crate::{TestBackend, device};

/// A folder to write models into.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn join(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn files(&self) -> Vec<String> {
        let mut names: Vec<String> =
            std::fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// What a file of these bytes is loaded as.
    fn load(&self, bytes: &[u8]) -> Result<Kitsune<TestBackend>, Error> {
        let path = self.join("model.safetensors");
        std::fs::write(&path, bytes).unwrap();
        Kitsune::from_pretrained(path, &device())
    }
}

/// A small model with everything that a file can hold.
fn model() -> Kitsune<TestBackend> {
    let names = (0..8).map(|column| format!("spalte {column} \u{df}")).collect();
    quick_model().with_columns(names).unwrap()
}

#[test]
fn a_model_comes_back_bit_for_bit() {
    let folder = Folder::new();
    let path = folder.join("model.safetensors");
    let model = model();
    model.save(&path).unwrap();
    let loaded = Kitsune::<TestBackend>::from_pretrained(&path, &device()).unwrap();

    assert_eq!(loaded.config(), model.config());
    assert_eq!(loaded.feature_map(), model.feature_map());
    assert_eq!(loaded.scaler(), model.scaler());
    assert_eq!(loaded.columns(), model.columns());
    assert!(model.means().is_some());
    assert_eq!(loaded.means(), model.means());
    assert_eq!(loaded.summary(), model.summary());
    assert!(model.threshold().is_some());
    assert_eq!((loaded.normal_scores(), loaded.threshold()), (model.normal_scores(), model.threshold()));
    for &kind in ScoreKind::ALL {
        let scores = |model: &Kitsune<TestBackend>| {
            model.score_rows(&matrix(&factor_rows(100, 2)), &ScoreOptions::new().with_score(kind)).unwrap().scores
        };
        assert_eq!(scores(&loaded), scores(&model));
    }
    assert_eq!(file_bytes(&loaded), std::fs::read(&path).unwrap());
    assert_eq!(folder.files(), ["model.safetensors"]);
}

#[test]
fn a_model_on_the_processor_is_trained_and_loaded_without_a_type_of_burn() {
    let folder = Folder::new();
    let path = folder.join("model.safetensors");
    let rows: Vec<Vec<f32>> = (0..200).map(|row| (0..4).map(|column| (row * (column + 3) % 17) as f32).collect()).collect();
    let config = KitsuneConfig::new().with_epochs(Some(2));
    config.fit_on_cpu(&rows).unwrap().save(&path).unwrap();
    let with_a_device: Kitsune<TestBackend> = config.fit(&rows, &device()).unwrap();
    assert_eq!(file_bytes(&with_a_device), std::fs::read(&path).unwrap());
    let loaded = CpuKitsune::open(&path).unwrap();
    let scores = |model: &CpuKitsune| model.score_rows(&rows, &ScoreOptions::new()).unwrap().scores;
    assert_eq!(scores(&loaded), scores(&with_a_device));
}

#[test]
fn a_model_trained_on_one_backend_scores_on_another() {
    let folder = Folder::new();
    let path = folder.join("model.safetensors");
    let model = model();
    model.save(&path).unwrap();
    let loaded = Kitsune::<Flex>::from_pretrained(&path, &FlexDevice).unwrap();
    let rows = matrix(&factor_rows(100, 3));
    for (found, expected) in loaded
        .score_rows(&rows, &ScoreOptions::new())
        .unwrap()
        .scores
        .iter()
        .zip(model.score_rows(&rows, &ScoreOptions::new()).unwrap().scores)
    {
        assert!((found - expected).abs() <= 1e-5 * (1.0 + expected), "{found} instead of {expected}");
    }
}

#[test]
fn a_file_saved_over_an_older_one_replaces_it() {
    let folder = Folder::new();
    let path = folder.join("model.safetensors");
    std::fs::write(&path, vec![b'x'; 1_000_000]).unwrap();
    model().save(&path).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), file_bytes(&model()));
    assert_eq!(folder.files(), ["model.safetensors"]);
}

#[test]
fn what_cannot_be_written_is_an_error_and_leaves_nothing() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.join("taken/by a folder")).unwrap();
    std::fs::write(folder.join("file"), "text").unwrap();
    let check = |path: &Path| {
        let error = model().save(path).unwrap_err();
        assert!(matches!(&error, Error::Write { path: named, .. } if named == path), "{error:?}");
        assert!(std::error::Error::source(&error).is_some());
    };
    check(&folder.join("missing/model.safetensors"));
    check(&folder.join("file/model.safetensors"));
    check(&folder.join("taken"));
    assert_eq!(folder.files(), ["file", "taken"]);
    assert_eq!(std::fs::read_to_string(folder.join("file")).unwrap(), "text");
}

#[cfg(unix)]
#[test]
fn a_model_behind_a_link_is_replaced_there_and_stays_private() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = Folder::new();
    symlink("v1", folder.join("current")).unwrap();
    model().save(folder.join("current")).unwrap();
    std::fs::set_permissions(folder.join("v1"), PermissionsExt::from_mode(0o600)).unwrap();
    model().save(folder.join("current")).unwrap();
    assert!(folder.join("current").is_symlink());
    assert_eq!(std::fs::metadata(folder.join("v1")).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read(folder.join("v1")).unwrap(), file_bytes(&model()));
    assert_eq!(folder.files(), ["current", "v1"]);
}

#[cfg(unix)]
#[test]
fn a_model_has_the_permissions_of_any_new_file() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    std::fs::write(folder.join("any"), "").unwrap();
    model().save(folder.join("model")).unwrap();
    let mode = |name: &str| std::fs::metadata(folder.join(name)).unwrap().permissions().mode();
    assert_eq!(mode("model"), mode("any"));
}

#[test]
fn files_that_are_no_models_are_told_apart() {
    let folder = Folder::new();
    let check = |bytes: &[u8], expected: &str| match folder.load(bytes).unwrap_err() {
        Error::Foreign { origin, reason, .. } => {
            assert!(origin.ends_with("model.safetensors"), "{origin}");
            assert!(reason.contains(expected), "{reason}");
        }
        error => panic!("{error:?}"),
    };
    check(b"", "not a complete safetensors file");
    check(b"score,label\n0.5,1\n", "not a complete safetensors file");
    check(&FeatureMapper::new(2, 0).to_bytes().unwrap(), "it holds a feature-mapper");
    let value = [0_u8; 4];
    let view = TensorView::new(Dtype::F32, vec![1], &value).unwrap();
    check(&safetensors::serialize([("weight", view)], None).unwrap(), "not one of kitsune's");

    let missing = Kitsune::<TestBackend>::from_pretrained(folder.join("missing"), &device()).unwrap_err();
    assert!(matches!(missing, Error::Read { .. }), "{missing:?}");
}

#[test]
fn a_truncated_file_is_refused_at_every_length() {
    let folder = Folder::new();
    let bytes = file_bytes(&model());
    let header = header_length(&bytes);
    for length in (0..bytes.len()).step_by(7).chain(header - 2..header + 2).chain([bytes.len() - 1]) {
        let error = folder.load(&bytes[..length]).unwrap_err();
        assert!(matches!(error, Error::Foreign { .. }), "{length} bytes: {error:?}");
    }
}

#[test]
fn a_file_of_a_newer_format_says_so() {
    let error = Folder::new().load(&edited(|document, _| document["format"] = json!(6))).unwrap_err();
    assert!(matches!(error, Error::NewerFormat { found: 6, supported: 5, .. }), "{error:?}");
}

#[test]
fn parts_that_contradict_each_other_are_refused() {
    let folder = Folder::new();
    let check = |expected: &str, edit: &dyn Fn(&mut Value, &mut Parts)| match folder.load(&edited(edit)) {
        Err(Error::Inconsistent { reason, .. }) => assert!(reason.contains(expected), "{reason:?} does not name {expected:?}"),
        Err(error) => panic!("{expected}: {error:?}"),
        Ok(_) => panic!("{expected}: loaded"),
    };
    for name in NAMES {
        if name != "scaler.mean" && name != "threshold.normal_scores" {
            check(name, &|_, parts| drop(parts.tensors.remove(name)));
        }
        check(name, &|_, parts| parts.tensor(name).shape.insert(0, 1));
        check(name, &|_, parts| parts.tensor(name).retype());
        check(name, &|_, parts| parts.tensor(name).fill_with_nan());
    }
    // A threshold says nothing without the scores that it was fitted to.
    check("not the scores", &|_, parts| drop(parts.tensors.remove("threshold.normal_scores")));
    check("there are none", &|_, parts| {
        let scores = parts.tensor("threshold.normal_scores");
        scores.shape[0] = 0;
        scores.bytes.clear();
    });
    check("alert rate", &|document, _| document["threshold"]["alert_rate"] = json!(0.7));
    check("finite", &|document, _| document["threshold"]["value"] = json!(1e39));
    for (name, columns) in [("calibration.tails", 2), ("calibration.features", 8), ("calibration.parts", 8)] {
        for deviation in [0.0, -0.5] {
            check("deviation", &|_, parts| parts.tensor(name).put(2 * columns - 1, deviation));
        }
        // Of two rows each: the means may be 0.
        assert!(folder.load(&edited(|_, parts| parts.tensor(name).put(columns - 1, 0.0))).is_ok(), "{name}");
    }
    // The lowest values after the highest ones, and a range of nothing.
    check("scaler.range", &|_, parts| parts.tensor("scaler.range").bytes.rotate_left(8 * 8));
    check("narrower", &|_, parts| parts.tensor("scaler.range").bytes.copy_within(..8 * 8, 8 * 8));
    check("negative", &|_, parts| parts.tensor("calibration.excess").put(4, -0.5));
    check("scaler.values", &|_, parts| parts.tensor("scaler.values").put(0, 1.5));
    check("scaler.values", &|_, parts| parts.tensor("scaler.values").bytes.rotate_left(4 * 8));
    check("prototypes.centres", &|_, parts| {
        let centres = parts.tensor("prototypes.centres");
        centres.shape[0] = 0;
        centres.bytes.clear();
    });
    check("prototypes.centres", &|_, parts| parts.tensor("prototypes.centres").shape.reverse());
    check("body.weight", &|document, _| document["config"]["body_ratio"] = json!(0.1));
    check("prototypes", &|document, _| {
        document["config"]["prototypes"] = json!(0);
        document["config"]["score"] = json!("Prototypes");
    });
    check("body_ratio", &|document, _| {
        document["config"]["body_ratio"] = json!(null);
        document["config"]["score"] = json!("Body");
    });
    check("metadata", &|document, _| document["config"] = json!(null));
    check("dropout", &|document, _| document["config"]["dropout"] = json!(1.5));
    check("mapper_rows", &|document, _| document["config"]["mapper_rows"] = json!(1));
    check("momentum", &|document, _| drop(document["config"].as_object_mut().unwrap().remove("momentum")));
    check("Guess", &|document, _| document["config"]["hidden_size"] = json!({"Guess": 0.5}));
    check("tails.weight", &|document, _| document["config"]["hidden_size"] = json!({"HiddenRatio": 1.0}));
    for name in ["tails.weight", "head.hidden_bias", "body.visible_bias"] {
        check(name, &|_, parts| parts.tensor(name).put(0, -1e31));
    }
    check("prototypes.centres", &|_, parts| parts.tensor("prototypes.centres").put(0, 3.0));
    // Each of these alone gives an infinite score.
    for (name, at, value) in [("calibration.parts", 8, 1e-45), ("calibration.tails", 0, 3e38)] {
        check("would not be finite", &|_, parts| parts.tensor(name).put(at, value));
    }
    check("would not be finite", &|_, parts| ["head.minimum", "head.maximum"].iter().for_each(|name| parts.tensor(name).put(0, 3e37)));
    check("column names", &|document, _| document["columns"] = json!(["one"]));
    check("feature 8", &|document, _| document["feature_map"]["clusters"][0][1] = json!(8));
    check("twice", &|document, _| document["feature_map"]["clusters"][0][1] = document["feature_map"]["clusters"][0][0].clone());
    check("is expected", &|document, _| drop(document["feature_map"]["clusters"].as_array_mut().unwrap().pop()));
    check("cluster", &|document, _| document["feature_map"]["clusters"] = json!([]));
    check("empty", &|document, _| document["feature_map"]["clusters"][1] = json!([]));
    // Refused before anything of that size is asked for.
    for features in [0_u64, 7, 1_000_000_000_000_000, u64::MAX] {
        check("features", &|document, _| document["feature_map"]["features"] = json!(features));
    }
}

#[test]
fn a_file_without_means_thresholds_and_the_newest_bounds_is_a_model() {
    let old = edited(|document, parts| {
        let config = document["config"].as_object_mut().unwrap();
        for field in ["sample_bytes", "mapper_rows"] {
            assert!(config.remove(field).is_some(), "{field}");
        }
        assert!(document.as_object_mut().unwrap().remove("threshold").is_some());
        for name in ["scaler.mean", "threshold.normal_scores"] {
            assert!(parts.tensors.remove(name).is_some(), "{name}");
        }
    });
    let (loaded, model) = (Folder::new().load(&old).unwrap(), model());
    assert_eq!(loaded.config(), model.config());
    assert_eq!((loaded.means(), loaded.normal_scores(), loaded.threshold()), (None, None, None));
    assert_eq!(loaded.tail_probability(1.0), None);
    assert!(matches!(loaded.clone().with_threshold(fit(ThresholdKind::Quantile, 0.1)), Err(Error::NoScores)));
    let rows = matrix(&factor_rows(50, 5));
    assert_eq!(
        loaded.score_rows(&rows, &ScoreOptions::new()).unwrap().scores,
        model.score_rows(&rows, &ScoreOptions::new()).unwrap().scores
    );

    // Saved again it has the fields, and still no means.
    let again = Folder::new().load(&file_bytes(&loaded)).unwrap();
    assert_eq!((again.config(), again.means(), again.threshold()), (model.config(), None, None));
}

#[test]
fn what_stands_in_padding_is_not_looked_at() {
    let rows = matrix(&factor_rows(50, 5));
    let model: Kitsune<TestBackend> =
        quick().with_max_features_per_cluster(3).with_min_features_per_cluster(1).fit(&rows, &device()).unwrap();
    let mut parts = Parts::of_model(&model);
    for name in ["tails.weight", "tails.visible_bias"] {
        let padded: Vec<usize> = parts.values(name).iter().enumerate().filter(|(_, value)| **value == 0.0).map(|(at, _)| at).collect();
        assert!(!padded.is_empty(), "{name}");
        for at in padded {
            parts.tensor(name).put(at, 7.0);
        }
    }
    let loaded = Folder::new().load(&parts.to_bytes()).unwrap();
    assert_eq!(file_bytes(&loaded), file_bytes(&model));
}

#[test]
fn knots_that_do_not_ascend_are_refused() {
    let descending = edited(|_, parts| {
        let knots = parts.tensor("scaler.knots");
        let row = knots.bytes.len() / 2;
        knots.bytes.rotate_left(row);
    });
    assert!(matches!(Folder::new().load(&descending), Err(Error::Inconsistent { .. })));
}

#[test]
fn damaged_files_give_an_error_or_a_model_that_scores_but_no_panic() {
    let folder = Folder::new();
    let bytes = file_bytes(&model());
    let rows = matrix(&factor_rows(3, 4));
    let (mut refused, mut loaded) = (0, 0);
    for damaged in damaged(&bytes, 3_000) {
        match folder.load(&damaged) {
            Err(Error::Foreign { .. } | Error::NewerFormat { .. } | Error::Inconsistent { .. }) => refused += 1,
            Err(error) => panic!("{error:?}"),
            Ok(model) => {
                let scores = model.score_rows(&rows, &ScoreOptions::new()).unwrap().scores;
                assert!(scores.iter().all(|score| score.is_finite()), "{scores:?}");
                let _ = (model.reasons(&rows, 0..3, 1), model.tail_probability(1.0));
                loaded += 1;
            }
        }
    }
    assert!(refused > 3_000 && loaded > 100, "{refused} refused, {loaded} loaded");
}

#[test]
fn column_names_have_to_be_as_many_as_the_features() {
    let error = quick_model().with_columns(vec!["a".to_owned()]).unwrap_err();
    assert!(matches!(error, Error::ColumnNames { names: 1, features: 8 }), "{error:?}");
}

#[test]
fn means_have_to_be_finite_and_as_many_as_the_features() {
    let error = quick_model().with_means(vec![0.5]).unwrap_err();
    assert!(matches!(error, Error::FeatureCount { expected: 8, found: 1, .. }), "{error:?}");
    let mut means = vec![0.5; 8];
    let model = quick_model().with_means(means.clone()).unwrap();
    assert_eq!(Folder::new().load(&file_bytes(&model)).unwrap().means(), Some(&means[..]));
    means[3] = f64::NAN;
    let error = quick_model().with_means(means).unwrap_err();
    assert!(matches!(error, Error::NotFinite { feature: 3, .. }), "{error:?}");
}

#[test]
fn a_model_of_one_cluster_of_constants_comes_back() {
    let config = KitsuneConfig::new().with_epochs(Some(1));
    let model: Kitsune<TestBackend> = config.fit(&matrix(&vec![vec![1.0, 2.0]; 5]), &device()).unwrap();
    let loaded = Folder::new().load(&file_bytes(&model)).unwrap();
    let rows = matrix(&[vec![1.0, 2.0], vec![1.0, 2.5]]);
    assert_eq!(
        loaded.score_rows(&rows, &ScoreOptions::new()).unwrap().scores,
        model.score_rows(&rows, &ScoreOptions::new()).unwrap().scores
    );
    assert_eq!(file_bytes(&quick().fit(&rows, &device()).unwrap()), file_bytes(&quick().fit(&rows, &device()).unwrap()));
}

/// The tensors of [`model`]'s file, all that the documentation of `Kitsune::save` lists.
const NAMES: [&str; 23] = [
    "marginals.rarities",
    "tails.weight",
    "tails.hidden_bias",
    "tails.visible_bias",
    "head.weight",
    "head.hidden_bias",
    "head.visible_bias",
    "body.weight",
    "body.hidden_bias",
    "body.visible_bias",
    "head.minimum",
    "head.maximum",
    "scaler.knots",
    "scaler.values",
    "scaler.range",
    "scaler.mean",
    "prototypes.centres",
    "prototypes.middle",
    "calibration.tails",
    "calibration.features",
    "calibration.parts",
    "calibration.excess",
    "threshold.normal_scores",
];

/// The file of a model, taken apart, changed and put together again.
fn edited(edit: impl FnOnce(&mut Value, &mut Parts)) -> Vec<u8> {
    let mut parts = Parts::of_model(&model());
    let mut document = std::mem::take(&mut parts.document);
    edit(&mut document, &mut parts);
    parts.document = document;
    parts.to_bytes()
}

#[cfg(unix)]
#[test]
fn a_replaced_file_keeps_its_mode_and_the_links_to_it() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    let folder = Folder::new();
    let (version, current) = (folder.join("v1"), folder.join("current"));
    symlink("v1", &current).unwrap();
    for mode in [None, Some(0o600), Some(0o664)] {
        if let Some(mode) = mode {
            fs::set_permissions(&version, PermissionsExt::from_mode(mode)).unwrap();
        }
        quick_model().save(&current).unwrap();
        assert!(current.is_symlink() && !version.is_symlink());
        let found = fs::metadata(&version).unwrap();
        assert!(found.len() > 0 && mode.is_none_or(|mode| found.mode() & 0o777 == mode), "{mode:?}");
    }
    symlink("round", folder.join("round")).unwrap();
    assert!(quick_model().save(folder.join("round")).is_err());
}

#[cfg(unix)]
#[test]
fn a_pipe_is_written_to_and_stays_a_pipe() {
    use std::os::unix::fs::FileTypeExt;

    let folder = Folder::new();
    let pipe = folder.join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // It opens the pipe for writing as well, so that it waits for nothing if the model goes elsewhere.
    let open = fs::OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    let model = quick_model();
    let expected = file_bytes(&model);
    let written = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut bytes = vec![0; expected.len()];
            (&open).read_exact(&mut bytes).map(|()| bytes)
        });
        model.save(&pipe).unwrap();
        assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo(), "the pipe was replaced");
        reader.join().unwrap().unwrap()
    });
    assert_eq!(written, expected);
    assert!(model.save(folder.join(".")).is_err(), "a folder");
}

#[test]
fn a_model_that_does_not_clamp_comes_back_whatever_rows_it_learnt_from_later() {
    let rows = |scale: f64| {
        let rows = factor_rows(300, 5).into_iter().map(|row| row.into_iter().map(|value| value * scale).collect());
        matrix(&rows.collect::<Vec<Vec<f64>>>())
    };
    let model: Kitsune<TestBackend> = quick().with_clamp(false).fit(&rows(1.0), &device()).unwrap();
    let wide = rows(30.0);
    let training = kitsune_core::training::Training::new(model.config(), &wide).with_initial_model(&model);
    let continued: Kitsune<TestBackend> = training.run(&device()).unwrap();
    let loaded = Folder::new().load(&file_bytes(&continued)).unwrap();
    assert_eq!(file_bytes(&loaded), file_bytes(&continued));
}
