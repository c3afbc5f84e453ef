//! The arguments of `kitsune online`.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::anyhow;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueHint};
use kitsune_core::ScoreKind;
use kitsune_core::online::{BiasRule, OnlineScaling};
use kitsune_data::{Format, Missing};

use super::choices::{choice, choice_of, output_format, pool};
use super::source::SourceArgs;
use crate::commands::online::Task;
use crate::commands::online::command::Online;
use crate::commands::online::export::Export;
use crate::commands::online::settings::Settings;
use crate::failure::Failure;
use crate::output::Output;
use crate::output::content::Content;
use crate::scoring::pooling::PoolBy;
#[cfg(feature = "live")]
use {crate::process::interface, kitsune_data::input::Input};

#[derive(Debug, Args)]
pub(crate) struct OnlineArgs {
    #[arg(
        help = "The rows, in their order: files, folders (read recursively), globs, URLs such as s3://bucket/prefix, or - for standard input; and as the \
                last path the output: one file (.ndjson, .json, .csv, .parquet, .arrow), or - for standard output",
        value_name = "PATH",
        required_unless_present = "export",
        value_hint = ValueHint::AnyPath
    )]
    paths: Vec<OsString>,
    /// The file of the detector's state.
    #[arg(long, alias = "model", value_name = "FILE", default_value = "models/kitsune-online.safetensors", value_hint = ValueHint::FilePath)]
    model_checkpoint: PathBuf,
    /// Go on from the state: on files after the last row that it knows, on standard input with whatever comes.
    ///
    /// Outputs of NDJSON and CSV are cut to the rows that the state knows, and continued. Parquet and Arrow files need a new name.
    #[arg(long)]
    resume: bool,
    /// Rows from one save of the state to the next [default: 100000, or as many as come in 60 seconds].
    #[arg(long, value_name = "ROWS", allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(1..))]
    save_every: Option<u64>,
    /// Write the finished detector as an ordinary model, for anomaly-scores and the others; without paths, only that.
    #[arg(long, value_name = "MODEL", value_hint = ValueHint::FilePath)]
    export: Option<PathBuf>,
    /// Wait for further rows at the end of the file, as tail -F: a new file of its name is read from its beginning.
    ///
    /// The file is one of NDJSON or CSV, or a capture that is still written. The statistics of packets begin anew with a new file.
    #[arg(long, conflicts_with = "labels")]
    follow: bool,
    /// Read packets from this network interface as they come, in place of the rows, so that the only path is that of the output.
    ///
    /// Packets for others are seen as well (promiscuous mode), the first 256 bytes of each; any is all interfaces of Linux. It takes root, or a right that
    /// the error about its lack names. Ctrl-C and SIGTERM end the stream, and packets that came faster than they were taken are counted.
    #[cfg_attr(
        feature = "live",
        arg(
            long,
            value_name = "NAME",
            value_parser = NonEmptyStringValueParser::new(),
            requires = "paths",
            conflicts_with_all = ["file_format", "follow", "labels"]
        )
    )]
    #[cfg_attr(not(feature = "live"), arg(skip))]
    interface: Option<String>,
    /// Write counts for Prometheus into this file every five seconds.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    metrics: Option<PathBuf>,
    /// Write alerts into this file: a line of JSON for each source and destination while packets above the threshold last.
    ///
    /// A line has the first and the last time, the packets above the threshold, the highest score, and its strongest reason in words. It is written when no
    /// such packet has come for 60 seconds of the capture, or at the end. The scores get the time, the addresses and the ports of packets as columns, by
    /// which they are found again.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    alerts: Option<PathBuf>,
    /// Format of the output file or of standard output [default: by extension; on standard output ipc for ipc rows, else ndjson].
    #[arg(long, value_parser = output_format())]
    output_format: Option<Format>,
    /// Copy these columns of the rows to the output: names, globs or numbers. Columns of CSV files are copied as text.
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    keep: Vec<String>,
    /// Add the K strongest reasons for each flagged row: the columns that contribute most to its score.
    #[arg(long, value_name = "K", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..))]
    explain: Option<u32>,
    /// No progress, only errors.
    #[arg(long, short)]
    quiet: bool,
    // These come last, since options after them would be listed below their headings.
    #[command(flatten)]
    detector: DetectorArgs,
    #[command(flatten)]
    verdicts: VerdictArgs,
    #[command(flatten)]
    source: SourceArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Detector")]
