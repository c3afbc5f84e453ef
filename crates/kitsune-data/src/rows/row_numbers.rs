//! The numbers of rows, which count rows that are not delivered.

/// The rows that count but are not delivered: for each of them the number of delivered rows before it, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gaps(Vec<usize>);

/// The numbers of consecutive delivered rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowNumbers {
    /// The number of rows before these that count.
    pub(crate) before: u64,
    pub(crate) gaps: Gaps,
}

impl Gaps {
    /// The rows that do not meet conditions, of rows of which those at `positions` are delivered.
    #[cfg(any(test, feature = "parquet", feature = "ipc"))]
    pub(crate) fn of(met: &[bool], positions: &[usize]) -> Self {
        let (mut gaps, mut delivered) = (Self::default(), 0);
        for (row, met) in met.iter().enumerate() {
            if positions.get(delivered) == Some(&row) {
                delivered += 1;
            } else if !met {
                gaps.push(delivered);
            }
        }
        gaps
    }

    /// Adds a row that is not delivered, after so many that are. They are added in their order.
    pub(crate) fn push(&mut self, delivered: usize) {
        self.0.push(delivered);
    }

    /// The number of rows that are not delivered.
    pub(crate) fn rows(&self) -> usize {
        self.0.len()
    }

    /// Splits off the gaps before the delivered row `end`. Those that stay are counted from it.
    #[cfg(any(test, feature = "parquet", feature = "ipc"))]
    pub(crate) fn split_off_front(&mut self, end: usize) -> Self {
        let rest = self.0.split_off(self.0.partition_point(|&delivered| delivered < end));
        Self(std::mem::replace(&mut self.0, rest.into_iter().map(|delivered| delivered - end).collect()))
    }
}

impl RowNumbers {
    /// The numbers after those of the first `rows` delivered rows.
    pub(crate) fn after(&self, rows: usize) -> Self {
        let (before, after): (Vec<usize>, Vec<usize>) = self.gaps.0.iter().partition(|&&delivered| delivered < rows);
        let gaps = Gaps(after.into_iter().map(|delivered| delivered - rows).collect());
        Self { before: self.before + (rows + before.len()) as u64, gaps }
    }

    /// The number of each of `rows` delivered rows, from 1.
    pub(crate) fn of(&self, rows: usize) -> impl Iterator<Item = u64> {
        let mut gaps = self.gaps.0.iter().peekable();
        let mut number = self.before;
        (0..rows).map(move |row| {
            while gaps.next_if(|&&delivered| delivered <= row).is_some() {
                number += 1;
            }
            number += 1;
            number
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows are delivered where the text has an x.
    fn gaps(rows: &str) -> Gaps {
        let mut gaps = Gaps::default();
        let mut delivered = 0;
        for row in rows.bytes() {
            if row == b'x' {
                delivered += 1;
            } else {
                gaps.push(delivered);
            }
        }
        gaps
    }

    #[test]
    fn rows_that_meet_the_conditions_and_are_left_out_do_not_count() {
        // The rows 1 and 4 do not meet the conditions, and row 2 is left out by its label.
        assert_eq!(Gaps::of(&[true, false, true, true, false], &[0, 3]), Gaps(vec![1, 2]));
        assert_eq!(Gaps::of(&[], &[]), Gaps::default());
    }

    #[test]
    fn rows_between_count_whatever_the_parts_are() {
        for rows in ["", "xxx", "..x.xx..x", "...", "x.", ".x"] {
            let expected: Vec<_> = (11..).zip(rows.bytes()).filter(|&(_, row)| row == b'x').map(|(number, _)| number).collect();
            let numbers = RowNumbers { before: 10, gaps: gaps(rows) };
            assert_eq!(numbers.of(expected.len()).collect::<Vec<_>>(), expected, "{rows}");
            for end in 0..=expected.len() {
                let mut rest = gaps(rows);
                let first = RowNumbers { before: 10, gaps: rest.split_off_front(end) };
                let before = 10 + (end + first.gaps.rows()) as u64;
                let rest = RowNumbers { before, gaps: rest };
                let found: Vec<_> = first.of(end).chain(rest.of(expected.len() - end)).collect();
                assert_eq!(found, expected, "{rows}, {end}");
                let after: Vec<_> = numbers.after(end).of(expected.len() - end).collect();
                assert_eq!(after, expected[end..], "{rows}, {end}");
            }
        }
    }
}
