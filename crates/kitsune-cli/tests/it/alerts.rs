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
fn a_page_shows_the_alerts_beside_the_packets_per_second() {
    let labels: String = "benign\n".repeat(1_800);
    let folder = Folder::new().file("trace.pcap", pcap(&attacked())).file("ordinary.pcap", pcap(&pcap::ordinary(1_300)));
    let folder = folder.file("labels", labels.replacen("benign", "scan", 1));
    folder.kitsune("train ordinary.pcap --epochs 2 -q").succeeds();
    folder.kitsune("score trace.pcap scores.ndjson --alerts alerts.ndjson -q").succeeds();
    folder.kitsune("score trace.pcap plain.ndjson --report page -q").succeeds();
    folder.kitsune("score trace.pcap both.ndjson --alerts both-alerts.ndjson --report both --keep length -q").succeeds();
    folder.kitsune("evaluate trace.pcap --labels labels --bootstrap 0 --report evaluated -q").succeeds();
    let mut alerts = lines(&folder, "alerts.ndjson");
    alerts.sort_by(|a, b| b["score"].as_f64().unwrap().total_cmp(&a["score"].as_f64().unwrap()));
    for name in ["page", "both", "evaluated"] {
        let page = String::from_utf8(folder.read(format!("{name}/report.html"))).unwrap();
        let table = page.split("class=\"listed alerts\"").nth(1).unwrap().split("</table>").next().unwrap();
        let lines: Vec<_> = table.split("<tr role=\"row\">").skip(2).collect();
        assert_eq!(lines.len(), alerts.len().min(12), "{name}");
        for (line, alert) in lines.iter().zip(&alerts) {
            let [source, destination, first, reason] =
                ["source", "destination", "first", "reason"].map(|field| alert[field].as_str().unwrap());
            for shown in [
                &format!("<bdi>{source}</bdi> → <bdi>{destination}</bdi>"),
                &format!("<time datetime=\"{first}\">"),
                &format!("data-name=\"Packets\">{}</td>", alert["packets"]),
                &format!("<p>{reason}</p>"),
            ] {
                assert!(line.contains(shown), "{name}: {shown}\n{line}");
            }
        }
        assert!(page.contains("<h3 id=\"timeline\">") && page.contains("From 2023-11-14 22:13:2"), "{name}");
        let flagged = page.split("id=\"flagged-table\"").nth(1).unwrap();
        assert!(flagged.contains("data-name=\"source\"") && flagged.contains("<bdi class=\"kept\">192.0.2.66</bdi>"), "{name}");
    }
    assert!(folder.read("both-alerts.ndjson") == folder.read("alerts.ndjson"));
    let columns = |name: &str| lines(&folder, name)[0].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert!(
        ["time", "source"].iter().all(|name| !columns("plain.ndjson").contains(&(*name).into())),
        "the page adds no columns to the scores"
    );
    assert!(columns("both.ndjson").contains(&"source".into()));
}

