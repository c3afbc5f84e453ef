//! A stream without end: each record batch is answered before the next one comes.

use std::io::{BufRead, BufReader, Cursor, Read, Write, pipe};
use std::process::{ChildStdin, ChildStdout, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use polars::prelude::{Column, DataFrame, IntoColumn, IpcStreamReader, NamedFrom, SerReader, Series};

use crate::folder::Folder;
use crate::frames;
use crate::rows::{assert_same, csv, made_up};

/// Longer than any answer takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Marks the end of an Arrow stream.
const END: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];

/// A folder with a model of columns a, b, c and d.
fn folder() -> Folder {
    let folder = Folder::new().file("rows/a.csv", frames::csv(&frames::named(&made_up(100))));
    folder.kitsune("train rows --epochs 1").succeeds();
    folder
}

/// Numbered rows in record batches of these lengths.
fn batches(lengths: &[usize]) -> Vec<DataFrame> {
    let rows = made_up(lengths.iter().sum());
    let mut frame = frames::named(&rows);
    let ids: Column = Series::new("id".into(), (0..rows.len() as i64).collect::<Vec<_>>()).into_column();
    frame.insert_column(0, ids).unwrap();
    let mut start = 0;
    let mut next = |&length: &usize| {
        start += length;
        frame.slice((start - length) as i64, length)
    };
    lengths.iter().map(&mut next).collect()
}

/// The schema of a stream, and its only record batch.
fn messages(frame: &DataFrame) -> (Vec<u8>, Vec<u8>) {
    let mut schema = frames::ipc_stream(frame);
    assert!(schema.ends_with(&END));
    schema.truncate(schema.len() - END.len());
    let length = i32::from_le_bytes(schema[4..8].try_into().unwrap());
    let batch = schema.split_off(8 + length as usize);
    (schema, batch)
}

/// Both ends of a command that scores a stream.
struct Dialogue {
    input: Option<ChildStdin>,
    output: Receiver<Vec<u8>>,
    heard: Vec<u8>,
}

impl Dialogue {
    fn new(input: ChildStdin, mut output: ChildStdout) -> Self {
        let (sender, receiver) = channel();
        thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while let Ok(length @ 1..) = output.read(&mut buffer) {
                // Fails if the test has ended.
                sender.send(buffer[..length].to_vec()).ok();
            }
        });
        Self { input: Some(input), output: receiver, heard: Vec::new() }
    }

    fn say(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    /// Waits for this many rows, and returns all answers so far.
    fn rows(&mut self, count: usize) -> DataFrame {
        loop {
            if let Ok(frame) = IpcStreamReader::new(Cursor::new(&self.heard)).finish()
                && frame.height() >= count
            {
                assert_eq!(frame.height(), count, "nothing is answered before it was asked");
                return frame;
            }
            self.listen();
        }
    }

    /// Waits for this many record batches, with or without rows.
    fn batches(&mut self, count: usize) {
        // Each message begins with this marker, and so does the schema before them.
        while self.heard.chunks_exact(8).filter(|bytes| bytes.starts_with(&END[..4])).count() <= count {
            self.listen();
        }
    }

    fn lines(&mut self, count: usize) -> Vec<String> {
        while self.heard.split(|&byte| byte == b'\n').count() <= count {
            self.listen();
        }
        String::from_utf8_lossy(&self.heard).lines().map(str::to_owned).collect()
    }

    fn listen(&mut self) {
        self.heard.extend(self.output.recv_timeout(PATIENCE).expect("waited in vain for an answer"));
    }
}

/// Runs a command that scores standard input while the dialogue feeds it, and asserts that it succeeds.
fn converse(folder: &Folder, words: &str, talk: impl FnOnce(&mut Dialogue)) -> Vec<u8> {
    let mut command = folder.kitsune(words).into_command();
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut dialogue = Dialogue::new(child.stdin.take().unwrap(), child.stdout.take().unwrap());
    talk(&mut dialogue);
    drop(dialogue.input.take());
    let Dialogue { output, mut heard, .. } = dialogue;
    for bytes in &output {
        heard.extend(bytes);
    }
    assert_eq!(child.wait().unwrap().code(), Some(0));
    heard
}

