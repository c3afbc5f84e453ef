//! How labels are read from a file of their own, one for each row.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use super::label_file::LabelFile;
use super::options::SourceOptions;
use super::{KnownMeans, KnownNormal, Source};
use crate::error::{Error, SchemaError};
use crate::format::{Format, Header};
use crate::formats::catch_panic::catch_panic;
use crate::formats::table::{Piece, Range, Request, Table};
use crate::labels::RowLabels;
use crate::locations::data_file::DataFile;
use crate::locations::location::Location;
use crate::rows::Precision;
use crate::rows::missing::Treatment;

impl Source {
    /// Takes the labels of the rows from a file: one label on each line, or one column in any format that is read. A first line that no row is
    /// left for is a header if it is a word that no row has as its label.
    ///
    /// The file and the rows are read once, to compare their numbers.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, has several columns, or does not have one label for each row; and if the rows cannot be read.
    pub fn with_labels_from(self, path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let mut labels = labels_of(path)?;
        let mut first_rows = Vec::with_capacity(self.files.len());
        let mut rows = 0;
        let request = Request { picked: true, ..Request::of_label(None) };
        for file in self.files.iter() {
            first_rows.push(rows);
            read(&*self.table, file, &request, |piece| rows += piece.kept.height() as u64)?;
        }
        let may_have_header = Format::of(path).is_none_or(|format| format == Format::Csv);
        if may_have_header && labels.len() as u64 == rows + 1 && labels.begin_with_header() {
            labels = labels.part(1..labels.len());
        }
        if labels.len() as u64 != rows {
            let (path, files) = (path.into(), self.table.columns().files.clone());
            return Err(SchemaError::LabelCount { path, labels: labels.len() as u64, files, rows }.into());
        }
        let label_file = Some(LabelFile { path: path.into(), labels: Arc::new(labels), first_rows: first_rows.into() });
        Ok(Self { label_file, known_normal: KnownNormal::default(), means: KnownMeans::default(), ..self })
    }
}

/// All labels of a file.
fn labels_of(path: &Path) -> Result<RowLabels, Error> {
    // The first line is looked at once the number of rows is known.
    let options = SourceOptions::new().with_header(Header::Absent);
    let options = if Format::of(path).is_none() { options.with_format(Format::Csv) } else { options };
    let source = options.open_all(&[Location::from(path)])?;
    let columns = source.table.columns();
    if columns.kinds.len() > 1 {
        return Err(SchemaError::LabelColumns { path: path.into(), found: columns.kinds.len() }.into());
    }
    let mut labels = RowLabels::default();
    if columns.kinds.is_empty() {
        return Ok(labels);
    }
    for file in source.files.iter() {
        read(&*source.table, file, &Request::of_label(Some(0)), |piece| piece.labels.iter().for_each(|found| labels.append(found)))?;
    }
    Ok(labels)
}

impl Request {
    /// A request for a label of each row and nothing else.
    fn of_label(label: Option<usize>) -> Self {
        Self {
            features: Vec::new(),
            picked: false,
            label,
            normal: None,
            with_labels: label.is_some(),
            tests: Arc::default(),
            kept: Vec::new(),
            range: Range::FINITE,
            words: Arc::default(),
            missing: Treatment::Leave,
            precision: Precision::F64,
        }
    }
}

/// Shows all pieces of a file.
fn read(table: &dyn Table, file: &DataFile, request: &Request, mut show: impl FnMut(Piece)) -> Result<(), Error> {
    let mut rows = 0;
    let mut deliver = |piece: Piece| {
        rows += (piece.kept.height() + piece.left_out + piece.unmatched.rows()) as u64;
        show(piece);
        ControlFlow::Continue(())
    };
    let read = catch_panic(file.name(), table.format(), || table.read(file, request, &mut deliver));
    read.map_err(|error| file.explained(error))?;
    file.end_pass(rows)
}
