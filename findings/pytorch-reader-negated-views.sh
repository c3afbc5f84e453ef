#!/usr/bin/env bash
# pytorch-reader returns the numbers of a negated tensor with the wrong sign, and knows nothing of the attributes of objects.
#
# Version: pytorch-reader 0.22.0.
# A good guess: a tensor that is read from a checkpoint has the values that torch.load gives, or is refused.
# What happens: PyTorch saves a view whose negation it has not carried out (torch._neg_view, the imaginary part of a conjugate) as the numbers of its storage
# and a mark {"neg": True} behind the other arguments. The mark is passed over, so that 2.0 is read where torch.load gives -2.0. An object of an unknown class is
# read without its attributes, and if one of these is a tensor, the whole file is refused: batch Kitsune saves its clusters in such an object.
# What Kitsune does: `kitsune-core/src/torch/` is a reader of its own, which refuses such marks and keeps attributes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2024"

[dependencies]
pytorch-reader = "=0.22.0"
TOML

cat >make.py <<'PYTHON'
import struct
import zipfile


def tensor(mark):
    storage = b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x02tQ"
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"K\0K\x02\x85K\x01\x85\x89ccollections\nOrderedDict\n)R" + mark + b"tR"


def save(name, entry):
    with zipfile.ZipFile(name, "w") as archive:
        archive.writestr("a/data.pkl", b"\x80\x02}X\x01\0\0\0w" + entry + b"s.")
        archive.writestr("a/data/0", struct.pack("<2f", 2, 3))


known, attributes = b"cnets\nMapper\n)\x81", b"}X\x08\0\0\0clusters]s"
save("plain.pt", tensor(b""))
save("negated.pt", tensor(b"}X\x03\0\0\0neg\x88s"))
save("object.pt", known + attributes + b"b")
save("object_with_tensor.pt", known + b"}X\x03\0\0\0sum" + tensor(b"") + b"sb")
PYTHON
python3 make.py

cat >src/main.rs <<'RUST'
use pytorch_reader::PytorchReader;

fn values(path: &str) -> Vec<f32> {
    let bytes = PytorchReader::new(path).unwrap().get("w").unwrap().read().unwrap();
    bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
}

fn main() {
    let seen = [
        format!("{:?}", values("plain.pt")),
        format!("{:?}", values("negated.pt")),
        format!("{:?}", PytorchReader::read_pickle_data("object.pt", Some("w")).unwrap()),
        PytorchReader::new("object_with_tensor.pt").map_or_else(|error| error.to_string(), |_| "read".to_owned()),
    ];
    seen.iter().for_each(|line| println!("{line}"));
}
RUST

cargo run --quiet >seen
grep -A1 'name = "pytorch-reader"' Cargo.lock | tail -1
cat seen
cat >stated <<'TEXT'
[2.0, 3.0]
[2.0, 3.0]
Unsupported("nets.Mapper")
pickle: unsupported Python type 'nets.Mapper'. The file holds tensor data in a form this reader cannot represent.
TEXT
if ! cmp -s seen stated; then
    echo "pytorch-reader reads these files otherwise than stated: see whether it can replace kitsune-core/src/torch" >&2
    exit 1
fi
