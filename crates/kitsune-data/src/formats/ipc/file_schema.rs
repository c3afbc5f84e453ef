//! The schema of a stream or a file, and its columns.

use std::collections::HashSet;
use std::ops::Range;

use polars::prelude::{ArrowSchema, PolarsResult};
use polars_arrow::io::ipc::format::ipc::{Field, MetadataVersion, Schema, Type};
use polars_arrow::io::ipc::{IpcField, IpcSchema};

use super::parts::{self, Parts};
use crate::formats::frames::arrow_schema::{deserialized, metadata, numbered, readable};
use crate::formats::frames::leaves::{FileColumns, Leaf};
use crate::formats::frames::pandas;

/// The schema of a stream or a file.
pub(super) struct FileSchema {
    version: MetadataVersion,
    /// The fields as they are stored.
    fields: Vec<Field>,
    /// The fields as they are read.
    readable: Vec<Field>,
    pub(super) columns: FileColumns,
    /// The names of the columns that pandas calls an index.
    pub(super) index: Vec<String>,
}

/// What of a record batch is read: some columns, each inside of the structs that it is in, with nothing else in them.
pub(super) struct ReadColumns {
    pub(super) schema: ArrowSchema,
    pub(super) dictionaries: IpcSchema,
    /// The dictionaries that are read.
    pub(super) ids: HashSet<i64>,
    /// The parts of a record batch, in the order of the schema.
    pub(super) parts: Vec<Range<Parts>>,
    pub(super) leaves: Vec<Leaf>,
    /// Whether some columns have numbers of more than 64 bits.
    pub(super) is_wide: bool,
}

impl FileSchema {
    pub(super) fn new(schema: Schema, version: MetadataVersion) -> PolarsResult<Self> {
        let index = metadata(&schema, pandas::KEY).map(pandas::index).unwrap_or_default();
        let fields = schema.fields.unwrap_or_default();
        let readable: Vec<_> = fields.iter().map(readable).collect();
        let columns = FileColumns::new(&deserialized(readable.clone())?.0);
        Ok(Self { version, fields, readable, columns, index })
    }

    /// What is read of a record batch for these columns.
    pub(super) fn reading(&self, columns: &[usize]) -> PolarsResult<ReadColumns> {
        let leaves: Vec<_> = columns.iter().map(|&column| self.columns.leaves[column].clone()).collect();
        let fields: Vec<_> = leaves.iter().filter_map(|leaf| chain(&self.readable, &leaf.path)).collect();
        let is_wide = fields.iter().any(is_wide);
        let (schema, dictionaries) = numbered(fields)?;
        let mut ids = HashSet::new();
        dictionaries.fields.iter().for_each(|field| add_ids(field, &mut ids));
        let of_columns = parts::of_columns(&self.fields, self.version);
        let parts = leaves.iter().filter_map(|leaf| of_columns.get(&leaf.path)).flatten().cloned().collect();
        Ok(ReadColumns { schema, dictionaries, ids, parts, leaves, is_wide })
    }

    pub(super) fn version(&self) -> MetadataVersion {
        self.version
    }
}

/// The field that `path` leads to, inside of the structs that it is in, with nothing else in them.
fn chain(fields: &[Field], path: &[usize]) -> Option<Field> {
    let (index, path) = path.split_first()?;
    let field = fields.get(*index)?;
    if path.is_empty() {
        return Some(field.clone());
    }
    Some(Field { children: Some(vec![chain(field.children.as_ref()?, path)?]), ..field.clone() })
}

/// Whether there are numbers of more than 64 bits, at any depth.
fn is_wide(field: &Field) -> bool {
    let own = match &field.type_ {
        Some(Type::Decimal(_)) => true,
        Some(Type::Int(int)) => int.bit_width > 64,
        _ => false,
    };
    own || field.children.iter().flatten().any(is_wide)
}

fn add_ids(field: &IpcField, ids: &mut HashSet<i64>) {
    ids.extend(field.dictionary_id);
    field.fields.iter().for_each(|field| add_ids(field, ids));
}
