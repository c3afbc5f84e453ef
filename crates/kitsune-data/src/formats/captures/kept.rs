//! The columns of captures that are passed through.

use polars::prelude::{
    DataFrame, Float64Chunked, IntoColumn, NewChunkedArray, StringChunkedBuilder, UInt16Chunked, UInt32Chunked, UInt64Chunked,
};

use super::block::Block;
use super::column::Column;
use super::field::Field;
use super::line::Line;

/// A column that is passed through.
pub(super) struct Kept<'a> {
    pub(super) column: Column,
    pub(super) name: &'a str,
}

impl Kept<'_> {
    /// The columns, with one line for each packet.
    pub(super) fn frame(kept: &[Self], block: &Block) -> DataFrame {
        let rows = block.lines.len();
        // Each column has one value for each packet, and their names were compared.
        DataFrame::new(rows, kept.iter().map(|kept| kept.column(block)).collect()).unwrap_or_else(|_| DataFrame::empty_with_height(rows))
    }

    fn column(&self, block: &Block) -> polars::prelude::Column {
        let (name, lines) = (self.name.into(), &block.lines);
        match self.column {
            Column::Field(Field::Packet) => UInt64Chunked::from_vec(name, lines.iter().map(|line| line.number).collect()).into_column(),
            Column::Field(Field::Length) => UInt32Chunked::from_iter_options(name, lines.iter().map(Line::length)).into_column(),
            Column::Field(field @ (Field::SourcePort | Field::DestinationPort)) => {
                UInt16Chunked::from_iter_options(name, lines.iter().map(|line| line.port(field))).into_column()
            }
            Column::Field(field) => {
                let (mut texts, mut text) = (StringChunkedBuilder::new(name, lines.len()), String::new());
                for line in lines {
                    text.clear();
                    let is_there = line.put(field, &mut text);
                    texts.append_option(is_there.then_some(text.as_str()));
                }
                texts.finish().into_column()
            }
            Column::Statistic(_) => {
                let values = block.rows().map(|(line, statistics)| self.column.number(line, statistics));
                Float64Chunked::from_iter_options(name, values).into_column()
            }
        }
    }
}
