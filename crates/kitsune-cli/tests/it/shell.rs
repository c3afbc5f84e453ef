//! Help for the shell: help texts, completions, manual pages.

use crate::folder::Folder;
use crate::kitsune::{assert_says, kitsune};

const COMMANDS: [&str; 8] = ["train", "anomaly-scores", "extract", "import", "inspect", "devices", "completions", "man"];

#[test]
fn completions_know_every_command_in_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let told = kitsune("completions").word(shell).succeeds();
        assert_says(&told.stdout, &COMMANDS);
        assert_says(&told.stdout, &["on-missing", "output-format", "with-tails"]);
        assert_eq!(told.stderr, "", "{shell}");
    }
}

#[cfg(unix)]
#[test]
fn bash_takes_its_completions() {
    let Ok(mut bash) = std::process::Command::new("bash").arg("-n").stdin(std::process::Stdio::piped()).spawn() else { return };
    let script = kitsune("completions bash").succeeds().stdout;
    std::io::Write::write_all(&mut bash.stdin.take().unwrap(), script.as_bytes()).unwrap();
    assert!(bash.wait().unwrap().success());
}

#[test]
fn each_command_has_a_manual_page() {
    let pages = [
        ("", "kitsune", &["Exit codes", "kitsune\\-anomaly\\-scores", ".SH EXAMPLES"][..]),
        (
            "train",
            "kitsune-train",
            &["\\-\\-on\\-missing", "\\-\\-mapper\\-rows", ".SH NOTES", ".SH EXAMPLES\n.nf\nkitsune train flows/ \\-\\-exclude id,time\n"],
        ),
        ("anomaly-scores", "kitsune-anomaly-scores", &["\\-\\-with\\-tails", "\\-\\-keep"]),
        ("score", "kitsune-anomaly-scores", &["\\-\\-with\\-tails"]),
        ("extract", "kitsune-extract", &["\\-\\-max\\-streams", "\\-\\-keep"]),
        ("import", "kitsune-import", &["\\-\\-clusters", "CHECKPOINT"]),
        ("inspect", "kitsune-inspect", &["\\-\\-json"]),
        ("devices", "kitsune-devices", &[]),
        ("completions", "kitsune-completions", &["powershell"]),
        ("man", "kitsune-man", &[]),
    ];
    for (command, name, parts) in pages {
        let told = kitsune("man").words(command).succeeds();
        assert!(told.stdout.starts_with(".ie") || told.stdout.starts_with(".TH"), "{command}: {}", told.stdout);
        assert_says(&told.stdout, &[&format!(".TH {name} 1"), ".SH NAME", ".SH SYNOPSIS"]);
        assert_says(&told.stdout, parts);
        assert_eq!(told.stderr, "", "{command}");
    }
}

#[test]
fn all_manual_pages_are_written() {
    let folder = Folder::new();
    folder.kitsune("man --output pages/man1").succeeds().says(&["wrote 12 pages to pages/man1"]);
    let names =
        ["", "-train", "-anomaly-scores", "-extract", "-evaluate", "-calibrate", "-import", "-inspect", "-devices", "-completions", "-man"];
    for name in names {
        let page = String::from_utf8(folder.read(format!("pages/man1/kitsune{name}.1"))).unwrap();
        assert_says(&page, &[&format!(".TH kitsune{name} 1")]);
        assert_eq!(page, kitsune("man").words(name.trim_start_matches('-')).succeeds().stdout);
    }
}

#[test]
fn completions_know_the_commands_after_man() {
    for (shell, page) in [("bash", "--output"), ("zsh", "The command that the page describes")] {
        let script = kitsune("completions").word(shell).succeeds().stdout;
        let is_complete =
            |line: &str| line.contains(page) && ["train", "calibrate", "anomaly-scores"].iter().all(|name| line.contains(name));
        assert!(script.lines().any(is_complete), "{shell}");
    }
}

#[test]
fn every_option_has_a_line_of_its_own() {
    for command in ["train", "anomaly-scores", "extract", "import", "inspect", "completions", "man"] {
        let help = kitsune(command).word("--help").succeeds().stdout;
        let lines: Vec<_> = help.lines().take_while(|line| !line.starts_with("Example")).collect();
        let mut options = 0;
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.trim_start().starts_with('-') && line.starts_with("  ")) {
            // Possible values are marked by a dash too.
            if line.trim_start().starts_with("- ") {
                continue;
            }
            options += 1;
            let beside = line.trim().split_once("  ").map_or("", |(_, text)| text.trim());
            let below = lines.get(at + 1).map_or("", |line| line.trim());
            assert!(!beside.is_empty() || (!below.is_empty() && !below.starts_with('-')), "{command}: {line}");
        }
        assert!(options >= 1, "{command}");
        if command == "train" {
            assert!(options > 30, "{options}");
        }
    }
}

#[test]
fn help_has_examples() {
    for (words, parts) in [
        ("--help", &["Examples:", "kitsune train demo/train", "Exit codes"][..]),
        ("train --help", &["Examples:", "--exclude id,time", "s3://bucket", "Each cluster has a small autoencoder, its tail"]),
        ("train -h", &["Examples:", "--exclude id,time", "--model <FILE>", "--alert-rate"]),
        ("anomaly-scores --help", &["Examples:", "--keep id", "score - -"]),
        ("completions --help", &["Examples:", "kitsune completions bash"]),
        ("man --help", &["Examples:", "man -l -"]),
    ] {
        assert_says(&kitsune(words).succeeds().stdout, parts);
    }
}
