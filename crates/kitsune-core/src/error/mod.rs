//! The errors of this crate.

mod messages;

use std::path::PathBuf;

use burn::tensor::backend::ExecutionError;

use crate::error::messages::{differing_columns, with_causes};
use crate::kinds::{ScoreKind, ThresholdKind};

/// An error of this crate. The message says what was wrong, what was found and what to do, and contains the message of its cause.
///
/// Rows, features and clusters are counted from 0.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A hyper-parameter is outside its range.
    #[error("{name} must be {range}, but it is {found}")]
    Hyperparameter {
        /// Field of [`KitsuneConfig`](crate::KitsuneConfig), or an argument.
        name: &'static str,
        /// The allowed range in words.
        range: &'static str,
        /// The value that was given.
        found: String,
    },
    /// Host rows are not a matrix of numbers.
    #[error("rows must be numbers of shape [rows, features], but they are {found}")]
    NotRows {
        /// Shape and number type of the given rows.
        found: String,
    },
    /// A row is asked for that does not exist.
    #[error("there is no row {row}, only {rows} rows, counted from 0")]
    NoSuchRow {
        /// The row that is asked for.
        row: u64,
        /// Number of rows.
        rows: u64,
    },
    /// Rows have another width than earlier rows or than the model.
    #[error("row {row} has {found} features, but {expected} are expected")]
    FeatureCount {
        /// The first row of the other width.
        row: u64,
        /// Expected number of features.
        expected: usize,
        /// Number of features of this row.
        found: usize,
    },
    /// A value is NaN or infinite.
    #[error("row {row}, feature {feature} is {value}: every value must be finite")]
    NotFinite {
        /// Row among the given rows.
        row: u64,
        /// Feature in that row.
        feature: usize,
        /// The value that is not finite.
        value: f64,
    },
    /// A value of a named column is NaN or infinite.
    #[error("row {row}, column {column:?} is {value}: every value must be finite")]
    ColumnNotFinite {
        /// Row, counted from the first that was taken.
        row: u64,
        /// Name of the column.
        column: String,
        /// The value that is not finite.
        value: f64,
    },
    /// A value is outside 0-1, although the rows were declared to be scaled already.
    #[error("row {row}, feature {feature} is {value}, outside 0 to 1, although the rows were said to be scaled already")]
    NotScaled {
        /// Row among the given rows.
        row: u64,
        /// Feature in that row.
        feature: usize,
        /// The value outside 0-1.
        value: f64,
    },
    /// The rows have no feature.
    #[error("training needs at least one feature, but the rows have none")]
    NoFeatures,
    /// There are fewer rows than statistics need.
    #[error("training needs at least 2 rows, but there are {found}")]
    TooFewRows {
        /// Number of rows seen.
        found: u64,
    },
    /// A row is to be scored, or a stream has ended, before the grace period of an [`OnlineKitsune`](crate::online::OnlineKitsune) is over.
    #[error("the grace period is not over after {rows} rows: {missing} more are needed before a row can be scored")]
    InGrace {
        /// Rows so far.
        rows: u64,
        /// Rows that are missing.
        missing: u64,
    },
    /// A detector that learned row by row has no equal among batch models.
    #[error("this detector cannot become a batch model with the same scores: {reason}")]
    NotExportable {
        /// What a batch model lacks.
        reason: &'static str,
    },
    /// A feature map names a feature that does not exist.
    #[error("cluster {cluster} names feature {feature}, but there are only {features} features, counted from 0")]
    FeatureOutOfRange {
        /// Index of the cluster.
        cluster: usize,
        /// The feature that the cluster names.
        feature: usize,
        /// Number of features.
        features: usize,
    },
    /// A feature map has no cluster, or a cluster has no feature.
    #[error("a feature map needs at least one cluster, and each at least one feature: {found}")]
    EmptyCluster {
        /// Description of what is empty.
        found: String,
    },
    /// A cluster names a feature twice.
    #[error("cluster {cluster} names feature {feature} twice")]
    DuplicateFeature {
        /// Index of the cluster.
        cluster: usize,
        /// The feature that it names twice.
        feature: usize,
    },
    /// A feature is in no cluster or in several, although it should be in exactly one.
    #[error("feature {feature} is in {found} clusters instead of 1; ask for `Coverage::Free` if that is intended")]
    Coverage {
        /// The feature.
        feature: usize,
        /// Number of clusters that name it.
        found: usize,
    },
    /// Two feature mappers of different widths cannot be merged.
    #[error("feature mappers of {left} and {right} features cannot be merged")]
    Merge {
        /// Number of features of the first mapper.
        left: usize,
        /// Number of features of the second mapper.
        right: usize,
    },
    /// Weights do not fit the autoencoder.
    #[error("{name} must have the shape {expected:?}, but it has {found:?}")]
    WeightShape {
        /// Field of [`Weights`](crate::model::Weights).
        name: &'static str,
        /// The shape in the autoencoder.
        expected: [usize; 3],
        /// The shape that was given.
        found: [usize; 3],
    },
    /// The numbers of column names and features differ.
    #[error("{names} column names were given for {features} features")]
    ColumnNames {
        /// Number of names given.
        names: usize,
        /// Number of features of the model.
        features: usize,
    },
    /// The numbers of scores and labels differ.
    #[error("there are {scores} scores, but {labels} labels: each score needs one")]
    LabelCount {
        /// Number of scores given.
        scores: usize,
        /// Number of labels given.
        labels: usize,
    },
    /// A score is NaN or infinite.
    #[error("the score of row {row} is {score}: every score must be finite")]
    ScoreNotFinite {
        /// Row among the given rows.
        row: u64,
        /// The score that is not finite.
        score: f32,
    },
    /// Scores cannot be evaluated on rows of one class.
    #[error("an evaluation needs normal and anomalous rows, but none of the {rows} rows is {missing}")]
    OneClass {
        /// Number of rows with a label.
        rows: u64,
        /// Name of the class without rows.
        missing: &'static str,
    },
    /// The model's threshold, and the scores of normal rows that it keeps, are for another score.
    #[error("the model's threshold is for its score {usual}, not for {found}")]
    OtherScore {
        /// The model's default score.
        usual: ScoreKind,
        /// The score that needs a threshold.
        found: ScoreKind,
    },
    /// A threshold cannot be fitted without scores.
    #[error("a threshold needs the scores of normal rows, but there are none")]
    NoScores,
    /// There are fewer scores than a threshold of this kind and alert rate needs.
    #[error(
        "a threshold by {kind} at an alert rate of {alert_rate} needs the scores of {needed} normal rows, but there are {found}: \
         use more rows or a higher rate"
    )]
    TooFewScores {
        /// Kind of the threshold.
        kind: ThresholdKind,
        /// Share of the normal rows that are to be flagged.
        alert_rate: f64,
        /// Number of scores needed.
        needed: u64,
        /// Number of scores given.
        found: u64,
    },
    /// Too many scores are equal to fit a tail.
    #[error(
        "a threshold by peaks needs {needed} different scores in the tail, but the {rows} normal rows have only {found} above \
         those that are all equal: use a quantile"
    )]
    TooFewPeaks {
        /// Number of distinct scores needed.
        needed: u64,
        /// Number of distinct scores found.
        found: u64,
        /// Number of scores given.
        rows: u64,
    },
    /// A score is negative, but a log-normal distribution has no negative values.
    #[error("a threshold by log-normal needs scores of at least 0, but one is {score}: use another kind of threshold")]
    NegativeScore {
        /// The lowest score.
        score: f32,
    },
    /// A threshold is a fixed number, which has no alert rate that a stream could keep.
    #[error("a threshold that is a fixed number cannot adapt to a stream: fit one to an alert rate")]
    FixedThreshold,
    /// The weights or the calibration are no longer finite.
    #[error("training diverged: {what} not finite; lower the learning rate")]
    Diverged {
        /// The quantity that is not finite, with its verb.
        what: &'static str,
    },
    /// The device failed, perhaps for lack of memory.
    #[error("the device failed: {reason}")]
    Device {
        /// Report of the backend.
        reason: String,
    },
    /// The observer stopped the training.
    #[error("training was stopped")]
    Stopped,
    /// A source numbered its rows in the first pass, but not in a later one.
    #[error("the rows have numbers in the first pass but none in a later one: number them in every pass, or in none")]
    Unnumbered,
    /// Rows have other columns than those that the model was trained on.
    #[error("the model was trained on other columns: {}", differing_columns(missing, unknown))]
    OtherColumns {
        /// Columns of the model that the rows lack.
        missing: Vec<String>,
        /// Columns of the rows that the model does not know.
        unknown: Vec<String>,
    },
    /// Rows have the columns that the model was trained on, but in another order.
    #[error("the rows have the columns of the model in another order: {first} where {expected} should be; give them in the model's order")]
    ColumnOrder {
        /// The first column of the rows that is not at its position.
        first: String,
        /// The column of the model at that position.
        expected: String,
    },
    /// A description of how rows are read cannot be recorded in a model.
    #[error("the description of how the rows are read must be a JSON object of at most 1 MiB, but it is {found}")]
    Reading {
        /// What is wrong with it.
        found: String,
    },
    /// The parts of a [distributed training](crate::training::distributed) do not fit together.
    #[error("the parts of the rows do not fit together: {reason}")]
    Parts {
        /// What does not fit, and what to do.
        reason: String,
    },
    /// A checkpoint belongs to another training and cannot be resumed.
    #[error("the checkpoint is that of another training: {difference}")]
    OtherTraining {
        /// The difference in words.
        difference: String,
    },
    /// A checkpoint has the format of an older version, which this version cannot resume.
    #[error("the checkpoint has format {found} of an older version, but this version resumes format {needed} only")]
    OlderCheckpoint {
        /// Format of the checkpoint.
        found: u64,
        /// The format that can be resumed.
        needed: u64,
    },
    /// A checkpoint could not be saved or loaded.
    #[error("the checkpoint could not be saved or loaded: {}", with_causes(.0.as_ref()))]
    Checkpoint(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A source that numbers its rows gave a chunk more or fewer numbers than rows.
    #[error("a chunk of {rows} rows has {numbers} row numbers: each row needs one")]
    RowNumbers {
        /// Number of rows of the chunk.
        rows: usize,
        /// Number of row numbers of the chunk.
        numbers: usize,
    },
    /// A score was requested that needs a part which the model lacks.
    #[error("the model has no {part}, so it has no score by that name: train one that has, or take another score")]
    NoSuchScore {
        /// The part that the model lacks.
        part: &'static str,
    },
    /// The source of the rows failed.
    #[error("the rows could not be read: {}", with_causes(.0.as_ref()))]
    Rows(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A file could not be read.
    #[error("{} cannot be read: {source}", path.display())]
    Read {
        /// Path of the file.
        path: PathBuf,
        /// Cause of the failure.
        #[source]
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("{} cannot be written: {source}", path.display())]
    Write {
        /// Path of the file.
        path: PathBuf,
        /// Cause of the failure.
        #[source]
        source: std::io::Error,
    },
    /// The bytes were not saved by this crate, or were damaged since.
    #[error("{origin} is not a {expected}: {reason}")]
    Foreign {
        /// The file, or "the data".
        origin: String,
        /// Description of what was expected.
        expected: &'static str,
        /// Description of what is wrong.
        reason: String,
    },
    /// A checkpoint of `PyTorch` asks for a call while it is read. Nothing is called.
    #[error(
        "{} asks for a call of {callable}, and an import calls nothing: where it comes from, save the state_dict() of the model and its clusters \
         alone",
        path.display()
    )]
    Call {
        /// Path of the file.
        path: PathBuf,
        /// The function or the class.
        callable: String,
    },
    /// A checkpoint of `PyTorch` has the weights of tails, but not the features that these see.
    #[error(
        "{} has the weights of {tails} tails, but does not say which features each of them sees: give the clusters, or save \
         {{\"state_dict\": model.state_dict(), \"clusters\": [[0, 3], [1, 2]]}} with the model's own",
        path.display()
    )]
    NoClusters {
        /// Path of the file.
        path: PathBuf,
        /// Number of tails.
        tails: usize,
    },
    /// The bytes were saved by a later version of this crate.
    #[error("{origin} has format {found}, but this version reads formats up to {supported}: update kitsune")]
    NewerFormat {
        /// The file, or "the data".
        origin: String,
        /// Format of the bytes.
        found: u64,
        /// Newest format that this version reads.
        supported: u64,
    },
    /// The parts of a file contradict each other.
    #[error("{origin} is damaged: {reason}")]
    Inconsistent {
        /// The file, or "the data".
        origin: String,
        /// Description of the contradiction.
        reason: String,
    },
}

