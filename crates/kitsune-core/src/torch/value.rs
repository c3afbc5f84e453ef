//! The values that a pickle makes. They refer to each other by numbers, since a pickle changes lists and dictionaries that others hold already.

use crate::torch::fault::Fault;
use crate::torch::id::Id;
use crate::torch::tensor::StoredTensor;

/// The most values of a pickle. Each tail has some sixty.
const MOST: usize = 1 << 21;

/// Keys and values of a dictionary, in the order in which they were put there.
pub(super) type Pairs = Vec<(Id, Id)>;

/// A value of Python.
#[derive(Debug)]
pub(super) enum Value {
    None,
    Bool(bool),
    Int(i64),
    /// An integer of more than 64 bits.
    LargeInt,
    Float(f64),
    Text(String),
    /// Bytes, which nobody asks for.
    Bytes,
    Tuple(Vec<Id>),
    /// A list or a set.
    List(Vec<Id>),
    Dict(Pairs),
    /// A class or a function, by its names alone.
    Class {
        module: Id,
        name: Id,
    },
    /// What would be an object of a class: nothing of the class is known.
    Object {
        class: Id,
        /// Its attributes.
        state: Option<Id>,
        /// What it holds as a dictionary.
        items: Pairs,
    },
    /// The numbers of tensors: a member of the archive.
    Storage {
        class: Id,
        key: Id,
        elements: u64,
    },
    Tensor(Box<StoredTensor>),
}

/// All values of a pickle.
#[derive(Debug, Default)]
pub(super) struct Values(Vec<Value>);

impl Values {
    pub(super) fn push(&mut self, value: Value) -> Result<Id, Fault> {
        if self.0.len() == MOST {
            return Err(Fault::foreign(format!("its pickle holds more than {MOST} values, more than any Kitsune needs")));
        }
        self.0.push(value);
        Ok(Id(self.0.len() as u32 - 1))
    }

    pub(super) fn get(&self, id: Id) -> &Value {
        &self.0[id.0 as usize]
    }

    pub(super) fn get_mut(&mut self, id: Id) -> &mut Value {
        &mut self.0[id.0 as usize]
    }

    /// The text of a value that is one.
    pub(super) fn text(&self, id: Id) -> Option<&str> {
        if let Value::Text(text) = self.get(id) { Some(text) } else { None }
    }

    /// Module and name of a value that is a class or a function.
    pub(super) fn class(&self, id: Id) -> Option<(&str, &str)> {
        let Value::Class { module, name } = self.get(id) else { return None };
        Some((self.text(*module)?, self.text(*name)?))
    }

    /// A count or an index.
    pub(super) fn natural(&self, id: Id) -> Option<u64> {
        if let Value::Int(number) = self.get(id) { u64::try_from(*number).ok() } else { None }
    }

    /// The parts of a tuple.
    pub(super) fn tuple(&self, id: Id) -> Option<&[Id]> {
        if let Value::Tuple(parts) = self.get(id) { Some(parts) } else { None }
    }
}
