//! The names of what a caller can say of rows.

use std::fmt;

/// What a caller can say of rows, for messages that name it.
///
/// `Display` prints the name as an argument of a function has it: `label_column`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InputOption {
    /// The columns that are features.
    Columns,
    /// The columns that are none.
    Exclude,
    /// Whether the addresses inside of tunnels are wanted.
    Inner,
    /// The column of labels.
    LabelColumn,
    /// The file of labels.
    Labels,
    /// The number of rows before each row whose values are features of it.
    Lags,
    /// What happens to missing values.
    OnMissing,
    /// The number of statistics of a packet.
    Statistics,
    /// The conditions that rows must meet.
    Where,
}

impl fmt::Display for InputOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Columns => "columns",
            Self::Exclude => "exclude",
            Self::Inner => "inner",
            Self::LabelColumn => "label_column",
            Self::Labels => "labels",
            Self::Lags => "lags",
            Self::OnMissing => "on_missing",
            Self::Statistics => "statistics",
            Self::Where => "where",
        })
    }
}
