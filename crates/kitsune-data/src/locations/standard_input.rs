//! Standard input, which comes only once.

use std::fmt;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::temporary_file::TemporaryFile;

/// The name of standard input in messages.
const NAME: &str = "standard input";

/// Standard input, or any other stream that comes only once.
///
/// Bytes that are read while a source is opened are buffered, so that each look begins at the start. The pass reads the buffered bytes and
/// then the stream itself, which is not buffered any more. A spooled stream can be read any number of times, like a file.
pub(crate) struct StandardInput {
    /// The name in messages.
    name: String,
    state: Mutex<State>,
}

enum State {
    Open(Stream),
    Spooled(Spool),
    Taken,
}

struct Stream {
    source: Box<dyn Read + Send>,
    head: Vec<u8>,
    /// Whether the end was reached. It is not read again: a terminal would continue.
    ended: bool,
}

struct Spool {
    file: File,
    bytes: u64,
}

impl StandardInput {
    pub(super) fn new(source: Box<dyn Read + Send>) -> Self {
        Self::named(NAME.into(), source)
    }

    /// Another stream, of this name.
    pub(super) fn named(name: String, source: Box<dyn Read + Send>) -> Self {
        Self { name, state: Mutex::new(State::Open(Stream { source, head: Vec::new(), ended: false })) }
    }

    /// The name in messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The size, if it is known.
    pub(super) fn bytes(&self) -> Option<u64> {
        match &*self.lock() {
            State::Spooled(spool) => Some(spool.bytes),
            State::Open(_) | State::Taken => None,
        }
    }

    /// Whether a pass has taken the stream.
    pub(super) fn is_taken(&self) -> bool {
        matches!(&*self.lock(), State::Taken)
    }

    /// Reads from the start and buffers the bytes for later readers.
    pub(super) fn look(self: &Arc<Self>) -> Look {
        Look { input: Arc::clone(self), at: 0 }
    }

    /// Takes the stream, unless it was spooled.
    pub(super) fn take(self: &Arc<Self>) -> Box<dyn Read + Send> {
        let mut state = self.lock();
        match mem::replace(&mut *state, State::Taken) {
            State::Open(Stream { head, ended: true, .. }) => Box::new(Cursor::new(head)),
            State::Open(Stream { head, source, ended: false }) => Box::new(Cursor::new(head).chain(source)),
            other => {
                *state = other;
                drop(state);
                Box::new(self.look())
            }
        }
    }

    /// Copies the whole stream into an unnamed temporary file, unless this was done before.
    pub(super) fn spool(&self) -> io::Result<()> {
        let mut state = self.lock();
        match &mut *state {
            State::Open(stream) => {
                let mut file = TemporaryFile::new()?;
                file.write_all(&stream.head)?;
                let rest = if stream.ended { 0 } else { file.copy(&mut stream.source)? };
                *state = State::Spooled(Spool { file: file.into_file(), bytes: stream.head.len() as u64 + rest });
                Ok(())
            }
            State::Spooled(_) => Ok(()),
            State::Taken => Err(taken()),
        }
    }

