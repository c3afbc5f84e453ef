//! Everything that can go wrong in this crate.

use std::path::PathBuf;

use burn::tensor::backend::ExecutionError;

use crate::kinds::ThresholdKind;

/// An error of this crate. The message says what was wrong, what was found and what to do.
///
/// Rows, features and clusters are counted from 0, as an index would.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A hyper-parameter is outside its range.
    #[error("{name} must be {range}, but it is {found}")]
    Hyperparameter {
        /// Field of [`KitsuneConfig`](crate::KitsuneConfig), or argument.
        name: &'static str,
        /// The range in words.
        range: &'static str,
        /// What was given.
        found: String,
    },
    /// Host rows that are not a matrix of numbers.
    #[error("rows must be numbers of shape [rows, features], but they are {found}")]
    NotRows {
        /// Shape and type of what was given.
        found: String,
    },
    /// Rows of another width than those before, or than the model.
    #[error("row {row} has {found} features, but {expected} are expected")]
    FeatureCount {
        /// The first row of that width.
        row: u64,
        /// Features that rows must have.
        expected: usize,
        /// Features that this row has.
        found: usize,
    },
    /// A value that is NaN or infinite.
    #[error("row {row}, feature {feature} is {value}: every value must be finite")]
    NotFinite {
        /// Row among those handed over.
        row: u64,
        /// Feature in that row.
        feature: usize,
        /// The value.
        value: f64,
    },
    /// Rows were declared to be scaled already, and are not.
    #[error("row {row}, feature {feature} is {value}, outside 0 to 1, although the rows were said to be scaled already")]
    NotScaled {
        /// Row among those handed over.
        row: u64,
        /// Feature in that row.
        feature: usize,
        /// The value.
        value: f64,
    },
    /// Fewer features than a detector of broken correlations can use.
    #[error("training needs at least 2 features, but the rows have {found}")]
    TooFewFeatures {
        /// Features of the rows.
        found: usize,
    },
    /// Fewer rows than statistics need.
    #[error("training needs at least 2 rows, but there are {found}")]
    TooFewRows {
        /// Rows seen.
        found: u64,
    },
    /// A feature map names a feature that does not exist.
    #[error("cluster {cluster} names feature {feature}, but there are only {features} features, counted from 0")]
    FeatureOutOfRange {
        /// The cluster.
        cluster: usize,
        /// The feature that it names.
        feature: usize,
        /// How many there are.
        features: usize,
    },
    /// A feature map without a cluster, or with one that has no feature.
    #[error("a feature map needs at least one cluster, and each at least one feature: {found}")]
    EmptyCluster {
        /// What is empty.
        found: String,
    },
    /// A feature stands twice in one cluster.
    #[error("cluster {cluster} names feature {feature} twice")]
    DuplicateFeature {
        /// The cluster.
        cluster: usize,
        /// The feature.
        feature: usize,
    },
    /// A feature is in no cluster or in several, although each should be in exactly one.
    #[error("feature {feature} is in {found} clusters instead of 1; ask for `Coverage::Free` if that is intended")]
    Coverage {
        /// The feature.
        feature: usize,
        /// The number of clusters that name it.
        found: usize,
    },
    /// Two feature mappers that cannot be merged.
    #[error("feature mappers of {left} and {right} features cannot be merged")]
    Merge {
        /// Features of the one.
        left: usize,
        /// Features of the other.
        right: usize,
    },
    /// Weights that do not fit the autoencoder.
    #[error("{name} must have the shape {expected:?}, but it has {found:?}")]
    WeightShape {
        /// Field of [`Weights`](crate::Weights).
        name: &'static str,
        /// The shape of that autoencoder.
        expected: [usize; 3],
        /// The shape that was given.
        found: [usize; 3],
    },
    /// Column names and features differ in number.
    #[error("{names} column names were given for {features} features")]
    ColumnNames {
        /// Names given.
        names: usize,
        /// Features of the model.
        features: usize,
    },
    /// Scores and labels differ in number.
    #[error("there are {scores} scores, but {labels} labels: each score needs one")]
    LabelCount {
        /// Scores given.
        scores: usize,
        /// Labels given.
        labels: usize,
    },
    /// A score that is NaN or infinite.
    #[error("the score of row {row} is {score}: every score must be finite")]
    ScoreNotFinite {
        /// Row among those handed over.
        row: u64,
        /// The score.
        score: f32,
    },
    /// Scores cannot be evaluated on rows of one class.
    #[error("an evaluation needs normal and anomalous rows, but none of the {rows} rows is {missing}")]
    OneClass {
        /// Rows with a label.
        rows: u64,
        /// The class without rows.
        missing: &'static str,
    },
    /// A threshold cannot be fitted on nothing.
    #[error("a threshold needs the scores of normal rows, but there are none")]
    NoScores,
    /// Fewer scores than a threshold of that rate can be fitted on.
    #[error(
        "a threshold by {kind} at an alert rate of {alert_rate} needs the scores of {needed} normal rows, but there are {found}: \
         use more rows or a higher rate"
    )]
    TooFewScores {
        /// The kind of threshold.
        kind: ThresholdKind,
        /// Share of the normal rows that are to be flagged.
        alert_rate: f64,
        /// Scores needed.
        needed: u64,
        /// Scores given.
        found: u64,
    },
    /// So many scores are equal that no tail can be seen.
    #[error(
        "a threshold by peaks over threshold needs {needed} different scores in the tail, but the {rows} normal rows have only {found} above \
         those that are all equal: use a quantile"
    )]
    TooFewPeaks {
        /// Different scores needed.
        needed: u64,
        /// Different scores found.
        found: u64,
        /// Scores given.
        rows: u64,
    },
    /// A log-normal distribution has no negative values.
    #[error("a threshold by log-normal needs scores of at least 0, but one is {score}: use another kind of threshold")]
    NegativeScore {
        /// The lowest score.
        score: f32,
    },
    /// A threshold of another kind than the one that can be used.
    #[error("only a threshold by {expected} can go on with a stream, but this one is by {found}")]
    NotStreaming {
        /// The kind that can.
        expected: ThresholdKind,
        /// The kind that was given.
        found: ThresholdKind,
    },
    /// The weights or the calibration are no longer finite.
    #[error("training diverged: {what} not finite; lower the learning rate")]
    Diverged {
        /// What is not finite, with its verb.
        what: &'static str,
    },
    /// The device that computes failed, for want of memory perhaps.
    #[error("the device failed: {reason}")]
    Device {
        /// What the backend said.
        reason: String,
    },
    /// The observer asked to stop.
    #[error("training was stopped")]
    Stopped,
    /// A source numbered its rows in the first pass, and not in a later one.
    #[error("the rows have numbers in the first pass but none in a later one: number them in every pass, or in none")]
    Unnumbered,
    /// Rows with other columns than those that the model was trained on.
    #[error("the model was trained on other columns: {}", differing_columns(missing, unknown))]
    OtherColumns {
        /// Columns of the model that the rows lack.
        missing: Vec<String>,
        /// Columns of the rows that the model does not know.
        unknown: Vec<String>,
    },
    /// A checkpoint that this training cannot go on from.
    #[error("the checkpoint is that of another training: {difference}")]
    OtherTraining {
        /// What differs, in words.
        difference: String,
    },
    /// A checkpoint of an older version, in a format that this version cannot resume.
    #[error("the checkpoint has format {found} of an older version, but this version resumes format {needed} only: train again without it")]
    OlderCheckpoint {
        /// Its format.
        found: u64,
        /// The format that can be resumed.
        needed: u64,
    },
    /// A checkpoint could not be kept, or not be got back.
    #[error("the checkpoint could not be kept or got back")]
    Checkpoint(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A source that numbers its rows gave a chunk another number of numbers than rows.
    #[error("a chunk of {rows} rows has {numbers} row numbers: each row needs one")]
    RowNumbers {
        /// Rows of the chunk.
        rows: usize,
        /// Numbers that came with them.
        numbers: usize,
    },
    /// A score was asked for that the model has no part for.
    #[error("the model has no {part}, so it has no score by that name: train one that has, or take another score")]
    NoSuchScore {
        /// What it lacks.
        part: &'static str,
    },
    /// The source of the rows failed.
    #[error("the rows could not be read")]
    Rows(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A file could not be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("{} cannot be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The bytes are not what was saved by this crate, or were damaged since.
    #[error("{origin} is not a {expected}: {reason}")]
    Foreign {
        /// The file, or "the data".
        origin: String,
        /// What was expected.
        expected: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// Saved by a later version of this crate.
    #[error("{origin} has format {found}, but this version reads formats up to {supported}: update kitsune")]
    NewerFormat {
        /// The file, or "the data".
        origin: String,
        /// Its format.
        found: u64,
        /// The newest that this version knows.
        supported: u64,
    },
    /// The parts of a file contradict each other.
    #[error("{origin} is damaged: {reason}")]
    Inconsistent {
        /// The file, or "the data".
        origin: String,
        /// The contradiction.
        reason: String,
    },
}

impl Error {
    /// The origin of a checkpoint in messages: only its store knows where the bytes are.
    pub(crate) const CHECKPOINT: &'static str = "the checkpoint";

    /// The optimizer of a checkpoint is of no use to this training.
    pub(crate) fn foreign_optimizer(found: impl std::fmt::Display) -> Self {
        let reason = format!("its optimizer is that of another training, go on where it was kept or without it: {found}");
        Self::Inconsistent { origin: Self::CHECKPOINT.to_owned(), reason }
    }

    /// Whether this is about the bytes of a checkpoint, so that a training without it may succeed.
    pub fn is_about_checkpoint(&self) -> bool {
        match self {
            Self::Foreign { origin, .. } | Self::NewerFormat { origin, .. } | Self::Inconsistent { origin, .. } => {
                origin == Self::CHECKPOINT
            }
            Self::OtherTraining { .. } | Self::OlderCheckpoint { .. } => true,
            _ => false,
        }
    }

    pub(crate) fn device(error: ExecutionError) -> Self {
        let (ExecutionError::WithContext { reason } | ExecutionError::Generic { reason, .. }) = error;
        Self::Device { reason }
    }
}

fn differing_columns(missing: &[String], unknown: &[String]) -> String {
    let parts = [("the rows lack ", missing), ("it does not know ", unknown)];
    let said = parts.iter().filter(|(_, names)| !names.is_empty()).map(|(what, names)| format!("{what}{}", names.join(", ")));
    said.collect::<Vec<_>>().join("; ")
}
