//! The file of a model, taken apart and put together again.

use std::collections::BTreeMap;

use kitsune_core::Kitsune;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value;

use crate::TestBackend;

/// What a file holds: the JSON of its metadata, and its tensors.
pub(crate) struct Parts {
    pub(crate) document: Value,
    pub(crate) tensors: BTreeMap<String, OwnedTensor>,
}

pub(crate) struct OwnedTensor {
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    pub(crate) bytes: Vec<u8>,
}

impl Parts {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let (_, metadata) = SafeTensors::read_metadata(bytes).unwrap();
        let document = serde_json::from_str(&metadata.metadata().as_ref().unwrap()["kitsune"]).unwrap();
        let owned = |view: TensorView<'_>| OwnedTensor { dtype: view.dtype(), shape: view.shape().to_vec(), bytes: view.data().to_vec() };
        let file = SafeTensors::deserialize(bytes).unwrap();
        Self { document, tensors: file.tensors().into_iter().map(|(name, view)| (name, owned(view))).collect() }
    }

    pub(crate) fn of_model(model: &Kitsune<TestBackend>) -> Self {
        Self::of(&file_bytes(model))
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let metadata = [("kitsune".to_owned(), self.document.to_string())].into();
        let views = self.tensors.iter().map(|(name, t)| (name, TensorView::new(t.dtype, t.shape.clone(), &t.bytes).unwrap()));
        safetensors::serialize(views, Some(metadata)).unwrap()
    }

    pub(crate) fn tensor(&mut self, name: &str) -> &mut OwnedTensor {
        self.tensors.get_mut(name).unwrap()
    }

    /// The values of a tensor, row after row.
    pub(crate) fn values(&self, name: &str) -> Vec<f64> {
        let OwnedTensor { dtype, bytes, .. } = &self.tensors[name];
        match dtype {
            Dtype::F32 => bytes.as_chunks().0.iter().map(|&value| f64::from(f32::from_le_bytes(value))).collect(),
            Dtype::F64 => bytes.as_chunks().0.iter().map(|&value| f64::from_le_bytes(value)).collect(),
            dtype => panic!("{name} is {dtype:?}"),
        }
    }
}

impl OwnedTensor {
    /// The same bytes as integers.
    pub(crate) fn retype(&mut self) {
        self.dtype = if self.dtype == Dtype::F64 { Dtype::I64 } else { Dtype::I32 };
    }

    /// All bits set are a NaN in either type.
    pub(crate) fn fill_with_nan(&mut self) {
        self.bytes.fill(0xFF);
    }

    /// Another F32 in place of that one.
    pub(crate) fn put(&mut self, at: usize, value: f32) {
        self.bytes[4 * at..4 * at + 4].copy_from_slice(&value.to_le_bytes());
    }
}

/// What `save` writes.
pub(crate) fn file_bytes(model: &Kitsune<TestBackend>) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    model.save(&path).unwrap();
    std::fs::read(path).unwrap()
}
