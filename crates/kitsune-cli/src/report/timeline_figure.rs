//! The figure of packets per second and of the alerts below them, on one axis of time.

use anyhow::Result;
use maud::{Markup, html};
use plotters::style::RGBColor;

use super::axis::Axis;
use super::chart::{ACCENT, NARROW, Plot, ROWS, Size, WIDE, chart};
use super::clock::to_the_second;
use super::figure::{Key, figure};
use super::numbers::{readable, short};
use super::strongest::ShownAlert;
use super::timeline::Timeline;
use super::traffic::Shown;
use crate::alerts::Moment;
use crate::console::counted;
use crate::console::text::{shown, without_middle};

/// The most alerts that the figure shows.
pub(super) const LANES: usize = 12;
/// The most steps of the packets per second, each of which takes two pixels of a wide screen.
const STEPS: usize = 540;
/// Pixels for the packets per second, between them and the alerts, and for an alert: its name with its bar below.
const TRAFFIC: u32 = 180;
const BETWEEN: u32 = 10;
const LANE: u32 = 32;
const NAME: u32 = 20;
const BAR: u32 = 8;
/// The letters of the longest address.
const ADDRESS: usize = 45;

/// The figure of packets and alerts over time; nothing without packets.
pub(super) fn timeline_figure(timeline: &Timeline, is_labelled: bool) -> Result<Markup> {
    let Some(shown) = timeline.traffic.shown(STEPS) else { return Ok(html! {}) };
    let lanes = lanes(timeline.alerts.alerts(), &shown);
    let accent = if is_labelled { "labelled as anomalies; alerts" } else { "above the threshold; alerts" };
    let keys = [Key::Rows("packets per second"), Key::Accent(accent)];
    let drawings = [WIDE, NARROW].map(|size| timeline_chart(&shown, is_labelled, &lanes, size));
    let drawings = drawings.into_iter().collect::<Result<Vec<_>>>()?;
    let how_to_read = how_to_read(&shown, is_labelled, &lanes);
    Ok(figure("timeline", "Packets per second and alerts", &keys, &drawings, &how_to_read, html! {}))
}

/// The strongest alerts with their numbers in the table, from 1, as far as they lie within the time that is shown.
fn lanes<'a>(alerts: &'a [ShownAlert], shown: &Shown) -> Vec<(usize, &'a ShownAlert)> {
    let is_within = |alert: &ShownAlert| alert.last.seconds() >= shown.start && alert.first.seconds() <= shown.end();
    (1..).zip(alerts).take(LANES).filter(|(_, alert)| is_within(alert)).collect()
}

fn how_to_read(shown: &Shown, is_labelled: bool, lanes: &[(usize, &ShownAlert)]) -> String {
    let part = if is_labelled { "labelled as anomalies" } else { "above the threshold" };
    let mut said = vec![format!(
        "From left to right the time in UTC. The area counts packets, in steps of {} s, of which those {part} have the colour of the alerts.",
        short(shown.width)
    )];
    if !lanes.is_empty() {
        said.push(
            "Below it each bar is an alert from its first to its last packet, with its number in the table. An alert without a peak above it is one that a \
             count of packets does not find."
                .into(),
        );
    }
    if shown.left_out > 0 {
        said.push(format!("{} more than a day away from these are left out.", counted(shown.left_out, "packet")));
    }
    said.join(" ")
}

