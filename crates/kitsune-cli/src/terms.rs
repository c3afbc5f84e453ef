//! The library's choices in the words of the command line, both ways.

use kitsune_core::{Activation, ErrorMetric, HeadInput, HiddenSize, InputScaling, OptimizerKind, Schedule, ScoreKind, ThresholdKind};

/// A choice that has a name on the command line.
pub(crate) trait Term {
    /// The word for it.
    fn term(&self) -> String;
}

macro_rules! terms {
    ($($kind:ty { $($value:path => $term:literal),+ $(,)? })+) => {
        $(impl Term for $kind {
            fn term(&self) -> String {
                match self { $($value => $term),+ }.to_owned()
            }
        })+
    };
}
terms! {
    Activation { Self::Tanh => "tanh", Self::Sigmoid => "sigmoid" }
    HeadInput { Self::Raw => "raw", Self::MinMax => "min-max" }
    InputScaling { Self::HalfRanked => "half-ranked", Self::MinMax => "min-max", Self::Identity => "scaled already" }
    OptimizerKind { Self::Adam => "adam", Self::Sgd => "sgd" }
    ErrorMetric { Self::Absolute => "absolute", Self::RootMeanSquare => "rms" }
    Schedule { Self::Cosine => "cosine", Self::Constant => "constant" }
    ScoreKind { Self::Combined => "combined", Self::Tails => "tails", Self::Body => "body", Self::Prototypes => "prototypes", Self::Head => "head" }
    ThresholdKind { Self::Quantile => "quantile", Self::LogNormal => "log-normal", Self::PeaksOverThreshold => "peaks" }
}

impl Term for HiddenSize {
    fn term(&self) -> String {
        match self {
            Self::CompressionRate(rate) => format!("compression rate {rate}"),
            Self::HiddenRatio(ratio) => format!("hidden ratio {ratio}"),
        }
    }
}