#[test]
fn each_record_batch_is_answered_while_the_stream_goes_on() {
    let folder = folder();
    let batches = batches(&[0, 1, 7, 0, 0, 1_000, 30, 1, 0]);
    let heard = converse(&folder, "score - - --file-format ipc --keep id --with-row-numbers", |dialogue| {
        dialogue.say(&messages(&batches[0]).0);
        let mut sent = 0;
        for (number, batch) in batches.iter().enumerate() {
            dialogue.say(&messages(batch).1);
            sent += batch.height();
            dialogue.batches(number + 1);
            let answers = dialogue.rows(sent);
            assert_eq!(frames::names(&answers), ["id", "row", "score", "is_anomaly", "tail_probability"]);
            let ids: Vec<_> = answers.column("id").unwrap().i64().unwrap().iter().map(Option::unwrap).collect();
            assert!(ids.into_iter().eq(0..sent as i64), "in order");
        }
    });
    assert!(heard.ends_with(&END), "the stream is complete");
    let answers = frames::read_ipc_stream(&heard);
    let lengths: Vec<_> = answers.column("score").unwrap().as_materialized_series().chunk_lengths().filter(|&rows| rows > 0).collect();
    let expected: Vec<_> = batches.iter().map(DataFrame::height).filter(|&rows| rows > 0).collect();
    assert_eq!(lengths, expected, "one record batch for each");
    folder.kitsune("score - scores").reads(csv(&made_up(answers.height()))).succeeds();
    assert_same("one after the other", &frames::numbers(&answers, "score"), &folder.scores("scores"));
}

#[test]
fn each_line_is_answered_while_the_stream_goes_on() {
    let rows = made_up(5);
    for (words, header, lines) in [
        ("score - -", "a,b,c,d\n", rows.iter().map(|row| csv(&[*row])).collect::<Vec<_>>()),
        ("score - -", "", rows.iter().map(|[a, b, c, d]| format!("{{\"a\": {a}, \"b\": {b}, \"c\": {c}, \"d\": {d}}}\n")).collect()),
    ] {
        let heard = converse(&folder(), words, |dialogue| {
            dialogue.say(header.as_bytes());
            for (row, line) in lines.iter().enumerate() {
                dialogue.say(line.as_bytes());
                assert_eq!(dialogue.lines(row + 1).len(), row + 1);
            }
        });
        assert_eq!(String::from_utf8(heard).unwrap().lines().count(), rows.len());
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let folder = folder().file("many/a.csv", frames::csv(&frames::named(&made_up(200_000))));
    for words in ["score many -", "score many - --output-format csv", "score many - --output-format ipc"] {
        let mut child = folder.kitsune(words).into_command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_until(b'\n', &mut Vec::new()).unwrap();
        drop(output);
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""), "{words}");
    }
}

#[test]
fn a_reader_that_never_came_is_no_failure() {
    let folder = folder();
    for format in ["ndjson", "csv", "ipc"] {
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        let mut command = folder.kitsune("score rows - --output-format").word(format).into_command();
        let output = command.stdout(writer).output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""), "{format}");
    }
}

#[test]
fn a_stream_that_breaks_off_is_a_failure_after_what_came_before() {
    let folder = folder();
    let batches = batches(&[5, 5]);
    let (schema, first) = messages(&batches[0]);
    let second = messages(&batches[1]).1;
    let cut = [&schema[..], &first, &second[..second.len() / 2]].concat();
    let output = folder.kitsune("score - - --file-format ipc").reads(cut).into_command().output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("standard input is damaged, or no Arrow IPC file: it ends early"));
    assert_eq!(frames::read_ipc_stream(&output.stdout).height(), 5);
}
