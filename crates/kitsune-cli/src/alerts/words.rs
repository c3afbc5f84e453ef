//! A reason in words, from the name of its statistic.

use std::f64::consts::LN_2;

use super::figure::{duration, figure};
use super::packet::FlaggedPacket;
use super::statistic::{Number, Statistic, Stream};
use crate::console::text::shown;

/// What is strange about a packet: `packet rate 192.0.2.5 → 192.0.2.9 over 10 s: 812/s, expected 3/s`.
pub(super) fn sentence(name: &str, value: f64, expected: f64, packet: &FlaggedPacket) -> String {
    let Some(statistic) = Statistic::named(name) else {
        return format!("{}: {}, expected {}", shown(name), figure(value), figure(expected));
    };
    let (what, who) = (what(statistic), who(statistic, packet));
    let window = window_of(statistic.decay);
    let [found, expected] = [value, expected].map(|value| measured(statistic, value));
    format!("{what} {who} over {window}: {found}, expected {expected}")
}

fn what(statistic: Statistic) -> &'static str {
    match (statistic.number, statistic.stream) {
        (Number::Weight, _) => "packet rate",
        (Number::Mean, Stream::Jitter) => "mean time between packets",
        (Number::Mean, _) => "mean packet size",
        (Number::Variance, Stream::Jitter) => "spread of the times between packets",
        (Number::Variance, _) => "spread of packet sizes",
        (Number::Radius, _) => "spread of packet sizes in both directions",
        (Number::Magnitude, _) => "packet size in both directions",
        (Number::Covariance, _) => "covariance of packet sizes in both directions",
        (Number::Correlation, _) => "correlation of packet sizes in both directions",
    }
}

/// Whose packets are counted.
fn who(statistic: Statistic, packet: &FlaggedPacket) -> String {
    let FlaggedPacket { source, destination, source_mac, .. } = packet;
    let (source, destination) = (shown(source), shown(destination));
    let is_of_both = statistic.number.is_of_both();
    let arrow = if is_of_both { "↔" } else { "→" };
    match (statistic.stream, source_mac) {
        (Stream::Card, Some(card)) if *card != source => format!("of {source} (card {})", shown(card)),
        (Stream::Card | Stream::Host, _) => format!("of {source}"),
        (Stream::Hosts, _) if !is_of_both => format!("of {source}"),
        (Stream::Hosts | Stream::Jitter, _) => format!("{source} {arrow} {destination}"),
        (Stream::Sockets, _) => {
            let [source, destination] = sockets(packet);
            if is_of_both { format!("{source} {arrow} {destination}") } else { format!("of {source}") }
        }
    }
}

/// The ends of a socket: addresses with their ports, but cards alone for ARP and for frames without IP, as the statistics have it.
fn sockets(packet: &FlaggedPacket) -> [String; 2] {
    let FlaggedPacket { source, destination, source_port, destination_port, source_mac, destination_mac, .. } = packet;
    let is_arp = packet.protocol.as_deref() == Some("arp");
    let end = |address: &str, port: &Option<String>, card: &Option<String>| match card {
        Some(card) if is_arp || card == address => format!("card {}", shown(card)),
        _ => socket(shown(address), port.as_deref()),
    };
    [end(source, source_port, source_mac), end(destination, destination_port, destination_mac)]
}

/// An address with its port, if it has one.
fn socket(address: String, port: Option<&str>) -> String {
    match port.map(shown) {
        None => address,
        Some(port) if address.contains(':') => format!("[{address}]:{port}"),
        Some(port) => format!("{address}:{port}"),
    }
}

/// The time in which what is counted halves.
fn window_of(decay: f64) -> String {
    let seconds = 1.0 / decay;
    // A third is 0.33: more digits would say more than there is.
    if seconds < 1.0 { format!("{} s", (seconds * 100.0).round() / 100.0) } else { duration(seconds) }
}

fn measured(statistic: Statistic, value: f64) -> String {
    let is_jitter = statistic.stream == Stream::Jitter;
    match statistic.number {
        // A steady rate of r packets per second has the weight r / (λ ln 2).
        Number::Weight => format!("{}/s", figure((value * statistic.decay * LN_2).max(0.0))),
        Number::Mean if is_jitter => duration(value),
        Number::Variance if is_jitter => duration(value.max(0.0).sqrt()),
        Number::Mean | Number::Magnitude => format!("{} bytes", figure(value.max(0.0))),
        // The root of the root of a sum of squared variances.
        Number::Variance | Number::Radius => format!("{} bytes", figure(value.max(0.0).sqrt())),
        Number::Covariance => format!("{} bytes²", figure(value)),
        // It may leave ±1, and is no share of anything.
        Number::Correlation => figure(value),
    }
}

#[cfg(test)]
mod tests {
    use super::super::moment::Moment;
    use super::*;

    fn packet(source: &str, destination: &str) -> FlaggedPacket {
        FlaggedPacket {
            time: Moment("0".parse().unwrap()),
            source: source.into(),
            destination: destination.into(),
            source_port: Some("40000".into()),
            destination_port: Some("443".into()),
            protocol: Some("tcp".into()),
            source_mac: Some("02:00:00:00:00:05".into()),
            destination_mac: Some("02:00:00:00:00:09".into()),
        }
    }

