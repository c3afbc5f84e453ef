//! What can be chosen by a word, and what the word stands for in the libraries.

use clap::ValueEnum;
use kitsune_core::{Activation, ErrorMetric, HeadInput, InputScaling, OptimizerKind, Schedule, ScoreKind, ThresholdKind};
use kitsune_data::Format;

use crate::backend::BackendKind;

/// A choice on the command line and what it is in the libraries.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident => $target:ident { $($(#[$variant_doc:meta])* $variant:ident => $value:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, ValueEnum)]
        pub(super) enum $name { $($(#[$variant_doc])* $variant),+ }

        impl From<$name> for $target {
            fn from(choice: $name) -> Self {
                match choice { $($name::$variant => Self::$value),+ }
            }
        }
    };
}
choice!(ActivationArg => Activation { Tanh => Tanh, Sigmoid => Sigmoid });
choice!(ErrorArg => ErrorMetric {
    /// Mean of sqrt((y - x)² + 1e-7).
    Absolute => Absolute,
    /// sqrt(mean((y - x)²)).
    Rms => RootMeanSquare,
});
choice!(HeadInputArg => HeadInput { Raw => Raw, MinMax => MinMax });
choice!(InputsArg => InputScaling {
    /// Minimum and maximum; of skewed columns the mean of that and of the rank among the training rows.
    HalfRanked => HalfRanked,
    /// Minimum and maximum.
    MinMax => MinMax,
});
choice!(ThresholdArg => ThresholdKind {
    /// What that share of the scores of normal rows exceeds; it needs a row for each alarm.
    Quantile => Quantile,
    /// By a log-normal distribution, as the authors advise; scores are seldom distributed so.
    LogNormal => LogNormal,
    /// By a generalised Pareto distribution of the highest scores, for low rates.
    Peaks => PeaksOverThreshold,
});
choice!(ScoreArg => ScoreKind { Combined => Combined, Tails => Tails, Body => Body, Prototypes => Prototypes, Head => Head });
choice!(OptimizerArg => OptimizerKind { Adam => Adam, Sgd => Sgd });
choice!(ScheduleArg => Schedule {
    /// Down to 0 in the last step.
    Cosine => Cosine,
    /// The same in every step.
    Constant => Constant,
});
choice!(FormatArg => Format {
    Csv => Csv,
    Parquet => Parquet,
    /// A JSON object on each line.
    Ndjson => JsonLines,
    /// Apache Arrow's own: files, or streams.
    Ipc => Ipc,
});
choice!(BackendArg => BackendKind {
    /// Processor.
    #[value(name = "ndarray")] NdArray => NdArray,
    /// Processor, Burn's newer backend.
    Flex => Flex,
    /// Any graphics card, by Vulkan, Metal or DirectX.
    Wgpu => Wgpu,
    /// NVIDIA.
    Cuda => Cuda,
});

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum TrainOn {
    /// Only rows whose label is 0.
    Normal,
    /// All rows.
    All,
}
