//! Object stores in a build without the feature `cloud`: their URLs are recognised and refused.

use std::fmt;

use crate::error::Error;
use crate::locations::data_file::DataFile;
use crate::locations::how::How;

/// The URL of an object, a prefix or a pattern in an object store.
#[derive(Clone, Debug)]
pub(super) enum Url {}

/// An object store.
pub(super) enum Store {}

impl Url {
    pub(super) fn new(scheme: &str, rest: &str) -> Result<Self, Error> {
        Err(Error::NotBuiltIn { what: format!("{scheme}://{rest} cannot be read"), feature: "cloud" })
    }
}

impl fmt::Display for Url {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

pub(super) fn connect(url: &Url) -> Result<Store, Error> {
    match *url {}
}

pub(super) fn find(url: &Url, _: &Store) -> Result<(How, Vec<DataFile>), Error> {
    match *url {}
}
