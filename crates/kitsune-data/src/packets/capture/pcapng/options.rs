//! The options of blocks.

use pcap_parser::{OptionCode, PcapNGOption};

/// Blocks with options are some hundred bytes long. pcap-parser makes a list of the options, which must not become a large one.
pub(super) const MOST_BYTES: usize = 1 << 20;

/// The value of an option, if there is one of the right size.
pub(super) fn option<const BYTES: usize>(options: &[PcapNGOption], code: OptionCode) -> Option<[u8; BYTES]> {
    let mut options = options.iter().take_while(|option| option.code != OptionCode::EndOfOpt);
    options.find(|option| option.code == code)?.as_bytes().ok()?.try_into().ok()
}
