//! A cluster of columns.

/// Columns that one autoencoder of the model watches together.
#[derive(Debug)]
pub(crate) struct Cluster {
    /// As the reasons name it.
    pub(crate) number: usize,
    pub(crate) columns: Vec<String>,
    /// The share of it in the score, 0-1.
    pub(crate) weight: f64,
}
