//! The format of bytes whose name does not tell it.

use std::io::{self, Read};

use super::input::Input;
use crate::format::Format;

/// The number of leading blanks after which the search for other bytes ends.
const LONGEST: usize = 64 << 10;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// The beginning of Zeek's own logs.
pub(crate) const ZEEK_LOG: &[u8] = b"#separator ";
const MAGIC: [(&[u8], Format); 11] = [
    (b"PAR1", Format::Parquet),
    (b"ARROW1", Format::Ipc),
    (b"\xff\xff\xff\xff", Format::Ipc),
    (ZEEK_LOG, Format::Csv),
    // pcap with microseconds, with nanoseconds, and as patched libpcaps write it, in either byte order; then pcapng.
    (b"\xa1\xb2\xc3\xd4", Format::Capture),
    (b"\xd4\xc3\xb2\xa1", Format::Capture),
    (b"\xa1\xb2\x3c\x4d", Format::Capture),
    (b"\x4d\x3c\xb2\xa1", Format::Capture),
    (b"\xa1\xb2\xcd\x34", Format::Capture),
    (b"\x34\xcd\xb2\xa1", Format::Capture),
    (b"\x0a\x0d\x0d\x0a", Format::Capture),
];

/// The format by the first bytes, which is CSV if nothing speaks for another one. No more bytes are awaited than it takes to recognise it.
pub(super) fn sniff(input: &mut Input) -> io::Result<Format> {
    look(input).map(|(format, _)| format)
}

/// The format by the first bytes, if these could hardly begin a file of another one. Text may be anything, unless it is a log of Zeek.
pub(super) fn recognised(input: &mut Input) -> io::Result<Option<Format>> {
    look(input).map(|(format, start)| (format != Format::Csv || start.starts_with(ZEEK_LOG)).then_some(format))
}

/// The format, and the bytes that tell it.
fn look(input: &mut Input) -> io::Result<(Format, Vec<u8>)> {
    let mut start = Vec::new();
    let mut buffer = [0; 4 << 10];
    loop {
        if let Some(format) = format_of(&start) {
            return Ok((format, start));
        }
        match input.read(&mut buffer) {
            Ok(length) if length == 0 || start.len() > LONGEST => return Ok((Format::Csv, start)),
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
    match start.strip_prefix(BYTE_ORDER_MARK).unwrap_or(start).trim_ascii_start() {
        [] => None,
        [b'{', ..] => Some(Format::JsonLines),
        // An array of objects; the cells of CSV may have brackets, too.
        [b'[', after @ ..] => match after.trim_ascii_start().first()? {
            b'{' | b']' => Some(Format::JsonLines),
            _ => Some(Format::Csv),
        },
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
            (b"\xd4\xc3\xb2\xa1\x02\0", Format::Capture),
            (b"\xa1\xb2\x3c\x4d\0", Format::Capture),
            (b"\n\r\r\n\x1c\0\0\0", Format::Capture),
            (b"\n\r\n1,2\n", Format::Csv),
            (b"4,5\n", Format::Csv),
            (b"{\"a\": 1}\n", Format::JsonLines),
            (b" \n\t {\"a\": 1}\n", Format::JsonLines),
            (b"\xef\xbb\xbf{\"a\": 1}\n", Format::JsonLines),
            (b"[{\"a\": 1}]\n", Format::JsonLines),
            (b"\n [\r\n  {\n", Format::JsonLines),
            (b"[ ]", Format::JsonLines),
            (b"[a],[b]\n", Format::Csv),
            (b"[", Format::Csv),
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
        for (bytes, expected) in [
            (&b"#separator \\x09\n"[..], Some(Format::Csv)),
            (b"{\"ts\": 1}\n", Some(Format::JsonLines)),
            (b"PAR1", Some(Format::Parquet)),
            (b"#separator", None),
            (b"#fields\ta\n", None),
            (b"a,b\n", None),
            (b"", None),
        ] {
            let mut input = Input::new(Scripted::growing(bytes), false).unwrap();
            assert_eq!(recognised(&mut input).unwrap(), expected, "{bytes:?}");
        }
        let mut blanks = Input::new(io::repeat(b' '), false).unwrap();
        assert_eq!(sniff(&mut blanks).unwrap(), Format::Csv);
    }
}
