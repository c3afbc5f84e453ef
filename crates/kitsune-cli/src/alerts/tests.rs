//! When alerts open and close, and what their lines say.

use std::collections::BTreeMap;

use kitsune_core::scoring::Reason;
use kitsune_data::packets::{Clock, FeatureExtractor, FeatureExtractorConfig};
use serde_json::{Value, json};

use super::open_alerts::{MOST_OPEN, OpenAlerts};
use super::packet::FlaggedPacket;
use super::writer::REMEMBERED;

fn packet(time: f64, source: &str, destination: &str) -> FlaggedPacket {
    let columns = [("time", format!("{time:.6}")), ("source", source.into()), ("destination", destination.into())];
    FlaggedPacket::of(columns.map(|(name, value)| (name.to_owned(), value)).to_vec()).unwrap()
}

fn reason(value: f64) -> Vec<Reason> {
    let reason = json!({
        "feature": 1, "cluster": 0, "value": value, "expected": 43.3, "lowest": null, "highest": null, "deviations": 9.0
    });
    vec![serde_json::from_value(reason).unwrap()]
}

fn names() -> [String; 2] {
    ["MI_dir_L5_mean".to_owned(), "HH_jit_L0.1_weight".to_owned()]
}

fn lines(alerts: &mut OpenAlerts) -> Vec<Value> {
    alerts.take_closed().iter().map(|alert| serde_json::from_str(&alert.line().unwrap()).unwrap()).collect()
}

#[test]
fn packets_of_a_couple_are_one_alert_with_the_reason_of_the_strangest() {
    let mut alerts = OpenAlerts::default();
    for (row, (time, score)) in [(1_700_000_000.0, 2.0), (1_700_000_030.5, 5.0), (1_700_000_010.0, 3.0)].into_iter().enumerate() {
        alerts.see(packet(time, "192.0.2.5", "192.0.2.9"), row as f64, score, row);
    }
    assert_eq!(alerts.unexplained(), [1]);
    alerts.explain(&BTreeMap::from([(1, reason(11_714.7))]), &names());
    assert!(alerts.unexplained().is_empty() && lines(&mut alerts).is_empty());
    alerts.close_all();
    let line = alerts.take_closed()[0].line().unwrap();
    assert!(line.starts_with("{\"first\":\"2023-11-14T22:13:20.000000Z\",\"last\":\"2023-11-14T22:13:50.500000Z\","), "{line}");
    let line: Value = serde_json::from_str(&line).unwrap();
    for (name, value) in [
        ("source", Value::from("192.0.2.5")),
        ("destination", "192.0.2.9".into()),
        ("packets", 3.into()),
        ("score", 5.0.into()),
        ("reason", "packet rate 192.0.2.5 → 192.0.2.9 over 10 s: 812/s, expected 3/s".into()),
        ("statistic", "HH_jit_L0.1_weight".into()),
        ("value", 11_714.7.into()),
        ("expected", 43.3.into()),
    ] {
        assert_eq!(line[name], value, "{name}");
    }
    assert!(alerts.is_empty());
}

#[test]
fn an_alert_is_over_after_a_quiet_minute_of_the_capture() {
    let mut alerts = OpenAlerts::default();
    let couples = |alerts: &mut OpenAlerts| {
        lines(alerts).iter().map(|line| format!("{}{}", line["source"].as_str().unwrap(), line["packets"])).collect::<Vec<_>>()
    };
    let see = |alerts: &mut OpenAlerts, time: f64, source: &str, destination: &str, row: usize| {
        alerts.see(packet(time, source, destination), time, 1.0, row);
    };
    see(&mut alerts, 0.0, "a", "x", 0);
    see(&mut alerts, 50.0, "b", "x", 1);
    alerts.advance(60.0);
    assert!(couples(&mut alerts).is_empty());
    alerts.advance(60.5);
    assert_eq!(couples(&mut alerts), ["a1"]);
    // The same couple again is another alert, and each direction is one of its own.
    see(&mut alerts, 100.0, "a", "x", 2);
    see(&mut alerts, 109.0, "b", "x", 3);
    see(&mut alerts, 109.5, "x", "a", 4);
    assert!(couples(&mut alerts).is_empty());
    alerts.close_all();
    assert_eq!(couples(&mut alerts), ["a1", "b2", "x1"]);
}

/// The packets of each alert, if packets from one source come at these times.
fn packets_of_alerts(times: &[f64]) -> Vec<u64> {
    let (mut alerts, mut clock) = (OpenAlerts::default(), Clock::default());
    for (row, &time) in times.iter().enumerate() {
        let packet = packet(time, "a", "x");
        let seen = clock.at(packet.time.0);
        alerts.see(packet, seen, 1.0, row);
    }
    alerts.close_all();
    lines(&mut alerts).iter().map(|line| line["packets"].as_u64().unwrap()).collect()
}

