//! The options that a command offers, read from its help, so that a new option is tried as well.

use super::Random;
use crate::kitsune::kitsune;

/// An option of a command.
pub(super) struct Offered {
    pub(super) name: String,
    /// What its value is called in the help; `None` for a switch.
    value: Option<String>,
    /// The values that the help lists.
    listed: Vec<String>,
}

/// The options in the long help of a command.
pub(super) fn offered(command: &str) -> Vec<Offered> {
    let help = kitsune(command).words("--help").succeeds().stdout;
    let mut options: Vec<Offered> = Vec::new();
    let mut text = String::new();
    for line in help.lines() {
        let words = line.trim_start();
        let is_option = words.starts_with("--") || (words.starts_with('-') && words.contains(", --"));
        if let Some(option) = options.last_mut() {
            text = if is_option { String::new() } else { text + " " + words };
            option.list(words, &text);
        }
        if is_option && line.starts_with(' ') && line.len() - words.len() < 8 {
            let (_, name) = words.split_once("--").unwrap_or_default();
            let (name, value) = name.split_once(" <").unwrap_or((name, ""));
            let value = value.split_once('>').map(|(value, _)| value.to_owned());
            options.push(Offered { name: format!("--{name}"), value, listed: Vec::new() });
        }
    }
    // A file is followed for ever.
    options.retain(|option| !matches!(option.name.as_str(), "--help" | "--version" | "--follow"));
    options
}

impl Offered {
    /// Takes the possible values from a line of the help, and from all lines of the option up to it.
    fn list(&mut self, line: &str, text: &str) {
        if let Some((name, _)) = line.strip_prefix("- ").and_then(|line| line.split_once(':')) {
            self.listed.push(name.to_owned());
        }
        if let Some((_, values)) = text.split_once("[possible values: ").filter(|_| self.listed.is_empty())
            && let Some((values, _)) = values.split_once(']')
        {
            self.listed = values.split(", ").map(str::to_owned).collect();
        }
    }

    /// The option with a value, mostly a good one.
    pub(super) fn word(&self, random: &mut Random) -> String {
        let Some(value) = &self.value else { return self.name.clone() };
        let listed: Vec<_> = self.listed.iter().map(String::as_str).filter(|value| !matches!(*value, "wgpu" | "cuda")).collect();
        if !listed.is_empty() {
            return format!("{}={}", self.name, random.pick(&listed));
        }
        let [good, others] = values(value);
        let value = if random.below(6) == 0 { random.pick(others) } else { random.pick(good) };
        format!("{}={value}", self.name)
    }
}

/// Values of an option whose value is called so in the help: some may be of use, others are refused or change nothing.
fn values(name: &str) -> [&'static [&'static str]; 2] {
    match name {
        "N" | "K" => [&["1", "2", "3", "7", "300"], &["0", "-1"]],
        "ROWS" => [&["1", "2", "1000"], &["0"]],
        "MB" => [&["1", "2"], &["0"]],
        "SECONDS" => [&["0", "1"], &["-1"]],
        "R" | "RATE" | "RATIO" | "SHARE" => [&["0.01", "0.1", "0.3", "0.5"], &["0", "1", "0.999", "2", "-1", "nan", "1e-300"]],
        "FILE" => [&["models/kitsune.safetensors", "new.safetensors", "tiny/labels"], &["tiny/empty.csv", "nowhere/file", "tiny"]],
        "MODEL" => [&["new.safetensors", "new/model.safetensors"], &["models/kitsune.safetensors", "tiny", "tiny/empty.csv"]],
        "NUMBER" => [&["0.5", "2"], &["0", "-1e30", "nan"]],
        "DIR" => [&["page", "new/page", "tiny"], &["tiny/empty.csv"]],
        "COLUMNS" => [&["a", "b", "*", "a,b", "label", "a,label"], &["0", "0-1", "x", "a,a", "*,0", "1-0"]],
        "NAME" => [&["label"], &["a", "0", "x"]],
        "LABELS" => [&["benign", "0"], &["1", "x"]],
        "CONDITION" => [&["a=1", "a!=1", "label=benign"], &["x=1", "0=1", "", "="]],
        "POLICY" => [&["drop", "mean", "fill=0"], &["error", "fill=nan"]],
        "WORDS" => [&["1", "x", "0,1"], &["", ","]],
        "CHARACTER" => [&["tab", ";", "#"], &[",", "\""]],
        "KIND|NUMBER" => [&["quantile", "log-normal", "peaks", "none", "0.5"], &["0", "-1e30"]],
        other => panic!("an option has a value called {other}: list some here"),
    }
}
