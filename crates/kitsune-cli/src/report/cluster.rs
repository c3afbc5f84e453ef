//! A cluster of columns.

/// Columns that one autoencoder of the model watches together.
#[derive(Debug)]
pub(crate) struct Cluster {
    /// The number that reasons use.
    pub(crate) number: usize,
    pub(crate) columns: Vec<String>,
    /// Its share in the score, 0-1.
    pub(crate) weight: f64,
}
