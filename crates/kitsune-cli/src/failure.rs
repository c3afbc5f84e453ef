//! The ways in which a command can fail, and the exit code and message for each.

use std::collections::HashSet;
use std::fmt;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::anyhow;
use kitsune_data::input::{InputError, InputOption};
use kitsune_data::{Flaw, Notation, Position, UnclearLabels};

use crate::console::text::shown;
use crate::console::{self, quoted};
use crate::input::label_names::names_labels;
use crate::process::{interrupt, standard_input, threads};
use crate::scoring::threshold;

/// Why a command failed. It decides the exit code.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line can never work: exit code 2.
    Usage(anyhow::Error),
    /// The command line is right, but the run failed: exit code 1.
    Run(anyhow::Error),
    /// Ctrl-C: exit code 130, which shells use for it.
    Interrupted {
        /// Whether results were written to a stream and cannot be taken back.
        streamed: bool,
    },
    /// Ctrl-C in a training that can be resumed from its checkpoint: exit code 130 as well.
    Suspended {
        /// The file of the checkpoint.
        checkpoint: PathBuf,
    },
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        let mut answers = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
        if answers.any(standard_input::was_stopped) {
            return Self::Interrupted { streamed: false };
        }
        match error.downcast_ref::<kitsune_core::Error>() {
            Some(kitsune_core::Error::Stopped) => Self::Interrupted { streamed: false },
            Some(kitsune_core::Error::Hyperparameter { name, range, found }) => {
                // Each hyper-parameter that can be typed is called like its flag.
                Self::Usage(anyhow!("--{} must be {range}, but it is {found}", name.replace('_', "-")))
            }
            _ => Self::Run(error),
        }
    }
}

impl Failure {
    /// A failure for a command line that cannot work.
    pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self::Usage(error.into())
    }

    /// Reports the failure in one line and returns the exit code. A closed pipe is a success: the reader has all that it wanted.
    pub(crate) fn report(self) -> ExitCode {
        let (error, code) = match self {
            Self::Usage(error) => (error, 2),
            Self::Run(error) => (error, 1),
            Self::Interrupted { streamed } => {
                console::note(if streamed { "interrupted: not all results were written" } else { "interrupted: nothing was written" });
                return ExitCode::from(interrupt::EXIT_CODE);
            }
            Self::Suspended { checkpoint } => {
                console::note(&format!("interrupted: the same command with --resume continues from {}", checkpoint.display()));
                return ExitCode::from(interrupt::EXIT_CODE);
            }
        };
        let closed = error.chain().any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == ErrorKind::BrokenPipe));
        if closed {
            return ExitCode::SUCCESS;
        }
        match flags(&error) {
            Some(flags) => console::note(&format!("error: {} ({flags})", in_words(&error))),
            None => console::note(&format!("error: {}", in_words(&error))),
        }
        ExitCode::from(code)
    }
}

/// An error about rows that have labels already.
#[derive(Debug)]
pub(crate) struct WithLabels(pub(crate) kitsune_data::Error);

/// An error about rows of a stream, whose means nobody knows.
#[derive(Debug)]
pub(crate) struct OfStream(pub(crate) kitsune_data::Error);

/// Makes a type that says more about an error show the error.
macro_rules! shows_its_error {
    ($($about:ident)*) => { $(
        impl fmt::Display for $about {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::error::Error for $about {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                self.0.source()
            }
        }
    )* };
}

shows_its_error! { WithLabels OfStream }

/// The error of a command that makes something from rows: `what` says that it could not be made. An error about the rows says by itself which
/// file it is about.
pub(crate) fn not_made(what: String, error: kitsune_core::Error) -> anyhow::Error {
    match error {
        kitsune_core::Error::Rows(source) => match source.downcast::<kitsune_data::Error>() {
            Ok(error) => (*error).into(),
            Err(source) => anyhow::Error::from(kitsune_core::Error::Rows(source)).context(what),
        },
        error => anyhow::Error::from(error).context(what),
    }
}

/// The error and its causes, each once: messages of kitsune-core contain those of their causes, and messages about a file may begin with it.
fn in_words(error: &anyhow::Error) -> String {
    let joined = |text: String, cause: String| match () {
        () if text.contains(&cause) => text,
        () if cause.starts_with(&text) => cause,
        () => format!("{text}: {cause}"),
    };
    let mut messages = error.chain().map(|cause| match cause.downcast_ref::<InputError>() {
        Some(error) => error.told(&flag),
        None => cause.to_string(),
    });
    let first = messages.next().unwrap_or_default();
    messages.fold(first, joined)
}

/// An option as it is typed.
fn flag(option: InputOption) -> String {
    format!("--{}", option.to_string().replace('_', "-"))
}

/// The options that help against an error of the libraries.
fn flags(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(|cause| cause.downcast_ref().and_then(model_flags)).or_else(|| data_flags(error)).or_else(|| limit(error))
}

/// The limit of the process that an answer of the operating system is about.
#[cfg(unix)]
fn limit(error: &anyhow::Error) -> Option<String> {
    let answer = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>())?;
    match answer.raw_os_error()? {
        libc::EMFILE => Some("ulimit -n is the limit of open files".into()),
        libc::EFBIG => Some("ulimit -f is the limit of the size of files".into()),
        _ => None,
    }
}

#[cfg(not(unix))]
fn limit(_: &anyhow::Error) -> Option<String> {
    None
}

