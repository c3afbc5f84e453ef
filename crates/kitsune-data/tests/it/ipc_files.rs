//! Arrow files that can be read by their footer only.

use std::sync::Arc;

use kitsune_data::{Missing, Source};
use polars::df;
use polars::polars_utils::compression::ZstdLevel;
use polars::prelude::{ArrowSchema, CompatLevel, DataFrame, IpcCompression};
use polars_arrow::io::ipc::format::ipc::planus::{Builder, ReadAsRoot};
use polars_arrow::io::ipc::format::ipc::{Block, Footer, FooterRef};
use polars_arrow::io::ipc::write::{FileWriter, WriteOptions};

use crate::folder::{Folder, assert_says, error, rows};
use crate::formats::{gzip, ipc};

const END: usize = 10;

/// A file whose schema is no message: without the mark and the length before it.
fn bare(file: &[u8]) -> Vec<u8> {
    let length = i32::from_le_bytes(file[12..16].try_into().unwrap()) as usize;
    // What follows keeps its offset.
    [&file[..8], &file[16..16 + length], &[0; 8], &file[16 + length..]].concat()
}

/// A file with another footer.
fn with_footer(file: &[u8], change: impl FnOnce(&mut Footer)) -> Vec<u8> {
    let end = file.len() - END;
    let start = end - i32::from_le_bytes(file[end..end + 4].try_into().unwrap()) as usize;
    let mut footer: Footer = FooterRef::read_as_root(&file[start..end]).unwrap().try_into().unwrap();
    change(&mut footer);
    let mut builder = Builder::new();
    let footer = builder.finish(&footer, None);
    [&file[..start], footer, &(footer.len() as i32).to_le_bytes(), b"ARROW1"].concat()
}

fn frame(from: i64) -> DataFrame {
    df!("a" => [from, from + 1], "t" => ["x", "y"]).unwrap()
}

/// A file of three record batches: of the numbers 0 and 1, 2 and 3, 4 and 5.
fn three_batches() -> Vec<u8> {
    let schema: ArrowSchema = frame(0).columns().iter().map(|column| column.field().to_arrow(CompatLevel::oldest())).collect();
    let mut writer = FileWriter::try_new(Vec::new(), Arc::new(schema), None, WriteOptions::default()).unwrap();
    for from in [0, 2, 4] {
        frame(from).iter_chunks(CompatLevel::oldest(), false).for_each(|batch| writer.write(&batch, None).unwrap());
    }
    writer.finish().unwrap();
    writer.into_inner()
}

fn numbers(source: &Source) -> Vec<f64> {
    rows(&source.clone().exclude(["t"]).unwrap(), 0).concat()
}

