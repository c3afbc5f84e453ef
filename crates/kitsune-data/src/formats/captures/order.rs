//! The order of captures.

use super::damaged::damaged;
use crate::error::Error;
use crate::locations::data_file::DataFile;
use crate::packets::capture::CaptureReader;
use crate::packets::link_type::LinkType;
use crate::packets::timestamp::Timestamp;

/// Sorts captures by the time of their first packets, so that they are one stream, and returns the link types of these. Captures without a packet come
/// first, and otherwise the order stays where times are the same.
pub(super) fn by_time(files: &mut [DataFile]) -> Result<Vec<LinkType>, Error> {
    let mut order: Vec<(Option<(Timestamp, LinkType)>, DataFile)> = Vec::with_capacity(files.len());
    for file in files.iter() {
        order.push((first_packet(file)?, file.clone()));
    }
    order.sort_by_key(|(first, _)| first.map(|(time, _)| time));
    let mut link_types = Vec::with_capacity(files.len());
    for (place, (first, file)) in files.iter_mut().zip(order) {
        *place = file;
        link_types.extend(first.map(|(_, link_type)| link_type));
    }
    Ok(link_types)
}

fn first_packet(file: &DataFile) -> Result<Option<(Timestamp, LinkType)>, Error> {
    let mut capture = CaptureReader::new(file.open()?).map_err(damaged(file.name()))?;
    let first = capture.next_packet().map_err(damaged(file.name()))?;
    Ok(first.map(|packet| (packet.time, packet.link_type)))
}
