//! The section of the alerts.

use super::{check, full, report, text};
use crate::alerts::Moment;
use crate::console::text::shown;
use crate::report::contents::Report;
use crate::report::recorder::Recorder;
use crate::report::strongest::ShownAlert;
use crate::report::timeline::Timeline;
use crate::report::timeline_figure::LANES;

/// An alert about packets that began so many seconds after the first one.
pub(super) fn alert(after: f64, score: f64, name: &str) -> ShownAlert {
    let [first, last] = [after, after + 30.5].map(|after| Moment::at_seconds(1_700_000_000.25 + after));
    let reason = Some(format!("packet rate {} → 192.0.2.9 over 10 s: 812/s, expected 3/s", shown(name)));
    ShownAlert { source: name.into(), destination: "192.0.2.9".into(), first, last, packets: 1_812, score, strongest: last, reason }
}

/// Ten packets per second for 399 seconds, of which every hundredth is flagged.
pub(super) fn timeline(alerts: impl IntoIterator<Item = ShownAlert>) -> Timeline {
    let mut timeline = Timeline::new();
    for packet in 0..3_990 {
        timeline.traffic.take(1_700_000_000.25 + f64::from(packet) / 10.0, packet % 100 == 0, packet % 50 == 0);
    }
    alerts.into_iter().for_each(|alert| timeline.alerts.take(alert));
    timeline
}

#[test]
fn alerts_are_drawn_below_the_packets_of_their_time_and_listed() {
    let recorded = || {
        let mut recorder = Recorder::new();
        recorder.record(&[1.0; 10], None);
        recorder
    };
    let drawn = |alerts: Vec<ShownAlert>| text(&Report { timeline: Some(timeline(alerts)), ..report(recorded()) });
    let page = drawn(vec![alert(60.0, 7.25, "192.0.2.66"), alert(200.0, 9.5, "192.0.2.67")]);
    check(&page);
    for part in [
        "<h3 id=\"timeline\">Packets per second and alerts</h3>",
        "From 2023-11-14 22:13:20 to 2023-11-14 22:20:00 UTC, at most 10 per second; 2 alerts as bars",
        "22:15\n</text>",
        "<bdi>192.0.2.66</bdi> → <bdi>192.0.2.9</bdi>",
        "<time datetime=\"2023-11-14T22:14:20.250000Z\">2023-11-14 22:14:20</time> <small>for 30.5 s</small>",
        ">7.250 <small>at 22:14:50.750000</small>",
        "<p>packet rate 192.0.2.66 → 192.0.2.9 over 10 s: 812/s, expected 3/s</p>",
        "data-find=\"192.0.2.66 192.0.2.9\"",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let at = |name: &str| page.find(&format!("<bdi>{name}</bdi>")).unwrap();
    assert!(at("192.0.2.67") < at("192.0.2.66"), "the highest score first");
    // In both drawings the strongest alerts have a bar and a name.
    let many = drawn((0..20).map(|number| alert(f64::from(number), f64::from(number), &format!("host{number}"))).collect());
    assert_eq!(many.matches(" → 192.0.2.9\n</text>").count(), 2 * LANES);
    assert!(many.contains("8 further alerts"));
    let mut stray = timeline([]);
    (0..3).for_each(|_| stray.traffic.take(0.0, false, false));
    let page = text(&Report { timeline: Some(stray), ..report(recorded()) });
    assert!(page.contains("From 2023-11-14 22:13:20") && page.contains("3 packets more than a day away from these are left out."));
    // A bar begins and ends with its alert, on the axis on which the packets are drawn.
    let [one, later] = [60.0, 260.0].map(|after| bar(&drawn(vec![alert(after, 1.0, "a")])));
    assert!((later[0] - one[0] - (one[1] - one[0]) * 200.0 / 30.5).abs() < 3.0 * 200.0 / 30.5, "{one:?}, {later:?}");
}

/// The left and the right edge of the bar of the only alert on the wide drawing.
fn bar(page: &str) -> [f64; 2] {
    let figure = page.split("id=\"timeline\"").nth(1).unwrap().split("</svg>").next().unwrap();
    let polygon = figure.rsplit("<polygon").next().unwrap().split("points=\"").nth(1).unwrap().split('"').next().unwrap();
    let across: Vec<f64> = polygon.split_whitespace().map(|point| point.split(',').next().unwrap().parse().unwrap()).collect();
    [f64::INFINITY, f64::NEG_INFINITY].map(|edge| across.iter().copied().fold(edge, if edge > 0.0 { f64::min } else { f64::max }))
}

#[test]
fn packets_without_alerts_have_a_page_that_says_why() {
    let without_time = || Timeline { without_time: Some(1_017), ..timeline([alert(0.0, 1.0, "a")]) };
    let nothing = Timeline::new;
    for (timeline, has_threshold, has_figure, said) in [
        (timeline([]), true, true, "No packet scores above the threshold."),
        (timeline([]), false, true, "Without a threshold there are no alerts."),
        (without_time(), true, false, "row 1,017 has another or none"),
        (nothing(), true, false, "No packet scores above the threshold."),
    ] {
        let mut report = Report { timeline: Some(timeline), ..full() };
        report.threshold = report.threshold.filter(|_| has_threshold);
        let page = text(&report);
        check(&page);
        assert!(page.contains(said), "{said}");
        assert_eq!(page.contains("id=\"timeline\""), has_figure, "{said}");
        assert!(!page.contains("class=\"listed alerts\""), "{said}");
    }
    let page = text(&report(Recorder::new()));
    assert!(!page.contains("id=\"alerts\""), "rows that are no packets");
}