fn model_flags(error: &kitsune_core::Error) -> Option<String> {
    use kitsune_core::Error as K;
    match error {
        K::OtherTraining { .. } => Some("without --resume this training begins anew".into()),
        K::Checkpoint(_) => Some("without --resume the training begins anew".into()),
        about if about.is_about_checkpoint() => Some("without --resume the training begins anew".into()),
        K::NoClusters { .. } => Some("--clusters FILE".into()),
        K::Foreign { origin, expected: "kitsune model", .. } if [".pt", ".pth"].iter().any(|torch| origin.ends_with(torch)) => {
            Some("kitsune import makes a model of a checkpoint of PyTorch".into())
        }
        K::OtherColumns { missing, unknown } if missing.is_empty() => {
            Some(format!("--exclude {}", quoted(&own_columns(unknown).join(","))))
        }
        K::Read { source, .. } if source.kind() == ErrorKind::IsADirectory => {
            Some("a model is a file, such as models/kitsune.safetensors".into())
        }
        K::Read { source, .. } if source.kind() == ErrorKind::NotFound => Some("kitsune train makes a model, and --model names it".into()),
        other => threshold::advice(other),
    }
}

fn data_flags(error: &anyhow::Error) -> Option<String> {
    use kitsune_data::{Error as D, LocationError as L, SchemaError as S, TextError as T};
    let with_labels = error.chain().find_map(|cause| cause.downcast_ref::<WithLabels>());
    let of_stream = error.chain().find_map(|cause| cause.downcast_ref::<OfStream>());
    let plain = || error.chain().find_map(|cause| cause.downcast_ref::<D>());
    match with_labels.map(|WithLabels(error)| error).or(of_stream.map(|OfStream(error)| error)).or_else(plain)? {
        D::Schema(S::NotNumbers { names, .. }) if with_labels.is_some() => Some(format!("--exclude {}", quoted(&names.join(",")))),
        D::Text(T::UnclearHeader { .. }) => Some("--has-header or --no-header".into()),
        D::Location(L::MixedFormats { .. } | L::UnknownFormat { .. }) => Some("--file-format csv, parquet, ndjson, ipc or capture".into()),
        D::Text(T::Delimiter { found, .. }) => {
            Some(if *found == '\t' { "--delimiter tab".into() } else { format!("--delimiter '{found}'") })
        }
        D::Schema(S::NotNumbers { names, .. }) => Some(without(names)),
        D::Schema(S::NoValues { names, .. }) => Some(format!("--exclude {}", quoted(&names.join(",")))),
        D::Schema(S::Labels { unclear, .. }) => normal_labels(unclear),
        D::Text(T::UnknownField { .. } | T::NoObject { .. }) => Some("--columns".into()),
        D::Value { flaw: Flaw::Notation { notation: Notation::DecimalComma | Notation::DecimalOrThousands, .. }, .. } => {
            Some("--decimal-comma".into())
        }
        D::Value { position, flaw: Flaw::Notation { notation: Notation::Date | Notation::Time, .. } } => {
            Some(format!("train with {}", excluded(position)))
        }
        D::Value { position, flaw: Flaw::NotANumber(_) | Flaw::Notation { notation: Notation::Unit, .. } } => {
            Some(format!("if the column is no feature, train with {}", excluded(position)))
        }
        D::Value { flaw: Flaw::Empty | Flaw::Null | Flaw::Unseen | Flaw::Missing(_) | Flaw::NotFinite(_), .. } if of_stream.is_some() => {
            Some("or --on-missing drop, or --on-missing fill=0".into())
        }
        D::Value { flaw: Flaw::Empty | Flaw::Null | Flaw::Unseen | Flaw::Missing(_) | Flaw::NotFinite(_), .. } => {
            Some("or --on-missing drop, --on-missing mean, or --on-missing fill=0".into())
        }
        D::Text(T::RowWidth { .. }) => Some("--delimiter".into()),
        D::Thread { .. } => Some(threads::advice()),
        D::Value { flaw: Flaw::Outside { .. }, .. } => Some("a model that is trained without --is-scaled takes any values".into()),
        _ => None,
    }
}

/// The columns among these, without the features that `--lags` adds for them.
fn own_columns(names: &[String]) -> Vec<&str> {
    let known: HashSet<_> = names.iter().map(String::as_str).collect();
    let is_lagged = |name: &&String| {
        let of = name.rsplit_once("_lag_").filter(|(_, lag)| lag.parse::<usize>().is_ok());
        of.is_some_and(|(of, _)| known.contains(of))
    };
    names.iter().filter(|name| !is_lagged(name)).map(String::as_str).collect()
}

/// The options that leave these columns out, of which one may hold labels.
fn without(names: &[String]) -> String {
    let Some(label) = names.iter().find(|name| names_labels(name)) else {
        return format!("--exclude {}", quoted(&names.join(",")));
    };
    let others: Vec<_> = names.iter().filter(|name| *name != label).map(String::as_str).collect();
    let label = format!("--label-column {}", quoted(label));
    if others.is_empty() { label } else { format!("--exclude {} {label}", quoted(&others.join(","))) }
}

/// The options that say which labels are normal: one for each label, if there are few.
fn normal_labels(unclear: &UnclearLabels) -> Option<String> {
    const FEW: usize = 3;
    let mut found: Vec<_> = unclear.found().iter().collect();
    found.sort_by_key(|kind| std::cmp::Reverse(kind.rows));
    match &found[..] {
        [] => None,
        found if found.len() <= FEW => {
            Some(found.iter().map(|kind| format!("--normal-label {}", quoted(&kind.label))).collect::<Vec<_>>().join(" or "))
        }
        [most, ..] => Some(format!("such as --normal-label {}", quoted(&most.label))),
    }
}

/// The option that leaves out the column of a value: by its name, if somebody would type that.
fn excluded(position: &Position) -> String {
    let name = position.name.as_ref().filter(|name| shown(name) == **name);
    format!("--exclude {}", name.map_or_else(|| position.column.to_string(), |name| quoted(name)))
}
