//! Random options of each command on tiny inputs: no panic, an exit code of the documented ones, a message that names what it is about, and
//! nothing left behind by a failure.
//!
//! As a test this runs for some seconds. `KITSUNE_COMBINATIONS` is another number of command lines, and `KITSUNE_COMBINATIONS_SEED` says which.

mod offered;
mod tiny;

use std::env;

use offered::{Offered, offered};
use tiny::Tiny;

use crate::folder::{Folder, MODEL};
use crate::kitsune::Kitsune;

/// Each takes some 40 ms.
const COMBINATIONS: u64 = 200;
const COMMANDS: [&str; 12] =
    ["train", "train", "score", "score", "online", "online", "extract", "evaluate", "calibrate", "import", "inspect", "man"];

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) % end as u64) as usize
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

#[test]
fn whatever_the_options_tiny_inputs_are_used_or_refused_in_words() {
    let seed = number("KITSUNE_COMBINATIONS_SEED").unwrap_or(1);
    let options: Vec<_> = COMMANDS.iter().map(|command| offered(command)).collect();
    let tiny = Tiny::new();
    for case in 0..number("KITSUNE_COMBINATIONS").unwrap_or(COMBINATIONS) {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9) ^ (case << 20));
        let command = random.below(COMMANDS.len());
        let words = words(COMMANDS[command], &options[command], &tiny, &mut random);
        if let Err(what) = check(&tiny.folder(), &words, &tiny) {
            panic!("seed {seed}, case {case}: kitsune {words:?}: {what}");
        }
    }
}

/// A command line: the inputs, an output where there is one, and some options.
fn words(command: &str, options: &[Offered], tiny: &Tiny, random: &mut Random) -> Vec<String> {
    let mut words = vec![command.to_owned()];
    if matches!(command, "train" | "score" | "online" | "extract" | "evaluate" | "calibrate" | "import") {
        for _ in 0..[1, 1, 1, 2][random.below(4)] {
            // The sound file is the first.
            words.push(tiny.name(if random.below(3) == 0 { 0 } else { random.below(tiny.count()) }));
        }
    }
    match command {
        "score" => words.push((*random.pick(&["out.ndjson", "out.csv", "out.parquet", "out.arrow", "out", "new/out", "-"])).to_owned()),
        "extract" => {
            words.push((*random.pick(&["out.ndjson", "out.csv", "out.parquet", "out.arrow", "out", "new/out.csv", "-"])).to_owned());
        }
        "online" => {
            words.push((*random.pick(&["out.ndjson", "out.csv", "out.parquet", "out.arrow", "out", "new/out.csv", "-"])).to_owned());
            if random.below(3) > 0 {
                words.extend(["--mapper-grace", "2", "--train-grace", "3"].map(str::to_owned));
            }
        }
        "evaluate" if random.below(4) > 0 => words.extend(["--label-column", *random.pick(&["label", "a", "0"])].map(str::to_owned)),
        "train" if random.below(3) > 0 => words.extend(["--epochs", "1", "--exclude", "label"].map(str::to_owned)),
        _ => {}
    }
    let mut names = Vec::new();
    for _ in 0..[0, 1, 1, 2, 3, 4, 6][random.below(7)] {
        let option = random.pick(options);
        if !words.iter().any(|word| word.split('=').next() == Some(option.name.as_str())) && !names.contains(&option.name) {
            names.push(option.name.clone());
            words.push(option.word(random));
        }
    }
    words
}

fn check(folder: &Folder, words: &[String], tiny: &Tiny) -> Result<(), String> {
    let before = folder.list();
    let run = words.iter().fold(folder.kitsune(""), Kitsune::word);
    let output = run.reads(tiny.standard_input()).into_command().output().map_err(|error| error.to_string())?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    if let Some(trace) = ["panicked", "backtrace", "a bug in kitsune"].into_iter().find(|trace| told.contains(trace)) {
        return Err(format!("{trace}: {told}"));
    }
    match output.status.code() {
        Some(0) => return Ok(()),
        Some(1 | 2) if told.contains("error: ") => {}
        _ => return Err(format!("{}: {told}", output.status)),
    }
    // Of several sets, those before the failure have their pages. A stream keeps what came before, to go on with.
    if folder.list() != before && !told.contains("wrote ") && words[0] != "online" {
        return Err(format!("it failed, and left something behind: {told}"));
    }
    // Formats are called by their titles.
    let told = told.to_lowercase();
    let is_named = |part: &str| part.len() > 1 && told.contains(&part.trim_start_matches('-').to_lowercase());
    let is_subject = |word: &String| word.splitn(2, '=').any(is_named);
    let is_usage = output.status.code() == Some(2) && told.contains("--");
    if is_usage || words[1..].iter().any(is_subject) || [MODEL, "standard input"].into_iter().any(is_named) {
        return Ok(());
    }
    Err(format!("it names neither a file nor an option: {told}"))
}
