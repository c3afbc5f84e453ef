//! Dense products of matrices.

use crate::threads::for_each;

/// Multiplications of a part of a large product. Parts are shared by threads; their number depends on the product alone, so that no rounding depends
/// on the number of threads.
const SHARED: usize = 4 << 20;

/// Maximum number of parts.
const MOST_PARTS: usize = 16;

/// A matrix in a slice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matrix<'a> {
    values: &'a [f32],
    layout: Layout,
}

/// A matrix in a mutable slice.
#[derive(Debug)]
pub(crate) struct MatrixMut<'a> {
    values: &'a mut [f32],
    layout: Layout,
    is_shared: bool,
}

#[derive(Debug, Clone, Copy)]
struct Layout {
    rows: usize,
    columns: usize,
    /// Distance between consecutive values of a column.
    row_stride: usize,
    /// Distance between consecutive values of a row.
    column_stride: usize,
}

impl Layout {
    /// Panics if the matrix exceeds a slice of `values` values.
    fn check(self, values: usize) -> Self {
        let Self { rows, columns, row_stride, column_stride } = self;
        let inside = rows == 0 || columns == 0 || (rows - 1) * row_stride + (columns - 1) * column_stride < values;
        assert!(inside, "a matrix lies within its slice");
        self
    }

    fn strides(self) -> [isize; 2] {
        [self.column_stride as isize, self.row_stride as isize]
    }
}

impl<'a> Matrix<'a> {
    /// A row-major matrix. Rows are `stride` values apart and have `columns` values.
    pub(crate) fn by_rows(values: &'a [f32], [rows, columns]: [usize; 2], stride: usize) -> Self {
        Self { values, layout: Layout { rows, columns, row_stride: stride, column_stride: 1 }.check(values.len()) }
    }

    /// A column-major matrix. Columns are `stride` values apart and have `rows` values.
    pub(crate) fn by_columns(values: &'a [f32], [rows, columns]: [usize; 2], stride: usize) -> Self {
        Self { values, layout: Layout { rows, columns, row_stride: 1, column_stride: stride }.check(values.len()) }
    }

    pub(crate) fn transposed(self) -> Self {
        let Layout { rows, columns, row_stride, column_stride } = self.layout;
        Self { layout: Layout { rows: columns, columns: rows, row_stride: column_stride, column_stride: row_stride }, ..self }
    }

    /// The columns from `first` on, at most `count`.
    fn columns(self, first: usize, count: usize) -> Self {
        let columns = count.min(self.layout.columns - first);
        Self { values: &self.values[first * self.layout.column_stride..], layout: Layout { columns, ..self.layout } }
    }
}

impl<'a> MatrixMut<'a> {
    /// A mutable matrix like [`Matrix::by_rows`].
    pub(crate) fn by_rows(values: &'a mut [f32], [rows, columns]: [usize; 2], stride: usize) -> Self {
        let layout = Layout { rows, columns, row_stride: stride, column_stride: 1 }.check(values.len());
        assert!(columns <= stride, "rows do not overlap");
        Self { values, layout, is_shared: false }
    }

    /// A mutable matrix like [`Matrix::by_columns`].
    pub(crate) fn by_columns(values: &'a mut [f32], [rows, columns]: [usize; 2], stride: usize) -> Self {
        let layout = Layout { rows, columns, row_stride: 1, column_stride: stride }.check(values.len());
        assert!(rows <= stride, "columns do not overlap");
        Self { values, layout, is_shared: false }
    }

    /// The same matrix, whose large products are shared by threads. A thread that waits for the others may begin another piece of work, so nothing may be
    /// borrowed meanwhile that belongs to the thread.
    pub(crate) fn shared(self) -> Self {
        Self { is_shared: true, ..self }
    }

    /// Sets the matrix to `factor a b`.
    pub(crate) fn set(self, factor: f32, a: Matrix<'_>, b: Matrix<'_>) {
        self.multiply(false, factor, a, b);
    }

    /// Adds `a b` to the matrix.
    pub(crate) fn add(self, a: Matrix<'_>, b: Matrix<'_>) {
        self.multiply(true, 1.0, a, b);
    }

