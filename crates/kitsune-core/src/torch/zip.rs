//! ZIP archives whose members are stored as they are, which is how `torch.save` writes them.
//!
//! Readers for any ZIP take memory for as many members as an archive claims. This one takes it for those that are there.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::torch::bytes::Bytes;
use crate::torch::fault::{Fault, shown};
use crate::torch::foreign::{HEAD, what_it_is};

/// The end of an archive: its record, a comment of up to 65,535 bytes, and before it the locator of the record for large archives.
const LONGEST_END: u64 = 20 + 22 + 65_535;
const END: &[u8] = b"PK\x05\x06";
const LARGE_LOCATOR: &[u8] = b"PK\x06\x07";
const LARGE_END: &[u8] = b"PK\x06\x06";
const ENTRY: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";

/// The longest list of members that is read. Each tail has three members of some 80 bytes there.
const LONGEST_DIRECTORY: u64 = 16 << 20;

/// Bytes that are checked at a time.
const CHECKED: u64 = 1 << 16;

/// An open archive.
#[derive(Debug)]
pub(super) struct Zip {
    file: File,
    length: u64,
    members: HashMap<String, Member>,
}

/// A member, as the list of members describes it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    /// Where its local header begins.
    header: u64,
    pub(super) size: u64,
    checksum: u32,
    is_stored: bool,
}

impl Zip {
    pub(super) fn open(path: &Path) -> Result<Self, Fault> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let directory = directory(&file, length)?;
        Ok(Self { file, length, members: members(&directory)? })
    }

    /// Bytes of the file.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// The names of the members, in no order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.members.keys().map(String::as_str)
    }

    pub(super) fn member(&self, name: &str) -> Option<Member> {
        self.members.get(name).copied()
    }

    /// Where the bytes of a member begin.
    pub(super) fn start(&self, name: &str, member: Member) -> Result<u64, Fault> {
        if !member.is_stored {
            let name = shown(name);
            return Err(Fault::foreign(format!(
                "its member {name} is compressed, which torch.save does not do: pack it without compression"
            )));
        }
        let header = read_at(&self.file, member.header, 30)?;
        let mut header = Bytes::new(&header);
        if header.take(4)? != LOCAL {
            return Err(Fault::damaged(format!("its member {} is not where the list of members says", shown(name))));
        }
        header.take(22)?;
        let before = 30 + u64::from(header.u16()?) + u64::from(header.u16()?);
        let start = member.header + before;
        match start.checked_add(member.size) {
            Some(end) if end <= self.length => Ok(start),
            _ => Err(Fault::damaged(format!("its member {} would end beyond the file", shown(name)))),
        }
    }

    /// The bytes of a member of at most `most` bytes.
    pub(super) fn content(&self, name: &str, member: Member, most: u64) -> Result<Vec<u8>, Fault> {
        if member.size > most {
            return Err(Fault::foreign(format!("its member {} has {} bytes, more than any Kitsune needs", shown(name), member.size)));
        }
        self.check(name, member)?;
        read_at(&self.file, self.start(name, member)?, member.size)
    }

    /// Compares a member with its checksum, in constant memory. A checksum of 0 is one that `torch.save` was told not to compute.
    pub(super) fn check(&self, name: &str, member: Member) -> Result<(), Fault> {
        let start = self.start(name, member)?;
        if member.checksum == 0 {
            return Ok(());
        }
        let mut hasher = crc32fast::Hasher::new();
        let mut checked = 0;
        while checked < member.size {
            let part = CHECKED.min(member.size - checked);
            hasher.update(&read_at(&self.file, start + checked, part)?);
            checked += part;
        }
        if hasher.finalize() == member.checksum {
            Ok(())
        } else {
            Err(Fault::damaged(format!("the checksum of its member {} is wrong", shown(name))))
        }
    }

    /// The file itself, to be read between the start and the end of a member.
    pub(super) fn file(&self) -> &File {
        &self.file
    }
}

