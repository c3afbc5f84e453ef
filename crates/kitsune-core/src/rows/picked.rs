//! The rows of a source at given positions.

use burn::tensor::TensorData;

use crate::error::Error;
use crate::rows::host_rows::{HostRows, as_floats};
use crate::rows::matrix::RowMatrix;
use crate::rows::source::{InMemory, RowSource};

/// Copies the rows at the given positions, in the order of the positions: F32 or F64 [positions, features].
///
/// # Errors
/// [`Error::NoSuchRow`] for a position outside the rows, and errors of the source.
pub(crate) fn rows_at(rows: &(impl RowSource + ?Sized), positions: &[usize]) -> Result<TensorData, Error> {
    if let Some(InMemory(view)) = rows.in_memory() {
        check(positions.iter().max(), view.rows())?;
        return Ok(RowMatrix::of(&view, positions).into_data());
    }
    let mut order: Vec<usize> = (0..positions.len()).collect();
    order.sort_unstable_by_key(|&at| positions[at]);
    let (mut picked, mut found, mut first) = (None, 0, 0);
    for chunk in rows.pass(0)? {
        if found == order.len() {
            break;
        }
        let chunk = as_floats(chunk?.rows);
        let view = HostRows::new(&chunk)?;
        let inside = order[found..].iter().map(|&at| positions[at]).take_while(|&position| position < first + view.rows());
        let inside: Vec<usize> = inside.map(|position| position - first).collect();
        let matrix = picked.get_or_insert_with(|| RowMatrix::with_capacity(positions.len(), view.features()));
        view.check_features(matrix.features(), first as u64)?;
        matrix.extend(&view, &inside);
        found += inside.len();
        first += view.rows();
    }
    check(order.get(found).map(|&at| &positions[at]), first)?;
    let picked = picked.map_or_else(|| TensorData::new(Vec::<f32>::new(), [0, 0]), RowMatrix::into_data);
    let mut rank = vec![0; order.len()];
    order.iter().enumerate().for_each(|(sorted, &at)| rank[at] = sorted);
    Ok(RowMatrix::of(&HostRows::new(&picked)?, &rank).into_data())
}

fn check(position: Option<&usize>, rows: usize) -> Result<(), Error> {
    match position {
        Some(&row) if row >= rows => Err(Error::NoSuchRow { row: row as u64, rows: rows as u64 }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_in_the_order_of_their_positions_from_memory_and_from_a_source() {
        let rows = TensorData::new((0..3_000).map(|value| value as f32).collect::<Vec<f32>>(), [1_000, 3]);
        let source = |_epoch: usize| {
            let chunks = rows.iter::<f32>().collect::<Vec<f32>>();
            let chunks: Vec<_> = chunks.chunks(21).map(|part| TensorData::new(part.to_vec(), [part.len() / 3, 3])).collect();
            Ok::<_, Error>(chunks.into_iter().map(Ok::<_, Error>))
        };
        for positions in [vec![], vec![999], vec![7, 3, 990, 0, 3, 6]] {
            let expected: Vec<f32> = positions.iter().flat_map(|&row| (0..3).map(move |value| (3 * row + value) as f32)).collect();
            assert_eq!(rows_at(&rows, &positions).unwrap().iter::<f32>().collect::<Vec<_>>(), expected);
            assert_eq!(rows_at(&source, &positions).unwrap().iter::<f32>().collect::<Vec<_>>(), expected);
        }
        assert!(matches!(rows_at(&rows, &[2, 1_000]), Err(Error::NoSuchRow { row: 1_000, rows: 1_000 })));
        assert!(matches!(rows_at(&source, &[2, 1_000]), Err(Error::NoSuchRow { row: 1_000, rows: 1_000 })));
    }
}
