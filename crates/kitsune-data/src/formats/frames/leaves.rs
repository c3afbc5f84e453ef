//! The columns of a schema, in which structs are taken apart.

use std::ops::Range;

use polars::prelude::{ArrowDataType, ArrowField};

use super::arrow_schema::marked;
use super::schema::{Layout, Stored, is_vector};
use crate::formats::distinct_names::DistinctNames;

/// A column of a file: a field of the schema, a field inside of structs, or a struct as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    /// The index of the field in the schema, and then of each field inside of the one before.
    pub(crate) path: Vec<usize>,
    /// The field. Its name begins with those of the structs that it is in, with dots between.
    pub(crate) field: ArrowField,
}

/// The columns of a file: all fields that are no structs, those inside of structs included, and after them each struct as a whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct FileColumns {
    pub(crate) leaves: Vec<Leaf>,
    /// How each of them is stored.
    pub(crate) stored: Vec<Stored>,
    /// The names that the file does not have, since it has an earlier column of the same name.
    pub(crate) new_names: Vec<String>,
}

impl FileColumns {
    pub(crate) fn new(fields: &[ArrowField]) -> Self {
        let (mut columns, mut structs) = (Self::default(), Vec::new());
        for (index, field) in fields.iter().enumerate() {
            columns.add(Leaf { path: vec![index], field: field.clone() }, &mut structs);
        }
        for (leaf, fields) in structs {
            let readable = columns.stored[fields.clone()].iter().all(|stored| !matches!(stored.layout, Layout::Unreadable(_)));
            columns.stored.push(Stored::whole(&leaf.field, fields, readable));
            columns.leaves.push(leaf);
        }
        columns.with_distinct_names()
    }

    fn with_distinct_names(mut self) -> Self {
        let DistinctNames { names, new } = DistinctNames::of(self.stored.iter().map(|stored| stored.name.clone()).collect());
        if !new.is_empty() {
            for ((name, leaf), stored) in names.into_iter().zip(&mut self.leaves).zip(&mut self.stored) {
                leaf.field.name = name.as_str().into();
                stored.name = name;
            }
        }
        Self { new_names: new, ..self }
    }

    /// Adds a field, or the fields that it has.
    fn add(&mut self, leaf: Leaf, structs: &mut Vec<(Leaf, Range<usize>)>) {
        match leaf.field.dtype() {
            ArrowDataType::Struct(fields) if !fields.is_empty() && !is_vector(fields) => {
                let first = self.stored.len();
                for (index, inner) in fields.iter().enumerate() {
                    let name = format!("{}.{}", leaf.field.name, inner.name).into();
                    let path = leaf.path.iter().copied().chain([index]).collect();
                    self.add(Leaf { path, field: ArrowField { name, ..inner.clone() } }, structs);
                }
                structs.push((leaf, first..self.stored.len()));
            }
            dtype => {
                let stored = match marked(dtype) {
                    Some(kind) => Stored::unreadable(leaf.field.name.as_str(), kind),
                    None => Stored::new(&leaf.field),
                };
                self.stored.push(stored);
                self.leaves.push(leaf);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::arrow_schema::mark;
    use super::*;

    fn field(name: &str, dtype: ArrowDataType) -> ArrowField {
        ArrowField::new(name.into(), dtype, true)
    }

    #[test]
    fn fields_inside_of_structs_are_columns_and_structs_come_last() {
        let inner = field("inner", ArrowDataType::Struct(vec![field("x", ArrowDataType::Int8), field("u", mark("a union"))]));
        let outer = field("s", ArrowDataType::Struct(vec![field("t", ArrowDataType::Utf8), inner]));
        let columns = FileColumns::new(&[outer, field("empty", ArrowDataType::Struct(Vec::new())), field("z", ArrowDataType::Float64)]);
        let described: Vec<_> = columns.stored.iter().map(Stored::described).collect();
        assert_eq!(
            described,
            [
                "s.t (text)",
                "s.inner.x (a number)",
                "s.inner.u (a union)",
                "empty (a struct)",
                "z (a number)",
                "s.inner (a struct)",
                "s (a struct)"
            ]
        );
        let paths: Vec<_> = columns.leaves.iter().map(|leaf| &leaf.path[..]).collect();
        assert_eq!(paths, [&[0, 0][..], &[0, 1, 0], &[0, 1, 1], &[1], &[2], &[0, 1], &[0]]);
        assert_eq!(columns.stored[5].layout, Layout::Struct { fields: 1..3, readable: false });
        assert!(columns.stored[1].exact_in_f32);
    }
}
