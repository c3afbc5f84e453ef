//! When alerts open and close, and what their lines say.

use std::collections::BTreeMap;

use kitsune_core::scoring::Reason;
use serde_json::{Value, json};

use super::open_alerts::{MOST_OPEN, OpenAlerts};
use super::packet::FlaggedPacket;

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
    alerts.take_lines().unwrap().iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn packets_of_a_couple_are_one_alert_with_the_reason_of_the_strangest() {
    let mut alerts = OpenAlerts::default();
    for (row, (time, score)) in [(1_700_000_000.0, 2.0), (1_700_000_030.5, 5.0), (1_700_000_010.0, 3.0)].into_iter().enumerate() {
        alerts.see(packet(time, "192.0.2.5", "192.0.2.9"), score, row);
    }
    assert_eq!(alerts.unexplained(), [1]);
    alerts.explain(&BTreeMap::from([(1, reason(11_714.7))]), &names());
    assert!(alerts.unexplained().is_empty() && lines(&mut alerts).is_empty());
    alerts.close_all();
    let line = alerts.take_lines().unwrap().concat();
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
    alerts.see(packet(0.0, "a", "x"), 1.0, 0);
    alerts.see(packet(50.0, "b", "x"), 1.0, 1);
    alerts.advance(packet(60.0, "", "").time());
    assert!(couples(&mut alerts).is_empty());
    alerts.advance(packet(60.5, "", "").time());
    assert_eq!(couples(&mut alerts), ["a1"]);
    // The same couple again is another alert, and each direction is one of its own.
    alerts.see(packet(100.0, "a", "x"), 1.0, 2);
    alerts.see(packet(109.0, "b", "x"), 1.0, 3);
    alerts.see(packet(109.5, "x", "a"), 1.0, 4);
    assert!(couples(&mut alerts).is_empty());
    alerts.close_all();
    assert_eq!(couples(&mut alerts), ["a1", "b2", "x1"]);
}

#[test]
fn one_packet_of_a_wrong_time_does_not_split_the_alerts_after_it() {
    let mut alerts = OpenAlerts::default();
    for (row, time) in [10.0, 1e9, 11.0, 12.0, 13.0].into_iter().enumerate() {
        alerts.see(packet(time, "a", "x"), 1.0, row);
    }
    alerts.close_all();
    let packets: Vec<_> = lines(&mut alerts).iter().map(|line| line["packets"].as_u64().unwrap()).collect();
    assert_eq!(packets, [1, 1, 3]);
}

#[test]
fn so_many_alerts_are_open_and_no_more() {
    let mut alerts = OpenAlerts::default();
    for row in 0..MOST_OPEN + 100 {
        alerts.see(packet(row as f64 / 1e3, &format!("source {row}"), "x"), 1.0, row);
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
fn open_alerts_are_remembered_the_latest_first_within_the_bytes() {
    let mut alerts = OpenAlerts::default();
    for (row, source) in ["a", "b", "c"].into_iter().enumerate() {
        alerts.see(packet(row as f64, source, "x"), 1.5, row);
    }
    alerts.explain(&BTreeMap::from([(2, reason(1.0))]), &names());
    let all = alerts.remembered(1 << 20).unwrap();
    let saved = serde_json::to_string(&all).unwrap();
    let mut resumed = OpenAlerts::resumed(serde_json::from_str(&saved).unwrap());
    assert_eq!(alerts.remembered(0).unwrap(), []);
    assert_eq!(alerts.remembered(saved.len() / 2).unwrap(), all[2..]);
    resumed.see(packet(3.0, "a", "x"), 1.0, 0);
    resumed.close_all();
    let found: Vec<_> = lines(&mut resumed).iter().map(|line| (line["source"].clone(), line["packets"].clone())).collect();
    assert_eq!(found, [("b".into(), 1.into()), ("c".into(), 1.into()), ("a".into(), 2.into())]);
}
