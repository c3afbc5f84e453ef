//! The means of the features of a source, which can fill missing values.

use super::Source;
use super::progress::PassProgress;
use super::start::Taken;
use crate::error::{Error, SchemaError};
use crate::rows::missing::Treatment;

impl Source {
    /// The mean of each feature, `[features]`, over its values that are not missing, in all rows that are not left out. The first call takes
    /// a pass of its own.
    ///
    /// # Errors
    ///
    /// The errors of [`pass`](Self::pass) and of its items, and a feature without any value.
    pub fn means(&self) -> Result<Vec<f64>, Error> {
        if let Some(known) = self.means.0.get() {
            return Ok(known.clone());
        }
        let means = self.found_means()?;
        Ok(self.means.0.get_or_init(|| means).clone())
    }

    fn found_means(&self) -> Result<Vec<f64>, Error> {
        let mut means = vec![(0.0, 0_u64); self.features()];
        for batch in self.start(0, Treatment::Leave, PassProgress::new(), Taken::default())? {
            let values = batch?.into_data().convert::<f64>();
            for row in values.as_slice::<f64>().unwrap_or_default().chunks_exact(means.len().max(1)) {
                for ((mean, count), &value) in means.iter_mut().zip(row).filter(|(_, value)| value.is_finite()) {
                    *count += 1;
                    *mean += (value - *mean) / *count as f64;
                }
            }
        }
        let empty = |&feature: &usize| means[feature].1 == 0;
        let names: Vec<_> = (0..means.len()).filter(empty).map(|feature| self.called(feature)).collect();
        if names.is_empty() {
            Ok(means.into_iter().map(|(mean, _)| mean).collect())
        } else {
            Err(SchemaError::NoValues { files: self.table.columns().files.clone(), names }.into())
        }
    }
}
