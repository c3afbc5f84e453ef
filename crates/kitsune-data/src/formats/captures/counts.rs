//! What is to be said of the packets of a pass.

use std::path::{Path, PathBuf};

use super::packets::Packets;
use crate::packets::capture::CaptureCounts;
use crate::remark::Remark;

/// What the files of a pass were like.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// The sums over all files.
    sums: CaptureCounts,
    /// The files that could be read only up to a byte: their number, and the first one.
    damaged: u64,
    first_damaged: Option<(PathBuf, u64)>,
}

impl Counts {
    /// Adds what was found in a file.
    pub(super) fn add_file(&mut self, file: &Path, counts: &CaptureCounts) {
        self.sums += *counts;
        if let Some(byte) = counts.damaged_from {
            self.damaged += 1;
            self.first_damaged.get_or_insert_with(|| (file.into(), byte));
        }
    }

    /// One remark for each kind of thing that occurred: in the files, in the headers of packets, and in their times and streams.
    pub(super) fn remarks(&self, packets: &Packets) -> Vec<Remark> {
        let sums = &self.sums;
        let mut remarks = some(&[
            (sums.cut, "capture", "ends within a packet, as if the disk had been full or it were still written"),
            (sums.lost, "packet", "lost before they were captured, and so without a row"),
            (sums.too_large, "packet", "too large to be read, and so without a result"),
            (sums.malformed, "packet", "record malformed, and so without a result"),
            (sums.unknown_interface, "packet", "from an interface that is not described, and so without a result"),
            (sums.unread_interfaces, "interface", "description makes no sense"),
            (sums.without_time, "packet", "no time of its own, so that of the packet before counts"),
            (sums.carried_fractions, "packet", "fraction of a second that is a second or more, which was added"),
            (sums.understated_lengths, "packet", "more bytes captured than its length says, so these count"),
            (sums.unknown_blocks, "block", "of a kind that is not known, and passed over"),
            (sums.joined_files, "file", "put behind another one in the same capture"),
        ]);
        if let Some((file, byte)) = &self.first_damaged {
            let first = if self.damaged == 1 { "" } else { "the first one, " };
            let text = format!("only the beginning was read ({first}{}, makes no sense from byte {byte} on)", file.display());
            remarks.insert(0, Remark::new(self.damaged, "capture", text));
        }
        remarks.extend(packets.frame_counts().iter().map(|(flaw, packets)| Remark::new(packets, "packet", flaw.to_string())));
        let extractor = packets.extractor_counts();
        remarks.extend(some(&[
            (packets.without_source, "packet", "no source is named, and so without a result"),
            (extractor.clock.stepped_back, "packet", "older than one before, whose time counts"),
            (extractor.clock.ahead, "packet", "more than a day ahead of those before, whose time counts"),
            (extractor.clock.set_anew, "jump", "the clock of the capture was set anew"),
            (extractor.forgotten, "stream", "forgotten, since there are more than can be held"),
        ]));
        remarks
    }
}

/// The remarks about what occurred.
fn some(counts: &[(u64, &str, &str)]) -> Vec<Remark> {
    counts.iter().filter(|(number, ..)| *number > 0).map(|&(number, thing, text)| Remark::new(number, thing, text)).collect()
}
