//! The options for the packets of captures.

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use kitsune_data::input::PacketOptions;

#[derive(Debug, Args)]
#[command(next_help_heading = "Packets")]
pub(super) struct PacketArgs {
    /// Number of statistics of each packet of a capture [default: the model's, or 100].
    #[arg(long, value_name = "NUMBER", value_parser = statistics())]
    statistics: Option<usize>,
    /// Most streams that are held at once: hosts, pairs of hosts, pairs of hosts with ports [default: 1000000].
    ///
    /// Those go that have faded or were not used for a whole round of the others. A million takes some 350 MB.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(64..))]
    max_streams: Option<u32>,
    /// Take the addresses inside tunnels (GRE, IP in IP, VXLAN, GENEVE), not those of the ends of the tunnels.
    #[arg(long)]
    inner: bool,
}

impl PacketArgs {
    pub(super) fn resolve(self) -> PacketOptions {
        PacketOptions { statistics: self.statistics, max_streams: self.max_streams.map(|streams| streams as usize), inner: self.inner }
    }
}

fn statistics() -> impl TypedValueParser<Value = usize> {
    let values = [("100", "Card and address, pair of hosts, jitter, pair of sockets"), ("115", "Those of the source host alone as well")];
    PossibleValuesParser::new(values.map(|(value, meaning)| PossibleValue::new(value).help(meaning))).try_map(|text| text.parse::<usize>())
}
