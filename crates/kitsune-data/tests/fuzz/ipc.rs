//! Mutated Arrow files and streams, compared with the reader of the Arrow project.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Decimal128Type, Decimal256Type, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, FixedSizeListArray, Float32Array, Float64Array, Int8Array, Int32Array, Int64Array,
    LargeListArray, ListArray, RecordBatch, StringArray, StringViewArray, StructArray, UInt16Array,
};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use arrow_ipc::{Block, CompressionType, root_as_footer, root_as_message};
use arrow_schema::ArrowError;
use kitsune_data::{Format, Missing};
use polars::df;
use polars::polars_utils::compression::ZstdLevel;
use polars::prelude::{DataFrame, IpcCompression, IpcStreamWriter, IpcWriter, SerWriter};

use crate::frame_options::FrameOptions;
use crate::mutator::{Mutator, Random};
use crate::naive_names::distinct;
use crate::outcome::Outcome;
use crate::panics;
use crate::run::{Subject, fuzz};

/// What a file begins with; then comes what is a stream as well.
const FILE_MAGIC: &[u8] = b"ARROW1\0\0";

/// What is said instead of asking the naive reader.
const TOO_MUCH: &str = "a compressed buffer announces too much";

/// What the naive reader refuses although the rows are there all the same.
const TOLERATED: [(&str, &str); 26] = [
    ("null_count", "read, with other numbers of nulls in front"),
    ("is declared as non-nullable", "read, with nulls where none were to be"),
    ("unmasked nulls for non-nullable", "read, with nulls where none were to be"),
    ("non-nullable child", "read, with nulls where none were to be"),
    // Of compressed columns there are as many values as in the batch, whatever stands in front.
    ("Need at least", "read, with a wrong length of a compressed column"),
    ("all columns in a record batch must have", "read, with a wrong length of a compressed column"),
    ("Incorrect array length", "read, with a wrong length of a compressed column"),
    ("First offset", "read, with a wrong length of a compressed column"),
    ("Last offset", "read, with a wrong length of a compressed column"),
    ("isn't large enough", "read, with a wrong length of a compressed column"),
    ("Values length", "read, with a wrong length of an array"),
    ("null_bit_buffer size too small", "read, with a wrong length of a compressed column"),
    ("Invalid uncompressed length", "read, with a wrong length of a compressed column"),
    (TOO_MUCH, "read, with a wrong length of a compressed column"),
    // Of a batch without rows nothing is decoded.
    ("Error converting offset[0]", "read, with offsets of no values"),
    ("Invalid variadic count", "read, with more data than the schema tells of"),
    ("not found in schema", "read, with a dictionary that no column has"),
    ("metadata versions mismatch", "read, with several versions of the metadata"),
    ("Unable to get root as footer", "read, with descriptions that are not padded or ended by the book"),
    ("Unable to get root as message", "read, with descriptions that are not padded or ended by the book"),
    // What is behind the values that are needed is not looked at, checksums included.
    ("Io error", "read, with compressed bytes that end wrongly"),
    ("decompressed", "read, with compressed bytes that end wrongly"),
    ("Buffer count mismatched", "read, with more data than the schema tells of"),
    ("Mismatch between schema and data", "read, with more data than the schema tells of"),
    ("not all are numbers", "read, with a type that is a number for one reader only"),
    ("Int type with bit width of 128", "read, with a type that is a number for one reader only"),
];

/// Buffers that are empty when decompressed, but must not be: only Polars knows which buffers these are.
const KNOWN_PANICS: [&str; 4] = [
    "io/ipc/read/array/list.rs:64: called `Option::unwrap()` on a `None` value",
    "io/ipc/read/array/utf8.rs:52: called `Option::unwrap()` on a `None` value",
    "io/ipc/read/read_basic.rs:130: range end index 8 out of range for slice of length 0",
    "io/ipc/read/read_basic.rs:311: range end index 8 out of range for slice of length 0",
];

pub(crate) struct Ipc;

