//! Checkpoints of `PyTorch`: what a file claims takes no memory, and neither does a storage of which a tensor reads a part.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use burn_ndarray::NdArrayDevice;
use kitsune_core::{Error, Kitsune};

use super::{TestBackend, alone, peak};
use crate::archive::Archive;
use crate::pickles::{Tensor, dict, list, number, pickle};

/// Far more than a small model takes, and far less than what the files claim.
const LITTLE: usize = 1 << 20;

/// A Kitsune of one tail over two features, whose biases are these.
fn file(bias: Tensor<'_>) -> Archive {
    let none = |shape: &[u64]| Tensor::whole("none", shape, &[1, 1][..shape.len()]).pickled();
    let weights = dict([
        ("tails.0.w", none(&[bias.shape[0], 0])),
        ("tails.0.hidden_bias", none(&[0])),
        ("tails.0.reconstruct_bias", bias.pickled()),
        ("head.w", none(&[1, 0])),
        ("head.hidden_bias", none(&[0])),
        ("head.reconstruct_bias", Tensor { shape: &[1], strides: &[1], ..bias }.pickled()),
    ]);
    let clusters = list([list([number(1), number(0)])]);
    Archive::of_pickle(pickle(&dict([("model", weights), ("clusters", clusters)]))).with("data/none", "").with("data/large", "")
}

fn import(path: &Path) -> Result<Kitsune<TestBackend>, Error> {
    Kitsune::from_torch(path, None, &NdArrayDevice::default())
}

#[test]
fn a_claim_takes_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pt");
    let tensor = |elements, shape, strides| Tensor { storage: "large", elements, offset: 0, shape, strides };
    let claims = [
        file(tensor(1 << 40, &[1 << 40], &[1])),
        file(tensor(2, &[1 << 30], &[0])),
        file(tensor(1 << 60, &[2], &[1])),
        Archive::of_pickle(b"\x80\x02X\xff\xff\xff\xff"),
        Archive::of_pickle(b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7f"),
        Archive::of_pickle(b"\x80\x02\x8b\xff\xff\xff\x7f"),
    ];
    alone(|| {
        let mut files: Vec<_> = claims.iter().map(Archive::bytes).collect();
        files.extend(
            ["data.pkl", "data/large"]
                .map(|claiming| claims[2].bytes_claiming(|name, size| if name == claiming { u32::MAX - 1 } else { size })),
        );
        for (at, bytes) in files.iter().enumerate() {
            fs::write(&path, bytes).unwrap();
            let found = peak(|| import(&path).unwrap_err());
            assert!(found < LITTLE, "file {at}: {found} bytes");
        }
    });
}

/// A hole in a file takes no space on most disks.
#[test]
fn a_part_of_a_large_storage_takes_its_own_memory() {
    const LENGTH: u32 = 3_000_000_000;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pt");
    let elements = u64::from(LENGTH) / 4;
    let tensor = Tensor { storage: "large", elements, offset: elements - 101, shape: &[2], strides: &[100] };
    let bytes = file(tensor).bytes_claiming(|name, size| if name == "data/large" { LENGTH } else { size });
    // The storage is the last member, and the list of members comes behind it.
    let (end, start) = (bytes.len() - 6, u32::from_le_bytes(bytes[bytes.len() - 6..][..4].try_into().unwrap()));
    let mut file = File::create(&path).unwrap();
    file.write_all(&bytes[..start as usize]).unwrap();
    file.seek(SeekFrom::Current(LENGTH.into())).unwrap();
    file.write_all(&bytes[start as usize..end]).unwrap();
    file.write_all(&(start + LENGTH).to_le_bytes()).unwrap();
    file.write_all(&[0, 0]).unwrap();
    alone(|| {
        let found = peak(|| import(&path).unwrap());
        assert!(found < LITTLE, "{found} bytes");
    });
}