    fn multiply(self, add: bool, factor: f32, a: Matrix<'_>, b: Matrix<'_>) {
        let Layout { rows, columns, .. } = self.layout;
        assert_eq!((a.layout.rows, b.layout.rows, b.layout.columns), (rows, a.layout.columns, columns), "the matrices fit together");
        let parts = (rows * columns * a.layout.columns / SHARED).min(MOST_PARTS);
        if !self.is_shared || parts < 2 {
            self.multiply_part(add, factor, a, b);
        } else if self.layout.row_stride == 1 {
            let each = columns.div_ceil(parts);
            let parts: Vec<_> = self.values.chunks_mut(each * self.layout.column_stride).take(columns.div_ceil(each)).collect();
            for_each(parts.into_iter().enumerate(), |(part, values)| {
                let b = b.columns(part * each, each);
                MatrixMut { values, layout: Layout { columns: b.layout.columns, ..self.layout }, is_shared: false }
                    .multiply_part(add, factor, a, b);
            });
        } else {
            let each = rows.div_ceil(parts);
            let parts: Vec<_> = self.values.chunks_mut(each * self.layout.row_stride).take(rows.div_ceil(each)).collect();
            for_each(parts.into_iter().enumerate(), |(part, values)| {
                let a = a.transposed().columns(part * each, each).transposed();
                MatrixMut { values, layout: Layout { rows: a.layout.rows, ..self.layout }, is_shared: false }
                    .multiply_part(add, factor, a, b);
            });
        }
    }

    #[expect(unsafe_code, reason = "gemm takes pointers; the matrices are checked to lie within their slices")]
    fn multiply_part(self, add: bool, factor: f32, a: Matrix<'_>, b: Matrix<'_>) {
        let (m, n, k) = (self.layout.rows, self.layout.columns, a.layout.columns);
        assert_eq!((a.layout.rows, b.layout.rows, b.layout.columns), (m, k, n), "the matrices fit together");
        self.layout.check(self.values.len());
        a.layout.check(a.values.len());
        b.layout.check(b.values.len());
        let ([into_columns, into_rows], [a_columns, a_rows], [b_columns, b_rows]) =
            (self.layout.strides(), a.layout.strides(), b.layout.strides());
        // SAFETY: m x n, m x k and k x n values with these strides are within the three slices, as `Layout::check` has ensured. The written
        // slice is borrowed mutably, so it overlaps neither of the others. Its strides give each value an offset of its own.
        unsafe {
            gemm::gemm(
                m,
                n,
                k,
                self.values.as_mut_ptr(),
                into_columns,
                into_rows,
                add,
                a.values.as_ptr(),
                a_columns,
                a_rows,
                b.values.as_ptr(),
                b_columns,
                b_rows,
                1.0,
                factor,
                false,
                false,
                false,
                gemm::Parallelism::None,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_of_the_formula_in_any_layout() {
        let values = |count: usize, step: usize| (0..count).map(|at| ((at * step) % 11) as f32 - 5.0).collect::<Vec<f32>>();
        for [m, n, k] in [[1, 1, 1], [3, 2, 5], [32, 7, 9], [5, 40, 1], [33, 17, 64], [33, 301, 1_024]] {
            let (a, b, before) = (values(k * (m + 3), 7), values(k * (n + 2), 5), values(n * (m + 1), 3));
            let at_a = |i: usize, l: usize| a[l * (m + 3) + i];
            let at_b = |l: usize, j: usize| b[l * (n + 2) + j];
            let (a_matrix, b_matrix) = (Matrix::by_columns(&a, [m, k], m + 3), Matrix::by_rows(&b, [k, n], n + 2));
            let expected = |i: usize, j: usize| (0..k).map(|l| at_a(i, l) * at_b(l, j)).sum::<f32>();
            let (mut set, mut added) = (before.clone(), before.clone());
            MatrixMut::by_columns(&mut set, [m, n], m + 1).shared().set(-2.0, a_matrix, b_matrix);
            MatrixMut::by_columns(&mut added, [m, n], m + 1).add(a_matrix, b_matrix);
            // The transposed product gives the same values.
            let mut turned = vec![0.0; m * n];
            MatrixMut::by_rows(&mut turned, [n, m], m).shared().set(1.0, b_matrix.transposed(), a_matrix.transposed());
            for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
                assert_eq!(set[j * (m + 1) + i], -2.0 * expected(i, j));
                assert_eq!(added[j * (m + 1) + i], before[j * (m + 1) + i] + expected(i, j));
                assert_eq!(turned[j * m + i], expected(i, j));
            }
            // The values between the columns are unchanged.
            (0..n).for_each(|j| assert_eq!(set[j * (m + 1) + m], before[j * (m + 1) + m]));
        }
    }

    #[test]
    #[should_panic(expected = "lies within its slice")]
    fn a_matrix_beyond_its_slice_is_refused() {
        Matrix::by_rows(&[0.0; 11], [3, 4], 4);
    }
}