impl Subject for Ipc {
    const EXTENSION: &'static str = "arrow";
    const CASES: u64 = 1_200;
    type How = FrameOptions;

    fn mutator() -> Mutator {
        let mut seeds = Vec::new();
        for batch in batches() {
            // One of them without rows.
            let parts = [batch.slice(0, 3), batch.slice(3, 0), batch.slice(3, batch.num_rows() - 3)];
            seeds.push(stream(&parts, None));
            seeds.push(stream(&parts, Some(CompressionType::LZ4_FRAME)));
            seeds.push(file(&parts, Some(CompressionType::ZSTD)));
            seeds.push(bare(&file(&parts, Some(CompressionType::LZ4_FRAME))));
            seeds.push(stream(&[batch.slice(0, 0), batch.clone()], None));
            let whole = file(&[batch], None);
            seeds.push(bare(&whole));
            seeds.push(whole);
        }
        // Written by polars 2.1.0 for Python.
        seeds.push(include_bytes!("../it/data/polars_2.arrow").to_vec());
        let text: Vec<_> = (0..20).map(|row| format!("a text that is longer than a view, {row}")).collect();
        let numbers: Vec<_> = (0..20).map(f64::from).collect();
        let frame = df!("a" => &numbers, "t" => &text, "b" => [Some(true), None, Some(false), Some(true)].repeat(5)).unwrap();
        for compression in [None, Some(IpcCompression::LZ4), Some(IpcCompression::ZSTD(ZstdLevel::default()))] {
            seeds.push(polars(&frame, compression, true));
            seeds.push(polars(&frame, compression, false));
        }
        let tokens: &[&[u8]] = &[
            b"\0",
            b"\0\0\0\0",
            b"\0\0\0\0\0\0\0\0",
            b"\xff",
            b"\xff\xff\xff\xff",
            b"\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\x01",
            b"\x80",
            b"\x7f",
            b"\xff\xff\xff\x7f",
            b"\0\0\0\x80",
            b"\x08\0\0\0",
            b"\xff\xff\xff\xff\0\0\0\0",
            b"ARROW1",
            b"\0\0\0\0\0\0\xf8\x7f",
        ];
        Mutator { seeds, tokens, binary: true, special: None }
    }

    fn how(random: &mut Random) -> FrameOptions {
        FrameOptions::of(random)
    }

    fn read(path: &Path, how: &FrameOptions) -> Outcome {
        how.read(path, Format::Ipc)
    }

    /// An error is never wrong, as long as the rows before it are right.
    fn check(bytes: &[u8], how: &FrameOptions, found: &Outcome) -> Result<&'static str, String> {
        // Only what went through our checks is safe for a reader that believes lengths.
        if found.error.is_some() {
            return Ok("errors");
        }
        if found.names.as_ref().is_none_or(Vec::is_empty) {
            // Where there are no columns, the naive reader takes lengths of any size.
            return Ok("read, no columns");
        }
        let (read, _) = panics::heard(|| catch_unwind(AssertUnwindSafe(|| naive(bytes, how))));
        let Ok(naive) = read else { return Ok("read, where the naive reader panics") };
        if let Some(error) = &naive.error {
            return match TOLERATED.iter().find(|(said, _)| error.contains(said)) {
                Some((_, kind)) => Ok(kind),
                None => Err(format!("{} rows were read, but the naive reader says: {error}", found.rows.len())),
            };
        }
        if naive.rows.is_empty() && found.rows.is_empty() {
            return Ok("read, no rows");
        }
        if found.names != naive.names || found.rows.len() != naive.rows.len() {
            return Err(format!("{:?} and {:?} instead of {:?} and {:?}", found.names, found.rows, naive.names, naive.rows));
        }
        let near = |(found, expected): (&f64, &f64)| found == expected || (found - expected).abs() <= 1e-15 * expected.abs();
        let unlike = found
            .rows
            .iter()
            .zip(&naive.rows)
            .find(|(found, expected)| found.len() != expected.len() || !found.iter().zip(expected.iter()).all(near));
        unlike.map_or(Ok("read"), |(found, expected)| Err(format!("a row {found:?} instead of {expected:?}")))
    }

    fn known(panic: &str) -> bool {
        KNOWN_PANICS.iter().any(|known| panic.contains(known))
    }
}

