//! The format of bytes without a name.

use std::io::{self, Read};

use super::input::Input;
use crate::format::Format;

/// The number of leading blanks after which the search for other bytes ends.
const LONGEST: usize = 64 << 10;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const MAGIC: [(&[u8], Format); 3] = [(b"PAR1", Format::Parquet), (b"ARROW1", Format::Ipc), (b"\xff\xff\xff\xff", Format::Ipc)];

/// The format by the first bytes. No more bytes are awaited than it takes to recognise it.
pub(super) fn sniff(input: &mut Input) -> io::Result<Format> {
    let mut start = Vec::new();
    let mut buffer = [0; 4 << 10];
    loop {
        if let Some(format) = format_of(&start) {
            return Ok(format);
        }
        match input.read(&mut buffer) {
            Ok(length) if length == 0 || start.len() > LONGEST => return Ok(Format::Csv),
            Ok(length) => start.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// `None` if more bytes could change the answer.
fn format_of(start: &[u8]) -> Option<Format> {
    if let Some((_, format)) = MAGIC.iter().find(|(magic, _)| start.starts_with(magic)) {
        return Some(*format);
    }
    if MAGIC.iter().any(|(magic, _)| magic.starts_with(start)) || BYTE_ORDER_MARK.starts_with(start) {
        return None;
    }
    match start.strip_prefix(BYTE_ORDER_MARK).unwrap_or(start).trim_ascii_start().first()? {
        b'{' => Some(Format::JsonLines),
        _ => Some(Format::Csv),
    }
}

#[cfg(test)]
mod tests {
    use super::super::compression::tests::{gzip, zstd};
    use super::super::standard_input::tests::Scripted;
    use super::*;

    #[test]
    fn the_first_bytes_tell_the_format() {
        for (bytes, expected) in [
            (&b"PAR1\x15\x04"[..], Format::Parquet),
            (b"ARROW1\0\0", Format::Ipc),
            (b"\xff\xff\xff\xff\x70", Format::Ipc),
            (b"{\"a\": 1}\n", Format::JsonLines),
            (b" \n\t {\"a\": 1}\n", Format::JsonLines),
            (b"\xef\xbb\xbf{\"a\": 1}\n", Format::JsonLines),
            (b"\xef\xbb\xbfa,b\n", Format::Csv),
            (b"a,b\n", Format::Csv),
            (b"PAR,b\n", Format::Csv),
            (b"ARROWS,b\n", Format::Csv),
            (b"P", Format::Csv),
            (b"\xff\xfea", Format::Csv),
            (b"\n\n", Format::Csv),
            (b"", Format::Csv),
        ] {
            for stored in [bytes.to_vec(), gzip(bytes), zstd(bytes)] {
                let mut input = Input::new(Scripted::growing(&stored), false).unwrap();
                assert_eq!(sniff(&mut input).unwrap(), expected, "{bytes:?}");
            }
        }
        let mut blanks = Input::new(io::repeat(b' '), false).unwrap();
        assert_eq!(sniff(&mut blanks).unwrap(), Format::Csv);
    }
}
