//! The stack of a pickle, with its marks and its memo.

use std::collections::HashMap;

use crate::torch::fault::Fault;
use crate::torch::id::Id;

/// Values that wait to be used, and values that are used again.
#[derive(Debug, Default)]
pub(super) struct Stack {
    values: Vec<Id>,
    /// How many values are below each mark.
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
}

impl Stack {
    pub(super) fn push(&mut self, value: Id) {
        self.values.push(value);
    }

    pub(super) fn mark(&mut self) {
        self.marks.push(self.values.len());
    }

    /// Takes the value on top, which lies above the last mark.
    pub(super) fn pop(&mut self) -> Result<Id, Fault> {
        let below = self.marks.last().copied().unwrap_or(0);
        if self.values.len() > below { self.values.pop().ok_or_else(broken) } else { Err(broken()) }
    }

    /// Takes the last `N` values, in the order in which they were pushed.
    pub(super) fn pop_last<const N: usize>(&mut self) -> Result<[Id; N], Fault> {
        let mut taken = Vec::with_capacity(N);
        for _ in 0..N {
            taken.push(self.pop()?);
        }
        taken.reverse();
        taken.try_into().map_err(|_| broken())
    }

    /// Removes the value on top, or the mark if there is no value above it.
    pub(super) fn discard(&mut self) -> Result<(), Fault> {
        if self.marks.last() == Some(&self.values.len()) {
            self.marks.pop();
            return Ok(());
        }
        self.pop().map(|_| ())
    }

    /// Takes all values above the last mark, and the mark.
    pub(super) fn pop_to_mark(&mut self) -> Result<Vec<Id>, Fault> {
        let below = self.marks.pop().ok_or_else(broken)?;
        Ok(self.values.split_off(below))
    }

    /// The value on top.
    pub(super) fn top(&self) -> Result<Id, Fault> {
        self.values.last().copied().ok_or_else(broken)
    }

    /// Remembers the value on top under a number.
    pub(super) fn put(&mut self, number: u32) -> Result<(), Fault> {
        self.memo.insert(number, self.top()?);
        Ok(())
    }

    /// Remembers the value on top under the next number.
    pub(super) fn memoize(&mut self) -> Result<(), Fault> {
        self.put(self.memo.len() as u32)
    }

    /// Pushes a value that was remembered.
    pub(super) fn recall(&mut self, number: u32) -> Result<(), Fault> {
        self.values.push(*self.memo.get(&number).ok_or_else(broken)?);
        Ok(())
    }
}

/// A pickle that uses what is not there.
pub(super) fn broken() -> Fault {
    Fault::damaged("its pickle is broken")
}
