//! The text below the options in the help of each command: notes in `--help`, and examples.

/// The quickest way to try the command.
pub(super) const DEMO: &str = "  kitsune train demo/train
  kitsune anomaly-scores demo/test scores";

/// The notes and the examples of a command.
pub(super) struct AfterHelp {
    notes: &'static str,
    examples: &'static str,
    /// Examples that `--help` has as well.
    further: &'static str,
}

impl AfterHelp {
    /// The text below `--help`.
    pub(super) fn long(&self) -> String {
        let notes = if self.notes.is_empty() { String::new() } else { format!("{}\n\n", self.notes) };
        let further = if self.further.is_empty() { String::new() } else { format!("\n{}", self.further) };
        notes + &self.short() + &further
    }

    /// The text below `-h`.
    pub(super) fn short(&self) -> String {
        format!("Examples:\n{}", self.examples)
    }
}

pub(super) const TRAIN: AfterHelp = AfterHelp {
    notes: "--from continues the training of a model on these rows. The model keeps its columns, their scaling, its clusters, and all options under \
Model. The new rows need the same column names. All other options are those of this command line.

While a training runs, its checkpoint lies beside the model, with the extension .resume. After Ctrl-C or a crash, the same command with --resume \
continues from the checkpoint. On the same rows it gives the same model as a training without the interruption.

The hyper-parameters of the original, which detect far less, are --is-scaled --optimizer sgd --schedule constant --epochs 1 --head-input raw \
--batch-size 32 --score head --map-distance signed --no-body --prototypes 0 --neighbours 0 --trim 0 --hold-out 0.",
    examples: "  kitsune train flows/ --exclude id,time
  kitsune train 'flows/2026-*.csv.gz' --on-missing mean
  kitsune train flows/ --label-column label --model models/flows.safetensors",
    further: "  kitsune train captures/ --model models/packets.safetensors
  kitsune train s3://bucket/flows/ --columns 'flow_*' --mapper-rows 1000000
  kitsune train today/ --from models/kitsune.safetensors --model models/today.safetensors
  kitsune train flows/ --epochs 100 --resume",
};

pub(super) const ANOMALY_SCORES: AfterHelp = AfterHelp {
    notes: "The output has one line for each row, in order: {\"score\": 0.53, \"is_anomaly\": false, \"tail_probability\": 0.61}. A row is an anomaly \
if its score is at least the threshold. The tail probability is the share of normal rows that score at least as high. A row that --on-missing drop \
leaves out has null in each field.

There are only scores and no verdicts if the model has seen too few normal rows for a threshold, or if --score names another score than the one \
that the model's threshold is for. --threshold NUMBER works with every score.

--explain adds the columns reason_1, reason_1_value, reason_1_expected, reason_1_lowest, reason_1_highest, reason_1_deviations and reason_1_cluster for the strongest reason, and so \
on. kitsune inspect lists the clusters by their numbers.

A folder gets the files scores_0.json, scores_1.json and so on, which replace older ones. An existing file is replaced only if it contains scores \
(a column score) or nothing, and only if it is not read. A name with another extension is a folder if it ends with a slash.

If the model and the rows have column names, columns are found by name. Other columns are ignored and need no --exclude.",
    examples: "  kitsune anomaly-scores demo/test scores
  kitsune score flows/ scores.csv --keep id,time --with-row-numbers
  kitsune score flows/ flagged.csv --alert-rate 0.001 --explain 3 --report page",
    further: "  kitsune score trace.pcap scores.ndjson --keep time,source,destination --alerts alerts.ndjson
  kitsune score today.csv scores.parquet --model models/flows.safetensors
  producer | kitsune score - - --file-format ipc --keep id | consumer",
};

/// How `kitsune online` is called.
pub(super) const ONLINE_USAGE: &str = if cfg!(feature = "live") {
    "kitsune online [OPTIONS] <PATH>... <SCORES>\n       kitsune online [OPTIONS] --interface <NAME> <SCORES>\n       \
     kitsune online --export <MODEL>"
} else {
    "kitsune online [OPTIONS] <PATH>... <SCORES>\n       kitsune online --export <MODEL>"
};

