//! An object as a stream.

use std::collections::VecDeque;
use std::io::{self, Cursor, Read};

use super::object::{IN_FLIGHT, Object, PIECE_BYTES};
use super::runtime::Task;

/// The size of the first request: often only the start of a file is read.
const FIRST_BYTES: u64 = 256 << 10;

/// An object from its start to its end, fetched a few pieces ahead.
pub(super) struct ObjectReader {
    object: Object,
    current: Cursor<Vec<u8>>,
    ahead: VecDeque<Task<io::Result<Vec<u8>>>>,
    /// The number of bytes that were requested.
    asked: u64,
}

impl Object {
    /// The object from its start to its end.
    pub(super) fn reader(&self) -> ObjectReader {
        ObjectReader { object: self.clone(), current: Cursor::default(), ahead: VecDeque::new(), asked: 0 }
    }
}

impl ObjectReader {
    /// Makes the next piece the current one. Returns false if there is none.
    fn advance(&mut self) -> io::Result<bool> {
        let is_first = self.asked == 0;
        self.ask(if is_first { 1 } else { IN_FLIGHT })?;
        let Some(piece) = self.ahead.pop_front() else {
            return Ok(false);
        };
        self.current = Cursor::new(piece.wait()??);
        if !is_first {
            self.ask(IN_FLIGHT)?;
        }
        Ok(true)
    }

    /// Requests pieces until this number is under way.
    fn ask(&mut self, pieces: usize) -> io::Result<()> {
        while self.ahead.len() < pieces && self.asked < self.object.bytes {
            let size = if self.asked == 0 { FIRST_BYTES } else { PIECE_BYTES };
            let end = (self.asked + size).min(self.object.bytes);
            self.ahead.push_back(self.object.fetch(self.asked..end)?);
            self.asked = end;
        }
        Ok(())
    }
}

impl Read for ObjectReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let length = self.current.read(buffer)?;
            if length > 0 || buffer.is_empty() || !self.advance()? {
                return Ok(length);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::object::tests::{noise, stored};
    use super::*;

    #[test]
    fn a_large_object_is_read_in_order() {
        let bytes = noise(40_000_001);
        let mut reader = stored(&bytes).1.reader();
        let mut start = [0; 100];
        reader.read_exact(&mut start).unwrap();
        assert_eq!(reader.asked, FIRST_BYTES, "a look at the start fetches no more than that");
        let mut found = start.to_vec();
        reader.read_to_end(&mut found).unwrap();
        assert!(found == bytes);
        assert_eq!(reader.read(&mut start).unwrap(), 0);
    }

    #[test]
    fn small_objects_are_read_whole() {
        for length in [0, 1, FIRST_BYTES as usize, FIRST_BYTES as usize + 1] {
            let bytes = noise(length);
            let mut found = Vec::new();
            stored(&bytes).1.reader().read_to_end(&mut found).unwrap();
            assert!(found == bytes, "{length}");
        }
    }

    #[test]
    fn an_object_that_changes_meanwhile_is_an_error() {
        let (store, object) = stored(&noise(1_000_000));
        let mut reader = object.reader();
        reader.read_exact(&mut [0; 10]).unwrap();
        store.put(&noise(1_000_000));
        let error = reader.read_to_end(&mut Vec::new()).unwrap_err().to_string();
        assert!(error.contains("changed while it was read"), "{error}");
        let (store, mut object) = stored(&noise(1_000_000));
        // Where there are no tags, a shorter one is found.
        object.e_tag = None;
        store.put(&noise(999_999));
        assert!(object.reader().read_to_end(&mut Vec::new()).unwrap_err().to_string().contains("changed while it was read"));
    }
}
