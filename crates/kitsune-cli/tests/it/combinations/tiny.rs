//! The smallest files of each format, and those with nothing in them.

use polars::df;
use polars::prelude::DataFrame;

use crate::folder::{Folder, MODEL};
use crate::frames::{gzip, ipc_file, ipc_stream, parquet};
use crate::pcap::{ordinary, pcap};

/// Files of rows, and a model of some of them.
pub(super) struct Tiny {
    files: Vec<(&'static str, Vec<u8>)>,
    model: Vec<u8>,
}

const SOUND: &str = "sound.csv";
/// Inputs that are no files: a folder without files, one with all files, and standard input.
const OTHERS: [&str; 3] = ["tiny/no_files", "tiny", "-"];

fn sound() -> String {
    let row = |row: usize| format!("{row},{},{}\n", (row * 7) % 5, if row % 6 == 5 { "attack" } else { "benign" });
    "a,b,label\n".to_owned() + &(0..120).map(row).collect::<String>()
}

impl Tiny {
    pub(super) fn new() -> Self {
        let text = |text: &str| text.as_bytes().to_vec();
        let one = df!("a" => [1.0], "b" => [2.0]).unwrap();
        let no_rows = one.head(Some(0));
        let no_columns = DataFrame::new(3, Vec::new()).unwrap();
        let files = vec![
            (SOUND, sound().into_bytes()),
            ("empty.csv", Vec::new()),
            ("blank.csv", text("\n\n")),
            ("header.csv", text("a,b,label\n")),
            ("one_row.csv", text("a,b\n1,2\n")),
            ("one_column.csv", text("a\n1\n2\n3\n")),
            ("one_value.csv", text("1\n")),
            ("constant.csv", text("a,b,label\n1,2,0\n1,2,0\n1,2,1\n")),
            ("missing.csv", text("a,b,label\n,,\n,,\n")),
            ("one_gap.csv", text("a,b\n1,\n2,3\n")),
            ("words.csv", text("a,b\nx,y\nz,w\n")),
            ("huge.csv", text("a,b\n1e308,-1e308\n-1e308,1e308\n1e-320,0\n")),
            ("nul.csv", text("a,b\n1,\0\n")),
            ("comments.csv", text("#a\n#b\n")),
            ("labels", text("benign\nattack\n")),
            ("no_rows.log", text("#separator \\x09\n#fields\ta\tb\n#types\tdouble\tdouble\n")),
            ("empty.ndjson", Vec::new()),
            ("no_objects.json", text("[]")),
            ("no_fields.json", text("{}")),
            ("no_fields.ndjson", text("{}\n{}\n")),
            ("one.ndjson", text("{\"a\": 1, \"b\": null}\n")),
            ("no_elements.ndjson", text("{\"a\": []}\n{\"a\": []}\n")),
            ("inner.ndjson", text("{\"a\": {}}\n{\"a\": {\"b\": 1}}\n")),
            ("nothing.csv.gz", gzip(b"")),
            ("header.csv.gz", gzip(b"a,b\n")),
            ("no_bytes.csv.gz", Vec::new()),
            ("no_bytes.csv.zst", Vec::new()),
            ("one.parquet", parquet(&one)),
            ("no_rows.parquet", parquet(&no_rows)),
            ("no_columns.parquet", parquet(&no_columns)),
            ("no_bytes.parquet", Vec::new()),
            ("one.arrow", ipc_file(&one)),
            ("no_rows.arrow", ipc_file(&no_rows)),
            ("no_columns.arrow", include_bytes!("../../../../kitsune-data/tests/fuzz/corpus/batch_without_columns.arrow").to_vec()),
            ("no_columns_either.arrow", ipc_file(&no_columns)),
            ("no_rows.arrows", ipc_stream(&no_rows)),
            ("no_bytes.arrow", Vec::new()),
            ("some.pcap", pcap(&ordinary(20))),
            ("no_packets.pcap", pcap(&[])),
            ("no_bytes.pcap", Vec::new()),
            ("cut.pcap", pcap(&ordinary(3))[..60].to_vec()),
        ];
        let folder = Folder::new().file(SOUND, sound());
        folder.kitsune("train sound.csv --label-column label --epochs 1").succeeds();
        Self { files, model: folder.read(MODEL) }
    }

    pub(super) fn count(&self) -> usize {
        self.files.len() + OTHERS.len()
    }

    pub(super) fn name(&self, number: usize) -> String {
        self.files.get(number).map_or_else(|| OTHERS[number - self.files.len()].to_owned(), |(name, _)| format!("tiny/{name}"))
    }

    pub(super) fn standard_input(&self) -> Vec<u8> {
        self.files[0].1.clone()
    }

    /// A folder with all of them.
    pub(super) fn folder(&self) -> Folder {
        let folder = Folder::new().file(MODEL, &self.model);
        let folder = self.files.iter().fold(folder, |folder, (name, bytes)| folder.file(format!("tiny/{name}"), bytes));
        std::fs::create_dir(folder.path().join("tiny/no_files")).unwrap();
        folder
    }
}
