//! Archives: tensors and one JSON document in the safetensors format, checked when they are read.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Display;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use safetensors::tensor::{Dtype, Metadata, View};
use safetensors::{SafeTensors, serialize};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::error::Error;

/// The metadata key of the document. There is one key only, so that the same contents are the same bytes.
const DOCUMENT: &str = "kitsune";
/// The number of bytes that hold the length of the header.
const HEADER_LENGTH: usize = 8;
/// The longest header that the safetensors format allows.
const LONGEST_HEADER: u64 = 100_000_000;

/// Kind and format of an archive, written first and checked first.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    kind: Cow<'static, str>,
    format: u64,
}

#[derive(Serialize)]
struct Document<'a, T> {
    #[serde(flatten)]
    header: Header,
    #[serde(flatten)]
    contents: &'a T,
}

/// A kind of archive and the newest format of it that this version knows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// Name in the document.
    pub(crate) name: &'static str,
    /// Name in messages.
    pub(crate) title: &'static str,
    pub(crate) format: u64,
}

/// An archive that is being written.
#[derive(Debug, Default)]
pub(crate) struct ArchiveWriter {
    tensors: Vec<(String, OwnedTensor)>,
}

impl ArchiveWriter {
    pub(crate) fn f32(&mut self, name: impl Into<String>, shape: &[usize], values: &[f32]) {
        self.push(name, Dtype::F32, shape, values.iter().flat_map(|v| v.to_le_bytes()).collect());
    }

    pub(crate) fn f64(&mut self, name: impl Into<String>, shape: &[usize], values: &[f64]) {
        self.push(name, Dtype::F64, shape, values.iter().flat_map(|v| v.to_le_bytes()).collect());
    }

    pub(crate) fn u64(&mut self, name: impl Into<String>, shape: &[usize], values: &[u64]) {
        self.push(name, Dtype::U64, shape, values.iter().flat_map(|v| v.to_le_bytes()).collect());
    }

    /// Appends opaque bytes.
    pub(crate) fn u8(&mut self, name: impl Into<String>, values: &[u8]) {
        self.push(name, Dtype::U8, &[values.len()], values.to_vec());
    }

    pub(crate) fn finish(self, kind: Kind, contents: &impl Serialize) -> Result<Vec<u8>, Error> {
        let unfit = |reason: String| Error::Inconsistent { origin: format!("the {} to be saved", kind.title), reason };
        let header = Header { kind: Cow::Borrowed(kind.name), format: kind.format };
        let document = serde_json::to_string(&Document { header, contents }).map_err(|e| unfit(e.to_string()))?;
        let metadata = HashMap::from([(DOCUMENT.to_owned(), document)]);
        serialize(self.tensors, Some(metadata)).map_err(|e| unfit(e.to_string()))
    }

    fn push(&mut self, name: impl Into<String>, dtype: Dtype, shape: &[usize], bytes: Vec<u8>) {
        self.tensors.push((name.into(), OwnedTensor { dtype, shape: shape.to_vec(), bytes }));
    }
}

#[derive(Debug)]
struct OwnedTensor {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl View for OwnedTensor {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

/// Reads the file of an archive. Its header comes first, so that little is read of a file that is none, however large that is.
///
/// `origin` names the file in messages.
pub(crate) fn read_file(path: &Path, origin: &str, kind: Kind) -> Result<Vec<u8>, Error> {
    let unread = |source| Error::Read { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(unread)?;
    let mut bytes = Vec::new();
    let mut read = |bytes: &mut Vec<u8>, more: u64| (&mut file).take(more).read_to_end(bytes).map_err(unread);
    read(&mut bytes, HEADER_LENGTH as u64)?;
    let length = bytes.first_chunk().map(|&length| u64::from_le_bytes(length)).filter(|&length| length <= LONGEST_HEADER);
    read(&mut bytes, length.ok_or_else(|| incomplete(origin, kind, "its header has no possible length"))?)?;
    let metadata: Metadata = serde_json::from_slice(&bytes[HEADER_LENGTH..]).map_err(|e| incomplete(origin, kind, e))?;
    document(&metadata, origin, kind)?;
    let end = metadata.tensors().values().map(|tensor| tensor.data_offsets.1).max().unwrap_or(0);
    // A byte after the end shows that the file is longer.
    read(&mut bytes, (end as u64).saturating_add(1))?;
    Ok(bytes)
}

/// Header and document of a file, if they are of this kind and of a known format.
fn document(metadata: &Metadata, origin: &str, kind: Kind) -> Result<(Header, serde_json::Value), Error> {
    let unreadable = |error: serde_json::Error| foreign(origin, kind, format!("its metadata cannot be read ({error})"));
    let Some(document) = metadata.metadata().as_ref().and_then(|map| map.get(DOCUMENT)) else {
        return Err(foreign(origin, kind, "a safetensors file, but not one of kitsune's".to_owned()));
    };
    let document: serde_json::Value = serde_json::from_str(document).map_err(unreadable)?;
    let header = Header::deserialize(&document).map_err(unreadable)?;
    if header.kind != kind.name {
        let article = if header.kind.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        return Err(foreign(origin, kind, format!("it holds {article} {}", header.kind)));
    }
    if header.format > kind.format {
        return Err(Error::NewerFormat { origin: origin.to_owned(), found: header.format, supported: kind.format });
    }
    Ok((header, document))
}

fn incomplete(origin: &str, kind: Kind, reason: impl Display) -> Error {
    foreign(origin, kind, format!("not a complete safetensors file ({reason})"))
}

fn foreign(origin: &str, kind: Kind, reason: String) -> Error {
    Error::Foreign { origin: origin.to_owned(), expected: kind.title, reason }
}

/// An archive that was read, of the expected kind and a known format.
#[derive(Debug)]
pub(crate) struct Archive<'a> {
    origin: &'a str,
    format: u64,
    tensors: SafeTensors<'a>,
    document: serde_json::Value,
}

impl<'a> Archive<'a> {
    /// Reads an archive. `origin` names the bytes in messages.
    pub(crate) fn read(bytes: &'a [u8], origin: &'a str, kind: Kind) -> Result<Self, Error> {
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|e| incomplete(origin, kind, e))?;
        let (header, document) = document(&metadata, origin, kind)?;
        let tensors = SafeTensors::deserialize(bytes).map_err(|e| foreign(origin, kind, e.to_string()))?;
        Ok(Self { origin, format: header.format, tensors, document })
    }