#[test]
fn what_polars_writes_today_is_read() {
    // Written by polars 2.1.0 for Python: a = 0.5, 1.5, 2.5; b = 3, 4, 5; kind = a category of x, y, x; text; list = [1, 2], [3, 4], [5, 6];
    // in two record batches, compressed by Zstandard.
    let file = include_bytes!("data/polars_2.arrow");
    assert_ne!(file[8..12], [0xff; 4], "its schema is no message");
    for (name, bytes) in [("rows.arrow", file.to_vec()), ("rows.feather", gzip(file))] {
        let folder = Folder::new().file(name, bytes);
        let source = folder.open().exclude(["kind", "text"]).unwrap().keep(["kind", "text"]).unwrap();
        assert_eq!(rows(&source, 0), [[0.5, 3.0, 1.0, 2.0], [1.5, 4.0, 3.0, 4.0], [2.5, 5.0, 5.0, 6.0]], "{name}");
        let kept: Vec<_> = source
            .pass(0)
            .unwrap()
            .flat_map(|batch| {
                let batch = batch.unwrap();
                (0..batch.rows()).map(|row| batch.kept(&[row]).unwrap().remove(0)[0].1.clone()).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(kept, ["x", "y", "x"], "{name}");
        assert!(source.notes().is_empty());
        assert_eq!(Some(read_bytes(&source)), source.bytes());
    }
}

fn read_bytes(source: &Source) -> u64 {
    let mut pass = source.pass(0).unwrap();
    pass.by_ref().for_each(drop);
    pass.progress().bytes()
}

#[test]
fn a_schema_that_is_no_message_is_in_the_footer() {
    let zstd = IpcCompression::ZSTD(ZstdLevel::default());
    for compression in [None, Some(IpcCompression::LZ4), Some(zstd)] {
        let folder = Folder::new().file("rows.arrow", bare(&ipc(&frame(0), compression)));
        assert_eq!(numbers(&folder.open()), [0.0, 1.0]);
    }
    let folder = Folder::new().file("rows.arrow", bare(&ipc(&frame(0).clear(), None)));
    assert_eq!((folder.open().names().unwrap().len(), numbers(&folder.open())), (2, vec![]));
    let folder = Folder::new().file("rows.arrow", bare(&ipc(&DataFrame::empty(), None)));
    assert_eq!(folder.open().pass(0).unwrap().map(|batch| batch.unwrap().rows()).sum::<usize>(), 0);
    let mixed = Folder::new().file("a.arrow", ipc(&frame(0), None)).file("b.arrow", bare(&three_batches()));
    assert_eq!(numbers(&mixed.open()), [0.0, 1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
}

#[test]
fn record_batches_come_in_the_order_of_the_footer() {
    let file = three_batches();
    assert_eq!(numbers(&Folder::new().file("rows.arrow", &file).open()), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    for base in [file.clone(), bare(&file)] {
        let reversed = with_footer(&base, |footer| footer.record_batches.as_mut().unwrap().reverse());
        assert_eq!(numbers(&Folder::new().file("rows.arrow", reversed).open()), [4.0, 5.0, 2.0, 3.0, 0.0, 1.0]);
        let fewer = with_footer(&base, |footer| footer.record_batches.as_mut().unwrap().truncate(2));
        assert_eq!(numbers(&Folder::new().file("rows.arrow", fewer).open()), [0.0, 1.0, 2.0, 3.0]);
    }
}

#[test]
fn a_footer_that_lies_is_an_error() {
    let file = bare(&three_batches());
    let said = |bytes: Vec<u8>| {
        let folder = Folder::new().file("rows.arrow", bytes);
        let source = Source::open(folder.path()).and_then(|source| source.exclude(["t"]));
        error(source.map(|source| source.with_missing(Missing::Drop)))
    };
    let block = |change: fn(&mut Block)| said(with_footer(&file, |footer| change(&mut footer.record_batches.as_mut().unwrap()[1])));
    assert_says(&block(|block| block.offset = -8), &["rows.arrow is damaged", "outside of the file"]);
    assert_says(&block(|block| block.offset = 1 << 40), &["outside of the file"]);
    assert_says(&block(|block| block.body_length = i64::MAX), &["outside of the file"]);
    assert_says(&block(|block| block.body_length = 0), &["it ends early"]);
    assert_says(&block(|block| block.meta_data_length = 0), &["rows.arrow is damaged"]);
    assert_says(&block(|block| block.offset += 8), &["rows.arrow is damaged"]);
    // As in the oldest files, without the mark before the length: the body would begin four bytes before what the footer says.
    assert_says(&block(|block| block.offset += 4), &["a record batch of another length"]);
    assert_says(&said(with_footer(&file, |footer| footer.schema = None)), &["its footer has no schema"]);
    for length in (0..60).map(|part| file.len() * part / 60).chain(file.len() - 12..file.len()) {
        assert_says(&said(file[..length].to_vec()), &["rows.arrow is damaged"]);
    }
    assert_eq!(numbers(&Folder::new().file("rows.arrow", &file).open()).len(), 6);
}