impl Error {
    /// Origin of a checkpoint in messages, since only the caller's store knows where the bytes are.
    pub(crate) const CHECKPOINT: &'static str = "the checkpoint";

    /// The optimizer state of a checkpoint does not fit this training.
    pub(crate) fn foreign_optimizer(found: impl std::fmt::Display) -> Self {
        let reason = format!(
            "its optimizer state belongs to another training ({found}): resume the training that saved it, or train without the checkpoint"
        );
        Self::Inconsistent { origin: Self::CHECKPOINT.to_owned(), reason }
    }

    /// Whether the error is about the bytes of a checkpoint, so that a training without it may succeed.
    pub fn is_about_checkpoint(&self) -> bool {
        match self {
            Self::Foreign { origin, .. } | Self::NewerFormat { origin, .. } | Self::Inconsistent { origin, .. } => {
                origin == Self::CHECKPOINT
            }
            Self::OtherTraining { .. } | Self::OlderCheckpoint { .. } => true,
            _ => false,
        }
    }

    pub(crate) fn parts(reason: String) -> Self {
        Self::Parts { reason }
    }

    pub(crate) fn device(error: ExecutionError) -> Self {
        let (ExecutionError::WithContext { reason } | ExecutionError::Generic { reason, .. }) = error;
        Self::Device { reason }
    }
}
