//! What the command knows of the names that columns usually have.

pub(crate) mod label_names;
