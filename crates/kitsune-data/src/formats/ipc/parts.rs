//! The parts of a record batch that belong to a column.

use std::collections::HashMap;
use std::ops::{Add, Range};

use polars_arrow::io::ipc::format::ipc::{Field, MetadataVersion, Type, UnionMode};

/// Numbers of things that a record batch lists, in the order of the schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts {
    /// Arrays, those inside of others included.
    pub(super) nodes: usize,
    /// Buffers, except for those that arrays of views have in addition.
    pub(super) buffers: usize,
    /// Arrays of views, whose numbers of additional buffers are listed.
    pub(super) views: usize,
}

impl Add for Parts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let Self { nodes, buffers, views } = other;
        Self { nodes: self.nodes + nodes, buffers: self.buffers + buffers, views: self.views + views }
    }
}

/// The parts of each column by its path: those of the structs that it is in, without their fields, and then its own.
pub(super) fn of_columns(fields: &[Field], version: MetadataVersion) -> HashMap<Vec<usize>, Vec<Range<Parts>>> {
    let mut found = Found { version, path: Vec::new(), structs: Vec::new(), columns: HashMap::new() };
    found.add(fields, Parts::default());
    found.columns
}

/// What was found of the columns so far, with the way to the current field.
struct Found {
    version: MetadataVersion,
    path: Vec<usize>,
    structs: Vec<Range<Parts>>,
    columns: HashMap<Vec<usize>, Vec<Range<Parts>>>,
}

impl Found {
    /// Adds fields that begin at `start`. Returns their end.
    fn add(&mut self, fields: &[Field], mut start: Parts) -> Parts {
        for (index, field) in fields.iter().enumerate() {
            self.path.push(index);
            let end = match (&field.type_, &field.children) {
                (Some(Type::Struct(_)), Some(children)) if field.dictionary.is_none() => {
                    let own_end = start + own(field, self.version);
                    self.structs.push(start..own_end);
                    let end = self.add(children, own_end);
                    self.structs.pop();
                    end
                }
                _ => start + all(field, self.version),
            };
            let parts = self.structs.iter().cloned().chain([start..end]).collect();
            self.columns.insert(self.path.clone(), parts);
            self.path.pop();
            start = end;
        }
        start
    }
}

/// The parts of a field and of those in it.
fn all(field: &Field, version: MetadataVersion) -> Parts {
    let inside = if field.dictionary.is_some() { None } else { field.children.as_ref() };
    inside.into_iter().flatten().fold(own(field, version), |sum, child| sum + all(child, version))
}

/// The parts of a field without those in it: see the Arrow Columnar Format, "Buffer Listing for Each Layout".
fn own(field: &Field, version: MetadataVersion) -> Parts {
    let (buffers, views) = match &field.type_ {
        _ if field.dictionary.is_some() => (2, 0),
        None | Some(Type::Null(_) | Type::RunEndEncoded(_)) => (0, 0),
        Some(Type::Struct(_) | Type::FixedSizeList(_)) => (1, 0),
        Some(Type::Utf8(_) | Type::LargeUtf8(_) | Type::Binary(_) | Type::LargeBinary(_) | Type::ListView(_) | Type::LargeListView(_)) => {
            (3, 0)
        }
        Some(Type::Utf8View(_) | Type::BinaryView(_)) => (2, 1),
        Some(Type::Union(union)) => {
            let offsets = usize::from(union.mode == UnionMode::Dense);
            // Until version 5 a union had nulls of its own.
            (1 + offsets + usize::from(version < MetadataVersion::V5), 0)
        }
        Some(_) => (2, 0),
    };
    Parts { nodes: 1, buffers, views }
}

#[cfg(test)]
mod tests {
    use polars_arrow::io::ipc::format::ipc::{Int, List, RunEndEncoded, Struct, Utf8, Utf8View};

    use super::*;

    fn field(type_: Type, children: Vec<Field>) -> Field {
        Field { type_: Some(type_), children: Some(children), ..Field::default() }
    }

    fn parts(nodes: usize, buffers: usize, views: usize) -> Parts {
        Parts { nodes, buffers, views }
    }

    #[test]
    fn a_column_has_the_parts_after_those_before_it() {
        let int = || field(Type::Int(Box::new(Int { bit_width: 32, is_signed: true })), Vec::new());
        let text = field(Type::Utf8(Box::new(Utf8 {})), Vec::new());
        let view = || field(Type::Utf8View(Box::new(Utf8View {})), Vec::new());
        let runs = field(Type::RunEndEncoded(Box::new(RunEndEncoded {})), vec![int(), view()]);
        let list = field(Type::List(Box::new(List {})), vec![int()]);
        let both = field(Type::Struct(Box::new(Struct {})), vec![view(), list]);
        let fields = [text, runs, both, int()];
        let columns = of_columns(&fields, MetadataVersion::V5);
        let found = |path: &[usize]| columns[path].clone();
        assert_eq!(found(&[0]), [parts(0, 0, 0)..parts(1, 3, 0)]);
        assert_eq!(found(&[1]), [parts(1, 3, 0)..parts(4, 7, 1)]);
        assert_eq!(found(&[2]), [parts(4, 7, 1)..parts(8, 14, 2)]);
        assert_eq!(found(&[2, 1]), [parts(4, 7, 1)..parts(5, 8, 1), parts(6, 10, 2)..parts(8, 14, 2)]);
        assert_eq!(found(&[3]), [parts(8, 14, 2)..parts(9, 16, 2)]);
    }
}