fn timeline_chart(drawn: &Shown, is_labelled: bool, lanes: &[(usize, &ShownAlert)], size: Size) -> Result<Markup> {
    let below = if lanes.is_empty() { 0 } else { BETWEEN + LANE * lanes.len() as u32 };
    let all = drawn.rates(|packets| packets.all);
    let marked = drawn.rates(|packets| if is_labelled { packets.anomalies } else { packets.flagged });
    let most = all.iter().copied().fold(0.0, f64::max);
    // The alerts lie below 0 on the axis of the packets per second.
    let pixel = 1.05 * most / f64::from(TRAFFIC);
    let x = Axis::time("time (UTC)", drawn.start, drawn.end(), size.ticks);
    let y = Axis::linear("packets per second", 0.0, 1.05 * most, 4).down_to(-pixel * f64::from(below));
    let [from, to] = [drawn.start, drawn.end()].map(|seconds| to_the_second(Moment::at_seconds(seconds)));
    let description = format!(
        "From {from} to {to} UTC, at most {} per second; {} as bars, which the table lists",
        readable(most),
        counted(lanes.len() as u64, "alert")
    );
    chart(size.with_inner_height(TRAFFIC + below), (x, y), ("Packets per second and alerts", &description), |plot| {
        plot.grid_down()?;
        draw_steps(plot, drawn, &all, ROWS)?;
        draw_steps(plot, drawn, &marked, ACCENT)?;
        (0..).zip(lanes).try_for_each(|(lane, &(number, alert))| {
            let top = f64::from(BETWEEN + LANE * lane);
            draw_alert(plot, number, alert, [NAME, NAME + BAR].map(|pixels| -pixel * (top + f64::from(pixels))))
        })
    })
}

/// Draws one area for each run of steps with packets.
fn draw_steps(plot: &mut Plot<'_, '_>, drawn: &Shown, rates: &[f64], color: RGBColor) -> Result<()> {
    let edge = |step: usize| drawn.start + step as f64 * drawn.width;
    let steps: Vec<_> = rates.iter().copied().enumerate().collect();
    for run in steps.chunk_by(|(_, a), (_, b)| (*a > 0.0) == (*b > 0.0)) {
        let ((first, rate), (last, _)) = (run[0], run[run.len() - 1]);
        if rate > 0.0 {
            let upper = run.iter().flat_map(|&(step, rate)| [(edge(step), rate), (edge(step + 1), rate)]);
            plot.area([(edge(first), 0.0)].into_iter().chain(upper).chain([(edge(last + 1), 0.0)]).collect(), color)?;
        }
    }
    Ok(())
}

/// Draws the bar of an alert between two heights, and its name above it.
fn draw_alert(plot: &mut Plot<'_, '_>, number: usize, alert: &ShownAlert, [high, low]: [f64; 2]) -> Result<()> {
    let (first, last) = (alert.first.seconds(), alert.last.seconds());
    plot.area(vec![(first, low), (first, high), (last, high), (last, low)], ACCENT)?;
    let name = name(number, [&alert.source, &alert.destination], plot.letters());
    plot.name(name, (first, high))
}

/// The name of an alert in at most so many letters: its number, source and destination.
fn name(number: usize, ends: [&str; 2], most: usize) -> String {
    let [source, destination] = ends.map(shown);
    let letters = |text: &str| text.chars().count();
    let around = letters(&format!("{number} ·  → "));
    let room = most.saturating_sub(around);
    // The longer one gives way.
    let least = room / 2;
    let cut = |end: &str, other: &str| {
        let most = least.max(room.saturating_sub(letters(other))).clamp(3, ADDRESS);
        without_middle(end, most, most / 2).into_owned()
    };
    format!("{number} · {} → {}", cut(&source, &destination), cut(&destination, &source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_room_for_both_ends() {
        let six = "2001:db8:85a3:1234:5678:8a2e:370:7334";
        for (ends, most, expected) in [
            (["192.0.2.66", "192.0.2.9"], 38, "12 · 192.0.2.66 → 192.0.2.9"),
            (["192.168.100.200", "192.168.100.201"], 38, "12 · 192.168.100.200 → 192.168.100.201"),
            ([six, "192.0.2.9"], 38, "12 · 2001:db8:8…e:370:7334 → 192.0.2.9"),
            ([six, six], 38, "12 · 2001:db…70:7334 → 2001:db…70:7334"),
            ([six, six], 127, &format!("12 · {six} → {six}")),
            (["a", "b\u{202e}"], 0, "12 · a → b…}"),
        ] {
            let name = name(12, ends, most);
            assert_eq!(name, expected);
            assert!(name.chars().count() <= most.max(14), "{name}");
        }
    }
}
