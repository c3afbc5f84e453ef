//! Files as people have them: each case is a line of a table, with the files, the commands, and what must come out.

mod arrow;
mod columns;
mod conditions;
mod contents;
mod csv_rows;
mod curves;
mod json;
mod labels;
mod lags;
mod lists;
mod misfit;
mod missing;
mod nested;
mod notation;
mod pandas;
mod remembered;
mod strange;
mod zeek;

use std::thread;

use crate::folder::Folder;
use crate::kitsune::Kitsune;

/// What must come of files and commands.
struct Case<'a> {
    /// The files: their names and contents. Their extensions say in which form they are written: see [`contents`].
    files: &'a [(&'a str, &'a str)],
    /// The commands, one after another, and what each must do. `< NAME` at the end gives a file on standard input.
    commands: &'a [(&'a str, Outcome<'a>)],
}

enum Outcome<'a> {
    /// The command succeeds, and its messages have these parts.
    Says(&'a [&'a str]),
    /// The command succeeds, and its messages have none of these parts.
    SaysNothingOf(&'a [&'a str]),
    /// The command succeeds, and its results have these parts.
    Prints(&'a [&'a str]),
    /// The command succeeds, and its results are those of another command.
    PrintsLike(&'a str),
    /// The command succeeds, and afterwards this file has these parts.
    Writes(&'a str, &'a [&'a str]),
    /// The command fails with exit code 1, and its message has these parts.
    Fails(&'a [&'a str]),
    /// The command is refused with exit code 2, and its message has these parts.
    Rejects(&'a [&'a str]),
    /// The command trains the model that these rows of plain CSV give: all numbers in it are the same. A line of `==` begins another file.
    Learns(&'a str),
}

/// Trains in the fewest steps.
const TRAIN: &str = "train --epochs 1 --quiet";

/// Runs all cases of a table, on two threads.
fn run(cases: &[Case<'_>]) {
    assert!(!cases.is_empty());
    thread::scope(|scope| {
        for half in cases.chunks(cases.len().div_ceil(2)) {
            scope.spawn(move || half.iter().for_each(Case::run));
        }
    });
}

impl Case<'_> {
    fn run(&self) {
        let folder = self.files.iter().fold(Folder::new(), |folder, (name, text)| folder.file(name, contents::bytes(name, text)));
        for (words, outcome) in self.commands {
            outcome.check(&folder, &words.replace("TRAIN", TRAIN));
        }
    }
}

impl Outcome<'_> {
    /// Runs a command in this folder.
    fn check(&self, folder: &Folder, words: &str) {
        match self {
            Self::Says(parts) => command(folder, words).succeeds().says(parts),
            Self::SaysNothingOf(parts) => {
                let said = command(folder, words).succeeds().stderr;
                for part in *parts {
                    assert!(!said.contains(part), "{words}: {said:?} has {part:?}");
                }
            }
            Self::Prints(parts) => assert_has(words, &command(folder, words).succeeds().stdout, parts),
            Self::PrintsLike(other) => {
                let [found, expected] = [words, other].map(|words| command(folder, words).succeeds().stdout);
                assert_eq!(found, expected, "{words} does not print what {other} prints");
            }
            Self::Writes(name, parts) => {
                command(folder, words).succeeds();
                assert_has(words, &contents::text(name, folder.read(name)), parts);
            }
            Self::Fails(parts) => drop(command(folder, words).fails(parts)),
            Self::Rejects(parts) => command(folder, words).rejects_words(parts),
            Self::Learns(plain) => {
                command(folder, words).succeeds();
                let files = plain.split("==\n").enumerate();
                let expected = files.fold(Folder::new(), |folder, (number, rows)| folder.file(format!("plain/{number}.csv"), rows));
                expected.kitsune(TRAIN).word("plain").succeeds();
                assert!(folder.learnt() == expected.learnt(), "{words} learns something else than\n{plain}");
            }
        }
    }
}

fn assert_has(words: &str, text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{words}: {text:?} has no {part:?}");
    }
}

/// A command in this folder, with the file that it reads from standard input.
fn command(folder: &Folder, line: &str) -> Kitsune {
    let (words, input) = line.split_once(" < ").map_or((line, None), |(words, input)| (words, Some(input)));
    let command = words_of(words).into_iter().fold(folder.kitsune(""), Kitsune::word);
    if let Some(input) = input { command.reads(folder.read(input)) } else { command }
}

/// The words of a command line, which blanks separate outside single quotes.
fn words_of(line: &str) -> Vec<String> {
    let parts = line.split('\'').enumerate();
    let (mut words, mut quoted_before) = (Vec::new(), false);
    for (number, part) in parts {
        let is_quoted = number % 2 == 1;
        if is_quoted {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
        quoted_before = is_quoted;
    }
    assert!(!quoted_before || line.ends_with('\''), "a quote is open: {line}");
    words
}
