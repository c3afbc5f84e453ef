//! Alerts: one line for each source and destination while packets above the threshold last.

use std::fs;

use serde_json::Value;

use crate::folder::Folder;
use crate::pcap::{self, attacked, pcap};

const GRACE: &str = "--mapper-grace 200 --train-grace 1000 --model-checkpoint s.safetensors";

fn lines(folder: &Folder, name: &str) -> Vec<Value> {
    String::from_utf8(folder.read(name)).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The alert about the host that scans.
#[track_caller]
fn assert_scan_is_told(folder: &Folder, scores: &str, alerts: &str) {
    let (scores, alerts) = (lines(folder, scores), lines(folder, alerts));
    let flagged = |line: &&Value| line["is_anomaly"] == true;
    for alert in &alerts {
        let of_alert: Vec<_> =
            scores.iter().filter(flagged).filter(|line| ["source", "destination"].iter().all(|name| line[*name] == alert[*name])).collect();
        assert!(of_alert.len() as u64 >= alert["packets"].as_u64().unwrap(), "{alert}");
        assert!(
            of_alert.iter().any(|line| (line["score"].as_f64().unwrap() - alert["score"].as_f64().unwrap()).abs()
                < 1e-6 * (1.0 + alert["score"].as_f64().unwrap())),
            "{alert}"
        );
        assert!(alert["reason"].as_str().unwrap().contains(", expected ") && alert["statistic"].is_string(), "{alert}");
    }
    let told: u64 = alerts.iter().map(|alert| alert["packets"].as_u64().unwrap()).sum();
    assert_eq!(told, scores.iter().filter(flagged).count() as u64);
    let highest = alerts.iter().max_by(|a, b| a["score"].as_f64().unwrap().total_cmp(&b["score"].as_f64().unwrap())).unwrap();
    assert_eq!((&highest["source"], &highest["destination"]), (&"192.0.2.66".into(), &"192.0.2.9".into()), "{alerts:?}");
    assert!(highest["packets"].as_u64().unwrap() >= 5, "{highest}");
    assert!(highest["first"].as_str().unwrap().starts_with("2023-11-14T22:14:3"), "{highest}");
    assert!(highest["reason"].as_str().unwrap().contains("192.0.2.66"), "{highest}");
}

#[test]
fn a_scan_is_one_alert_of_a_stream() {
    let folder = Folder::new().file("trace.pcap", pcap(&attacked()));
    let told = folder.kitsune(&format!("online trace.pcap scores.ndjson {GRACE} --alerts alerts.ndjson --keep length")).succeeds();
    told.says(&["alert", " to alerts.ndjson\n"]);
    assert_scan_is_told(&folder, "scores.ndjson", "alerts.ndjson");
    assert!(lines(&folder, "scores.ndjson").iter().all(|line| line["length"].is_number() && line["source_mac"].is_string()));
}

#[test]
fn a_scan_is_one_alert_of_a_model() {
    let folder = Folder::new().file("trace.pcap", pcap(&attacked())).file("ordinary.pcap", pcap(&pcap::ordinary(1_300)));
    folder.kitsune("train ordinary.pcap --epochs 2 -q").succeeds();
    folder.kitsune("score trace.pcap scores.ndjson --alerts new/alerts.ndjson").succeeds().says(&[" to new/alerts.ndjson\n"]);
    assert_scan_is_told(&folder, "scores.ndjson", "new/alerts.ndjson");
    // The same of rows that were extracted.
    folder.kitsune("extract trace.pcap rows.csv --keep time,source,destination,source_port,destination_port,source_mac").succeeds();
    folder.kitsune("score rows.csv again.ndjson --alerts again-alerts.ndjson").succeeds();
    assert!(folder.read("again-alerts.ndjson") == folder.read("new/alerts.ndjson"));
}

#[test]
fn a_run_that_goes_on_tells_of_the_same_packets_and_cuts_what_a_kill_has_left() {
    let packets = attacked();
    // Within the scan.
    let folder = Folder::new().file("trace.pcap", pcap(&packets)).file("first.pcap", pcap(&packets[..1_450]));
    folder.kitsune(&format!("online trace.pcap whole.ndjson {GRACE} --alerts whole-alerts.ndjson -q")).succeeds();
    fs::rename(folder.path().join("s.safetensors"), folder.path().join("whole.safetensors")).unwrap();
    folder.kitsune(&format!("online first.pcap scores.ndjson {GRACE} --alerts alerts.ndjson -q")).succeeds();
    // The end of the first run has closed its alerts; what a kill has left behind these is cut off.
    let mut left = folder.read("alerts.ndjson");
    left.extend_from_slice(b"{\"first\":\"half a li");
    fs::write(folder.path().join("alerts.ndjson"), left).unwrap();
    folder.kitsune(&format!("online trace.pcap scores.ndjson {GRACE} --alerts alerts.ndjson --resume -q")).succeeds();
    assert!(folder.read("scores.ndjson") == folder.read("whole.ndjson"));
    let packets = |name: &str| lines(&folder, name).iter().map(|line| line["packets"].as_u64().unwrap()).sum::<u64>();
    assert_eq!(packets("alerts.ndjson"), packets("whole-alerts.ndjson"));
}

#[test]
fn what_has_no_alerts_is_refused_in_words() {
    let folder = Folder::new()
        .file("trace.pcap", pcap(&pcap::ordinary(300)))
        .file("rows.csv", "a,b\n1,2\n3,5\n")
        .file("notes.ndjson", "{\"a\": 1}\n");
    let online = format!("online trace.pcap scores.ndjson {GRACE}");
    for (words, parts) in [
        (format!("{online} --alerts -"), "alerts are written to a file"),
        (format!("{online} --alerts scores.ndjson"), "several things at once"),
        (format!("{online} --alerts ."), "is a folder"),
    ] {
        folder.kitsune(&words).rejects_words(&[parts]);
    }
    folder.kitsune(&format!("{online} --alerts notes.ndjson -q")).fails(&["notes.ndjson exists and holds no alerts"]);
    folder.kitsune(&format!("online rows.csv scores.ndjson {GRACE} --alerts alerts.ndjson -q")).fails(&["no column time", "captures have"]);
    folder.kitsune("train trace.pcap --epochs 1 -q").succeeds();
    folder.kitsune("score trace.pcap x.ndjson --alerts x.ndjson").rejects_words(&["several things at once"]);
    folder.kitsune("score trace.pcap scores.ndjson --threshold none --alerts alerts.ndjson -q").fails(&["--alerts needs a threshold"]);
    assert!(!folder.exists("alerts.ndjson"));
}