#[test]
fn mutated_arrow_ipc_is_read_as_another_reader_reads_it() {
    fuzz::<Ipc>();
}

/// Valid rows of all layouts.
fn batches() -> Vec<RecordBatch> {
    let lists = || (0..8).map(|row| Some(vec![Some(f64::from(row)), Some(0.5), Some(-1.0)]));
    let holes = || (0..8).map(|row| (row != 5).then(|| vec![Some(row), (row % 3 != 1).then_some(7)]));
    let texts = ["x", "", "yy", "x", "a text that is longer than a view", "z", "zz", "x"];
    let plain: [(&str, ArrayRef); 4] = [
        ("a", Arc::new((0..8).map(f64::from).collect::<Float64Array>())),
        ("b", Arc::new((0..8).map(|row| i64::from(row) << 40).collect::<Int64Array>())),
        ("c", Arc::new((0..8).map(|row| Some(row % 3 == 0)).collect::<BooleanArray>())),
        ("d", Arc::new((0..8).map(|row| (row != 4).then_some(row as f32 / 3.0)).collect::<Float32Array>())),
    ];
    let small: [(&str, ArrayRef); 2] = [
        ("i", Arc::new((0..8).map(|row| -row).collect::<Int8Array>())),
        ("u", Arc::new((0..8).map(|row| Some(row * 9_000)).collect::<UInt16Array>())),
    ];
    let listed: [(&str, ArrayRef); 3] = [
        ("f", Arc::new(ListArray::from_iter_primitive::<Float64Type, _, _>(lists()))),
        ("g", Arc::new(LargeListArray::from_iter_primitive::<Int32Type, _, _>(holes()))),
        ("h", Arc::new(FixedSizeListArray::from_iter_primitive::<Int32Type, _, _>(holes(), 2))),
    ];
    let others: [(&str, ArrayRef); 4] = [
        ("t", Arc::new(StringArray::from(texts.to_vec()))),
        ("v", Arc::new(StringViewArray::from(texts.to_vec()))),
        ("k", Arc::new(texts.into_iter().collect::<DictionaryArray<Int32Type>>())),
        ("a", Arc::new((0..8).collect::<Int32Array>())),
    ];
    let vectors: [(&str, ArrayRef); 1] = [("s", Arc::new(vectors()))];
    [&plain[..], &small, &listed, &others, &vectors].map(|columns| RecordBatch::try_from_iter(columns.iter().cloned()).unwrap()).into()
}

/// Spark vectors, sparse and dense.
fn vectors() -> StructArray {
    let is_sparse = |row: i32| row % 2 == 0;
    let kinds: Int8Array = (0..8).map(|row| Some(i8::from(!is_sparse(row)))).collect();
    let sizes: Int32Array = (0..8).map(|row| is_sparse(row).then_some(4)).collect();
    let indices = ListArray::from_iter_primitive::<Int32Type, _, _>((0..8).map(|row| is_sparse(row).then(|| vec![Some(1), Some(3)])));
    let values = (0..8).map(|row| Some(vec![Some(f64::from(row)); if is_sparse(row) { 2 } else { 4 }]));
    let values = ListArray::from_iter_primitive::<Float64Type, _, _>(values);
    let fields: Vec<(&str, ArrayRef)> =
        vec![("type", Arc::new(kinds)), ("size", Arc::new(sizes)), ("indices", Arc::new(indices)), ("values", Arc::new(values))];
    StructArray::try_from(fields).unwrap()
}

fn options(compression: Option<CompressionType>) -> IpcWriteOptions {
    IpcWriteOptions::default().try_with_compression(compression).unwrap()
}

