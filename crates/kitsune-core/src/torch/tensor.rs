//! Tensors of a checkpoint, and how their numbers are read.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use burn::tensor::{bf16, f16};

use crate::torch::fault::Fault;
use crate::torch::id::Id;

/// The most dimensions of a tensor. Weights have two.
pub(super) const MOST_DIMENSIONS: usize = 8;

/// A floating-point type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ElementKind {
    F16,
    Bf16,
    F32,
    F64,
}

impl ElementKind {
    /// The type of a storage or of elements by its name in `PyTorch`; `None` for one that is no floating-point number or unknown.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "HalfStorage" | "float16" => Self::F16,
            "BFloat16Storage" | "bfloat16" => Self::Bf16,
            "FloatStorage" | "float32" => Self::F32,
            "DoubleStorage" | "float64" => Self::F64,
            _ => return None,
        })
    }

    /// Bytes of an element.
    pub(super) fn size(self) -> u64 {
        match self {
            Self::F16 | Self::Bf16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// Reads an element as f32.
    fn read(self, reader: &mut impl Read) -> Result<f32, Fault> {
        Ok(match self {
            Self::F16 => f16::from_le_bytes(array(reader)?).to_f32(),
            Self::Bf16 => bf16::from_le_bytes(array(reader)?).to_f32(),
            Self::F32 => f32::from_le_bytes(array(reader)?),
            Self::F64 => f64::from_le_bytes(array(reader)?) as f32,
        })
    }
}

fn array<const N: usize>(reader: &mut impl Read) -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A tensor: a window on a storage, which it may share with others.
#[derive(Debug)]
pub(crate) struct StoredTensor {
    pub(super) storage: Id,
    /// `None` for elements that are no floating-point numbers.
    pub(super) kind: Option<ElementKind>,
    /// The class that names the type of the elements.
    pub(super) kind_name: Id,
    /// The first element in the storage, like the strides in elements.
    pub(super) offset: u64,
    pub(super) shape: Vec<u64>,
    pub(super) strides: Vec<u64>,
    /// How the storage is read, if not as it is.
    pub(super) view: Option<String>,
}

impl StoredTensor {
    /// Elements along each dimension.
    pub(crate) fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// The number of elements; `None` if it is beyond any number.
    pub(super) fn count(&self) -> Option<u64> {
        self.shape.iter().try_fold(1_u64, |count, &size| count.checked_mul(size))
    }

    /// One past the last element of the storage that is read; `None` if it is beyond any number.
    pub(super) fn end(&self) -> Option<u64> {
        let last = self
            .shape
            .iter()
            .zip(&self.strides)
            .try_fold(self.offset, |last, (&size, &stride)| last.checked_add(size.checked_sub(1)?.checked_mul(stride)?));
        last?.checked_add(1)
    }

    /// Reads the elements of a storage that begins at byte `start`, row after row. The storage has [`count`](Self::count) elements or more, and
    /// [`end`](Self::end) of them.
    pub(super) fn read(&self, kind: ElementKind, file: &File, start: u64, count: u64) -> Result<Vec<f32>, Fault> {
        let mut reader = BufReader::new(file);
        let mut at = start + self.offset * kind.size();
        reader.seek(SeekFrom::Start(at))?;
        let mut values = Vec::with_capacity(count as usize);
        let mut index = vec![0; self.shape.len()];
        for _ in 0..count {
            let element: u64 = self.offset + index.iter().zip(&self.strides).map(|(at, stride)| at * stride).sum::<u64>();
            let wanted = start + element * kind.size();
            // Within the buffer, if the element is there.
            reader.seek_relative(wanted as i64 - at as i64)?;
            values.push(kind.read(&mut reader)?);
            at = wanted + kind.size();
            advance(&mut index, &self.shape);
        }
        Ok(values)
    }
}

/// Goes to the next index, row after row.
fn advance(index: &mut [u64], shape: &[u64]) {
    for (at, &size) in index.iter_mut().zip(shape).rev() {
        *at += 1;
        if *at < size {
            return;
        }
        *at = 0;
    }
}