pub(super) const ONLINE: AfterHelp = AfterHelp {
    notes: "The output has one line for each row, in order, as soon as the row was there: {\"score\": 0.53, \"is_anomaly\": false, \"tail_probability\": 0.61, \
\"drift\": false}. Rows of the grace period, and those that --on-missing drop leaves out, have null in each field. Files of NDJSON and CSV grow under \
their name while the command runs; Parquet and Arrow files appear when they are complete.

The threshold keeps the alert rate: it is the score that this share of the last 20 / RATE rows exceeds, flagged rows included, but never less than the threshold of the \
end of the grace period. drift is true in the row that shows that the scores have changed, by adaptive windowing (ADWIN).

The state is saved every 100,000 rows or 60 seconds, and at the end; with a Parquet or Arrow file at the end only. Ctrl-C and SIGTERM end a stream properly, with exit code 0; --resume goes on, to the bit. A \
second signal, a second later or more, ends the command at once, with exit code 130. Without --resume an existing state is never overwritten.

The packets of captures are rows of statistics, which depend on all packets before: --resume reads those that the state knows once more, without scoring \
them. On standard input, as from tcpdump -U -w -, each packet is scored as soon as it is there.

--scaling original --score head is the program of the authors, which takes one row more than --mapper-grace says.",
    examples: "  kitsune online flows.csv scores.ndjson --mapper-grace 5000 --train-grace 50000
  producer | kitsune online - - --resume --keep id --explain 3 | consumer
  kitsune online --export models/flows.safetensors",
    further: "  kitsune online trace.pcap scores.ndjson --alerts alerts.ndjson
  tcpdump -U -w - | kitsune online - - --alerts alerts.ndjson > scores.ndjson
  kitsune online /var/log/flows.ndjson scores.ndjson --follow --resume --metrics flows.prom
  kitsune online flows/ scores.csv --train-grace 10000 --adapt --alert-rate 0.001",
};

pub(super) const EXTRACT: AfterHelp = AfterHelp {
    notes: "Each packet has one line, in the order of the captures, which are put into the order of their first packets. A packet that names no source, or that \
cannot be read, has a line without statistics, and is counted: --on-missing drop lets train and score pass over such lines of the output. What a capture \
has that is odd is said at the end, by its kind.

The columns are MI_dir_L5_weight and so on: what is counted, the decay per second, and the statistic. The values are those that train and score have of the \
captures themselves, to the last bit.

The output appears when it is complete. An existing file is replaced only if it contains statistics or nothing, and only if it is not read.",
    examples: "  kitsune extract trace.pcap statistics.parquet
  kitsune extract captures/ statistics.csv --keep time,source,destination",
    further: "  tcpdump -w - -c 10000 | kitsune extract - - --where protocol=udp > udp.ndjson
  kitsune extract 'trace.pcap*' statistics.arrow --statistics 115 --inner",
};

pub(super) const EVALUATE: AfterHelp = AfterHelp {
    notes: "Each PATH is a set of rows of its own; several sets make a table with their means. Rows with a normal label are normal, all others are \
anomalies. Rows that --on-missing drop leaves out do not count. The scores and labels of a set stay in memory: 9 bytes for each row, and more while \
they are ranked. A dash stands for a figure that the rows cannot give, such as a rate of fewer than 10 normal rows.",
    examples: "  kitsune evaluate demo/test --label-column label
  kitsune evaluate sets/*.csv --label-column label --json > figures.json
  kitsune evaluate today.csv --label-column attack --threshold peaks --alert-rate 0.001 \\
    --report pages",
    further: "",
};

pub(super) const CALIBRATE: AfterHelp = AfterHelp {
    notes: "A sample of the rows, as large as the sample of a training (16,384 rows or 64 MB), sets the threshold and the scale of the scores. With \
--label-column, only rows with a normal label count. Weights, clusters and the scaling of the columns stay. If the model and the rows have column \
names, columns are found by name.",
    examples: "  kitsune calibrate last-week/
  kitsune calibrate last-week/ --model models/flows.safetensors --alert-rate 0.001 \\
    --threshold peaks --output models/strict.safetensors",
    further: "",
};

pub(super) const IMPORT: AfterHelp = AfterHelp {
    notes: "A checkpoint is what the original saves, or a state dict of the same names, also as the entry state_dict or model of a dictionary. A state \
dict by itself does not say which columns each tail sees: then the dictionary has an entry clusters, or --clusters names a file. A file that asks for \
a call, other than those that rebuild tensors, is refused.

The model has the score of the original, --score head, and takes rows as they are, which the original wants in 0-1. It has no threshold until \
kitsune calibrate has seen normal rows. kitsune train --from trains it further.",
    examples: "  kitsune import kitsune.pt --model models/imported.safetensors
  kitsune import state_dict.pt --clusters clusters.json",
    further: "",
};

pub(super) const INSPECT: AfterHelp = AfterHelp {
    notes: "",
    examples: "  kitsune inspect
  kitsune inspect --model models/flows.safetensors --json",
    further: "",
};

pub(super) const COMPLETIONS: AfterHelp =
    AfterHelp { notes: "", examples: "  kitsune completions bash > /etc/bash_completion.d/kitsune", further: "" };

pub(super) const MAN: AfterHelp = AfterHelp {
    notes: "",
    examples: "  kitsune man train | man -l -
  kitsune man --output /usr/local/share/man/man1",
    further: "",
};