    /// The file that holds the spooled stream. All handles to it share one position.
    pub(super) fn spooled(&self) -> io::Result<(File, u64)> {
        self.spool()?;
        match &*self.lock() {
            State::Spooled(spool) => Ok((spool.file.try_clone()?, spool.bytes)),
            State::Open(_) | State::Taken => Err(taken()),
        }
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut *self.lock() {
            State::Open(stream) => stream.read_at(at as usize, buffer),
            State::Spooled(Spool { file, .. }) => {
                file.seek(SeekFrom::Start(at))?;
                file.read(buffer)
            }
            State::Taken => Err(taken()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A reader that panicked has not changed the bytes before it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stream {
    /// Reads from the source at most once, because its bytes may be typed by hand.
    fn read_at(&mut self, at: usize, buffer: &mut [u8]) -> io::Result<usize> {
        let kept = &self.head[at..];
        if !kept.is_empty() {
            let length = kept.len().min(buffer.len());
            buffer[..length].copy_from_slice(&kept[..length]);
            return Ok(length);
        }
        if self.ended || buffer.is_empty() {
            return Ok(0);
        }
        let length = self.source.read(buffer)?;
        self.ended = length == 0;
        self.head.extend_from_slice(&buffer[..length]);
        Ok(length)
    }
}

/// Reads the start of a stream, which stays available.
pub(super) struct Look {
    input: Arc<StandardInput>,
    at: u64,
}

impl Read for Look {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read_at(self.at, buffer)?;
        self.at += length as u64;
        Ok(length)
    }
}

fn taken() -> io::Error {
    io::Error::other("it was read already, and it comes only once")
}

impl fmt::Debug for StandardInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StandardInput").finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// Gives one piece per read, and panics where it is read again after its end.
    pub(crate) struct Scripted {
        pieces: VecDeque<Vec<u8>>,
        ended: bool,
    }

    impl Scripted {
        /// The text in pieces of 1, 2, 3 ... bytes.
        pub(crate) fn growing(text: &[u8]) -> Self {
            let (mut pieces, mut rest) = (VecDeque::new(), text);
            while !rest.is_empty() {
                let (piece, after) = rest.split_at((pieces.len() + 1).min(rest.len()));
                pieces.push_back(piece.to_vec());
                rest = after;
            }
            Self { pieces, ended: false }
        }

        pub(crate) fn pieces(pieces: &[&[u8]]) -> Self {
            Self { pieces: pieces.iter().map(|piece| piece.to_vec()).collect(), ended: false }
        }
    }

    impl Read for Scripted {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            assert!(!self.ended, "the end was seen before");
            let Some(mut piece) = self.pieces.pop_front() else {
                self.ended = true;
                return Ok(0);
            };
            let length = piece.len().min(buffer.len());
            buffer[..length].copy_from_slice(&piece[..length]);
            if length < piece.len() {
                self.pieces.push_front(piece.split_off(length));
            }
            Ok(length)
        }
    }

    fn input(source: Scripted) -> Arc<StandardInput> {
        Arc::new(StandardInput::new(Box::new(source)))
    }

    fn all(mut reader: impl Read) -> io::Result<String> {
        let mut text = String::new();
        reader.read_to_string(&mut text).map(|_| text)
    }

    fn first(mut reader: impl Read, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        reader.read_exact(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn every_look_and_the_pass_begin_at_the_start() {
        let input = input(Scripted::growing(b"one,two\n3,4\n5,6\n"));
        assert_eq!(first(input.look(), 3), b"one");
        assert_eq!(first(input.look(), 9), b"one,two\n3");
        assert_eq!(first(input.look(), 2), b"on");
        assert_eq!(all(input.take()).unwrap(), "one,two\n3,4\n5,6\n");
        assert!(input.is_taken());
        assert!(all(input.take()).unwrap_err().to_string().contains("once"));
        assert!(all(input.look()).is_err() && input.spool().is_err());
    }

    #[test]
    fn a_stream_that_ended_is_not_asked_again() {
        let input = input(Scripted::growing(b"1,2\n"));
        assert_eq!(all(input.look()).unwrap(), "1,2\n");
        assert_eq!(all(input.look()).unwrap(), "1,2\n");
        assert_eq!(all(input.take()).unwrap(), "1,2\n");
    }

    #[test]
    fn one_read_is_all_that_a_read_waits_for() {
        let input = input(Scripted::pieces(&[b"1,2\n3", b",4\n", b"5,6\n"]));
        let mut buffer = [0; 64];
        assert_eq!(input.look().read(&mut buffer).unwrap(), 5);
        let mut pass = input.take();
        assert_eq!([pass.read(&mut buffer).unwrap(), pass.read(&mut buffer).unwrap(), pass.read(&mut buffer).unwrap()], [5, 3, 4]);
    }

    #[test]
    fn a_spooled_stream_is_read_again_and_again() {
        let input = input(Scripted::growing(b"one,two\n3,4\n"));
        let mut look = input.look();
        assert_eq!(first(&mut look, 4), b"one,");
        assert_eq!(input.bytes(), None);
        input.spool().unwrap();
        input.spool().unwrap();
        assert_eq!(input.bytes(), Some(12));
        assert_eq!(all(look).unwrap(), "two\n3,4\n");
        let (mut a, mut b) = (input.take(), input.take());
        assert_eq!([first(&mut a, 2), first(&mut b, 4), first(&mut a, 2)], [&b"on"[..], b"one,", b"e,"]);
        assert_eq!(all(b).unwrap(), "two\n3,4\n");
        assert_eq!(input.spooled().unwrap().1, 12);
    }
}
