//! What the command knows of columns by their names: labels, and the times and ends of packets.

pub(crate) mod label_names;
pub(crate) mod packet_clock;
pub(crate) mod packet_columns;
