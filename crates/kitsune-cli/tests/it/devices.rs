//! Missing backends and devices, and the list of available ones.

use crate::folder::Folder;
use crate::kitsune::{assert_says, kitsune};
use crate::rows::{csv, made_up};

/// A folder with rows and a model.
fn folder() -> Folder {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(10)));
    folder.kitsune("train rows --epochs 1").succeeds();
    folder
}

/// Asserts that training and scoring with these options fail in one sentence, and leave nothing behind.
#[track_caller]
fn is_refused(folder: &Folder, options: &str, environment: &[(&str, &str)], parts: &[&str]) {
    let before = folder.list();
    for words in ["train rows --epochs 1 --checkpoint-dir new/models", "anomaly-scores rows new/scores"] {
        let run = environment.iter().fold(folder.kitsune(words).words(options), |run, (name, value)| run.env(name, value));
        run.fails(parts);
    }
    assert_eq!(folder.list(), before, "something was left behind");
}

#[test]
fn a_device_that_does_not_exist_is_refused_by_its_number() {
    let folder = folder();
    for backend in ["ndarray", "flex"] {
        is_refused(&folder, &format!("--backend {backend} --device 1"), &[], &[backend, "no device 1, only device 0"]);
    }
    is_refused(&folder, "--backend wgpu --device 99", &[], &["wgpu", "no device 99", "kitsune devices"]);
}

/// The environment points Vulkan's loader to a folder without drivers.
#[cfg(target_os = "linux")]
#[test]
fn a_missing_adapter_is_told_in_one_sentence() {
    let nowhere = [("VK_DRIVER_FILES", "/nowhere"), ("VK_ICD_FILENAMES", "/nowhere")];
    is_refused(&folder(), "--backend wgpu", &nowhere, &["wgpu finds no vulkan adapter", "mesa-vulkan-drivers", "--backend ndarray"]);
    let told = nowhere.iter().fold(kitsune("devices"), |run, (name, value)| run.env(name, value)).succeeds();
    assert_says(&told.stdout, &["--backend wgpu    not here: wgpu finds no vulkan adapter"]);
}

/// Without CUDA the list and the refusal give the same reason. With CUDA a device number that is too high is refused.
#[test]
fn a_missing_cuda_is_told_in_one_sentence() {
    let devices = kitsune("devices").succeeds().stdout;
    let cuda: Vec<_> = devices.lines().filter_map(|line| line.strip_prefix("--backend cuda ")).collect();
    match cuda[..] {
        [line] if line.contains("not here: ") => {
            let reason = line.trim_start().strip_prefix("not here: ").unwrap();
            assert_says(reason, &["CUDA", "--backend ndarray"]);
            is_refused(&folder(), "--backend cuda", &[], &[reason]);
        }
        _ => is_refused(&folder(), "--backend cuda --device 99", &[], &["cuda", "no device 99", "kitsune devices"]),
    }
}

#[test]
fn the_list_has_a_line_for_each_backend() {
    let told = kitsune("devices").succeeds();
    assert_says(&told.stdout, &["--backend ndarray --device 0  ", "--backend flex    --device 0  ", "--backend wgpu ", "--backend cuda "]);
    assert_eq!(told.stderr, "");
}
