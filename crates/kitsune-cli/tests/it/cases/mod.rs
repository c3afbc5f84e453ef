//! Files as people have them: each case is a line of a table, with the files, the commands, and what must come out.

mod labels;
mod rows;

use std::thread;

use crate::folder::Folder;
use crate::kitsune::Kitsune;

/// What must come of files and commands.
struct Case {
    /// The files: their names and contents.
    files: &'static [(&'static str, &'static str)],
    /// The commands, one after another, and what each must do.
    commands: &'static [(&'static str, Outcome)],
}

enum Outcome {
    /// The command succeeds, and its messages have these parts.
    Says(&'static [&'static str]),
    /// The command succeeds, and its results have these parts.
    Prints(&'static [&'static str]),
    /// The command fails with exit code 1, and its message has these parts.
    Fails(&'static [&'static str]),
    /// The command is refused with exit code 2, and its message has these parts.
    Rejects(&'static [&'static str]),
    /// The command trains the model that these rows of plain CSV give: all numbers in it are the same. A line of `==` begins another file.
    Learns(&'static str),
}

/// Trains in the fewest steps.
const TRAIN: &str = "train --epochs 1 --quiet";

/// Runs all cases of a table, on two threads.
fn run(cases: &[Case]) {
    assert!(!cases.is_empty());
    thread::scope(|scope| {
        for half in cases.chunks(cases.len().div_ceil(2)) {
            scope.spawn(move || half.iter().for_each(Case::run));
        }
    });
}

impl Case {
    fn run(&self) {
        let folder = self.files.iter().fold(Folder::new(), |folder, (name, content)| folder.file(name, content));
        for (words, outcome) in self.commands {
            let words = words.replace("TRAIN", TRAIN);
            let command = || words_of(&words).into_iter().fold(folder.kitsune(""), Kitsune::word);
            match outcome {
                Outcome::Says(parts) => command().succeeds().says(parts),
                Outcome::Prints(parts) => {
                    let printed = command().succeeds().stdout;
                    parts.iter().for_each(|part| assert!(printed.contains(part), "{words}: {printed:?} has no {part:?}"));
                }
                Outcome::Fails(parts) => drop(command().fails(parts)),
                Outcome::Rejects(parts) => command().rejects_words(parts),
                Outcome::Learns(plain) => {
                    command().succeeds();
                    let files = plain.split("==\n").enumerate();
                    let expected = files.fold(Folder::new(), |folder, (number, rows)| folder.file(format!("plain/{number}.csv"), rows));
                    expected.kitsune(TRAIN).word("plain").succeeds();
                    assert!(folder.learnt() == expected.learnt(), "{words} learns something else than\n{plain}");
                }
            }
        }
    }
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
