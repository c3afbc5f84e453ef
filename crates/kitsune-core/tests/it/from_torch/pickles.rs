//! Pickles of state dicts, written by hand.

/// A tensor of a storage of f32.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tensor<'a> {
    pub(crate) storage: &'a str,
    pub(crate) elements: u64,
    pub(crate) offset: u64,
    pub(crate) shape: &'a [u64],
    pub(crate) strides: &'a [u64],
}

/// The beginning of a pickle.
pub(crate) const START: &[u8] = b"\x80\x02";

pub(crate) fn text(text: &str) -> Vec<u8> {
    [b"X", &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat()
}

pub(crate) fn number(number: u64) -> Vec<u8> {
    [&b"\x8a\x08"[..], &number.to_le_bytes()].concat()
}

pub(crate) fn list(parts: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    [b"](".to_vec(), parts.into_iter().collect::<Vec<_>>().concat(), b"e".to_vec()].concat()
}

fn tuple(numbers: &[u64]) -> Vec<u8> {
    [b"(".to_vec(), numbers.iter().flat_map(|&part| number(part)).collect(), b"t".to_vec()].concat()
}

pub(crate) fn dict<'a>(entries: impl IntoIterator<Item = (&'a str, Vec<u8>)>) -> Vec<u8> {
    let entries: Vec<u8> = entries.into_iter().flat_map(|(name, value)| [text(name), value].concat()).collect();
    [b"}(".to_vec(), entries, b"u".to_vec()].concat()
}

/// A whole pickle of this value.
pub(crate) fn pickle(value: &[u8]) -> Vec<u8> {
    [START, value, b"."].concat()
}

impl Tensor<'_> {
    /// Its elements, one after another, of a storage that has no others.
    pub(crate) fn whole<'a>(storage: &'a str, shape: &'a [u64], strides: &'a [u64]) -> Tensor<'a> {
        Tensor { storage, elements: shape.iter().product(), offset: 0, shape, strides }
    }

    pub(crate) fn pickled(self) -> Vec<u8> {
        self.of_kind("FloatStorage")
    }

    pub(crate) fn of_kind(self, storage: &str) -> Vec<u8> {
        let class = format!("ctorch\n{storage}\n").into_bytes();
        let id = [b"(".to_vec(), text("storage"), class, text(self.storage), text("cpu"), number(self.elements), b"tQ".to_vec()].concat();
        let head = b"ctorch._utils\n_rebuild_tensor_v2\n(".to_vec();
        [head, id, number(self.offset), tuple(self.shape), tuple(self.strides), b"\x89}tR".to_vec()].concat()
    }
}
