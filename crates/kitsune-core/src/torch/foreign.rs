//! What a file is that is no archive of `torch.save`, by its first bytes.

use crate::torch::fault::Fault;

/// Bytes that tell.
pub(super) const HEAD: u64 = 64;

/// The number at the start of files of `PyTorch` before 1.6, as pickles write it.
const LEGACY: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/// The longest header of a safetensors file.
const LONGEST_HEADER: u64 = 100_000_000;

/// The fault of a file that begins with `head` and has no end of a ZIP archive.
pub(super) fn what_it_is(head: &[u8]) -> Fault {
    let header = head.first_chunk().map(|&length| u64::from_le_bytes(length));
    if head.is_empty() {
        Fault::foreign("it is empty")
    } else if head.starts_with(b"PK\x03\x04") {
        Fault::damaged("the end of its archive is missing, as if it had been cut")
    } else if head.windows(LEGACY.len()).any(|bytes| bytes == LEGACY) {
        Fault::foreign("it has the format of PyTorch before 1.6, which torch.save(torch.load(OLD), NEW) of a later one replaces")
    } else if header.is_some_and(|length| length <= LONGEST_HEADER) && head.get(8) == Some(&b'{') {
        Fault::foreign("it is a safetensors file, which kitsune inspect shows if it is a model of this program")
    } else if head[0] == 0x80 {
        Fault::foreign("it is a pickle by itself, and no archive of torch.save")
    } else {
        Fault::foreign("it is no archive of torch.save")
    }
}
