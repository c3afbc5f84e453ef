//! Small sound files of every format, which the campaign damages and changes.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;
use kitsune_benches::Random;
use polars::prelude::{
    Column, DataFrame, IntoSeries, IpcCompression, IpcStreamWriter, IpcWriter, NamedFrom, PolarsResult, SerWriter, Series, StructChunked,
};
use polars_parquet::write::ZstdLevel;

use super::Result;
use super::options::Options;
use super::process::Run;
use super::sound_parquet;

pub(super) const FEATURES: [&str; 4] = ["a", "b", "c", "d"];

/// Sound files, models of their rows, and a checkpoint.
pub(super) struct Sound {
    pub(super) files: Vec<SoundFile>,
    pub(super) rows: PathBuf,
    pub(super) model: PathBuf,
    pub(super) models: Vec<Vec<u8>>,
    pub(super) checkpoint: Vec<u8>,
}

/// The bytes of a file of rows.
#[derive(Clone)]
pub(super) struct SoundFile {
    pub(super) name: &'static str,
    pub(super) bytes: Vec<u8>,
    /// How the command has to read it.
    pub(super) options: &'static str,
}

/// The words of the training whose checkpoint is damaged.
pub(super) const TRAINING: &str = "--columns a,b,c,d --epochs 60 --checkpoint-interval 0 --quiet";

impl Sound {
    pub(super) fn prepare(options: &Options) -> Result<Self> {
        let folder = options.folder().join("sound");
        fs::create_dir_all(&folder)?;
        let files = files(200)?;
        let rows = folder.join("plain.csv");
        fs::write(&rows, &files[0].bytes)?;
        let mut models = Vec::new();
        for (seed, extra) in ["", "--label-column label --hold-out 0.3", "--no-body --prototypes 0 --lags 1"].into_iter().enumerate() {
            let words = format!("train {} --columns a,b,c,d --epochs 1 --quiet --seed {seed} {extra}", rows.display());
            let model = folder.join(format!("model_{seed}.safetensors"));
            succeed(Run::new(&folder, &options.kitsune).words(&words).word("--model").word(&model))?;
            models.push(fs::read(model)?);
        }
        let checkpoint = checkpoint(options, &folder, &rows)?;
        Ok(Self { files, model: folder.join("model_0.safetensors"), rows, models, checkpoint })
    }
}

fn succeed(run: Run) -> Result<()> {
    let ended = run.end()?;
    if ended.status.success() { Ok(()) } else { Err(format!("a sound run fails: {}\n{}", ended.line, ended.stderr).into()) }
}

/// A checkpoint that a kill leaves.
fn checkpoint(options: &Options, folder: &Path, rows: &Path) -> Result<Vec<u8>> {
    for tenths in 1..200 {
        let words = format!("train {} {TRAINING} --model killed.safetensors", rows.display());
        Run::new(folder, &options.kitsune).words(&words).signal(f64::from(tenths) * 0.003, libc::SIGKILL).end()?;
        if let Ok(bytes) = fs::read(folder.join("killed.resume")) {
            return Ok(bytes);
        }
    }
    Err("no kill left a checkpoint".into())
}

/// The same rows in every format.
pub(super) fn files(rows: usize) -> Result<Vec<SoundFile>> {
    let (numbers, nested) = (numbers(rows)?, nested(rows)?);
    let csv = csv(&numbers, ",", false)?;
    let json: Vec<_> = (0..rows).map(|row| object(&numbers, row)).collect::<PolarsResult<_>>()?;
    let file = |name, bytes, options| SoundFile { name, bytes, options };
    let mut files = vec![
        file("plain.csv", csv.clone().into_bytes(), ""),
        file("packed.csv.gz", gzip(csv.as_bytes())?, ""),
        file("packed.csv.zst", zstd::encode_all(csv.as_bytes(), 1)?, ""),
        file("comma.csv", self::csv(&numbers, ";", true)?.into_bytes(), "--decimal-comma"),
        file("conn.log", zeek(&numbers)?.into_bytes(), ""),
        file("lines.ndjson", (json.join("\n") + "\n").into_bytes(), ""),
        file("array.json", format!("[\n{}\n]\n", json.join(",\n")).into_bytes(), ""),
        file("packed.ndjson.gz", gzip((json.join("\n") + "\n").as_bytes())?, ""),
    ];
    for (name, compression) in
        [("plain.arrow", None), ("lz4.arrow", Some(IpcCompression::LZ4)), ("zstd.arrow", Some(IpcCompression::ZSTD(ZstdLevel::default())))]
    {
        let mut bytes = Cursor::new(Vec::new());
        IpcWriter::new(&mut bytes).with_compression(compression).finish(&mut nested.clone())?;
        files.push(file(name, bytes.into_inner(), ""));
    }
    let mut stream = Vec::new();
    IpcStreamWriter::new(&mut stream).finish(&mut nested.clone())?;
    files.push(file("stream.arrows", stream, "--file-format ipc"));
    files.extend(sound_parquet::files(&numbers, &nested)?);
    Ok(files)
}

