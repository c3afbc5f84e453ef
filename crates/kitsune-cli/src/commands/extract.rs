//! `kitsune extract`: captures to rows of statistics, for other tools.

use anyhow::{Context, Result, anyhow};
use burn::tensor::TensorData;
use kitsune_data::input::Input;
use kitsune_data::{Error, OutputError, Records, Source};

use crate::console::progress::Reporter;
use crate::console::row_counts::row_counts;
use crate::failure::Failure;
use crate::output::Output;
use crate::output::read_files::ReadFiles;
use crate::process::interrupt;

/// The settings of an extraction.
#[derive(Debug)]
pub(crate) struct Extract {
    pub(crate) input: Input,
    pub(crate) output: Output,
    pub(crate) keep: Vec<String>,
    pub(crate) quiet: bool,
}

pub(crate) fn run(command: Extract) -> Result<(), Failure> {
    command.check_output().map_err(Failure::usage)?;
    interrupt::listen();
    let streamed = command.output.is_stream();
    command.extract().map_err(|error| match error.into() {
        Failure::Interrupted { .. } => Failure::Interrupted { streamed },
        other => other,
    })
}

impl Extract {
    fn check_output(&self) -> Result<()> {
        self.output.check_name()?;
        if self.output.is_single() {
            return Ok(());
        }
        let shown = self.output.path.display();
        Err(anyhow!("{shown} is no file for statistics: give one that ends in .csv, .parquet, .arrow or .ndjson, or - for standard output"))
    }

    fn extract(self) -> Result<()> {
        let mut source = self.input.open()?;
        if !self.keep.is_empty() {
            source = source.keep(&self.keep).context("--keep")?;
        }
        let read = ReadFiles::of([&source], []);
        self.output.check(&read)?;
        self.output.check_outside(&self.input.locations)?;
        let mut sink = self.output.open(source.format())?;
        // What the format cannot hold is an error that does not know where it would have been written.
        let unwritable = |error: Error| match error {
            Error::Output(OutputError::Stopped { .. }) => kitsune_core::Error::Stopped.into(),
            Error::Output(_) => anyhow::Error::from(error).context(format!("{} cannot be written", self.output.path.display())),
            error => error.into(),
        };
        let mut reporter = Reporter::new(self.quiet);
        reporter.say_notes(&source);
        reporter.begin("extracting", source.bytes());
        let pass = source.pass(0)?;
        let counts = pass.progress();
        let mut answered = false;
        for batch in pass {
            let batch = batch?;
            let statistics = columns(batch.data(), source.features())?;
            sink.write(with_statistics(batch.records(), &source, statistics)?).map_err(unwritable)?;
            answered = true;
            reporter.advance(counts.bytes(), counts.rows());
            if interrupt::asked() {
                return Err(kitsune_core::Error::Stopped.into());
            }
        }
        if !answered {
            sink.write(with_statistics(source.empty_records()?, &source, vec![Vec::new(); source.features()])?).map_err(unwritable)?;
        }
        if interrupt::asked() {
            return Err(kitsune_core::Error::Stopped.into());
        }
        // While the packets came, somebody may have made a file of that name.
        self.output.check(&read)?;
        let files = sink.finish().map_err(unwritable)?;
        reporter.end();
        for text in row_counts(&counts) {
            reporter.say(&text);
        }
        for file in files {
            reporter.say(&format!("wrote {}", file.display()));
        }
        Ok(())
    }
}

/// Appends the statistics to the records of their packets. A packet without statistics has nulls.
fn with_statistics(records: Records, source: &Source, statistics: Vec<Vec<Option<f64>>>) -> Result<Records, Error> {
    let names = source.names().unwrap_or_default();
    names.iter().zip(statistics).try_fold(records, |records, (name, values)| records.with_optional_numbers(name, values))
}

/// The columns of a row-major matrix.
fn columns(data: &TensorData, width: usize) -> Result<Vec<Vec<Option<f64>>>> {
    let values: &[f64] = data.as_slice().map_err(|error| anyhow!("statistics cannot be read: {error:?}"))?;
    Ok((0..width).map(|column| values.iter().skip(column).step_by(width).map(|&value| Some(value)).collect()).collect())
}
