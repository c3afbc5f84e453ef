//! The scaler of raw host rows to 0-1, at the speed of memory.

use pulp::{Arch, Simd, WithSimd};

use crate::rows::number::Number;
use crate::scaler::half_ranked::KNOTS;
use crate::scaler::piecewise_linear::KnotTable;

/// Minimum number of values in a row of the table. With few features a table row covers several data rows.
const WIDTH: usize = 64;

/// Number of values that each curve processes at a time, so that both rows and curve stay in the nearest cache.
const PART: usize = 4_096;

/// The numbers of a [`Scaler`](super::Scaler) in the order that the host needs. They are derived from it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct HostScaler {
    features: usize,
    lines: Lines,
    curves: Vec<Curve>,
    /// Features with a width whose inverse exceeds f64, or with more knots than a curve has.
    exceptions: Vec<usize>,
    /// Bounds of the position in an outer ramp, in parts of its width.
    cuts: [f64; 2],
}

/// Values beyond the outer knots or NaN.
#[derive(Debug, Clone, Default)]
pub(crate) struct OutsideValues {
    /// Their number.
    pub(crate) values: u64,
    /// Rows, in no order. Every row with such a value is among them.
    pub(crate) rows: Vec<usize>,
}

impl OutsideValues {
    /// Adds those of rows of which `first` is the first.
    pub(crate) fn append(&mut self, first: usize, mut other: Self) {
        self.values += other.values;
        other.rows.iter_mut().for_each(|row| *row += first);
        if self.rows.is_empty() {
            self.rows = other.rows;
        } else {
            self.rows.append(&mut other.rows);
        }
    }
}

/// Each feature's map as if it had one ramp: `y = from + rise · ((x - lowest) · inverse)`, and `at_lowest` at the lowest knot. Curves
/// replace the values of features with several ramps. A constant feature is `from` everywhere else, so its rise is 0. All fields are
/// [table rows · features].
#[derive(Debug, Clone, PartialEq, Default)]
struct Lines {
    lowest: Vec<f64>,
    highest: Vec<f64>,
    inverse: Vec<f64>,
    at_lowest: Vec<f64>,
    from: Vec<f64>,
    rise: Vec<f64>,
}

/// A feature with several ramps.
#[derive(Debug, Clone, PartialEq)]
struct Curve {
    feature: usize,
    /// Left knots of the ramps; the first is never compared. Infinity after the last.
    knots: Box<[f64; KNOTS]>,
    ramps: Box<[Ramp; KNOTS]>,
    /// The first step of a search: half of the least power of two that is not below the number of ramps.
    step: usize,
}

/// `y = from + rise · ((x - left) · inverse)`
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ramp {
    left: f64,
    inverse: f64,
    from: f64,
    rise: f64,
}

impl Ramp {
    /// `None` if dividing by the width differs from multiplying by its inverse, that is, for an infinite or a tiny width.
    fn new(knots: &KnotTable, ramp: usize, feature: usize) -> Option<Self> {
        let (left, right) = (knots.knot(ramp, feature), knots.knot(ramp + 1, feature));
        let (from, to) = (f64::from(knots.value(ramp, feature)), f64::from(knots.value(ramp + 1, feature)));
        if left == right {
            // On a ramp of width 0 are only values below a first ramp, and values not below a last one.
            return Some(Self { left, inverse: 0.0, from: if ramp == 0 { from } else { to }, rise: 0.0 });
        }
        let inverse = 1.0 / (right - left);
        inverse.is_normal().then_some(Self { left, inverse, from, rise: to - from })
    }
}

impl HostScaler {
    pub(crate) fn new(knots: &KnotTable) -> Self {
        let features = knots.features();
        let mut host = Self { features, lines: Lines::default(), curves: Vec::new(), exceptions: Vec::new(), cuts: knots.outer_cuts() };
        let straight = Ramp { left: 0.0, inverse: 0.0, from: 0.0, rise: 0.0 };
        let mut firsts = Vec::with_capacity(features);
        for feature in 0..features {
            let ramps = knots.ramps(feature);
            if knots.is_constant(feature) {
                firsts.push(Ramp { from: f64::from(knots.value(ramps, feature)), ..straight });
                continue;
            }
            let ramps: Option<Vec<Ramp>> = (0..ramps).map(|ramp| Ramp::new(knots, ramp, feature)).collect();
            firsts.push(ramps.as_ref().map_or(straight, |ramps| ramps[0]));
            match ramps {
                Some(ramps) if ramps.len() == 1 => {}
                Some(ramps) if ramps.len() <= KNOTS => host.curves.push(Curve::new(feature, &ramps)),
                _ => host.exceptions.push(feature),
            }
        }
        for _ in 0..WIDTH.div_ceil(features.max(1)) {
            host.lines.lowest.extend((0..features).map(|f| knots.knot(0, f)));
            host.lines.highest.extend((0..features).map(|f| knots.knot(knots.ramps(f), f)));
            host.lines.at_lowest.extend((0..features).map(|f| f64::from(knots.value(0, f))));
            host.lines.inverse.extend(firsts.iter().map(|ramp| ramp.inverse));
            host.lines.from.extend(firsts.iter().map(|ramp| ramp.from));
            host.lines.rise.extend(firsts.iter().map(|ramp| ramp.rise));
        }
        host
    }