#[test]
fn one_wrong_time_closes_no_alert_and_two_clocks_are_one() {
    assert_eq!(packets_of_alerts(&[10.0, 1e9, 11.0, -1e9, 12.0, 13.0]), [6]);
    let two_clocks: Vec<_> = (0..200).map(|packet| f64::from(packet / 2 + 70 * ((packet + 1) % 2))).collect();
    assert_eq!(packets_of_alerts(&two_clocks), [200]);
    assert_eq!(packets_of_alerts(&[0.0, 60.0, 120.5, 121.0]), [2, 2]);
}

#[test]
fn so_many_alerts_are_open_and_no_more() {
    let mut alerts = OpenAlerts::default();
    for row in 0..MOST_OPEN + 100 {
        alerts.see(packet(row as f64 / 1e3, &format!("source {row}"), "x"), row as f64 / 1e3, 1.0, row);
        alerts.explain(&BTreeMap::new(), &names());
    }
    let closed = lines(&mut alerts);
    assert_eq!(closed.len(), 100);
    assert_eq!((&closed[0]["source"], &closed[99]["source"]), (&"source 0".into(), &"source 99".into()));
    assert!(closed[0]["reason"].is_null());
    alerts.close_all();
    assert_eq!(lines(&mut alerts).len(), MOST_OPEN);
}

#[test]
fn open_alerts_are_remembered_the_latest_first_and_those_beyond_the_bytes_are_closed() {
    let opened = || {
        let mut alerts = OpenAlerts::default();
        for (row, source) in ["a", "b", "c"].into_iter().enumerate() {
            alerts.see(packet(row as f64, source, "x"), row as f64, 1.5, row);
        }
        alerts.explain(&BTreeMap::from([(2, reason(1.0))]), &names());
        alerts
    };
    let found = |alerts: &mut OpenAlerts| {
        lines(alerts).iter().map(|line| (line["source"].clone(), line["packets"].clone())).collect::<Vec<(Value, Value)>>()
    };
    let mut alerts = opened();
    let all = alerts.remembered(1 << 20).unwrap();
    assert!(all.len() == 3 && found(&mut alerts).is_empty());
    let saved = serde_json::to_string(&all).unwrap();
    let mut resumed = OpenAlerts::resumed(serde_json::from_str(&saved).unwrap());
    resumed.see(packet(3.0, "a", "x"), 3.0, 1.0, 0);
    resumed.close_all();
    assert_eq!(found(&mut resumed), [("b".into(), 1.into()), ("c".into(), 1.into()), ("a".into(), 2.into())]);
    assert_eq!(alerts.remembered(saved.len() / 2).unwrap(), all[2..]);
    assert_eq!(found(&mut alerts), [("a".into(), 1.into()), ("b".into(), 1.into())]);
    let mut alerts = opened();
    assert!(alerts.remembered(0).unwrap().is_empty() && found(&mut alerts).len() == 3);
}

#[test]
fn as_many_alerts_of_packets_as_are_open_are_all_remembered() {
    let names = FeatureExtractor::new(FeatureExtractorConfig::new()).feature_names();
    let longest = names.iter().position(|name| name == "HpHp_L0.01_covariance").unwrap();
    let mut alerts = OpenAlerts::default();
    for row in 0..MOST_OPEN {
        let address = |host: usize| format!("2001:db8:ffff:ffff:ffff:ffff:ffff:{:04x}", 0xf000 + host);
        let columns = [
            ("time", format!("{}.123456789012", 10_000_000_000 + row as u64)),
            ("source", address(row)),
            ("destination", address(row / 2)),
            ("source_port", "50000".into()),
            ("destination_port", "50000".into()),
            ("protocol", "udp-lite".into()),
            ("source_mac", "02:00:00:00:00:05".into()),
            ("destination_mac", "02:00:00:00:00:09".into()),
        ];
        let packet = FlaggedPacket::of(columns.map(|(name, value)| (name.to_owned(), value)).to_vec()).unwrap();
        alerts.see(packet, row as f64 / 3e5, 1.0 + row as f64 / 3e5, row);
        let mut reasons = reason(-1.234_567_890_123_456e14);
        (reasons[0].feature, reasons[0].expected) = (longest, -123_456_789.123_456_7);
        alerts.explain(&BTreeMap::from([(row, reasons)]), &names);
    }
    assert_eq!(alerts.remembered(REMEMBERED).unwrap().len(), MOST_OPEN);
}