    #[test]
    fn a_reason_says_whose_packets_are_strange_and_how() {
        let hosts = packet("192.0.2.5", "192.0.2.9");
        for (name, value, expected, words) in [
            ("HH_jit_L0.1_weight", 11_714.7, 43.3, "packet rate 192.0.2.5 → 192.0.2.9 over 10 s: 812/s, expected 3/s"),
            ("MI_dir_L5_weight", 100.0, -1.0, "packet rate of 192.0.2.5 (card 02:00:00:00:00:05) over 0.2 s: 347/s, expected 0/s"),
            (
                "MI_dir_L3_mean",
                60.0,
                900.5,
                "mean packet size of 192.0.2.5 (card 02:00:00:00:00:05) over 0.33 s: 60 bytes, expected 901 bytes",
            ),
            ("H_L1_variance", 10_000.0, 4.0, "spread of packet sizes of 192.0.2.5 over 1 s: 100 bytes, expected 2 bytes"),
            ("HH_L0.01_weight", 43_280.9, 1_000.0, "packet rate of 192.0.2.5 over 100 s: 300/s, expected 6.93/s"),
            ("HH_jit_L1_mean", 0.002, 1.5, "mean time between packets 192.0.2.5 → 192.0.2.9 over 1 s: 2 ms, expected 1.5 s"),
            ("HH_jit_L1_variance", 0.25, 4.0, "spread of the times between packets 192.0.2.5 → 192.0.2.9 over 1 s: 500 ms, expected 2 s"),
            (
                "HH_L1_radius",
                10_000.0,
                0.0,
                "spread of packet sizes in both directions 192.0.2.5 ↔ 192.0.2.9 over 1 s: 100 bytes, expected 0 bytes",
            ),
            ("HpHp_L1_mean", 60.0, 70.0, "mean packet size of 192.0.2.5:40000 over 1 s: 60 bytes, expected 70 bytes"),
            (
                "HpHp_L0.1_magnitude",
                1_500.0,
                90.0,
                "packet size in both directions 192.0.2.5:40000 ↔ 192.0.2.9:443 over 10 s: 1,500 bytes, expected 90 bytes",
            ),
            (
                "HH_L1_covariance",
                -250.0,
                3.0,
                "covariance of packet sizes in both directions 192.0.2.5 ↔ 192.0.2.9 over 1 s: -250 bytes², expected 3 bytes²",
            ),
            ("HH_L1_pcc", -18.0, 0.5, "correlation of packet sizes in both directions 192.0.2.5 ↔ 192.0.2.9 over 1 s: -18, expected 0.5"),
            ("bytes", 1_234.5, 3.0, "bytes: 1,235, expected 3"),
        ] {
            assert_eq!(sentence(name, value, expected, &hosts), words);
        }
    }

    #[test]
    fn addresses_of_every_kind_have_their_ports_and_cards_stand_for_themselves() {
        let six = packet("2001:db8::5", "2001:db8::9");
        let words = sentence("HpHp_L1_weight", 1.0, 1.0, &six);
        assert!(words.starts_with("packet rate of [2001:db8::5]:40000 over"), "{words}");
        let everybody = Some("ff:ff:ff:ff:ff:ff".to_owned());
        let without_ports =
            |source, destination| FlaggedPacket { source_port: None, destination_port: None, ..packet(source, destination) };
        let card = FlaggedPacket { destination_mac: everybody.clone(), ..without_ports("02:00:00:00:00:05", "ff:ff:ff:ff:ff:ff") };
        assert!(sentence("MI_dir_L1_weight", 1.0, 1.0, &card).starts_with("packet rate of 02:00:00:00:00:05 over"));
        assert!(sentence("HH_L1_pcc", 1.0, 1.0, &card).contains("directions 02:00:00:00:00:05 ↔ ff:ff:ff:ff:ff:ff over"));
        // Its socket is the card, and so is that of ARP, whatever addresses this tells.
        let arp = FlaggedPacket { protocol: Some("arp".into()), destination_mac: everybody, ..without_ports("192.0.2.5", "192.0.2.9") };
        for packet in [card, arp.clone()] {
            assert!(sentence("HpHp_L1_weight", 1.0, 1.0, &packet).starts_with("packet rate of card 02:00:00:00:00:05 over"));
            assert!(sentence("HpHp_L1_pcc", 1.0, 1.0, &packet).contains("directions card 02:00:00:00:00:05 ↔ card ff:ff:ff:ff:ff:ff over"));
        }
        assert!(sentence("HH_jit_L1_weight", 1.0, 1.0, &arp).starts_with("packet rate 192.0.2.5 → 192.0.2.9 over"));
        let odd = packet("a\u{1b}[31m", "b");
        assert!(!sentence("H_L1_weight", 1.0, 1.0, &odd).contains('\u{1b}'));
    }
}