    /// The features that the scaler has to map itself.
    pub(crate) fn exceptions(&self) -> &[usize] {
        &self.exceptions
    }

    /// Scales rows, both [rows, features]. Finds the values that are beyond the outer knots or NaN.
    pub(crate) fn scale<T: Number>(&self, rows: &[T], into: &mut [f32]) -> OutsideValues {
        if self.features == 0 {
            return OutsideValues::default();
        }
        Arch::new().dispatch(Scale { host: self, rows, into })
    }
}

impl Curve {
    /// The ramps are two at least.
    fn new(feature: usize, ramps: &[Ramp]) -> Self {
        let last = ramps[ramps.len() - 1];
        let knots = std::array::from_fn(|k| ramps.get(k).map_or(f64::INFINITY, |ramp| ramp.left));
        let ramp = |k| *ramps.get(k).unwrap_or(&last);
        Self { feature, knots: Box::new(knots), ramps: Box::new(std::array::from_fn(ramp)), step: ramps.len().next_power_of_two() / 2 }
    }

    #[expect(clippy::inline_always, reason = "what is not inlined into a loop is not compiled for its vector registers")]
    #[inline(always)]
    fn scale<T: Number>(&self, rows: &[T], into: &mut [f32], features: usize, cuts: [f64; 2]) {
        match self.step {
            1 => self.scale_by::<T, 1>(rows, into, features, cuts),
            2 => self.scale_by::<T, 2>(rows, into, features, cuts),
            4 => self.scale_by::<T, 4>(rows, into, features, cuts),
            8 => self.scale_by::<T, 8>(rows, into, features, cuts),
            16 => self.scale_by::<T, 16>(rows, into, features, cuts),
            _ => self.scale_by::<T, { KNOTS / 2 }>(rows, into, features, cuts),
        }
    }

    /// Finds the last ramp whose left knot is not above the value, with a fixed number of comparisons and without a branch: the first step is `STEP`
    /// knots.
    #[expect(clippy::inline_always, reason = "as above")]
    #[inline(always)]
    fn scale_by<T: Number, const STEP: usize>(&self, rows: &[T], into: &mut [f32], features: usize, [least, most]: [f64; 2]) {
        for (row, to) in rows.chunks_exact(features).zip(into.chunks_exact_mut(features)) {
            let x: f64 = row[self.feature].into();
            let mut at = 0;
            let mut step = STEP;
            while step > 0 {
                at += step * usize::from(self.knots[(at + step) % KNOTS] <= x);
                step /= 2;
            }
            let Ramp { left, inverse, from, rise } = self.ramps[at % KNOTS];
            to[self.feature] = (from + rise * cut((x - left) * inverse, least, most)) as f32;
        }
    }
}

impl Lines {
    /// Scales as many values as there are, from the first feature on.
    #[expect(clippy::inline_always, reason = "as above")]
    #[inline(always)]
    fn scale<T: Number>(&self, raw: &[T], into: &mut [f32], [least, most]: [f64; 2]) -> u64 {
        let length = raw.len();
        let (lowest, highest, inverse) = (&self.lowest[..length], &self.highest[..length], &self.inverse[..length]);
        let (at_lowest, from, rise) = (&self.at_lowest[..length], &self.from[..length], &self.rise[..length]);
        let into = &mut into[..length];
        let mut outside = 0;
        for f in 0..length {
            let x: f64 = raw[f].into();
            let y = from[f] + rise[f] * cut((x - lowest[f]) * inverse[f], least, most);
            into[f] = (if x == lowest[f] { at_lowest[f] } else { y }) as f32;
            outside += u64::from(x != cut(x, lowest[f], highest[f]));
        }
        outside
    }
}

/// Clamps the value between two bounds. NaN becomes the lower bound; it arises from an infinite value on a ramp of width 0.
#[expect(clippy::inline_always, reason = "as above")]
#[inline(always)]
fn cut(value: f64, least: f64, most: f64) -> f64 {
    let value = if value > least { value } else { least };
    if value < most { value } else { most }
}

