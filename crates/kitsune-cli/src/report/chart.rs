//! Charts as SVG whose colours come from the page's style sheet.

use anyhow::Result;
use maud::{Markup, PreEscaped, html};
use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::element::{Drawable, EmptyElement, PathElement, PointCollection, Polygon, Rectangle, Text};
use plotters::prelude::{Cartesian2d, Color, DrawingArea, IntoDrawingArea, RGBColor, SVGBackend, ShapeStyle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{IntoTextStyle, TextStyle};

use super::axis::Axis;
use super::numbers::readable;

// plotters writes colours into the SVG as attributes. These colours stand for roles, which `page.css` gives the colours of the scheme.
const GRID: RGBColor = RGBColor(1, 0, 0);
const TEXT: RGBColor = RGBColor(2, 0, 0);
const THRESHOLD: RGBColor = RGBColor(3, 0, 0);
const GUIDE: RGBColor = RGBColor(4, 0, 0);
/// Ordinary rows.
pub(super) const ROWS: RGBColor = RGBColor(5, 0, 0);
/// The subject of the page: anomalies, flagged rows, a curve.
pub(super) const ACCENT: RGBColor = RGBColor(6, 0, 0);
/// The part of a curve that rests on few rows.
const FEW: RGBColor = RGBColor(7, 0, 0);
/// The name of something that is drawn.
const NAME: RGBColor = RGBColor(8, 0, 0);

/// Units in a pixel of the page. plotters draws at whole units, and lines are smooth with two.
const UNITS: u32 = 2;
/// The size of the text in pixels.
const LETTERS: u32 = 13;
/// plotters divides the size of a text by this factor.
const SHRUNK: f64 = 1.24;
/// The pixels of a letter, on average: plotters cannot measure the fonts of a page.
const LETTER: f64 = 7.2;
/// The pixels around the inner part of a chart.
const ABOVE: u32 = LETTERS + 12;
const RIGHT: u32 = 30;
const BELOW: u32 = LETTERS + 2;
const LEFT: u32 = 54;
const TICKS: u32 = LETTERS + 10;

/// The size of a chart in pixels. The text of an SVG shrinks with it, so a phone gets a drawing of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    /// The class in the style sheet.
    pub(super) class: &'static str,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) ticks: usize,
}

impl Size {
    /// The same width with an inner part of this height.
    pub(super) fn with_inner_height(self, height: u32) -> Self {
        Self { height: ABOVE + height + TICKS + BELOW, ..self }
    }
}

pub(super) const WIDE: Size = Size { class: "wide", width: 1080, height: 320, ticks: 8 };
pub(super) const NARROW: Size = Size { class: "narrow", width: 360, height: 280, ticks: 4 };
pub(super) const SQUARE: Size = Size { class: "square", width: 440, height: 360, ticks: 6 };

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// The inner part of a chart, between its axes.
pub(super) struct Plot<'a, 'b> {
    context: ChartContext<'a, SVGBackend<'b>, Cartesian2d<Axis, Axis>>,
    x: Axis,
    y: Axis,
    size: Size,
}

/// Draws a chart as an image with a name and a description for screen readers.
pub(super) fn chart(
    size: Size,
    (x, y): (Axis, Axis),
    (name, description): (&str, &str),
    draw: impl FnOnce(&mut Plot<'_, '_>) -> Result<()>,
) -> Result<Markup> {
    let mut svg = String::new();
    let (width, height) = (size.width * UNITS, size.height * UNITS);
    let inner = {
        let area = SVGBackend::with_string(&mut svg, (width, height)).into_drawing_area();
        let mut plot = Plot::new(&area, size, x, y)?;
        draw(&mut plot)?;
        area.present()?;
        plot.context.plotting_area().get_pixel_range()
    };
    // The outer element is left out, since it has a fixed size.
    let drawing = svg.split_once('>').and_then(|(_, rest)| rest.rsplit_once("</svg>")).map_or("", |(drawing, _)| drawing);
    Ok(html! {
        svg class={ "chart " (size.class) } viewBox={ "0 0 " (width) " " (height) } role="img" aria-label={ (name) ". " (description) }
            data-left=(inner.0.start) data-right=(inner.0.end) data-top=(inner.1.start) data-bottom=(inner.1.end) {
            (PreEscaped(drawing))
        }
    })
}

impl<'a, 'b> Plot<'a, 'b> {
    fn new(area: &'a Area<'b>, size: Size, x: Axis, y: Axis) -> Result<Self> {
        area.draw(&Text::new(y.title, (0, 0), letters(HPos::Left, VPos::Top)))?;
        let corner = (to_units(size.width), to_units(size.height));
        area.draw(&Text::new(x.title, corner, letters(HPos::Right, VPos::Bottom)))?;
        let mut context = ChartBuilder::on(area)
            .margin_top(to_units(ABOVE))
            .margin_right(to_units(RIGHT))
            .margin_bottom(to_units(BELOW))
            .y_label_area_size(to_units(LEFT))
            .x_label_area_size(to_units(TICKS))
            .build_cartesian_2d(x.clone(), y.clone())?;
        context
            .configure_mesh()
            .disable_x_mesh()
            .max_light_lines(0)
            .bold_line_style(line(GRID, 1))
            .axis_style(line(GRID, 1))
            .label_style(letters(HPos::Center, VPos::Center))
            .draw()?;
        Ok(Self { context, x, y, size })
    }

