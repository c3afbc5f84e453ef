//! The fields of JSON files: the columns that the rows have, and where in a row each of them is.

use std::collections::{HashMap, HashSet};

use polars::prelude::DataType;

use super::tree::Tree;
use crate::formats::columns::element;
use crate::formats::frames::schema::{Layout, Stored};

/// The fields of the rows, in the order in which the first rows name them.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    stored: Vec<Stored>,
    /// The type in which each field is passed through; null as long as no row had a value.
    types: Vec<DataType>,
    tree: Tree,
    /// The fields whose numbers are strings.
    in_strings: Vec<usize>,
    /// The names that the rows do not have, since they have an earlier field of the same name.
    new_names: Vec<String>,
    /// The number of fields that the first rows have. Others were added by their names.
    seen: usize,
}

/// A field as the first rows show it.
pub(super) struct Field {
    pub(super) stored: Stored,
    pub(super) kept_type: DataType,
    pub(super) in_strings: bool,
}

impl Fields {
    /// The tree refers to the fields by their indices.
    pub(super) fn new(fields: Vec<Field>, tree: Tree, new_names: Vec<String>) -> Self {
        let in_strings = (0..fields.len()).filter(|&field| fields[field].in_strings).collect();
        let (stored, types): (Vec<_>, Vec<_>) = fields.into_iter().map(|field| (field.stored, field.kept_type)).unzip();
        Self { seen: stored.len(), stored, types, tree, in_strings, new_names }
    }

    pub(super) fn stored(&self) -> &[Stored] {
        &self.stored
    }

    pub(super) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The names of the fields whose numbers are strings.
    pub(super) fn in_strings(&self) -> Vec<String> {
        self.in_strings.iter().map(|&field| self.stored[field].name.clone()).collect()
    }

    pub(super) fn new_names(&self) -> &[String] {
        &self.new_names
    }

    /// Whether the first rows have a field.
    pub(super) fn is_seen(&self, field: usize) -> bool {
        field < self.seen
    }

    /// The type in which a field is passed through. Fields of mixed values or of lists of other things than numbers are text.
    pub(super) fn kept_type(&self, field: usize) -> DataType {
        match &self.types[field] {
            DataType::Null => DataType::String,
            kind => kind.clone(),
        }
    }

    /// Adds fields that later rows may have, by the names of their columns. Names of all elements of a list, such as `list[0]` and
    /// `list[1]`, are one field. A name that the rows use for something else is not added.
    pub(super) fn with(&self, names: &[String]) -> Self {
        let mut fields = self.clone();
        for stored in wanted(names) {
            let field = fields.stored.len();
            if fields.tree.insert(&stored.name, field, &|known| self.is_unknown(known)) {
                let is_list = stored.layout == Layout::List;
                fields.types.push(if is_list { DataType::List(Box::new(DataType::Float64)) } else { DataType::Null });
                fields.stored.push(stored);
            }
        }
        fields
    }

    /// Whether no row has shown what a field is.
    fn is_unknown(&self, field: usize) -> bool {
        self.types.get(field) == Some(&DataType::Null)
    }
}

/// The fields that the names of columns mean, each once.
fn wanted(names: &[String]) -> Vec<Stored> {
    let mut lists: HashMap<&str, HashSet<usize>> = HashMap::new();
    for (list, element) in names.iter().filter_map(|name| element(name)) {
        lists.entry(list).or_default().insert(element);
    }
    // As many different numbers as elements, each below their number, are all of them.
    lists.retain(|_, elements| elements.iter().all(|&element| element < elements.len()));
    let mut known = HashSet::new();
    let field = |name: &String| {
        let list = element(name).and_then(|(list, _)| Some((list, lists.get(list)?.len())));
        let (name, layout, width) = list.map_or((name.as_str(), Layout::Number, 1), |(list, width)| (list, Layout::List, width));
        let is_new = known.insert((name.to_owned(), width));
        is_new.then(|| Stored { name: name.into(), layout, width, exact_in_f32: false })
    };
    names.iter().filter_map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_elements_of_a_list_are_one_field() {
        let names = ["a", "f[1]", "f[0]", "g[1]", "f[0]", "h.i[0]", "a"].map(str::to_owned);
        let found: Vec<_> = wanted(&names).into_iter().map(|stored| (stored.name, stored.layout, stored.width)).collect();
        let expected = [("a", Layout::Number, 1), ("f", Layout::List, 2), ("g[1]", Layout::Number, 1), ("h.i", Layout::List, 1)];
        assert_eq!(found, expected.map(|(name, layout, width)| (name.to_owned(), layout, width)));
    }
}