    /// The format of the bytes, at most that of [`Kind`].
    pub(crate) fn format(&self) -> u64 {
        self.format
    }

    /// The document, without its header.
    pub(crate) fn contents<T: DeserializeOwned>(&self) -> Result<T, Error> {
        T::deserialize(&self.document).map_err(|e| self.inconsistent(format!("its metadata cannot be used ({e})")))
    }

    /// The finite values of a tensor with the given shape.
    pub(crate) fn f32(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, Error> {
        let bytes = self.bytes(name, Dtype::F32, shape)?;
        let values: Vec<f32> = bytes.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b)).collect();
        self.finite(name, values.iter().all(|v| v.is_finite()))?;
        Ok(values)
    }

    /// The values of a tensor with the given shape, none of which is farther from 0 than `largest`.
    pub(crate) fn f32_within(&self, name: &str, shape: &[usize], largest: f32) -> Result<Vec<f32>, Error> {
        let values = self.f32(name, shape)?;
        match values.iter().find(|value| value.abs() > largest) {
            Some(value) => Err(self.inconsistent(format!("tensor {name} holds {value:e}, but no value beyond {largest:e} is possible"))),
            None => Ok(values),
        }
    }

    /// The finite values of a tensor with the given shape.
    pub(crate) fn f64(&self, name: &str, shape: &[usize]) -> Result<Vec<f64>, Error> {
        let bytes = self.bytes(name, Dtype::F64, shape)?;
        let values: Vec<f64> = bytes.as_chunks().0.iter().map(|&b| f64::from_le_bytes(b)).collect();
        self.finite(name, values.iter().all(|v| v.is_finite()))?;
        Ok(values)
    }

    /// The values of a tensor with the given shape.
    pub(crate) fn u64(&self, name: &str, shape: &[usize]) -> Result<Vec<u64>, Error> {
        Ok(self.bytes(name, Dtype::U64, shape)?.as_chunks().0.iter().map(|&b| u64::from_le_bytes(b)).collect())
    }

    /// The bytes of a tensor of any length.
    pub(crate) fn u8(&self, name: &str) -> Result<Vec<u8>, Error> {
        Ok(self.bytes(name, Dtype::U8, &self.shape(name)?)?.to_vec())
    }

    /// Whether the archive has a tensor that may be absent.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.tensors.tensor(name).is_ok()
    }

    /// The shape of a tensor that determines the shapes of others.
    pub(crate) fn shape(&self, name: &str) -> Result<Vec<usize>, Error> {
        let view = self.tensors.tensor(name).map_err(|_| self.inconsistent(format!("tensor {name} is missing")))?;
        Ok(view.shape().to_vec())
    }

    /// An error that reports a contradiction in this archive.
    pub(crate) fn inconsistent(&self, reason: String) -> Error {
        Error::Inconsistent { origin: self.origin.to_owned(), reason }
    }

    fn bytes(&self, name: &str, dtype: Dtype, shape: &[usize]) -> Result<&'a [u8], Error> {
        let view = self.tensors.tensor(name).map_err(|_| self.inconsistent(format!("tensor {name} is missing")))?;
        if view.dtype() != dtype || view.shape() != shape {
            let found = format!("{:?} {:?}", view.dtype(), view.shape());
            return Err(self.inconsistent(format!("tensor {name} is {found}, but {dtype:?} {shape:?} is expected")));
        }
        Ok(view.data())
    }

    fn finite(&self, name: &str, finite: bool) -> Result<(), Error> {
        if finite { Ok(()) } else { Err(self.inconsistent(format!("tensor {name} has a value that is not finite"))) }
    }
}
