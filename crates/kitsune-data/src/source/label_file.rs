//! The labels of rows from a file of their own, and how they reach the rows of a pass.

use std::path::PathBuf;
use std::sync::Arc;

use polars::prelude::{BooleanChunked, DataFrame, NamedFrom};

use crate::formats::table::Piece;
use crate::labels::{NormalLabels, RowLabels};
use crate::rows::Values;
use crate::rows::omitted::remaining;

/// The labels of all rows of a source, from a file.
#[derive(Clone, Debug)]
pub(super) struct LabelFile {
    pub(super) path: PathBuf,
    pub(super) labels: Arc<RowLabels>,
    /// The index of the first row of each file of the source among all rows.
    pub(super) first_rows: Arc<[u64]>,
}

/// The labels of the rows of a pass.
#[derive(Debug)]
pub(super) struct PassLabels {
    labels: RowLabels,
    first_rows: Arc<[u64]>,
    /// Whether all rows are yielded, with their labels, and not only the normal ones.
    with_labels: bool,
    /// The index of the next row.
    next: usize,
}

impl LabelFile {
    pub(super) fn for_pass(&self, normal: &NormalLabels, with_labels: bool) -> PassLabels {
        PassLabels { labels: self.labels.judged(normal), first_rows: Arc::clone(&self.first_rows), with_labels, next: 0 }
    }
}

impl PassLabels {
    /// Begins a file, given its index in the source.
    pub(super) fn begin(&mut self, file: usize) {
        self.next = self.first_rows[file] as usize;
    }

    /// Gives the rows of a piece their labels, or leaves out those that are not normal.
    pub(super) fn apply(&mut self, piece: &mut Piece, features: usize) {
        let rows = piece.kept.height();
        // Rows that were added to a file since it was counted have no label: a later check of the file reports them.
        let end = (self.next + rows).min(self.labels.len());
        let labels = self.labels.part(self.next.min(end)..end);
        self.next = end;
        if self.with_labels {
            piece.labels = Some(labels);
            return;
        }
        let normal: Vec<bool> = labels.normal().chain(std::iter::repeat(false)).take(rows).collect();
        piece.left_out += normal.iter().filter(|&&normal| !normal).count();
        let has_values = remaining(rows, &piece.blank);
        let of_values: Vec<bool> = normal.iter().zip(has_values).filter(|&(_, has_values)| has_values).map(|(&normal, _)| normal).collect();
        match &mut piece.values {
            Values::F32(values) => keep_rows(values, &of_values, features),
            Values::F64(values) => keep_rows(values, &of_values, features),
        }
        piece.blank = blank_among(&normal, &piece.blank);
        // The mask has one value for each row, so this cannot fail.
        let left = piece.kept.filter(&BooleanChunked::new("".into(), &normal[..]));
        piece.kept = left.unwrap_or_else(|_| DataFrame::empty_with_height(normal.iter().filter(|&&normal| normal).count()));
    }
}

/// The positions of the normal blank rows among the normal rows.
fn blank_among(normal: &[bool], blank: &[usize]) -> Vec<usize> {
    let (mut left, mut blank) = (0, blank.iter().peekable());
    let mut among = Vec::new();
    for (row, &normal) in normal.iter().enumerate() {
        if blank.next_if(|&&blank| blank == row).is_some() && normal {
            among.push(left);
        }
        left += usize::from(normal);
    }
    among
}

fn keep_rows<T: Copy>(values: &mut Vec<T>, keep: &[bool], features: usize) {
    let mut end = 0;
    for (row, _) in keep.iter().enumerate().filter(|&(_, &keep)| keep) {
        values.copy_within(row * features..(row + 1) * features, end);
        end += features;
    }
    values.truncate(end);
}