#[test]
fn rows_without_times_have_a_page_without_alerts() {
    let rows = |time: fn(usize) -> String| {
        let row = |at: usize| format!("{},{},h{},{}.5,{}\n", at % 7, (at * 13) % 11, at % 3, time(at), at % 2);
        (0..60).fold("a,b,source,time,destination\n".to_owned(), |rows, at| rows + &row(at))
    };
    let folder = Folder::new()
        .file("times.csv", rows(|at| (1_700_000_000 + at).to_string()))
        .file("dates.csv", rows(|at| if at == 41 { "14:13:20".into() } else { (1_700_000_000 + at).to_string() }))
        .file("rows.csv", "a,b\n1,2\n3,5\n");
    folder.kitsune("train times.csv --columns a,b --epochs 1 -q").succeeds();
    let page = |rows: &str| {
        folder.kitsune(&format!("score {rows} {rows}.out.csv --threshold 1e9 --report page -q")).succeeds();
        String::from_utf8(folder.read("page/report.html")).unwrap()
    };
    assert!(page("times.csv").contains("<h3 id=\"timeline\">"));
    let without = page("dates.csv");
    assert!(without.contains("row 42 has another or none") && !without.contains("id=\"timeline\""));
    assert!(!page("rows.csv").contains("id=\"alerts\""));
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
fn a_packet_from_the_future_splits_no_alert() {
    let mut packets = attacked();
    let within = packets.iter().position(|(_, frame)| frame[29] == 66).unwrap() + 150;
    let scan = |alerts: &[Value]| alerts.iter().filter(|alert| alert["source"] == "192.0.2.66").count();
    let folder = Folder::new().file("trace.pcap", pcap(&packets));
    packets[within].0 += 365 * 86_400 * 1_000_000;
    let folder = folder.file("odd.pcap", pcap(&packets));
    for trace in ["trace", "odd"] {
        let words = format!("online {trace}.pcap {trace}.ndjson {GRACE} --alerts {trace}-alerts.ndjson -q");
        folder.kitsune(&words.replace("s.safetensors", &format!("{trace}.safetensors"))).succeeds();
        assert_eq!(scan(&lines(&folder, &format!("{trace}-alerts.ndjson"))), 1, "{trace}");
    }
}

#[test]
fn reasons_are_those_of_the_detector_that_flagged_the_packet() {
    let folder = Folder::new().file("trace.pcap", pcap(&attacked()));
    let words = format!("online trace.pcap scores.ndjson {GRACE} --adapt=0.3 --alerts alerts.ndjson -q");
    folder.kitsune(&words).succeeds();
    folder
        .kitsune(&format!(
            "{} --explain 1",
            words.replace("scores", "explained").replace("s.safe", "t.safe").replace("alerts.n", "again.n")
        ))
        .succeeds();
    assert!(folder.read("alerts.ndjson") == folder.read("again.ndjson"));
    let explained = lines(&folder, "explained.ndjson");
    for alert in lines(&folder, "alerts.ndjson") {
        let score = |line: &Value| (line["score"].as_f64().unwrap_or(0.0) - alert["score"].as_f64().unwrap()).abs();
        let packets = explained.iter().filter(|line| ["source", "destination"].iter().all(|name| line[*name] == alert[*name]));
        let packet = packets.min_by(|a, b| score(a).total_cmp(&score(b))).unwrap();
        for (of_alert, of_packet) in [("statistic", "reason_1"), ("value", "reason_1_value"), ("expected", "reason_1_expected")] {
            assert_eq!(alert[of_alert], packet[of_packet], "{alert} {packet}");
        }
    }
}

#[test]
fn alerts_that_a_state_does_not_know_are_not_emptied() {
    let folder = Folder::new().file("trace.pcap", pcap(&attacked()));
    folder.kitsune(&format!("online trace.pcap scores.ndjson {GRACE} --alerts alerts.ndjson -q")).succeeds();
    let alerts = folder.read("alerts.ndjson");
    for name in ["scores.ndjson", "s.safetensors"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    let resumed = format!("online trace.pcap scores.ndjson {GRACE} --alerts alerts.ndjson --resume -q");
    folder.kitsune(&resumed).rejects_words(&["no state s.safetensors to go on with, and alerts.ndjson would be emptied"]);
    assert!(!alerts.is_empty() && folder.read("alerts.ndjson") == alerts);
    // An empty file is none, and without --resume an older one is replaced as the scores are.
    fs::write(folder.path().join("new.ndjson"), "").unwrap();
    folder.kitsune(&resumed.replace("alerts.ndjson", "new.ndjson")).succeeds();
    assert!(folder.read("new.ndjson") == alerts);
}

#[test]
fn alerts_are_no_rows_of_the_next_run() {
    let folder = Folder::new().file("rows/trace.pcap", pcap(&pcap::ordinary(300)));
    folder.kitsune("train rows --epochs 1 -q").succeeds();
    for words in [format!("online rows scores.ndjson {GRACE}"), "score rows scores.ndjson".into()] {
        for alerts in ["rows/alerts.ndjson", "rows/new/alerts.csv"] {
            folder.kitsune(&format!("{words} -q --alerts {alerts}")).fails(&[
                alerts,
                "is among the rows of rows",
                "read these alerts as rows",
            ]);
            assert!(!folder.exists(alerts) && !folder.exists("scores.ndjson"));
        }
    }
}

#[test]
fn a_row_without_a_time_is_named_with_its_file() {
    let csv = |first: usize| {
        let rows = (first..first + 300).map(|row| format!("{},{row}.5,x,y\n", row % 7));
        format!("a,time,source,destination\n{}", rows.collect::<String>())
    };
    let json = |time: &str| format!("{{\"a\": 1{time}, \"source\": \"x\", \"destination\": \"y\"}}\n");
    let folder = Folder::new()
        .file("rows/a.csv", csv(0))
        .file("rows/b.csv", csv(300) + "1,noon,x,y\n")
        .file("lacking.ndjson", json(", \"time\": 1.5").repeat(300) + &json(""));
    folder.kitsune("train rows/a.csv --columns a --epochs 1 -q").succeeds();
    for (rows, before, parts) in [
        ("rows", 600, ["b.csv, row 601, column time", "\"noon\" is no time in seconds since 1970, such as"]),
        ("lacking.ndjson", 300, ["lacking.ndjson, row 301, column time", "it is missing, and --alerts and --pool need"]),
    ] {
        folder.kitsune(&format!("score {rows} scores.ndjson --alerts alerts.ndjson -q")).fails(&parts);
        let online = format!("online {rows} online.ndjson --columns a --mapper-grace 20 --train-grace 50 --alerts told.ndjson -q");
        folder.kitsune(&format!("{online} --model-checkpoint {rows}.safetensors")).fails(&parts);
        // What came before is not lost.
        assert!(folder.exists(&format!("{rows}.safetensors")));
        assert_eq!(lines(&folder, "online.ndjson").len(), before);
        fs::remove_file(folder.path().join("online.ndjson")).unwrap();
        fs::remove_file(folder.path().join("told.ndjson")).ok();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn alerts_that_cannot_be_written_end_a_stream_whose_state_is_saved() {
    let folder = Folder::new().file("trace.pcap", pcap(&pcap::ordinary(1_500)));
    let online = format!("online trace.pcap scores.ndjson {GRACE} --threshold -1000 -q");
    folder.kitsune(&format!("{online} --alerts /dev/full")).fails(&["/dev/full cannot be written"]);
    let scores = lines(&folder, "scores.ndjson").len();
    assert!(scores > 1_200, "{scores} rows have results");
    let state = folder.kitsune("inspect s.safetensors").succeeds().stdout;
    assert!(state.contains(&format!("{},{:03}", scores / 1_000, scores % 1_000)), "{state}");
    folder.kitsune(&format!("{online} --resume --alerts alerts.ndjson")).succeeds();
    assert_eq!(lines(&folder, "scores.ndjson").len(), 1_500);
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
