//! Captures as rows of the commands that train and score.

use serde_json::Value;

use crate::folder::Folder;
use crate::pcap::{self, PUBLISHED, RAW, header, pcap, record};

fn lines(folder: &Folder, name: &str) -> Vec<Value> {
    String::from_utf8(folder.read(name)).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn packets_are_rows_of_every_command() {
    let labels: String = (0..2_000).map(|packet| if packet % 40 == 39 { "attack\n" } else { "benign\n" }).collect();
    let folder = Folder::new().file("trace.pcap", PUBLISHED).file("labels", labels);
    folder.kitsune("train trace.pcap --epochs 1").succeeds().says(&["reading: 2,000 rows in ", "rows of 100 features in "]);
    folder.kitsune("score trace.pcap scores.ndjson --keep packet,source,protocol").succeeds();
    let scores = lines(&folder, "scores.ndjson");
    assert_eq!((scores.len(), &scores[1_999]["packet"]), (2_000, &2_000.into()));
    assert!(scores.iter().all(|line| line["score"].is_number() && line["source"].is_string() && line["protocol"].is_string()));
    let told = folder.kitsune("evaluate trace.pcap --labels labels --json --bootstrap 0").succeeds();
    assert!(told.stdout.contains("\"roc_auc\""), "{}", told.stdout);
    folder.kitsune("calibrate trace.pcap").succeeds();
    let shown = folder.kitsune("inspect").succeeds().stdout;
    assert!(shown.contains("read with         packets {") && shown.contains("\"link_types\":[1]"), "{shown}");
    folder.kitsune("train trace.pcap --labels labels --epochs 1").succeeds().says(&["50 rows left out because the label is not normal"]);
}

#[test]
fn a_model_remembers_how_packets_became_its_rows() {
    let ordinary = pcap::ordinary(300);
    let raw: Vec<u8> = ordinary.iter().map(|(time, frame)| (*time, frame[14..].to_vec())).flat_map(|packet| record(&packet)).collect();
    let folder = Folder::new().file("trace.pcap", pcap(&ordinary)).file("raw.pcap", [header(RAW), raw].concat());
    folder.kitsune("train trace.pcap --statistics 115 --inner --max-streams 1000 --epochs 1").succeeds().says(&["115 features"]);
    let model = folder.kitsune("inspect --json").succeeds().stdout;
    let packets = &serde_json::from_str::<Value>(&model).unwrap()["reading"]["packets"];
    assert_eq!(packets, &serde_json::json!({ "statistics": 115, "max_streams": 1000, "inner": true, "link_types": [1] }));
    let told = folder.kitsune("score trace.pcap scores.ndjson").succeeds();
    assert!(!told.stderr.contains("link type"), "{}", told.stderr);
    folder.kitsune("score raw.pcap raw.ndjson").succeeds().says(&["the packets are of link type", "another length there"]);
    folder
        .kitsune("score trace.pcap x.ndjson --statistics 100 -q")
        .fails(&["trained with --statistics 115, and cannot have --statistics 100"]);
    folder.kitsune("train trace.pcap --epochs 1 --model outer.safetensors").succeeds();
    folder.kitsune("score trace.pcap x.ndjson --model outer.safetensors --inner -q").fails(&["trained without --inner"]);
    folder.kitsune("train raw.pcap --from outer.safetensors --epochs 1").succeeds().says(&["the packets are of link type"]);
}

#[test]
fn what_is_odd_about_packets_is_said_once_for_each_kind() {
    let mut packets = pcap::ordinary(200);
    for at in [50, 100, 150] {
        packets[at].1.truncate(4);
    }
    let folder = Folder::new().file("cut.pcap", [pcap(&packets), vec![0; 7]].concat());
    let cut = ["3 packets: ", "1 capture: ends within a packet"];
    folder.kitsune("train cut.pcap --epochs 1").succeeds().says(&cut);
    folder.kitsune("score cut.pcap scores.ndjson").succeeds().says(&cut);
    let scores = lines(&folder, "scores.ndjson");
    let without: Vec<_> = (0..200).filter(|&at| scores[at]["score"].is_null()).collect();
    assert_eq!(without, [50, 100, 150]);
    folder
        .kitsune("online cut.pcap online.ndjson --mapper-grace 20 --train-grace 60 --model-checkpoint s.safetensors")
        .succeeds()
        .says(&cut);
    assert_eq!(lines(&folder, "online.ndjson").len(), 200);
}

#[test]
fn captures_of_a_folder_are_one_stream_in_the_order_of_their_packets() {
    let packets = pcap::ordinary(300);
    let folder = Folder::new()
        .file("whole.pcap", pcap(&packets))
        .file("parts/b.pcap", pcap(&packets[..100]))
        .file("parts/a.pcap", pcap(&packets[100..]));
    folder.kitsune("train whole.pcap --epochs 1 -q").succeeds();
    folder.kitsune("score whole.pcap whole.csv --keep packet -q").succeeds();
    folder.kitsune("score parts parts.csv --keep packet -q").succeeds();
    assert!(folder.read("whole.csv") == folder.read("parts.csv"));
}