struct Scale<'a, T> {
    host: &'a HostScaler,
    rows: &'a [T],
    into: &'a mut [f32],
}

impl<T: Number> WithSimd for Scale<'_, T> {
    type Output = OutsideValues;

    #[expect(clippy::inline_always, reason = "as above")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> OutsideValues {
        let HostScaler { features, lines, curves, cuts, .. } = self.host;
        let table = lines.lowest.len();
        let part = (PART / table).max(1) * table;
        let (mut outside, mut row) = (OutsideValues::default(), 0);
        for (rows, into) in self.rows.chunks(part).zip(self.into.chunks_mut(part)) {
            for (raw, to) in rows.chunks(table).zip(into.chunks_mut(table)) {
                let (found, next) = (lines.scale(raw, to, *cuts), row + raw.len() / features);
                if found > 0 {
                    outside.values += found;
                    outside.rows.extend(row..next);
                }
                row = next;
            }
            for curve in curves {
                curve.scale(rows, into, *features, *cuts);
            }
        }
        outside
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use burn::tensor::TensorData;

    use super::*;
    use crate::error::Error;
    use crate::kinds::Outside;
    use crate::random::{Draws, Purpose};
    use crate::scaler::Scaler;

    /// Draws in 0-1.
    struct Random(u64);

    impl Random {
        fn uniform(&mut self) -> f64 {
            self.0 += 1;
            f64::from(Draws::new(3, Purpose::Sample, 0).row(self.0).uniform(0))
        }

        fn below(&mut self, bound: usize) -> usize {
            (self.uniform() * bound as f64) as usize
        }
    }

    /// Ascending knots of one feature: constant, or with two, few or many distinct ones, with and without repetitions; wide, far from 0, or
    /// with widths that have no inverse.
    fn knots(random: &mut Random, number: usize) -> Vec<f64> {
        let mut knots = vec![0.0];
        let different = [1, 2, 3, number][random.below(4)];
        let kind = random.below(8);
        for _ in 1..number {
            let last = knots[knots.len() - 1];
            let repeated = knots.len() >= different || random.below(5) == 0;
            knots.push(if repeated { last } else { last + random.uniform() });
        }
        let of = |knot: f64| match kind {
            0 => knot * 5e-324,
            1 => knot * 1e-310,
            2 => (knot / number as f64 - 0.5) * 1.7e308 * 2.0,
            3 => 1.7e9 + knot,
            4 => knot * 1e300,
            _ => knot - 1.0,
        };
        knots.into_iter().map(of).collect()
    }

    fn scaler(random: &mut Random, features: usize, number: usize, outside: Outside) -> Scaler {
        let of_features: Vec<Vec<f64>> = (0..features).map(|_| knots(random, number)).collect();
        let values: Vec<Vec<f32>> = (0..features)
            .map(|_| {
                let mut values: Vec<f32> = (0..number).map(|_| random.uniform() as f32).collect();
                values.sort_by(f32::total_cmp);
                if random.below(2) == 0 {
                    (values[0], values[number - 1]) = (0.0, 1.0);
                }
                values
            })
            .collect();
        let knots = (0..number).flat_map(|k| of_features.iter().map(move |knots| knots[k])).collect();
        let values = (0..number).flat_map(|k| values.iter().map(move |values| values[k])).collect();
        Scaler::from_parts(features, knots, values, outside).unwrap()
    }

    /// Values between, at, next to and beyond the knots.
    fn value(random: &mut Random, scaler: &Scaler, feature: usize) -> f64 {
        let ramp = random.below(scaler.table().ramps(feature));
        let (left, right) = (scaler.table().knot(ramp, feature), scaler.table().knot(ramp + 1, feature));
        let inside = random.uniform();
        match random.below(8) {
            0 => left,
            1 => right,
            2 => right.next_up(),
            3 => left.next_down(),
            4 => right + 1e5 * random.uniform(),
            5 => [f64::MAX, f64::MIN, 0.0, 5e-324][random.below(4)],
            _ => left * (1.0 - inside) + right * inside,
        }
    }

    #[test]
    fn any_scaler_does_what_its_definition_says_value_by_value() {
        let random = &mut Random(0);
        for case in 0..400 {
            // The features fit a row of the table several times, once, or not at all.
            let features = [1, 2, 3, 7, 64, 65, 115][random.below(7)];
            let number = [2, 2, 3, 8, KNOTS, KNOTS + 1, 70][random.below(7)];
            let outside = if random.below(2) == 0 { Outside::Clamp } else { Outside::Extend };
            let scaler = scaler(random, features, number, outside);
            let rows = [0, 1, 2, 31, 64, 150][random.below(6)];
            let values: Vec<f64> = (0..rows * features).map(|at| value(random, &scaler, at % features)).collect();
            let single: Vec<f32> = values.iter().map(|&value| value.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32).collect();
            let as_f64: Vec<f64> = single.iter().map(|&value| f64::from(value)).collect();
            let shape = [rows, features];
            for (rows, raw) in [(TensorData::new(values.clone(), shape), &values), (TensorData::new(single, shape), &as_f64)] {
                let found = scaler.transform(rows).unwrap();
                let (mut beyond, mut rows_beyond) = (0, BTreeSet::new());
                for (at, &raw) in raw.iter().enumerate() {
                    let feature = at % features;
                    if raw < scaler.table().knot(0, feature) || raw > scaler.table().knot(number - 1, feature) {
                        beyond += 1;
                        rows_beyond.insert(at / features);
                    }
                    let (found, expected) = (found.data.as_slice::<f32>().unwrap()[at], scaler.table().scale_value(feature, raw));
                    let difference = (found - expected).abs();
                    assert!(
                        difference <= 1.2e-7 * expected.abs().max(1e-3),
                        "case {case}, {at}: {raw} becomes {found} instead of {expected}"
                    );
                    assert_eq!(found == 0.0, expected == 0.0, "case {case}, {at}: {raw} becomes {found} instead of {expected}");
                }
                assert_eq!(found.outside, beyond, "case {case}");
                let rows_found: BTreeSet<usize> = found.outside_rows.iter().copied().collect();
                assert!(rows_found.is_superset(&rows_beyond), "case {case}");
                // From this width on a table row is a row.
                assert!(features < WIDTH || found.outside_rows.len() == rows_beyond.len(), "case {case}");
            }
        }
    }

    #[test]
    fn the_outer_knots_become_their_values_to_the_last_bit() {
        let random = &mut Random(1_000_000);
        for case in 0..300 {
            let number = [2, 2, 5, KNOTS][random.below(4)];
            let scaler = scaler(random, 115, number, if case % 2 == 0 { Outside::Clamp } else { Outside::Extend });
            for knot in [0, number - 1] {
                let row: Vec<f64> = (0..115).map(|f| scaler.table().knot(knot, f)).collect();
                let expected: Vec<f32> = (0..115).map(|f| scaler.table().scale_value(f, row[f])).collect();
                let found = scaler.transform(TensorData::new(row, [1, 115])).unwrap();
                assert_eq!((found.data.into_vec::<f32>().unwrap(), found.outside), (expected, 0), "case {case}, knot {knot}");
            }
        }
    }

    #[test]
    fn the_first_value_that_may_not_be_there_is_named() {
        let scaler = Scaler::identity(70);
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for at in [0, 69, 70, 7_777] {
                let mut rows = vec![0.5_f32; 70 * 200];
                (rows[at], rows[9_000], rows[3]) = (bad, f32::NAN, 2.0);
                let error = scaler.transform(TensorData::new(rows, [200, 70])).unwrap_err();
                let position = (at as u64 / 70, at % 70);
                assert!(matches!(error, Error::NotFinite { row, feature, .. } if (row, feature) == position), "{error}");
            }
        }
        let mut rows = vec![0.5_f32; 70 * 200];
        (rows[7_777], rows[7_800]) = (1.5, -1.0);
        let error = scaler.transform(TensorData::new(rows, [200, 70])).unwrap_err();
        assert!(matches!(error, Error::NotScaled { row: 111, feature: 7, value: 1.5 }), "{error}");
    }

    #[test]
    fn what_is_stored_is_the_scaler_without_what_follows_from_it() {
        let scaler = scaler(&mut Random(5), 3, 4, Outside::Extend);
        let stored = serde_json::to_value(&scaler).unwrap();
        let names: Vec<&String> = stored.as_object().unwrap().keys().collect();
        assert_eq!(names, ["features", "knots", "outside", "ramps", "values"]);
        assert_eq!(serde_json::from_value::<Scaler>(stored.clone()).unwrap(), scaler);
        for (name, wrong) in [("features", "2"), ("features", "0"), ("ramps", "[1, 1]"), ("ramps", "[9, 9, 9]"), ("values", "[0.0]")] {
            let mut stored = stored.clone();
            stored[name] = serde_json::from_str(wrong).unwrap();
            assert!(serde_json::from_value::<Scaler>(stored).is_err(), "{name}: {wrong}");
        }
    }
}
