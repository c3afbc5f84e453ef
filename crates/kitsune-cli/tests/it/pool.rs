//! `--pool host`: a packet has the damped mean of the scores of its source's packets.

use std::fs;

use serde_json::Value;

use crate::folder::Folder;
use crate::pcap::{self, attacked, pcap};

const GRACE: &str = "--mapper-grace 200 --train-grace 1000";
/// The host that scans, which comes after the grace period.
const NEW_HOST: &str = "192.0.2.66";
const HALF_LIFE: f64 = 10.0;

fn lines(folder: &Folder, name: &str) -> Vec<Value> {
    String::from_utf8(folder.read(name)).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Time and score of each packet of the new host.
fn of_new_host(lines: &[Value]) -> Vec<(f64, f64)> {
    let number = |line: &Value, name: &str| line[name].as_f64().or_else(|| line[name].as_str()?.parse().ok()).unwrap();
    lines.iter().filter(|line| line["source"] == NEW_HOST).map(|line| (number(line, "time"), number(line, "score"))).collect()
}

/// Asserts that scores are the damped means of others.
#[track_caller]
fn assert_damped(pooled: &[(f64, f64)], own: &[(f64, f64)], tolerance: f64) {
    assert!(pooled.len() == 200 && own.len() == 200, "{} {}", pooled.len(), own.len());
    for (row, &(time, found)) in pooled.iter().enumerate() {
        let weighed = || own[..=row].iter().map(|&(then, score)| (((then - time) / HALF_LIFE).exp2(), score));
        let expected = weighed().map(|(weight, score)| weight * score).sum::<f64>() / weighed().map(|(weight, _)| weight).sum::<f64>();
        assert!((found - expected).abs() < tolerance * (1.0 + expected), "row {row}: {found} instead of {expected}");
    }
}

#[test]
fn a_stream_in_two_runs_pools_as_one_and_by_thresholds_of_its_own() {
    let packets = attacked();
    let folder = Folder::new().file("trace.pcap", pcap(&packets)).file("first.pcap", pcap(&packets[..1_450]));
    let own = format!("online trace.pcap own.ndjson {GRACE} --keep time,source --model-checkpoint own.safetensors -q");
    folder.kitsune(&own).succeeds();
    let words = |trace: &str, out: &str| format!("online {trace} {out}.ndjson {GRACE} --pool host --model-checkpoint {out}.safetensors");
    folder.kitsune(&words("trace.pcap", "whole")).succeeds();
    folder.kitsune(&words("first.pcap", "parts")).succeeds();
    // What the state pools by need not be said again, and cannot change.
    let resumed = "online trace.pcap parts.ndjson --model-checkpoint parts.safetensors --resume";
    folder.kitsune(&format!("{resumed} --pool none")).rejects_words(&["--pool is that of the state"]);
    folder.kitsune(resumed).succeeds();
    assert!(folder.read("parts.ndjson") == folder.read("whole.ndjson"));

    let (own, pooled) = (lines(&folder, "own.ndjson"), lines(&folder, "whole.ndjson"));
    assert_damped(&of_new_host(&pooled), &of_new_host(&own), 1e-5);
    // Means of many scores are less far apart than scores, and so is what is strange.
    let threshold = |name: &str| folder.kitsune(&format!("inspect {name}.safetensors --json")).succeeds().stdout;
    let threshold = |name| serde_json::from_str::<Value>(&threshold(name)).unwrap()["threshold"].as_f64().unwrap();
    assert!(threshold("whole") < threshold("own"), "{} {}", threshold("whole"), threshold("own"));
    let shown = folder.kitsune("inspect whole.safetensors").succeeds().stdout;
    assert!(shown.contains("scores            are those of hosts, pooled with a half-life of 10 seconds\n"), "{shown}");
    let told = |lines: &[Value]| lines.iter().filter(|line| line["source"] == NEW_HOST && line["is_anomaly"] == true).count();
    assert!(told(&pooled) > told(&own), "{} {}", told(&pooled), told(&own));
}

#[test]
fn an_exported_stream_is_a_model_that_pools() {
    let folder = Folder::new().file("trace.pcap", pcap(&attacked()));
    folder
        .kitsune(&format!("online trace.pcap stream.ndjson {GRACE} --pool host --model-checkpoint s.safetensors --export m.safetensors"))
        .succeeds();
    let told = folder.kitsune("score trace.pcap scores.ndjson --model m.safetensors").succeeds();
    told.says(&[" flagged: score "]);
    let (stream, scores) = (lines(&folder, "stream.ndjson"), lines(&folder, "scores.ndjson"));
    for ((_, stream), (_, score)) in of_new_host(&stream).into_iter().zip(of_new_host(&scores)) {
        assert!((stream - score).abs() < 1e-4 * (1.0 + score), "{stream} {score}");
    }
    assert!(scores.iter().any(|line| line["is_anomaly"] == true && line["tail_probability"].is_number()));
    let shown = folder.kitsune("inspect m.safetensors").succeeds().stdout;
    assert!(shown.contains("scores of normal hosts\n") && shown.contains("pooled with a half-life of 10 seconds\n"), "{shown}");
}

#[test]
fn a_model_has_verdicts_on_hosts_once_it_is_calibrated_to_them() {
    let packets = pcap::ordinary(1_300);
    let folder = Folder::new().file("trace.pcap", pcap(&attacked())).file("ordinary.pcap", pcap(&packets));
    folder.kitsune("train ordinary.pcap --epochs 2 -q").succeeds();
    folder.kitsune("score trace.pcap own.ndjson --keep time,source -q").succeeds();
    let own = of_new_host(&lines(&folder, "own.ndjson"));

    // The model's threshold is for single packets, and says nothing about hosts.
    let advice =
        "only scores, no verdicts: the model's is one for scores of single packets, and kitsune calibrate --pool host fits another one";
    folder.kitsune("score trace.pcap scores.ndjson --pool host").succeeds().says(&[advice]);
    let scores = lines(&folder, "scores.ndjson");
    assert!(scores.iter().all(|line| line.get("is_anomaly").is_none()));
    assert_damped(&of_new_host(&scores), &own, 1e-5);
    folder.kitsune("score trace.pcap x.ndjson --pool host --alerts alerts.ndjson -q").fails(&["--alerts needs a threshold"]);
    folder
        .kitsune("score trace.pcap x.ndjson --pool host --alert-rate 0.02 -q")
        .fails(&["there is no threshold", "kitsune calibrate --pool host"]);
    folder.kitsune("score trace.pcap x.ndjson --pool host --threshold 2").succeeds().says(&["score 2 or higher (given)"]);
    let fixed = lines(&folder, "x.ndjson");
    assert!(
        fixed.iter().all(|line| line["is_anomaly"] == (line["score"].as_f64().unwrap() >= 2.0) && line.get("tail_probability").is_none())
    );

    for (input, out) in [("ordinary.pcap", "a"), ("-", "b")] {
        let calibrated = format!("calibrate {input} --pool host --output hosts.safetensors -q");
        folder.kitsune(&calibrated).reads(folder.read("ordinary.pcap")).succeeds();
        let words = format!("score trace.pcap {out}.ndjson --model hosts.safetensors --alerts {out}-alerts.ndjson");
        folder.kitsune(&words).succeeds().says(&[" flagged: score ", "alert rate 0.01"]);
        let scores = lines(&folder, &format!("{out}.ndjson"));
        assert!(scores.iter().all(|line| line["tail_probability"].is_number()));
        let flagged = scores.iter().filter(|line| line["source"] == NEW_HOST && line["is_anomaly"] == true).count();
        assert!(flagged > 150, "{flagged} of 200");
        let ordinary = scores.iter().filter(|line| line["source"] == "192.0.2.2" && line["is_anomaly"] == true).count();
        assert!(ordinary < 60, "{ordinary}");
        assert!(lines(&folder, &format!("{out}-alerts.ndjson")).iter().any(|alert| alert["source"] == NEW_HOST));
    }
    assert!(folder.read("a.ndjson") == folder.read("b.ndjson"));
    // It goes on to pool unless that is ended, and its threshold says nothing about single packets.
    folder
        .kitsune("score trace.pcap none.ndjson --model hosts.safetensors --pool none")
        .succeeds()
        .says(&["scores of hosts", "calibrate --pool none"]);
    assert_eq!(lines(&folder, "none.ndjson").len(), 1_800);
    let stdin = folder.kitsune("calibrate - --model hosts.safetensors -q").reads(folder.read("ordinary.pcap"));
    stdin.fails(&["rows are read twice: give --pool host as well"]);
    folder.kitsune("calibrate ordinary.pcap --model hosts.safetensors -q").succeeds();
    assert!(folder.kitsune("inspect hosts.safetensors").succeeds().stdout.contains("scores of normal hosts"));
    folder.kitsune("calibrate ordinary.pcap --model hosts.safetensors --pool none -q").succeeds();
    assert!(!folder.kitsune("inspect hosts.safetensors").succeeds().stdout.contains("hosts"));
}

#[test]
fn hosts_are_evaluated_as_they_are_scored() {
    let packets = attacked();
    let is_new = |frame: &[u8]| frame[29] == 66;
    let labels: String = packets.iter().map(|(_, frame)| if is_new(frame) { "1\n" } else { "0\n" }).collect();
    let folder = Folder::new()
        .file("trace.pcap", pcap(&packets))
        .file("ordinary.pcap", pcap(&pcap::ordinary(1_300)))
        .file("labels.csv", format!("label\n{labels}"));
    folder.kitsune("train ordinary.pcap --epochs 2 -q").succeeds();
    folder.kitsune("score trace.pcap scores.ndjson --pool host -q").succeeds();
    let mut scores: Vec<_> = of_new_host(&lines(&folder, "scores.ndjson")).into_iter().map(|(_, score)| score).collect();
    scores.sort_by(f64::total_cmp);
    let recall = |options: &str| {
        let words = format!("evaluate trace.pcap --labels labels.csv --threshold {} --bootstrap 0 --json -q {options}", scores[80]);
        let found: Value = serde_json::from_str(&folder.kitsune(&words).succeeds().stdout).unwrap();
        found["sets"][0]["recall"]["value"].as_f64().unwrap()
    };
    assert_eq!(recall("--pool host"), 0.6);
    assert_ne!(recall(""), 0.6);
}

#[test]
fn rows_that_name_no_host_or_no_time_cannot_be_pooled() {
    let row = |row: usize| format!("{},{},192.0.2.{}\n", row % 7, 100 * row, row % 3);
    let with_times: String = (0..400).map(row).collect();
    let folder = Folder::new()
        .file("rows.csv", "a,b\n1,2\n3,5\n")
        .file("times.csv", format!("a,time,source\n{with_times}"))
        .file("bad.csv", format!("a,time,source\n{with_times}1,yesterday,192.0.2.1\n"));
    let online = |rows: &str| format!("online {rows} x.ndjson --mapper-grace 20 --train-grace 200 --pool host --exclude time,source");
    folder
        .kitsune(&format!("{} -q --model-checkpoint a.safetensors", online("rows.csv").replace(" --exclude time,source", "")))
        .fails(&["--pool host needs the columns time, source, which captures have, but these rows have no column time"]);
    // Any rows will do that have both.
    folder.kitsune(&format!("{} --model-checkpoint b.safetensors", online("times.csv"))).succeeds();
    assert!(lines(&folder, "x.ndjson").iter().all(|line| line["source"].is_string()));
    fs::remove_file(folder.path().join("x.ndjson")).unwrap();
    folder
        .kitsune(&format!("{} -q --model-checkpoint c.safetensors", online("bad.csv")))
        .fails(&["bad.csv, row 401, column time", "\"yesterday\" is no time in seconds since 1970"]);
}
