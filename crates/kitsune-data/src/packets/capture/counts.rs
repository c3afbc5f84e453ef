//! What a capture held besides packets.

use std::ops::AddAssign;

/// The packets of a capture, and everything in it that was odd or had to be left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CaptureCounts {
    /// Packets that were read.
    pub packets: u64,
    /// Packets without a time of their own (pcapng's Simple Packet Blocks). They have that of the packet before.
    pub without_time: u64,
    /// Packets whose fraction of a second was a second or more (pcap). It carried into the seconds.
    pub carried_fractions: u64,
    /// Packets that say to be shorter on the wire than what was captured of them. They have the length of what was captured.
    pub understated_lengths: u64,
    /// Packets above the largest size that is read, which were left out.
    pub too_large: u64,
    /// Packets that were left out since they claim more bytes than their block has, or whose block is too short for its fields.
    pub malformed: u64,
    /// Packets that were left out since no description of their interface came before them, so that neither link type nor clock is known.
    pub unknown_interface: u64,
    /// Interfaces whose description makes no sense or that are too many. Their packets are left out.
    pub unread_interfaces: u64,
    /// Blocks of pcapng of a kind that is not known, which were passed over.
    pub unknown_blocks: u64,
    /// Headers of pcap files in the middle of the capture: files that were put one behind the other.
    pub joined_files: u64,
    /// Packets that were on the wire, but not captured, as far as the capture says so (pcapng's Interface Statistics Blocks).
    pub lost: u64,
    /// 1 if the capture ends within a packet or block, as it does when the disk was full or the capture still runs.
    pub cut: u64,
    /// Where a record or block makes no sense, so that the rest could not be read: bytes from the start.
    pub damaged_from: Option<u64>,
}

impl AddAssign for CaptureCounts {
    /// Adds what another capture held. The first place that makes no sense remains.
    fn add_assign(&mut self, other: Self) {
        let Self {
            packets,
            without_time,
            carried_fractions,
            understated_lengths,
            too_large,
            malformed,
            unknown_interface,
            unread_interfaces,
            unknown_blocks,
            joined_files,
            lost,
            cut,
            damaged_from,
        } = self;
        *packets += other.packets;
        *without_time += other.without_time;
        *carried_fractions += other.carried_fractions;
        *understated_lengths += other.understated_lengths;
        *too_large += other.too_large;
        *malformed += other.malformed;
        *unknown_interface += other.unknown_interface;
        *unread_interfaces += other.unread_interfaces;
        *unknown_blocks += other.unknown_blocks;
        *joined_files += other.joined_files;
        *lost = lost.saturating_add(other.lost);
        *cut += other.cut;
        *damaged_from = damaged_from.or(other.damaged_from);
    }
}
