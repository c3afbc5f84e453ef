//! A value of a checkpoint, as those who look for something see it.

use crate::torch::fault::shown;
use crate::torch::id::Id;
use crate::torch::tensor::StoredTensor;
use crate::torch::value::{Value, Values};

/// The names that a description lists at most.
const LISTED: usize = 5;

/// A value, with those that it refers to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<'a> {
    values: &'a Values,
    id: Id,
}

impl<'a> Node<'a> {
    pub(super) fn new(values: &'a Values, id: Id) -> Self {
        Self { values, id }
    }

    fn with(self, id: Id) -> Self {
        Self { id, ..self }
    }

    /// The entries of a dictionary whose keys are texts, or the attributes of an object; none of anything else. A later one replaces an
    /// earlier one of its name.
    pub(crate) fn entries(self) -> impl DoubleEndedIterator<Item = (&'a str, Self)> {
        const NONE: &[(Id, Id)] = &[];
        let [items, attributes] = match self.values.get(self.id) {
            Value::Dict(items) => [&items[..], NONE],
            Value::Object { items, state, .. } => [&items[..], state.map_or(NONE, |state| self.attributes(state))],
            _ => [NONE, NONE],
        };
        items.iter().chain(attributes).filter_map(move |&(key, value)| Some((self.values.text(key)?, self.with(value))))
    }

    /// The attributes in the state of an object: a dictionary, or a pair whose first part is one.
    fn attributes(self, state: Id) -> &'a [(Id, Id)] {
        match self.values.get(state) {
            Value::Dict(items) => items,
            Value::Tuple(parts) => match parts.first().map(|&first| self.values.get(first)) {
                Some(Value::Dict(items)) => items,
                _ => &[],
            },
            _ => &[],
        }
    }

    /// The entry or the attribute of a name.
    pub(crate) fn get(self, name: &str) -> Option<Self> {
        self.entries().rfind(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// Whether it is Python's `None`.
    pub(crate) fn is_none(self) -> bool {
        matches!(self.values.get(self.id), Value::None)
    }

    pub(crate) fn as_tensor(self) -> Option<&'a StoredTensor> {
        if let Value::Tensor(tensor) = self.values.get(self.id) { Some(tensor) } else { None }
    }

    /// The parts of a list or of a tuple.
    pub(crate) fn as_list(self) -> Option<impl ExactSizeIterator<Item = Self>> {
        match self.values.get(self.id) {
            Value::List(parts) | Value::Tuple(parts) => Some(parts.iter().map(move |&id| self.with(id))),
            _ => None,
        }
    }

    /// A number that is not negative and fits into memory.
    pub(crate) fn as_count(self) -> Option<usize> {
        self.values.natural(self.id).and_then(|number| usize::try_from(number).ok())
    }

    /// A number.
    pub(crate) fn as_number(self) -> Option<f64> {
        match *self.values.get(self.id) {
            Value::Float(number) => Some(number),
            Value::Int(number) => Some(number as f64),
            _ => None,
        }
    }

    /// What it is, in words.
    pub(crate) fn described(self) -> String {
        match self.values.get(self.id) {
            Value::None => "None".to_owned(),
            Value::Bool(_) => "a truth value".to_owned(),
            Value::Int(_) | Value::LargeInt | Value::Float(_) => "a number".to_owned(),
            Value::Text(_) => "a text".to_owned(),
            Value::Bytes => "bytes".to_owned(),
            Value::Tuple(parts) | Value::List(parts) => format!("a list of {} values", parts.len()),
            Value::Dict(items) if items.is_empty() => "an empty dictionary".to_owned(),
            Value::Dict(_) => format!("a dictionary with the entries {}", self.names()),
            Value::Class { .. } => format!("the class {}", self.class(self.id)),
            Value::Object { class, .. } => format!("an object of the class {}", self.class(*class)),
            Value::Storage { .. } => "a storage".to_owned(),
            Value::Tensor(tensor) => format!("a tensor of the shape {:?}", tensor.shape),
        }
    }

    fn class(self, class: Id) -> String {
        let (module, name) = self.values.class(class).unwrap_or_default();
        format!("{}.{}", shown(module), shown(name))
    }

    /// The first names of a dictionary.
    fn names(self) -> String {
        let mut names: Vec<_> = self.entries().take(LISTED).map(|(name, _)| shown(name)).collect();
        names.extend(self.entries().nth(LISTED).map(|_| "…".to_owned()));
        names.join(", ")
    }
}
