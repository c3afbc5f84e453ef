//! Whole pages, read as a browser reads them.

mod alerts;

use std::fs;

use kitsune_data::OutputFolder;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use self::alerts::{alert, timeline};
use crate::console::text::shown as escaped;
use crate::report::cluster::Cluster;
use crate::report::contents::{Report, ShownThreshold};
use crate::report::curves::{Curve, Curves, Metric};
use crate::report::flagged::{Flagged, ShownReason};
use crate::report::page::{FILE, page};
use crate::report::recorder::Recorder;
use crate::report::strongest::{ALERTS, ShownAlert};
use crate::report::text::shortened;
use crate::scoring::drift::NamedDrift;

/// Names that would do harm if they were not escaped.
const HOSTILE: [&str; 8] = [
    "<script>alert(1)</script>",
    "</script><script>alert(2)//",
    "\"><img src=x onerror=alert(3)>",
    "' onmouseover='alert(4)",
    "</title></style><!-- ]]>",
    "a&b&amp;c&#60;",
    "\u{202e}txt.exe עמודה",
    "nul\0 escape\u{1b}[31m",
];

fn report(recorder: Recorder) -> Report {
    let threshold = Some(ShownThreshold { value: 3.0, kind: "quantile".into(), alert_rate: Some(0.01) });
    let (model, data) = ("model.safetensors".into(), "rows.csv".into());
    let (clusters, drift) = (vec![cluster(1, &["one", "two"])], NamedDrift::default());
    Report { model, data, score: "combined".into(), threshold, clusters, curves: None, drift, recorder, timeline: None }
}

fn cluster(number: usize, columns: &[&str]) -> Cluster {
    Cluster { number, columns: columns.iter().map(|&name| name.to_owned()).collect(), weight: 1.0 / number as f64 }
}

fn flagged(row: u64, name: &str) -> Flagged {
    let reason =
        ShownReason { column: name.into(), value: 17.0, expected: 0.25, range: Some([0.125, 4.5]), contribution: 12.5, cluster: Some(1) };
    let kept = vec![(name.into(), name.into())];
    Flagged { row, score: row as f32, tail_probability: Some(1e-3), label: Some(true), kept, reasons: vec![reason; 4] }
}

fn curves() -> Curves {
    let metric = Metric { name: "ROC AUC".into(), value: 0.9, interval: Some((0.85, 0.95)) };
    let roc = Curve { points: vec![(0.0, 0.0), (0.1, 0.9), (1.0, 1.0)], few: 0 };
    Curves { roc, precision_recall: Curve { points: vec![(0.0, 1.0), (0.5, 0.9), (1.0, 0.4)], few: 1 }, metrics: vec![metric] }
}

/// A report with something in every section.
fn full() -> Report {
    let mut recorder = Recorder::new();
    let labels: Vec<bool> = (1..=3000).map(|row| row % 100 == 0).collect();
    let scores: Vec<f32> = (1..=3000_u16).map(|row| if row % 100 == 0 { 9.0 } else { f32::from(row % 7) * 0.1 + 0.5 }).collect();
    recorder.record(&scores, Some(&labels));
    for row in 1..=30 {
        recorder.flag(flagged(row * 100, "bytes"));
    }
    Report {
        curves: Some(curves()),
        timeline: Some(timeline([alert(60.0, 7.5, "192.0.2.66"), alert(90.0, 9.5, "192.0.2.67")])),
        ..report(recorder)
    }
}

fn text(report: &Report) -> String {
    page(report).unwrap().into_string()
}

/// All elements of a page, after a check that each one is closed if it has to be.
fn elements(page: &str) -> Vec<BytesStart<'static>> {
    const VOID: [&str; 3] = ["meta", "link", "input"];
    let markup = without_contents(&without_contents(page, "style"), "script");
    let mut reader = Reader::from_str(&markup);
    reader.config_mut().check_end_names = false;
    let (mut open, mut all) = (Vec::new(), Vec::new());
    loop {
        let name = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                let name = name(start.name().as_ref());
                if !VOID.contains(&name.as_str()) {
                    open.push(name);
                }
                all.push(start.into_owned());
            }
            Event::End(end) => assert_eq!(open.pop(), Some(name(end.name().as_ref()))),
            Event::Empty(empty) => all.push(empty.into_owned()),
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(open.is_empty(), "{open:?}");
    all
}

