//! How a command can end other than well.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::anyhow;
use kitsune_data::Flaw;

use crate::console::{self, quoted};
use crate::scoring::threshold;

/// Why a command did not succeed; decides the exit code.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command was typed in a way that can never work: exit code 2.
    Usage(anyhow::Error),
    /// The command was right and failed: exit code 1.
    Run(anyhow::Error),
    /// Ctrl-C: exit code 130, as shells have it.
    Interrupted {
        /// Whether results went out as they came, and cannot be taken back.
        streamed: bool,
    },
    /// Ctrl-C in a training that has left a checkpoint: exit code 130 as well.
    Suspended {
        /// The file.
        checkpoint: PathBuf,
    },
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        match error.downcast_ref::<kitsune_core::Error>() {
            Some(kitsune_core::Error::Stopped) => Self::Interrupted { streamed: false },
            Some(kitsune_core::Error::Hyperparameter { name, range, found }) => {
                // Each hyper-parameter that can be typed has the name of its flag.
                Self::Usage(anyhow!("--{} must be {range}, but it is {found}", name.replace('_', "-")))
            }
            _ => Self::Run(error),
        }
    }
}

impl Failure {
    /// What was typed cannot work.
    pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self::Usage(error.into())
    }

    /// Says what went wrong, in one line, and gives the exit code. A reader that closed the pipe has all it wanted: success.
    pub(crate) fn report(self) -> ExitCode {
        let (error, code) = match self {
            Self::Usage(error) => (error, 2),
            Self::Run(error) => (error, 1),
            Self::Interrupted { streamed } => {
                console::note(if streamed { "interrupted: not all scores were written" } else { "interrupted: nothing was written" });
                return ExitCode::from(130);
            }
            Self::Suspended { checkpoint } => {
                console::note(&format!("interrupted: the same command with --resume goes on from {}", checkpoint.display()));
                return ExitCode::from(130);
            }
        };
        let closed = error.chain().any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == ErrorKind::BrokenPipe));
        if closed {
            return ExitCode::SUCCESS;
        }
        match flags(&error) {
            Some(flags) => console::note(&format!("error: {error:#} ({flags})")),
            None => console::note(&format!("error: {error:#}")),
        }
        ExitCode::from(code)
    }
}

/// What to type where the library asks for something.
fn flags(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(|cause| cause.downcast_ref().and_then(model_flags)).or_else(|| data_flags(error))
}

fn model_flags(error: &kitsune_core::Error) -> Option<String> {
    use kitsune_core::Error as K;
    match error {
        K::OtherTraining { .. } => Some("without --resume this one begins anew".into()),
        K::Foreign { place, .. } | K::NewerFormat { place, .. } | K::Inconsistent { place, .. } if place == "the checkpoint" => {
            Some("without --resume the training begins anew".into())
        }
        K::OtherColumns { missing, unknown } if missing.is_empty() => Some(format!("--exclude {}", quoted(&unknown.join(",")))),
        K::Read { source, .. } if source.kind() == ErrorKind::IsADirectory => {
            Some("a model is a file, such as models/kitsune.safetensors".into())
        }
        other => threshold::advice(other),
    }
}

fn data_flags(error: &anyhow::Error) -> Option<String> {
    use kitsune_data::Error as D;
    match error.chain().find_map(|cause| cause.downcast_ref::<D>())? {
        D::UnclearHeader { .. } => Some("--has-header or --no-header".into()),
        D::MixedFormats { .. } | D::UnknownFormat { .. } => Some("--file-format csv, parquet, ndjson or ipc".into()),
        D::Delimiter { found, .. } => Some(if *found == '\t' { "--delimiter tab".into() } else { format!("--delimiter '{found}'") }),
        D::NotNumbers { names, .. } | D::NoValues { names, .. } => Some(format!("--exclude {}", quoted(&names.join(",")))),
        D::UnknownField { .. } => Some("--columns".into()),
        D::Value { place, flaw: Flaw::NotANumber(_) } => {
            let name = place.name.clone().unwrap_or_else(|| (place.column - 1).to_string());
            Some(format!("if the column is no feature, train with --exclude {}", quoted(&name)))
        }
        D::Value { flaw: Flaw::Empty | Flaw::Null | Flaw::Missing(_) | Flaw::NotFinite(_), .. } => {
            Some("or --on-missing drop, fill=NUMBER or mean".into())
        }
        D::RowWidth { .. } => Some("--delimiter".into()),
        D::Value { flaw: Flaw::Outside { .. }, .. } => Some("a model that is trained without --is-scaled takes any values".into()),
        _ => None,
    }
}
