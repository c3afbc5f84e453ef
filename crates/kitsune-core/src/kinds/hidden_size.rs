//! The number of hidden units of an autoencoder.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::kinds::named::UnknownName;

/// Number of hidden units for a cluster of `visible` features; always at least one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum HiddenSize {
    /// `floor(visible · (1 - rate))` with the rate in [0, 1), as in batch Kitsune.
    CompressionRate(f64),
    /// `ceil(visible · ratio)` with the ratio in (0, 1], as in `KitNET`.
    HiddenRatio(f64),
}

impl HiddenSize {
    /// The number of hidden units for `visible` visible ones.
    pub fn units(self, visible: usize) -> usize {
        let units = match self {
            Self::CompressionRate(rate) => (visible as f64 * (1.0 - rate)).floor(),
            Self::HiddenRatio(ratio) => (visible as f64 * ratio).ceil(),
        };
        (units as usize).max(1)
    }
}

impl fmt::Display for HiddenSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CompressionRate(rate) => write!(f, "compression rate {rate}"),
            Self::HiddenRatio(ratio) => write!(f, "hidden ratio {ratio}"),
        }
    }
}

impl FromStr for HiddenSize {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let parsed = match text.rsplit_once(' ') {
            Some(("compression rate", rate)) => rate.parse().ok().map(Self::CompressionRate),
            Some(("hidden ratio", ratio)) => ratio.parse().ok().map(Self::HiddenRatio),
            _ => None,
        };
        let names = vec!["compression rate NUMBER", "hidden ratio NUMBER"];
        parsed.ok_or_else(|| UnknownName { what: "hidden size", found: text.to_owned(), names })
    }
}