    /// Draws a filled rectangle between two corners.
    pub(super) fn bar(&mut self, from: (f64, f64), to: (f64, f64), color: RGBColor) -> Result<()> {
        self.draw(&Rectangle::new([from, to], color.filled()))
    }

    /// Draws the area within an outline. The style sheet adds a line around it, which shows an area without height.
    pub(super) fn area(&mut self, outline: Vec<(f64, f64)>, color: RGBColor) -> Result<()> {
        self.draw(&Polygon::new(outline, color.filled()))
    }

    pub(super) fn line(&mut self, points: Vec<(f64, f64)>) -> Result<()> {
        self.draw(&PathElement::new(points, line(ACCENT, 2)))
    }

    /// Draws the part of a curve that rests on few rows.
    pub(super) fn dotted(&mut self, points: Vec<(f64, f64)>) -> Result<()> {
        self.draw(&PathElement::new(points, line(FEW, 2)))
    }

    /// Draws a line with which a curve is compared.
    pub(super) fn guide(&mut self, points: [(f64, f64); 2]) -> Result<()> {
        self.draw(&PathElement::new(points, line(GUIDE, 1)))
    }

    /// Draws a threshold of the vertical axis, with its name.
    pub(super) fn threshold_across(&mut self, value: f64) -> Result<()> {
        let (from, to) = ((self.x.low, value), (self.x.high, value));
        self.draw(&PathElement::new([from, to], line(THRESHOLD, 1)))?;
        self.name_threshold(value, to, (-to_units(4), -to_units(4)), HPos::Right)
    }

    /// Draws a threshold of the horizontal axis, with its name.
    pub(super) fn threshold_down(&mut self, value: f64) -> Result<()> {
        let (from, to) = ((value, self.y.low), (value, self.y.high));
        self.draw(&PathElement::new([from, to], line(THRESHOLD, 1)))?;
        let (side, away) = if self.x.share(value) > 0.5 { (HPos::Right, -to_units(5)) } else { (HPos::Left, to_units(5)) };
        self.name_threshold(value, to, (away, to_units(LETTERS + 2)), side)
    }

    /// Draws a line down from each tick of the horizontal axis.
    pub(super) fn grid_down(&mut self) -> Result<()> {
        for tick in self.x.ticks().to_vec() {
            self.draw(&PathElement::new([(tick, self.y.low), (tick, self.y.high)], line(GRID, 1)))?;
        }
        Ok(())
    }

    /// How many letters a name can have.
    pub(super) fn letters(&self) -> usize {
        (f64::from(self.size.width - LEFT - RIGHT) / LETTER) as usize
    }

    /// Writes a name above a point, to the right of it as far as there is room.
    pub(super) fn name(&mut self, name: String, (x, y): (f64, f64)) -> Result<()> {
        let farthest = 1.0 - name.chars().count() as f64 / self.letters() as f64;
        let x = self.x.low + self.x.share(x).min(farthest).max(0.0) * (self.x.high - self.x.low);
        let style = letters(HPos::Left, VPos::Bottom).color(&NAME);
        self.draw(&(EmptyElement::at((x, y)) + Text::new(name, (0, 0), style)))
    }

    pub(super) fn size(&self) -> Size {
        self.size
    }

    /// Writes the name of a threshold `beside` units away from a point.
    fn name_threshold(&mut self, value: f64, point: (f64, f64), beside: (i32, i32), side: HPos) -> Result<()> {
        let style = letters(side, VPos::Bottom).color(&THRESHOLD);
        self.draw(&(EmptyElement::at(point) + Text::new(format!("threshold {}", readable(value)), beside, style)))
    }

    fn draw<E>(&mut self, element: &E) -> Result<()>
    where
        for<'e> &'e E: PointCollection<'e, (f64, f64)>,
        E: Drawable<SVGBackend<'b>>,
    {
        self.context.plotting_area().draw(element)?;
        Ok(())
    }
}

fn letters(horizontal: HPos, vertical: VPos) -> TextStyle<'static> {
    ("sans-serif", f64::from(LETTERS * UNITS) * SHRUNK).into_text_style(&(0, 0)).color(&TEXT).pos(Pos::new(horizontal, vertical))
}

fn line(color: RGBColor, width: u32) -> ShapeStyle {
    color.stroke_width(width * UNITS)
}

fn to_units(pixels: u32) -> i32 {
    (pixels * UNITS) as i32
}
