//! Command lines that can never work, and requests for help.

use crate::folder::Folder;
use crate::kitsune::{assert_says, kitsune};

#[test]
fn a_command_without_its_path_says_what_to_type() {
    for words in ["train", "anomaly-scores", "score", "anomaly-scores rows"] {
        kitsune(words).rejects_words(&["Usage:", "kitsune train demo/train", "kitsune anomaly-scores demo/test scores"]);
    }
}

#[test]
fn bad_words_are_refused_by_name() {
    let cases = [
        ("train rows --wibble", "'--wibble'"),
        ("wibble", "'wibble'"),
        ("inspect model more", "'more'"),
        ("train rows --dropout 1", "--dropout must be at least 0 and below 1, but it is 1"),
        ("train rows --dropout -0.1", "--dropout must be"),
        ("train rows --dropout x", "'--dropout <R>'"),
        ("train rows --learning-rate -1", "--learning-rate must be above 0 and finite, but it is -1"),
        ("train rows --learning-rate nan", "--learning-rate must be"),
        ("train rows --momentum 1", "--momentum must be"),
        ("train rows --clip-norm 0", "--clip-norm must be"),
        ("train rows --batch-size 0", "'--batch-size <ROWS>'"),
        ("train rows --batch-size -1", "'--batch-size <ROWS>'"),
        ("train rows --batch-size 18446744073709551615", "'--batch-size <ROWS>'"),
        ("train rows --epochs 18446744073709551615", "'--epochs <N>'"),
        ("train rows --seed -1", "'--seed <N>'"),
        ("train rows --device -1", "'--device <N>'"),
        ("score rows scores --n-scores-partition -1", "'--n-scores-partition <N>'"),
        ("train rows --epochs 0", "'--epochs <N>'"),
        ("train rows --compression-rate 1.5", "--compression-rate must be at least 0 and below 1, but it is 1.5"),
        ("train rows --hidden-ratio 0", "--hidden-ratio must be"),
        ("train rows --max-features-per-cluster 0", "--max-features-per-cluster must be"),
        ("train rows --compression-rate 0.5 --hidden-ratio 0.5", "--hidden-ratio"),
        ("train rows --has-header --no-header", "--no-header"),
        ("train rows --train-on all", "--label-column"),
        ("train rows --file-format json", "csv, parquet, ndjson, ipc"),
        ("train rows --on-missing skip", "it must be error, drop, mean or fill=NUMBER"),
        ("train rows --on-missing fill", "it must be error, drop, mean or fill=NUMBER"),
        ("train rows --on-missing fill=x", "it must be error, drop, mean or fill=NUMBER"),
        ("score rows scores --on-missing fill=nan", "it must be error, drop, mean or fill=NUMBER"),
        ("train rows --delimiter ab", "give one character, or tab"),
        ("train rows --delimiter 1", "'1' cannot be the delimiter"),
        ("train rows --delimiter .", "'.' cannot be the delimiter"),
        ("score rows scores --delimiter é", "'é' cannot be the delimiter"),
        ("train rows --comment -", "'-' cannot be the mark of comments"),
        ("train rows --columns ,", "--columns"),
        ("train ftp://host/rows", "ftp:// is none of s3://"),
        ("score rows more://rows scores", "more:// is none of s3://"),
        ("train s3://", "no bucket"),
        ("train rows --threads 0", "'--threads <N>'"),
        ("train rows --model rows", "rows is a folder: give --model a file"),
        ("train rows --model a --checkpoint-dir b", "--checkpoint-dir"),
        ("train rows --mapper-rows 1", "--mapper-rows must be at least 2, but it is 1"),
        ("train rows --mapper-rows -1", "'--mapper-rows <N>'"),
        ("train rows --shuffle-buffer 0", "'--shuffle-buffer <MB>'"),
        ("train rows --sample-buffer 0", "'--sample-buffer <MB>'"),
        ("score rows scores --output-format json", "csv, parquet, ndjson, ipc"),
        ("score rows scores --keep ,", "--keep"),
        ("completions", "<SHELL>"),
        ("completions csh", "bash, elvish, fish, powershell, zsh"),
        ("man nonsense", "'nonsense'"),
        ("man train --output pages", "--output"),
        ("train rows --backend gpu", "ndarray, flex, wgpu, cuda"),
        ("train rows --optimizer lion", "adam, sgd"),
        ("score rows scores --n-scores-partition 0", "'--n-scores-partition <N>'"),
        ("score rows scores --batch-size 0", "'--batch-size <ROWS>'"),
        ("score rows scores --score mean", "combined, tails, body, prototypes, head"),
        ("score rows scores --threshold high", "give quantile, log-normal, peaks, a NUMBER, or none"),
        ("score rows scores --threshold nan", "give quantile, log-normal, peaks, a NUMBER, or none"),
        ("score rows scores --alert-rate 0", "--alert-rate must be above 0 and at most 0.5, but it is 0"),
        ("score rows scores --alert-rate 0.9", "--alert-rate must be above 0 and at most 0.5, but it is 0.9"),
        ("score rows scores --threshold 3 --alert-rate 0.1", "--alert-rate goes with a threshold that is fitted"),
        ("score rows scores --threshold none --alert-rate 0.1", "--alert-rate goes with a threshold that is fitted"),
        ("score rows scores --explain 0", "'--explain <K>'"),
        ("evaluate rows", "--label-column <NAME>"),
        ("evaluate --label-column 0", "<PATH>"),
        ("evaluate rows --label-column 0 --bootstrap -1", "'--bootstrap <N>'"),
        ("evaluate rows --label-column 0 --alert-rate 2", "--alert-rate must be"),
    ];
    for (words, part) in cases {
        // The folder is good, so only the word is wrong.
        let folder = Folder::new().file("rows/a.csv", "1,2\n3,5\n");
        let before = folder.list();
        folder.kitsune(words).rejects_words(&[part]);
        assert_eq!(folder.list(), before, "{words}");
    }
}

#[test]
fn the_version_names_the_backends_that_are_built_in() {
    let expected = format!("kitsune {} (backends: ndarray, flex, wgpu, cuda)\n", env!("CARGO_PKG_VERSION"));
    for words in ["--version", "-V"] {
        assert_eq!(kitsune(words).succeeds().stdout, expected, "{words}");
    }
}

#[test]
fn help_and_version_are_results() {
    let cases = [
        ("--help", "kitsune train demo/train"),
        ("--version", env!("CARGO_PKG_VERSION")),
        ("train --help", "INPUT_PATH"),
        ("train --help", "--compression-rate"),
        ("anomaly-scores --help", "<PATH>... <SCORES>"),
        ("anomaly-scores --help", "--n-scores-partition"),
        ("anomaly-scores --help", "--alert-rate"),
        ("evaluate --help", "kitsune evaluate demo/test --label-column label"),
        ("inspect --help", "--json"),
        ("devices --help", "devices"),
    ];
    for (words, part) in cases {
        let told = kitsune(words).succeeds();
        assert_says(&told.stdout, &[part]);
        assert_eq!(told.stderr, "", "{words}");
    }
}