/// Bytes of a file, which must have as many. No more memory is taken than for those that are there.
fn read_at(mut file: &File, start: u64, length: u64) -> Result<Vec<u8>, Fault> {
    let ends_early = || Fault::damaged("it ends too early");
    let mut bytes = Vec::new();
    // No file reaches farther, and a seek would be refused.
    if start > i64::MAX as u64 {
        return Err(ends_early());
    }
    file.seek(SeekFrom::Start(start))?;
    file.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(ends_early()) }
}

/// The list of members of a file of `length` bytes.
fn directory(file: &File, length: u64) -> Result<Vec<u8>, Fault> {
    let tail = read_at(file, length - length.min(LONGEST_END), length.min(LONGEST_END))?;
    let Some(at) = tail.windows(END.len()).rposition(|bytes| bytes == END) else {
        return Err(what_it_is(&read_at(file, 0, length.min(HEAD))?));
    };
    let mut end = Bytes::new(&tail[at + END.len()..]);
    end.take(8)?;
    let (mut size, mut start) = (u64::from(end.u32()?), u64::from(end.u32()?));
    if [size, start].contains(&u32::MAX.into()) {
        [size, start] = large(file, &tail[..at])?;
    }
    if size > LONGEST_DIRECTORY {
        return Err(Fault::foreign("it has more members than any Kitsune needs"));
    }
    if start.checked_add(size).is_none_or(|end| end > length) {
        return Err(Fault::damaged("the list of its members would end beyond the file"));
    }
    read_at(file, start, size)
}

/// Size and start of the list of members of a large archive, by the bytes before its end.
fn large(file: &File, before: &[u8]) -> Result<[u64; 2], Fault> {
    let fault = || Fault::damaged("the end of its archive names no list of members");
    let mut locator = Bytes::new(before.last_chunk::<20>().ok_or_else(fault)?);
    if locator.take(4)? != LARGE_LOCATOR {
        return Err(fault());
    }
    locator.take(4)?;
    let record = read_at(file, locator.u64()?, 56)?;
    let mut record = Bytes::new(&record);
    if record.take(4)? != LARGE_END {
        return Err(fault());
    }
    record.take(36)?;
    Ok([record.u64()?, record.u64()?])
}

fn members(directory: &[u8]) -> Result<HashMap<String, Member>, Fault> {
    let mut members = HashMap::new();
    let mut rest = Bytes::new(directory);
    while !rest.is_empty() {
        let (name, member) = entry(&mut rest)?;
        if members.insert(name, member).is_some() {
            return Err(Fault::damaged("two of its members have one name"));
        }
    }
    Ok(members)
}

/// The next entry of the list.
fn entry(rest: &mut Bytes<'_>) -> Result<(String, Member), Fault> {
    if rest.take(4)? != ENTRY {
        return Err(Fault::damaged("the list of its members is broken"));
    }
    rest.take(6)?;
    let method = rest.u16()?;
    rest.take(4)?;
    let checksum = rest.u32()?;
    let (packed, size) = (rest.u32()?, rest.u32()?);
    let [name, extra, comment] = [rest.u16()?, rest.u16()?, rest.u16()?];
    rest.take(8)?;
    let header = rest.u32()?;
    let name = String::from_utf8_lossy(rest.take(name.into())?).into_owned();
    let extra = rest.take(extra.into())?;
    rest.take(comment.into())?;
    let [size, packed, header] = widened([size, packed, header], extra)?;
    Ok((name, Member { header, size, checksum, is_stored: method == 0 && packed == size }))
}

/// Numbers of an entry; those of a large member are in its extra fields, in this order.
fn widened(numbers: [u32; 3], extra: &[u8]) -> Result<[u64; 3], Fault> {
    let mut large = Bytes::new(&[]);
    let mut fields = Bytes::new(extra);
    while !fields.is_empty() {
        let (kind, length) = (fields.u16()?, fields.u16()?);
        let field = fields.take(length.into())?;
        if kind == 1 {
            large = Bytes::new(field);
        }
    }
    let mut widened = numbers.map(u64::from);
    for (number, wide) in numbers.into_iter().zip(&mut widened) {
        if number == u32::MAX {
            *wide = large.u64()?;
        }
    }
    Ok(widened)
}