pub(crate) fn stream(batches: &[RecordBatch], compression: Option<CompressionType>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = StreamWriter::try_new_with_options(&mut bytes, &batches[0].schema(), options(compression)).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.finish().unwrap();
    drop(writer);
    bytes
}

fn file(batches: &[RecordBatch], compression: Option<CompressionType>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = FileWriter::try_new_with_options(&mut bytes, &batches[0].schema(), options(compression)).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.finish().unwrap();
    drop(writer);
    bytes
}

/// A file whose schema is no message: without the mark and the length before it.
fn bare(file: &[u8]) -> Vec<u8> {
    let length = i32::from_le_bytes(file[12..16].try_into().unwrap()) as usize;
    // What follows keeps its offset.
    [&file[..8], &file[16..16 + length], &[0; 8], &file[16 + length..]].concat()
}

fn polars(frame: &DataFrame, compression: Option<IpcCompression>, is_file: bool) -> Vec<u8> {
    let (mut bytes, mut frame) = (Vec::new(), frame.clone());
    if is_file {
        IpcWriter::new(&mut bytes).with_compression(compression).finish(&mut frame).unwrap();
    } else {
        IpcStreamWriter::new(&mut bytes).with_compression(compression).finish(&mut frame).unwrap();
    }
    bytes
}

type Batches<'a> = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + 'a>;

