//! Statistics over the features of raw rows: the feature mapper and the clusters that it finds.

pub(crate) mod map;
pub(crate) mod mapper;
pub(crate) mod ranges;

mod blocks;
pub(crate) mod clustering;
mod co_moments;
mod configured;
mod mapper_file;
mod means;
mod running;

pub use map::{Coverage, FeatureMap};
pub use mapper::FeatureMapper;
