//! Tests of the whole program: each of them runs the binary, in its default build, as a user would.
//!
//! The backend wgpu needs an adapter. Where there is no GPU, a software Vulkan device does: on Debian, `apt-get install mesa-vulkan-drivers
//! libvulkan1`.

#![cfg(test)]

mod alerts;
mod architecture;
mod backends;
mod bad_models;
mod bad_parquet;
mod bad_rows;
mod bad_targets;
mod binary;
mod captures;
mod cases;
mod columns;
mod combinations;
mod continued_training;
mod demo;
mod devices;
mod drift;
mod evaluate;
mod explain;
mod extract;
mod files;
mod folder;
mod formats;
mod frames;
mod import;
mod inputs;
mod inspect;
#[cfg(unix)]
mod interrupt;
mod json;
#[cfg(unix)]
mod killed;
mod kitsune;
mod labels;
#[cfg(unix)]
mod lack;
mod live;
mod missing;
mod notes;
mod online;
#[cfg(unix)]
mod online_captures;
#[cfg(unix)]
mod online_live;
mod options;
mod outputs;
mod overwriting;
mod parquet;
mod pcap;
mod pool;
mod ranking;
mod report;
mod rows;
mod scoring;
mod shell;
mod standard_input;
mod streams;
mod text_files;
mod training;
mod usage;
mod verdicts;
mod warnings;
