//! Decompression of files, which are recognised by their first bytes.

use std::io::{self, Cursor, Read};

use flate2::read::MultiGzDecoder;

const GZIP: &[u8] = b"\x1f\x8b";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";

/// The decompressed bytes of a file, or its bytes as they are if it is not compressed.
///
/// The first bytes show the compression, whatever the name of the file is. No more bytes are awaited than it takes to recognise it.
pub(super) fn decompressed(mut stored: impl Read + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
    let mut start = [0; ZSTD.len()];
    let mut length = 0;
    while length < start.len() && may_become(&start[..length]) {
        match stored.read(&mut start[length..]) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let start = &start[..length];
    let (is_gzip, is_zstd) = (start.starts_with(GZIP), start == ZSTD);
    let whole = Cursor::new(start.to_vec()).chain(stored);
    Ok(if is_gzip {
        Box::new(MultiGzDecoder::new(whole))
    } else if is_zstd {
        Box::new(zstd::Decoder::new(whole)?)
    } else {
        Box::new(whole)
    })
}

/// Whether the bytes are the beginning of a magic number.
fn may_become(start: &[u8]) -> bool {
    [GZIP, ZSTD].into_iter().any(|magic| start.len() < magic.len() && magic.starts_with(start))
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use super::super::input::Input;
    use super::super::standard_input::tests::Scripted;
    use super::*;

    pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
        zstd::encode_all(bytes, 3).unwrap()
    }

    fn read(stored: &[u8]) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        Input::new(Scripted::growing(stored), false)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn text() -> Vec<u8> {
        (0..3_000).flat_map(|row| format!("{row},{}\n", row * row % 977).into_bytes()).collect()
    }

    #[test]
    fn compressed_or_not_the_text_is_the_same() {
        let text = text();
        for stored in [text.clone(), gzip(&text), zstd(&text)] {
            assert!(read(&stored).unwrap() == text);
        }
        let (first, second) = text.split_at(1_000);
        assert!(read(&[gzip(first), gzip(second)].concat()).unwrap() == text);
        assert!(read(&[zstd(first), zstd(second)].concat()).unwrap() == text);
        for short in [&b""[..], b"\x1f", b"\x28", b"(\xb5", b"(1)", b"1"] {
            assert_eq!(read(short).unwrap(), short);
        }
    }

    #[test]
    fn what_is_cut_or_damaged_is_an_error() {
        let text = text();
        for whole in [gzip(&text), zstd(&text)] {
            // Fewer than four bytes do not show the compression.
            for length in (4..whole.len()).step_by(97).chain(whole.len() - 12..whole.len()) {
                assert!(read(&whole[..length]).is_err(), "{length} of {} bytes", whole.len());
            }
            let mut damaged = whole.clone();
            damaged[whole.len() / 2] ^= 0x55;
            assert!(read(&damaged).map_or(true, |found| found != text));
            assert!(read(&[&whole[..], b"more"].concat()).is_err());
        }
        // Only gzip has a checksum in any case.
        let mut damaged = gzip(&text);
        damaged[600] ^= 1;
        assert!(read(&damaged).is_err());
    }

    #[test]
    fn text_that_arrives_is_not_held_back() {
        let mut reader = Input::new(Scripted::pieces(&[b"1,2\n", b"3"]), true).unwrap();
        let mut buffer = [0; 64];
        assert_eq!(reader.read(&mut buffer).unwrap(), 4);
    }
}