struct DetectorArgs {
    /// Rows that show which columns belong together [default: 5000].
    #[arg(long, value_name = "ROWS", allow_negative_numbers = true, conflicts_with = "feature_map")]
    mapper_grace: Option<u64>,
    /// Rows that train after these, each once, before the first score [default: 50000].
    #[arg(long, value_name = "ROWS", allow_negative_numbers = true)]
    train_grace: Option<u64>,
    /// File with the clusters of columns, instead of finding them: a JSON list of lists of names, or of numbers from 0.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    feature_map: Option<PathBuf>,
    /// Largest number of columns in a cluster; larger clusters are split [default: 10].
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    max_features_per_cluster: Option<usize>,
    /// Hidden units of each autoencoder: its inputs · RATIO, rounded up [default: 0.75].
    #[arg(long, value_name = "RATIO", allow_negative_numbers = true)]
    hidden_ratio: Option<f64>,
    /// Learning rate, the same for each row [default: 0.1].
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    learning_rate: Option<f64>,
    /// Scaling of the columns [default: bounded].
    #[arg(long, value_parser = choice::<OnlineScaling>())]
    scaling: Option<OnlineScaling>,
    /// What a row changes in the biases [default: vector].
    #[arg(long, value_parser = choice::<BiasRule>())]
    bias: Option<BiasRule>,
    /// Score by tails and head, by the tails, or by the head as the original [default: combined].
    #[arg(long, value_parser = choice_of(&[ScoreKind::Combined, ScoreKind::Tails, ScoreKind::Head]))]
    score: Option<ScoreKind>,
    /// Seed of the initial weights [default: 0].
    #[arg(long, hide_short_help = true, value_name = "N", allow_negative_numbers = true)]
    seed: Option<u64>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Verdicts")]
struct VerdictArgs {
    /// Share of rows that are flagged [default: 0.01].
    #[arg(long, value_name = "RATE", allow_negative_numbers = true, conflicts_with = "threshold")]
    alert_rate: Option<f64>,
    /// Lowest score of an anomaly, instead of a threshold that keeps the alert rate.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    threshold: Option<f64>,
    /// Whose scores are pooled [default: none].
    ///
    /// With host, a packet has the damped mean of the scores of its source's packets so far, which count half after 10 seconds; threshold and changes are
    /// those of such means. The rows need the columns time (in seconds since 1970) and source, as captures have, and the scores get them.
    #[arg(long, value_parser = pool())]
    pool: Option<PoolBy>,
    /// Go on learning after the grace period, from rows that are not flagged, and from at most this share of all rows; 0 to learn no more.
    #[arg(long, value_name = "SHARE", num_args = 0..=1, require_equals = true, default_missing_value = "0.1")]
    adapt: Option<f64>,
}

impl OnlineArgs {
    pub(crate) fn threads(&self) -> Option<NonZeroUsize> {
        self.source.threads
    }

    /// Whether the path of the scores is missing.
    pub(super) fn lacks_output(&self) -> bool {
        self.paths.len() == 1 && self.interface.is_none()
    }

    pub(crate) fn resolve(mut self) -> Result<Task, Failure> {
        let export = self.export.map(|model| Export { state: self.model_checkpoint.clone(), model });
        let Some(output) = self.paths.pop() else {
            return export.map(Task::Export).ok_or_else(|| Failure::usage(anyhow!("give the rows and the output")));
        };
        if self.interface.is_some() && !self.paths.is_empty() {
            return Err(Failure::usage(anyhow!("--interface takes the place of the rows: give no path but that of the output")));
        }
        if self.follow && self.paths.len() != 1 {
            return Err(Failure::usage(anyhow!("--follow reads one file: give one path for the rows")));
        }
        let followed = self.follow.then(|| PathBuf::from(&self.paths[0]));
        // A file that is followed is opened again and again, and may not exist yet.
        let locations = if self.follow { Vec::new() } else { self.paths };
        let file_format = self.source.file_format;
        let input = self.source.resolve(locations, false)?;
        if input.label_file.is_some() || input.reading.normal_labels.is_some() {
            return Err(Failure::usage(anyhow!(
                "a stream is learned from every row, so that --labels and --normal-label have no effect: leave them out"
            )));
        }
        if matches!(input.on_missing, Missing::Mean) {
            return Err(Failure::usage(anyhow!(
                "--on-missing mean takes the means of all rows, which a stream does not have: give drop, or fill=NUMBER"
            )));
        }
        let listens = self.interface.is_some();
        #[cfg(feature = "live")]
        let input = match &self.interface {
            Some(name) => with_packets_of(input, name)?,
            None => input,
        };
        let settings = Settings {
            mapper_grace: self.detector.mapper_grace,
            train_grace: self.detector.train_grace,
            feature_map: self.detector.feature_map,
            max_features_per_cluster: self.detector.max_features_per_cluster,
            hidden_ratio: self.detector.hidden_ratio,
            learning_rate: self.detector.learning_rate,
            scaling: self.detector.scaling,
            bias: self.detector.bias,
            score: self.detector.score,
            seed: self.detector.seed,
            alert_rate: self.verdicts.alert_rate,
            threshold: self.verdicts.threshold,
            adapt: self.verdicts.adapt,
            pool: self.verdicts.pool,
        };
        Ok(Task::Stream(Box::new(Online {
            input,
            file_format,
            followed,
            listens,
            output: Output { path: output.into(), format: self.output_format, parts: 1, content: Content::Scores },
            state: self.model_checkpoint,
            resume: self.resume,
            save_every: self.save_every,
            export: export.map(|export| export.model),
            metrics: self.metrics,
            alerts: self.alerts,
            keep: self.keep,
            explain: self.explain.map(|count| count as usize),
            settings,
            quiet: self.quiet,
        })))
    }
}

/// The input, with the packets of an interface as its rows.
#[cfg(feature = "live")]
fn with_packets_of(mut input: Input, interface: &str) -> Result<Input, Failure> {
    input.locations = vec![interface::packets(interface)?];
    Ok(input)
}
