//! Labels: which rows are normal, and what is done with them.

use std::sync::Arc;

use super::progress::PassProgress;
use super::start::Taken;
use super::{KnownMeans, KnownNormal, Labels, Source};
use crate::error::{Error, SchemaError};
use crate::labels::{LabelKind, LabelKinds, NormalLabels};
use crate::rows::missing::Treatment;

impl Source {
    /// Yields only the normal rows. Without this and [`with_row_labels`](Self::with_row_labels), labels are ignored.
    ///
    /// The normal rows are those with a label of [`with_normal_labels`](Self::with_normal_labels), or with the one label that is usual for
    /// them: see [`normal_labels`](Self::normal_labels).
    #[must_use]
    pub fn normal_only(self) -> Self {
        self.with_labels_used(Labels::NormalOnly)
    }

    /// Yields all rows, each with its label: see [`Batch::labels`](crate::Batch::labels). The last call of this and
    /// [`normal_only`](Self::normal_only) counts.
    #[must_use]
    pub fn with_row_labels(self) -> Self {
        self.with_labels_used(Labels::Yielded)
    }

    /// Names the labels of normal rows, in any case; numbers match by their value. Whether any row has them,
    /// [`normal_labels`](Self::normal_labels) says.
    #[must_use]
    pub fn with_normal_labels(self, labels: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let wanted_normal = Some(NormalLabels::new(labels));
        Self { wanted_normal, known_normal: KnownNormal::default(), means: KnownMeans::default(), ..self }
    }

    /// The labels of normal rows: the ones of [`with_normal_labels`](Self::with_normal_labels), or else the one label of the rows that is
    /// usual for normal rows (benign, normal, 0). The first call takes a pass of its own, over the labels alone.
    ///
    /// # Errors
    ///
    /// If no column of labels was named, if a label is missing, or if the labels do not say which rows are normal: see
    /// [`UnclearLabels`](crate::UnclearLabels). The errors of [`pass`](Self::pass) and of its items.
    pub fn normal_labels(&self) -> Result<Arc<NormalLabels>, Error> {
        if let Some(known) = self.known_normal.0.get() {
            return Ok(Arc::clone(known));
        }
        let found = self.label_counts()?;
        let normal = NormalLabels::among(&found, self.wanted_normal.as_ref()).map_err(|unclear| SchemaError::Labels {
            files: self.table.columns().files.clone(),
            column: self.label_name(),
            unclear,
        })?;
        Ok(Arc::clone(self.known_normal.0.get_or_init(|| Arc::new(normal))))
    }

    /// Counts the rows with each label, in a pass over the labels alone.
    ///
    /// # Errors
    ///
    /// If neither a column of labels was named nor a file, or if a label is missing. The errors of [`pass`](Self::pass) and of its items.
    pub fn label_counts(&self) -> Result<Vec<LabelKind>, Error> {
        let kinds = LabelKinds::default();
        if let Some(file) = &self.label_file {
            kinds.enter(&file.labels);
            return Ok(kinds.kinds());
        }
        let only_labels = Self { features: Vec::new(), kept: Vec::new(), lags: 0, label_kinds: kinds.clone(), ..self.clone() };
        let only_labels = Self { labels: Labels::Counted, ..only_labels };
        for batch in only_labels.start(0, Treatment::Refuse, PassProgress::new(), Taken::default())? {
            batch?;
        }
        Ok(kinds.kinds())
    }

    /// The kinds of labels that the passes of this source have yielded so far.
    pub fn label_kinds(&self) -> LabelKinds {
        self.label_kinds.clone()
    }

    fn with_labels_used(self, labels: Labels) -> Self {
        Self { labels, means: KnownMeans::default(), ..self }
    }

    fn label_name(&self) -> String {
        let columns = self.table.columns();
        let name = |label| columns.name(label).cloned().unwrap_or_else(|| label.to_string());
        match (&self.label_file, self.label) {
            (Some(file), _) => file.path.display().to_string(),
            (None, label) => label.map_or_else(String::new, name),
        }
    }
}