/// The page without the contents of an element that end at its first end tag and are no markup.
fn without_contents(page: &str, tag: &str) -> String {
    let (start_tag, end_tag) = (format!("<{tag}"), format!("</{tag}"));
    let mut parts = page.split(&start_tag);
    let mut kept = vec![parts.next().unwrap()];
    for part in parts {
        let (start, rest) = part.split_once('>').unwrap();
        let (_, rest) = rest.split_once(&end_tag).unwrap();
        kept.extend([&start_tag, start, ">", &end_tag, rest]);
    }
    kept.concat()
}

/// Checks that a page is well-formed, runs nothing but its own two scripts and fetches nothing.
fn check(page: &str) {
    let elements = elements(page);
    let count = |tag: &str| elements.iter().filter(|element| element.name().as_ref() == tag.as_bytes()).count();
    assert!(count("script") <= 2 && count("style") == 1 && count("title") == 1);
    assert_eq!(count("img") + count("iframe") + count("a") + count("object"), 0);
    for element in &elements {
        for attribute in element.html_attributes() {
            let attribute = attribute.unwrap();
            let name = std::str::from_utf8(attribute.key.as_ref()).unwrap();
            assert!(!name.starts_with("on") && name != "src", "{element:?}");
            assert!(name != "href" || attribute.value.starts_with(b"data:"), "{element:?}");
        }
    }
    for address in ["http:", "https:", "url(", "@import", "//cdn"] {
        assert!(!page.contains(address), "{address}");
    }
    assert!(!page.contains('\0') && !page.contains("NaN") && !page.contains("undefined"));
}

#[test]
fn a_page_is_well_formed_and_fetches_nothing() {
    let page = text(&full());
    check(&page);
    for part in
        ["Scores over the rows", "Distribution of the scores", "ROC curve", "Precision and recall", "Flagged rows", "Clusters", "Alerts"]
    {
        assert!(page.contains(part), "{part}");
    }
    assert_eq!(page.matches("<tr role=\"row\" data-label=\"anomaly\">").count(), 30);
}

#[test]
fn whatever_a_name_holds_it_stays_text() {
    for name in HOSTILE {
        let mut report = full();
        report.recorder.flag(flagged(3001, name));
        report.clusters = vec![cluster(1, &[name; 30])];
        report.curves.as_mut().unwrap().metrics[0].name = name.into();
        (report.model, report.data, report.score) = (name.into(), name.into(), name.into());
        report.threshold.as_mut().unwrap().kind = name.into();
        let (ends, reason) = (shortened(name), Some(escaped(name)));
        report.timeline = Some(timeline([ShownAlert { source: ends.clone(), destination: ends, reason, ..alert(0.0, 1.0, "") }]));
        let page = text(&report);
        check(&page);
        let shown =
            name.replace(['\0', '\u{1b}'], " ").replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        // The heading, the model, the score, the threshold, the measure twice, the cluster, both ends of the alert, the table.
        assert!(page.matches(&format!("<bdi>{shown}")).count() >= 9, "{name}");
    }
}