/// What the reader of the Arrow project reads; value by value.
fn naive(bytes: &[u8], how: &FrameOptions) -> Outcome {
    let mut outcome = Outcome::default();
    let batches: Result<Batches<'_>, ArrowError> = if bytes.starts_with(FILE_MAGIC) && !is_stream(bytes) {
        let listed = blocks(bytes).map_or_else(Vec::new, |(_, blocks)| blocks);
        let message = |block: &&Block| bytes.get(usize::try_from(block.offset()).ok()?..);
        if listed.iter().filter_map(message).any(announces_too_much) {
            return outcome.failed(TOO_MUCH);
        }
        FileReader::try_new(Cursor::new(bytes), None).map(|reader| Box::new(reader) as Batches<'_>)
    } else {
        let bytes = without_empty_batches(bytes.strip_prefix(FILE_MAGIC).unwrap_or(bytes));
        let mut rest = &bytes[..];
        while let Some((length, _)) = first_message(rest) {
            if announces_too_much(rest) {
                return outcome.failed(TOO_MUCH);
            }
            rest = &rest[length..];
        }
        StreamReader::try_new(Cursor::new(bytes), None).map(|reader| Box::new(reader) as Batches<'_>)
    };
    let batches = match batches {
        Ok(batches) => batches,
        Err(error) => return outcome.failed(error.to_string()),
    };
    for batch in batches {
        let batch = match batch {
            Ok(batch) if batch.num_rows() == 0 => continue,
            Ok(batch) => batch,
            Err(error) => return outcome.failed(error.to_string()),
        };
        match columns(&batch, how) {
            Err(error) => return outcome.failed(error),
            Ok((names, rows)) => {
                if outcome.names.get_or_insert_with(|| names.clone()) != &names {
                    return outcome.failed("lists of another length");
                }
                // Rows of nothing are no rows.
                let rows = rows.into_iter().filter(|row| !row.is_empty());
                for row in rows {
                    match how.missing {
                        _ if row.iter().all(|value| value.is_some_and(f64::is_finite)) => {
                            outcome.rows.push(row.into_iter().flatten().collect());
                        }
                        Missing::Fill(fill) => {
                            outcome
                                .rows
                                .push(row.into_iter().map(|value| value.filter(|value| value.is_finite()).unwrap_or(fill)).collect());
                        }
                        Missing::Drop => {}
                        _ => return outcome.failed("a missing value"),
                    }
                }
            }
        }
    }
    outcome
}

/// Whether a file holds a stream with the record batches that its footer lists, and no others.
fn is_stream(file: &[u8]) -> bool {
    let Some((start, blocks)) = blocks(file) else { return false };
    let end = |block: &Block| block.offset().checked_add(block.metaDataLength().into())?.checked_add(block.bodyLength());
    let is_last = |block: &&Block| end(block).is_some_and(|end| (0..=8).contains(&(start as i64).saturating_sub(end)));
    let follows = |[block, next]: &[&Block; 2]| end(block) == Some(next.offset());
    file[8..].starts_with(&[0xff; 4]) && blocks.array_windows().all(follows) && blocks.last().is_some_and(is_last)
}

/// The start of the footer of a file, and the blocks that it lists.
fn blocks(file: &[u8]) -> Option<(usize, Vec<&Block>)> {
    let end = file.len().checked_sub(10)?;
    let length = usize::try_from(i32::from_le_bytes(file.get(end..end + 4)?.try_into().ok()?)).ok()?;
    let start = end.checked_sub(length)?;
    let footer = root_as_footer(&file[start..end]).ok()?;
    Some((start, footer.dictionaries().into_iter().chain(footer.recordBatches()).flatten().collect()))
}

/// Whether a compressed buffer of a message announces more bytes than any of the seeds has. The naive reader takes memory for all of them.
fn announces_too_much(message: &[u8]) -> bool {
    let announced = || {
        let prefix = if message.starts_with(&[0xff; 4]) { 8 } else { 4 };
        let metadata = usize::try_from(i32::from_le_bytes(message.get(prefix - 4..prefix)?.try_into().ok()?)).ok()?;
        let body = prefix.checked_add(metadata)?;
        let message_header = root_as_message(message.get(prefix..body)?).ok()?;
        let batch = message_header.header_as_record_batch().or_else(|| message_header.header_as_dictionary_batch()?.data())?;
        batch.compression()?;
        let length = |offset: i64| {
            let at = body.checked_add(usize::try_from(offset).ok()?)?;
            Some(i64::from_le_bytes(message.get(at..at.checked_add(8)?)?.try_into().ok()?))
        };
        batch.buffers()?.iter().filter_map(|buffer| length(buffer.offset())).max()
    };
    announced().is_some_and(|length| length > 1 << 24)
}

/// A stream without its empty record batches, whose bytes are never read and may be anything.
fn without_empty_batches(bytes: &[u8]) -> Vec<u8> {
    let (mut kept, mut rest) = (Vec::new(), bytes);
    while let Some((length, is_empty)) = first_message(rest) {
        let (message, after) = rest.split_at(length);
        if !is_empty {
            kept.extend_from_slice(message);
        }
        rest = after;
    }
    kept.extend_from_slice(rest);
    kept
}

/// The length of a whole message, and whether it is a record batch of no rows.
fn first_message(bytes: &[u8]) -> Option<(usize, bool)> {
    let prefix = if bytes.starts_with(&[0xff; 4]) { 8 } else { 4 };
    let metadata = i32::from_le_bytes(bytes.get(prefix - 4..prefix)?.try_into().ok()?);
    let start = prefix + usize::try_from(metadata).ok().filter(|&length| length > 0)?;
    let message = root_as_message(bytes.get(prefix..start)?).ok()?;
    let length = start.checked_add(usize::try_from(message.bodyLength()).ok()?).filter(|&length| length <= bytes.len())?;
    let is_empty = message.header_as_record_batch().is_some_and(|batch| {
        batch.length() == 0 && batch.nodes().is_some_and(|nodes| !nodes.is_empty() && nodes.iter().all(|node| node.length() == 0))
    });
    Some((length, is_empty))
}

type Cell = Option<f64>;

/// The names and rows of a batch.
fn columns(batch: &RecordBatch, how: &FrameOptions) -> Result<(Vec<String>, Vec<Vec<Cell>>), String> {
    let (mut names, mut rows) = (Vec::new(), vec![Vec::new(); batch.num_rows()]);
    let called = distinct(&batch.schema().fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>());
    for (name, column) in called.iter().zip(batch.columns()) {
        if let Some(cells) = numbers(column) {
            names.push(name.clone());
            rows.iter_mut().zip(cells).for_each(|(row, cell)| row.push(cell));
        } else if let Some(lists) = lists(column) {
            // A missing list has no length; a missing array has one.
            let width = match column.as_fixed_size_list_opt() {
                Some(arrays) => arrays.value_length() as usize,
                None => lists.iter().flatten().map(Vec::len).next().unwrap_or(0),
            };
            if lists.iter().flatten().any(|list| list.len() != width) {
                return Err("lists of unlike length".into());
            }
            names.extend((0..width).map(|element| format!("{name}[{element}]")));
            rows.iter_mut().zip(lists).for_each(|(row, list)| row.extend(list.unwrap_or_else(|| vec![None; width])));
        } else if !how.without_others {
            return Err("not all are numbers".into());
        }
    }
    Ok((names, rows))
}

fn numbers(array: &dyn Array) -> Option<Vec<Cell>> {
    macro_rules! first_of {
        ($($kind:ty),*) => {
            $(if let Some(array) = array.as_primitive_opt::<$kind>() {
                #[expect(clippy::allow_attributes, reason = "only some of the types are f64 already")]
                #[allow(clippy::cast_lossless, clippy::unnecessary_cast)]
                return Some(array.iter().map(|value| value.map(|value| value as f64)).collect());
            })*
        };
    }
    first_of!(Float64Type, Float32Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type);
    if let Some(array) = array.as_primitive_opt::<Float16Type>() {
        return Some(array.iter().map(|value| value.map(f64::from)).collect());
    }
    if let Some(array) = array.as_primitive_opt::<Decimal128Type>() {
        return Some(array.iter().map(|value| value.map(|value| value as f64 / 10_f64.powi(array.scale().into()))).collect());
    }
    if let Some(array) = array.as_primitive_opt::<Decimal256Type>() {
        return Some((0..array.len()).map(|row| array.is_valid(row).then(|| array.value_as_string(row).parse().ok()).flatten()).collect());
    }
    array.as_boolean_opt().map(|array| array.iter().map(|value| value.map(|value| f64::from(u8::from(value)))).collect())
}

/// Lists, arrays and Spark vectors.
fn lists(array: &dyn Array) -> Option<Vec<Option<Vec<Cell>>>> {
    let of = |lists: Vec<Option<ArrayRef>>| {
        lists.into_iter().map(|list| list.map(|list| numbers(&list)).map_or(Some(None), |list| list.map(Some)))
    };
    if let Some(array) = array.as_list_opt::<i32>() {
        numbers(array.values())?;
        return of(array.iter().collect()).collect();
    }
    if let Some(array) = array.as_list_opt::<i64>() {
        numbers(array.values())?;
        return of(array.iter().collect()).collect();
    }
    if let Some(array) = array.as_fixed_size_list_opt() {
        numbers(array.values())?;
        return of(array.iter().collect()).collect();
    }
    let vectors = array.as_struct_opt()?;
    if vectors.column_names() != ["type", "size", "indices", "values"] {
        return None;
    }
    let kinds = vectors.column(0).as_primitive_opt::<Int8Type>()?;
    let sizes = vectors.column(1).as_primitive_opt::<Int32Type>()?;
    let (indices, values) = (lists_of(vectors.column(2))?, lists_of(vectors.column(3))?);
    let vector = |row: usize| {
        if vectors.is_null(row) {
            return None;
        }
        let values = values[row].clone().unwrap_or_default();
        if kinds.value(row) == 1 {
            return Some(values);
        }
        let mut vector = vec![Some(0.0); sizes.value(row).max(0) as usize];
        for (index, value) in indices[row].clone().unwrap_or_default().into_iter().zip(values) {
            *vector.get_mut(index? as usize)? = Some(value?);
        }
        Some(vector)
    };
    Some((0..vectors.len()).map(vector).collect())
}

fn lists_of(array: &dyn Array) -> Option<Vec<Option<Vec<Cell>>>> {
    array.as_struct_opt().is_none().then(|| lists(array)).flatten()
}
