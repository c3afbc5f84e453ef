//! Rows as somebody describes them, and as a model needs them: what the command and the Python package share.
//!
//! An [`Input`] says where rows are and how they are read. [`open_to_train`] opens it for a training; [`open_for`] opens it for a model or a detector
//! that was [`Trained`] before, which remembers its columns and how its rows were read.

mod error;
mod for_model;
mod option;
mod reading;
mod rows;
mod to_train;
mod trained;

pub use error::InputError;
pub use for_model::{feature_names, open_all_for, open_for, with_missing_for};
pub use option::InputOption;
pub use reading::{PacketOptions, ReadingOptions, remembered};
pub use rows::Input;
pub use to_train::open_to_train;
pub use trained::Trained;