#[test]
fn the_largest_page_stays_below_five_megabytes() {
    const ROWS: u64 = 1_000_000;
    let long = "\u{10348}".repeat(200);
    let mut recorder = Recorder::new();
    for batch in 0..ROWS / 1000 {
        let scores: Vec<f32> = (0..1000).map(|row| ((batch * 7919 + row * 104_729) % 99_991) as f32 * 1e-3 + 0.123_456).collect();
        let labels: Vec<bool> = (0..1000).map(|row| (batch + row) % 9 == 0).collect();
        recorder.record(&scores, Some(&labels));
    }
    for row in 1..=2000 {
        let mut flagged = flagged(row, &long);
        flagged.reasons = vec![flagged.reasons[0].clone(); 30];
        flagged.kept = (0..30).map(|number| (format!("{number}{long}"), long.clone())).collect();
        recorder.flag(flagged);
    }
    let clusters = (1..=2000).map(|number| cluster(number, &[&*long; 50])).collect();
    let curve: Vec<_> = (0..=ROWS).map(|n| (n as f64 / ROWS as f64, (n * 7919 % 1013) as f64 / 1013.0)).collect();
    let metrics = (0..200).map(|_| Metric { name: long.clone(), value: 0.5, interval: Some((0.4, 0.6)) }).collect();
    let curve = |few| Curve { points: curve.clone(), few };
    let curves = Some(Curves { roc: curve(0), precision_recall: curve(ROWS as usize / 2), metrics });
    let timeline = Some(timeline((0..2_000).map(|number| alert(f64::from(number), 1.0, &shortened(&long)))));
    let page = text(&Report { clusters, curves, timeline, ..report(recorder) });
    assert!(page.len() < 5_000_000, "{}", page.len());
    check(&page);
    let shown = page.matches("<tr role=\"row\" data-label").count();
    assert!(shown > 0);
    assert!(page.contains(&format!("2,000 rows flagged, of which the {shown} of the highest scores are here.")));
    assert!(page.contains(&format!("2,000 alerts, of which the {ALERTS} of the highest scores are here.")));
}

#[test]
fn of_many_flagged_rows_a_thousand_are_shown() {
    let mut recorder = Recorder::new();
    recorder.record(&vec![5.0; 50_000], None);
    for row in 1..=50_000 {
        recorder.flag(flagged(row, "bytes"));
    }
    let page = text(&report(recorder));
    assert!(page.len() < 5_000_000, "{}", page.len());
    assert!(page.contains("50,000 rows flagged, of which the 1,000 of the highest scores are here."));
    assert_eq!(page.matches("<tr role=\"row\" data-label").count(), 1000);
}

#[test]
fn the_same_run_gives_the_same_page() {
    assert_eq!(text(&full()), text(&full()));
}

#[test]
fn a_run_with_little_to_show_has_a_page_that_says_so() {
    let recorded = |scores: &[f32]| {
        let mut recorder = Recorder::new();
        recorder.record(scores, None);
        report(recorder)
    };
    let names: Vec<String> = (0..500).map(|number| format!("feature_{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let cases: [(Report, &str); 10] = [
        (recorded(&[]), "There were no rows."),
        (recorded(&[f32::NAN; 3]), "No row could be scored."),
        (Report { threshold: None, ..recorded(&[1.0, 2.0]) }, "The model has no threshold"),
        (recorded(&[1.0, 2.0]), "No row scores above the threshold."),
        (recorded(&vec![0.7; 5000]), "0 of 5,000 rows score above the threshold."),
        (recorded(&[0.0, -1.0]), "2 scores of 0 or below lie on the lower edge."),
        (recorded(&[f32::INFINITY, f32::MIN_POSITIVE]), "0 of 2 rows score above the threshold."),
        (Report { clusters: Vec::new(), ..recorded(&[1.0]) }, "The model has no clusters."),
        (Report { clusters: vec![cluster(1, &names)], ..recorded(&[1.0]) }, "490 more"),
        (Report { clusters: (1..=300).map(|number| cluster(number, &["x"])).collect(), ..recorded(&[1.0]) }, "288 further clusters"),
    ];
    for (report, said) in cases {
        let page = text(&report);
        assert!(page.contains(said), "{said}");
        check(&page);
    }
}

#[test]
fn a_threshold_that_no_axis_can_hold_is_drawn_on_its_edge() {
    for value in [0.0, -5.0, 1e300, f64::INFINITY, f64::NAN] {
        let mut report = full();
        report.threshold.as_mut().unwrap().value = value;
        elements(&text(&report));
    }
}

#[test]
fn a_page_replaces_an_older_one_and_leaves_nothing_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    let folder = OutputFolder::create(&dir.path().join("deep/folder")).unwrap();
    for report in [report(Recorder::new()), full()] {
        let path = report.write(&folder).unwrap();
        assert_eq!(fs::read_to_string(path).unwrap(), text(&report));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

#[test]
fn a_page_that_cannot_be_written_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(FILE)).unwrap();
    let error = full().write(&OutputFolder::create(dir.path()).unwrap()).unwrap_err();
    assert!(error.to_string().contains(FILE), "{error:#}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}
