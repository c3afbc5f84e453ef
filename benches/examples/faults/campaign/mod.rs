//! The parts of the campaign, one after another, and its table.

mod changes;
mod disks;
mod job;
mod jobs;
mod killed;
mod limits;
mod mutants;
mod mutation;
mod options;
mod parquet_mutation;
mod process;
mod signals;
mod sound;
mod sound_parquet;
mod streams;
mod thrift;
mod trial;

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use jobs::Jobs;
use options::Options;
use trial::Part;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

pub(crate) fn run() -> Result<ExitCode> {
    let mut words = env::args_os().skip(1).peekable();
    if words.next_if(|word| word == changes::WRITE_FILES).is_some() {
        let mut word = || words.next().unwrap_or_default();
        changes::write_files(word(), word())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut options = Options::parse(words)?;
    let jobs = Jobs::prepare(&options)?;
    let sound = sound::Sound::prepare(&options)?;
    let mut out = io::stdout();
    writeln!(out, "| part | trials | failed | how they ended | peak MB | longest s |\n| --- | ---: | ---: | --- | ---: | ---: |")?;
    let parts: Vec<Part<'_>> = [
        killed::parts(&jobs, &options),
        signals::parts(&jobs, &options),
        streams::parts(&jobs, &options),
        limits::parts(&jobs, &options),
        disks::parts(&jobs, &options),
        changes::parts(&sound, &options),
        mutants::parts(&sound, &options),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut failed = 0;
    for part in parts.iter().filter(|part| options.wants(part)) {
        let row = part.run(&options)?;
        failed += row.failed;
        writeln!(out, "{row}")?;
    }
    if failed == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    options.keep();
    writeln!(out, "\n{failed} trials failed with the seed {}; their files are in {}", options.seed, options.failures().display())?;
    Ok(ExitCode::FAILURE)
}
