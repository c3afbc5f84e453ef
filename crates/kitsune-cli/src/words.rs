//! The words that stand for the libraries' choices on the command line.

use kitsune_core::{Activation, ErrorMetric, HeadInput, InputScaling, OptimizerKind, Schedule, ScoreKind, ThresholdKind};

/// A choice that has words on the command line.
pub(crate) trait Word: Copy + Sized + 'static {
    /// The values that can be typed, in the order in which the help lists them.
    const ALL: &'static [Self];

    /// The word for a value.
    fn word(self) -> &'static str;

    /// What the help says about a value; empty where the word says it all.
    fn meaning(self) -> &'static str;

    /// The value that a word stands for.
    fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.word() == word)
    }
}

/// For each choice its values with their words and meanings, and behind the semicolon a value that can be printed but not typed.
macro_rules! words {
    ($($choice:ident { $($value:ident => $word:literal $($meaning:literal)?),+ $(,)? $(; $other:ident => $description:literal)? })+) => {
        $(impl Word for $choice {
            const ALL: &'static [Self] = &[$(Self::$value),+];

            fn word(self) -> &'static str {
                match self { $(Self::$value => $word,)+ $(Self::$other => $description,)? }
            }

            fn meaning(self) -> &'static str {
                match self { $(Self::$value => concat!($($meaning)?),)+ $(Self::$other => $description,)? }
            }
        })+
    };
}
words! {
    Activation { Tanh => "tanh", Sigmoid => "sigmoid" }
    ErrorMetric {
        Absolute => "absolute" "Mean of sqrt((y - x)² + 1e-7)",
        RootMeanSquare => "rms" "sqrt(mean((y - x)²))",
    }
    HeadInput { Raw => "raw", MinMax => "min-max" }
    InputScaling {
        HalfRanked => "half-ranked" "Minimum and maximum; of skewed columns the mean of that and of the rank among the training rows",
        MinMax => "min-max" "Minimum and maximum";
        Identity => "scaled already"
    }
    ThresholdKind {
        Quantile => "quantile" "What that share of the scores of normal rows exceeds; it needs a row for each alarm",
        LogNormal => "log-normal" "By a log-normal distribution, as the authors advise; scores are seldom distributed so",
        PeaksOverThreshold => "peaks" "By a generalised Pareto distribution of the highest scores, for low rates",
    }
    ScoreKind { Combined => "combined", Tails => "tails", Body => "body", Prototypes => "prototypes", Head => "head" }
    OptimizerKind { Adam => "adam", Sgd => "sgd" }
    Schedule {
        Cosine => "cosine" "Down to 0 in the last step",
        Constant => "constant" "The same in every step",
    }
}