/// Numbers, a word and a label.
fn numbers(rows: usize) -> PolarsResult<DataFrame> {
    let mut random = Random::new(7);
    let values: Vec<[f64; 4]> = (0..rows)
        .map(|_| {
            let (a, b) = (random.uniform(), random.normal());
            [a, b, a + 0.1 * random.uniform(), a * b].map(|value| (value * 1e4).round() / 1e4)
        })
        .collect();
    let mut columns: Vec<_> = FEATURES
        .iter()
        .enumerate()
        .map(|(feature, name)| Column::new((*name).into(), values.iter().map(|row| row[feature]).collect::<Vec<_>>()))
        .collect();
    columns.push(Column::new("count".into(), (0..rows as i64).collect::<Vec<_>>()));
    columns.push(Column::new("name".into(), (0..rows).map(|row| ["tcp", "udp", "icmp"][row % 3]).collect::<Vec<_>>()));
    columns.push(Column::new("label".into(), (0..rows).map(|row| if row % 20 == 7 { "attack" } else { "benign" }).collect::<Vec<_>>()));
    DataFrame::new(rows, columns)
}

/// The same, with missing values, booleans, lists and structs.
fn nested(rows: usize) -> PolarsResult<DataFrame> {
    let mut frame = numbers(rows)?;
    let gaps: Vec<_> = (0..rows as i32).map(|row| (row % 5 > 0).then_some(row)).collect();
    let lists: Vec<_> = (0..rows as i64).map(|row| Series::new("".into(), [row, row + 1, -row])).collect();
    let fields = [Series::new("x".into(), vec![0.5_f32; rows]), Series::new("y".into(), gaps.clone())];
    frame.with_column(Column::new("odd".into(), (0..rows).map(|row| row % 2 == 1).collect::<Vec<_>>()))?;
    frame.with_column(Column::new("gaps".into(), gaps))?;
    frame.with_column(Column::new("list".into(), lists))?;
    frame.with_column(StructChunked::from_series("pair".into(), rows, fields.iter())?.into_series().into())?;
    Ok(frame)
}

fn cells(frame: &DataFrame, row: usize) -> PolarsResult<Vec<String>> {
    frame.columns().iter().map(|column| Ok(column.get(row)?.str_value().into_owned())).collect()
}

fn names(frame: &DataFrame) -> Vec<&str> {
    frame.columns().iter().map(|column| column.name().as_str()).collect()
}

fn csv(frame: &DataFrame, delimiter: &str, decimal_comma: bool) -> PolarsResult<String> {
    let mut text = names(frame).join(delimiter) + "\n";
    for row in 0..frame.height() {
        let line = cells(frame, row)?.join(delimiter) + "\n";
        text += &if decimal_comma { line.replace('.', ",") } else { line };
    }
    Ok(text)
}

fn zeek(frame: &DataFrame) -> PolarsResult<String> {
    let types = ["double", "double", "double", "double", "count", "string", "string"].join("\t");
    let head = format!("#separator \\x09\n#unset_field\t-\n#path\tconn\n#fields\t{}\n#types\t{types}\n", names(frame).join("\t"));
    let body = csv(frame, "\t", false)?;
    Ok(head + body.split_once('\n').map_or("", |(_, rows)| rows) + "#close\t2026-01-01-00-00-00\n")
}

fn object(frame: &DataFrame, row: usize) -> PolarsResult<String> {
    let cells = cells(frame, row)?;
    let is_text = |name: &str| matches!(name, "name" | "label");
    let field =
        |(name, cell): (&str, &String)| if is_text(name) { format!("\"{name}\": \"{cell}\"") } else { format!("\"{name}\": {cell}") };
    Ok(format!("{{{}}}", names(frame).into_iter().zip(&cells).map(field).collect::<Vec<_>>().join(", ")))
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}
