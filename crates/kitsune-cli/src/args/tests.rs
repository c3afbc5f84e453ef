//! The command line against the library, and the help against itself.

use std::collections::BTreeSet;

use clap::Parser;
use kitsune_core::kinds::Named;
use kitsune_core::{Error, KitsuneConfig, ScoreKind};
use serde_json::{Value, json};

use super::Cli;
use super::command::Command;
use crate::failure::Failure;

#[test]
fn the_command_line_is_consistent() {
    super::definition().debug_assert();
}

/// The hyper-parameters that words after `kitsune train` stand for.
fn config(words: &str) -> KitsuneConfig {
    let words = ["kitsune", "train"].into_iter().chain(words.split_whitespace().filter(|&word| word != "\\"));
    match Cli::try_parse_from(words).unwrap().command {
        Command::Train(args) => args.resolve().unwrap().config,
        _ => panic!("another command"),
    }
}

#[test]
fn the_defaults_are_those_of_the_library() {
    assert_eq!(config("rows"), KitsuneConfig::new());
}

/// A copied line would be another command otherwise.
#[test]
fn examples_are_printed_as_they_stand() {
    let mut definition = super::definition();
    definition.build();
    let mut examples = 0;
    for command in std::iter::once(definition.clone()).chain(definition.get_subcommands().cloned()) {
        let written = command.get_after_long_help().or(command.get_after_help()).map(ToString::to_string).unwrap_or_default();
        let printed = command.clone().render_long_help().to_string();
        for line in written.lines().filter(|line| line.starts_with("  ")) {
            assert!(printed.lines().any(|found| found == line), "{line:?} in\n{printed}");
            examples += 1;
        }
    }
    assert!(examples > 15, "{examples}");
}

#[test]
fn the_help_knows_the_originals_hyper_parameters() {
    let help = super::definition().find_subcommand("train").unwrap().get_after_long_help().unwrap().to_string();
    let (_, options) = help.split_once("which detect far less, are ").unwrap();
    let (options, _) = options.split_once(".\n").unwrap();
    assert_eq!(config(&format!("rows {options}")), KitsuneConfig::original());
}

/// Completions would lack a command otherwise.
#[test]
fn each_command_has_a_page() {
    for command in super::definition().get_subcommands() {
        for name in std::iter::once(command.get_name()).chain(command.get_all_aliases()) {
            assert!(Cli::try_parse_from(["kitsune", "man", name]).is_ok(), "{name}");
        }
    }
}

/// The lines of the help that `-h` prints.
fn short_help(command: &str) -> String {
    let mut definition = super::definition();
    definition.build();
    definition.find_subcommand_mut(command).unwrap().render_help().to_string()
}

#[test]
fn the_short_help_fits_on_a_screen() {
    for command in
        ["train", "anomaly-scores", "online", "extract", "evaluate", "calibrate", "import", "inspect", "devices", "completions", "man"]
    {
        let help = short_help(command);
        assert!(help.lines().count() <= 50, "{help}");
        let options = help.lines().filter(|line| line.trim_start().starts_with('-')).count();
        assert!(options <= 16, "{help}");
        assert!(help.contains("see more with '--help'") || options < 4, "{help}");
    }
}

/// The addresses of all values in a document, as JSON pointers.
fn pointers(value: &Value, prefix: &str) -> Vec<String> {
    let inner = value.as_object().into_iter().flatten().map(|(key, value)| (format!("{prefix}/{key}"), value));
    inner.flat_map(|(pointer, value)| [vec![pointer.clone()], pointers(value, &pointer)].concat()).collect()
}

/// The error that each change of one hyper-parameter to an extreme value causes, if there is any.
fn refusals() -> Vec<Error> {
    let extremes = [json!(-1), json!(0), json!(2), Value::Null, json!({ "HiddenRatio": 0.0 })];
    let mut refusals = Vec::new();
    for &score in ScoreKind::ALL {
        let config = json!(KitsuneConfig::new().with_score(score));
        for pointer in pointers(&config, "") {
            for extreme in &extremes {
                let mut changed = config.clone();
                *changed.pointer_mut(&pointer).unwrap() = extreme.clone();
                let changed = serde_json::from_value::<KitsuneConfig>(changed);
                refusals.extend(changed.ok().and_then(|config| config.validate().err()));
            }
        }
    }
    refusals
}

/// A message would advise a flag that does not exist otherwise.
#[test]
fn a_refused_hyper_parameter_is_called_by_its_flag() {
    let definition = super::definition();
    let train = definition.find_subcommand("train").unwrap();
    let flags: Vec<_> = train.get_arguments().filter_map(|argument| argument.get_long()).collect();
    let mut named = BTreeSet::new();
    for error in refusals() {
        let Failure::Usage(message) = Failure::from(error) else { panic!("a refused hyper-parameter is a mistake in the command line") };
        let message = message.to_string();
        named.insert(message.strip_prefix("--").and_then(|message| message.split(' ').next()).unwrap().to_owned());
    }
    // No option sets the number of rows in the sample, only its bytes.
    assert!(named.remove("sample-rows"));
    assert!(named.len() >= 16, "{named:?}");
    for name in named {
        assert!(flags.contains(&name.as_str()), "there is no --{name}");
    }
}
