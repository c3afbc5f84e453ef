//! The text below the options in the help of each command.

/// The quickest way to try the command.
pub(super) const DEMO: &str = "  kitsune train demo/train
  kitsune anomaly-scores demo/test scores";

pub(super) const TRAIN: &str = "Examples:
  kitsune train flows/
  kitsune train 'flows/2026-*.csv.gz' --exclude id,time --on-missing mean
  kitsune train s3://bucket/flows/ --columns 'flow_*' --mapper-rows 1000000
  kitsune train flows/ --label-column label --checkpoint-dir models/flows
  kitsune train scaled/ --is-scaled --batch-size 256 --backend flex
  kitsune train today/ --from models/kitsune.safetensors --checkpoint-dir today-models --epochs 5
  kitsune train flows/ --epochs 100 --resume

--from goes on from a model: its columns, their scaling and clusters, and all that stands under Model above are as they were in it; the rest is \
as this command line has it. What the columns of the new rows are called must be the same.

Until the model is written, a checkpoint (kitsune.resume) is kept beside it. After Ctrl-C or a kill the same command with --resume, on the same \
rows, goes on and gives the very model that it would have given.

The original's own hyper-parameters, which detect far less:
  kitsune train scaled/ --is-scaled --optimizer sgd --schedule constant --epochs 1 \\
    --head-input raw --score head --no-body --prototypes 0 --trim 0 --hold-out 0";

pub(super) const ANOMALY_SCORES: &str = "Writes one line for each row, in order: {\"score\": 0.53, \"is_anomaly\": false, \"tail_probability\": 0.61}. A row that --on-missing drop \
leaves out has null for each of these. A row is an anomaly if it scores at least the threshold of the model; the tail probability is that of a \
normal row scoring as high. Where the model knows too few normal rows for a threshold, or --score asks for another score than the one that it has \
a threshold for, there are scores only. --threshold NUMBER goes with any score; then the tail probability is still the model's, where it has one \
for that score.

--explain adds reason_1, reason_1_value, reason_1_expected, reason_1_deviations and reason_1_cluster, the number that kitsune inspect shows, and \
so on.

Into a folder these lines go as scores_0.json ..., and older ones there are replaced. A single file that is there already is replaced only if it \
holds scores (a column score) or nothing.

Where model and rows have names, columns are found by them: others do not matter, and need no --exclude.

Examples:
  kitsune anomaly-scores demo/test scores
  kitsune score flows/ scores.csv --keep id,time --with-row-numbers
  producer | kitsune score - - --file-format ipc --keep id | consumer
  kitsune score flows/ flagged.csv --alert-rate 0.001 --threshold peaks --explain 3 --report page
  kitsune score today.csv scores --model-checkpoint models/flows/kitsune.safetensors \\
    --n-scores-partition 1";

pub(super) const EVALUATE: &str = "Each PATH is a set of rows of its own; several make a table with their means. Rows with the label 0 are normal, all others \
anomalies. Rows that --on-missing drop leaves out do not count. The scores and labels of all rows of a set are kept in memory, 5 bytes each row, \
and some more while they are ranked. A dash stands for what the rows cannot tell, such as a rate that fewer than 10 normal rows make up.

Examples:
  kitsune evaluate demo/test --label-column label
  kitsune evaluate sets/*.csv --label-column label --json > figures.json
  kitsune evaluate today.csv --label-column attack --threshold peaks --alert-rate 0.001 \\
    --report pages";

pub(super) const CALIBRATE: &str =
    "Of the rows, as many as training samples (16,384 or 64 MB) tell both. Where --label-column is given only those with the label 0 \
count. Weights, clusters, and the scaling of the columns stay. Columns are found by their names where there are some.

Examples:
  kitsune calibrate models/kitsune.safetensors last-week/
  kitsune calibrate models/kitsune.safetensors last-week/ --alert-rate 0.001 --threshold peaks \\
    --output models/strict.safetensors";

pub(super) const COMPLETIONS: &str = "Example:
  kitsune completions bash > /etc/bash_completion.d/kitsune";

pub(super) const MAN: &str = "Example:
  kitsune man train | man -l -";
