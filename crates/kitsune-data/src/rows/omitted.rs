//! Which rows remain after some were omitted.

/// Whether each of `rows` rows remains. The positions of the omitted rows ascend.
pub(crate) fn remaining(rows: usize, omitted: &[usize]) -> impl Iterator<Item = bool> {
    let mut omitted = omitted.iter().peekable();
    (0..rows).map(move |row| omitted.next_if(|&&next| next == row).is_none())
}
