//! Rows in groups of a good size, for Parquet and Arrow files.

use polars::prelude::{DataFrame, PolarsResult};

/// Collects frames of any size into groups that compress well and are read fast.
#[derive(Default)]
pub(super) struct RowGroups {
    frames: Vec<DataFrame>,
    rows: usize,
    bytes: usize,
}

impl RowGroups {
    /// The largest number of rows and of bytes of a group.
    const ROWS: usize = 128 << 10;
    const BYTES: usize = 32 << 20;

    /// Adds a frame and returns the groups that it completes.
    pub(super) fn push(&mut self, frame: &DataFrame) -> PolarsResult<Vec<DataFrame>> {
        let mut groups = Vec::new();
        let bytes = frame.estimated_size();
        let step = frame.height().div_ceil(bytes.div_ceil(Self::BYTES).max(1)).clamp(1, Self::ROWS);
        for start in (0..frame.height()).step_by(step) {
            let slice = frame.slice(start as i64, step);
            let slice_bytes = bytes / frame.height() * slice.height();
            if self.rows + slice.height() > Self::ROWS || self.bytes + slice_bytes > Self::BYTES {
                groups.extend(self.rest()?);
            }
            self.rows += slice.height();
            self.bytes += slice_bytes;
            self.frames.push(slice);
        }
        Ok(groups)
    }

    /// The last group, if rows are left.
    pub(super) fn rest(&mut self) -> PolarsResult<Option<DataFrame>> {
        let mut frames = std::mem::take(self).frames.into_iter();
        let Some(mut group) = frames.next() else {
            return Ok(None);
        };
        for frame in frames {
            group.vstack_mut_owned(frame)?;
        }
        group.rechunk_mut_par();
        Ok(Some(group))
    }
}
