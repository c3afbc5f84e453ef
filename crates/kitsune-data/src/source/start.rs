//! How a pass is started: what is checked before, what it requests of each file, and the order of the files.

use std::sync::{Arc, OnceLock};

use super::cached_rows::{CachedRows, Recorder};
use super::column_watch::ColumnWatch;
use super::pass::Pass;
use super::progress::PassProgress;
use super::random::{Purpose, Random};
use super::reader::StageOptions;
use super::shuffler::Shuffler;
use super::{Labels, Source};
use crate::error::{Error, SchemaError};
use crate::formats::columns::Kind;
use crate::formats::table::Request;
use crate::rows::Precision;
use crate::rows::missing::Treatment;

/// Who else sees the rows of a pass.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) watch: Option<ColumnWatch>,
    pub(super) recorder: Option<Recorder>,
}

impl Source {
    /// Starts to read all rows once, on a thread of its own. Pass 0 has the rows in the order of the files.
    ///
    /// Every pass of a source and its clones must find the local files as the first one did, and that one as they were when the source was opened, but
    /// for files that have grown. So files that grow can be read once: [`Error::Changed`] is what a later pass ends with.
    ///
    /// # Errors
    ///
    /// If a feature is not a number, if names are not unique, or if no feature is left. Errors inside the files are items of the pass, but
    /// for those of the pass that [`Missing::Mean`](crate::Missing::Mean) needs before.
    pub fn pass(&self, epoch: usize) -> Result<Pass, Error> {
        let missing = self.missing.treatment(self.features(), || self.means())?;
        let progress = self.progress.clone().filter(|_| epoch == 0);
        let watch = self.watch.clone().filter(|_| epoch == 0);
        self.start(epoch, missing, progress.unwrap_or_default(), Taken { watch, recorder: None })
    }

    /// Starts pass 0 and records its rows. `recorder` gets their precision and width.
    pub(super) fn recorded_pass(&self, recorder: impl FnOnce((Precision, usize)) -> Recorder) -> Result<Pass, Error> {
        let missing = self.missing.treatment(self.features(), || self.means())?;
        let recorder = Some(recorder((self.precision(), self.features())));
        self.start(0, missing, self.progress.clone().unwrap_or_default(), Taken { watch: self.watch.clone(), recorder })
    }

    /// Starts a pass over recorded rows, which have this precision.
    pub(super) fn replayed_pass(&self, epoch: usize, rows: Arc<OnceLock<CachedRows>>, precision: Precision) -> Result<Pass, Error> {
        Pass::replay(self.order(epoch), rows, self.shuffler(epoch, precision))
    }

    /// Checks everything that [`pass`](Self::pass) checks before it reads.
    ///
    /// # Errors
    ///
    /// The errors of [`pass`](Self::pass).
    pub fn check(&self) -> Result<(), Error> {
        let features = self.features();
        self.request(self.missing.treatment(features, || Ok(vec![0.0; features]))?).map(drop)
    }

    pub(super) fn start(
        &self,
        epoch: usize,
        missing: Treatment,
        progress: PassProgress,
        Taken { watch, recorder }: Taken,
    ) -> Result<Pass, Error> {
        let mut request = self.request(missing)?;
        let mut labels = None;
        if matches!(self.labels, Labels::NormalOnly | Labels::Yielded) {
            let normal = match &self.wanted_normal {
                Some(wanted) => Arc::new(wanted.clone()),
                None => self.normal_labels()?,
            };
            labels = self.label_file.as_ref().map(|file| file.for_pass(&normal, self.labels == Labels::Yielded));
            request.normal = Some(normal);
        }
        let files = self.order(epoch).into_iter().map(|index| (index, self.files[index].clone())).collect();
        let stages = StageOptions {
            lags: self.lags,
            labels,
            label_kinds: self.label_kinds.clone(),
            shuffler: self.shuffler(epoch, self.precision()),
            recorder,
        };
        Pass::start(files, Arc::clone(&self.table), request, stages, progress, watch)
    }

    /// The indices of the files in the order of a pass. Files that are one stream have only one.
    fn order(&self, epoch: usize) -> Vec<usize> {
        let mut files: Vec<_> = (0..self.files.len()).collect();
        if let Some(seed) = self.seed.filter(|_| epoch > 0 && !self.table.is_stream()) {
            let mut random = Random::new(seed, epoch, Purpose::Files);
            for last in (1..files.len()).rev() {
                files.swap(last, random.below(last + 1));
            }
        }
        files
    }

    /// The shuffler of a pass over rows in this precision. The number of rows in its buffer, which the order depends on, is that of the rows of the files.
    fn shuffler(&self, epoch: usize, precision: Precision) -> Option<Shuffler> {
        let seed = self.seed.filter(|_| epoch > 0)?;
        let capacity = Shuffler::capacity(self.shuffle_bytes, self.precision(), self.features());
        Some(Shuffler::new(seed, epoch, capacity, precision, self.features()))
    }

    fn request(&self, missing: Treatment) -> Result<Request, Error> {
        let columns = self.table.columns();
        columns.check(&self.features)?;
        // The features of lists are unknown until a row has given their length.
        let unknown = columns.kinds.is_empty() || columns.stored.iter().any(|stored| stored.unmeasured);
        if self.features.is_empty() && !unknown && self.labels != Labels::Counted {
            return Err(SchemaError::NoFeatures { files: columns.files.clone() }.into());
        }
        Ok(Request {
            features: self.features.clone(),
            picked: self.picked,
            label: self.checked_label()?,
            normal: None,
            with_labels: matches!(self.labels, Labels::Yielded | Labels::Counted) && self.label_file.is_none(),
            tests: Arc::clone(&self.tests),
            kept: self.kept.clone(),
            range: self.range,
            words: Arc::clone(&self.words),
            missing,
            precision: self.precision(),
        })
    }

    fn checked_label(&self) -> Result<Option<usize>, Error> {
        if self.label_file.is_some() && !self.tests.is_empty() {
            return Err(SchemaError::LabelsAndConditions.into());
        }
        if self.labels == Labels::Ignored || self.label_file.is_some() {
            return Ok(None);
        }
        Ok(Some(self.label.ok_or(SchemaError::NoLabel)?))
    }

    pub(super) fn precision(&self) -> Precision {
        let kinds = &self.table.columns().kinds;
        let exact = self.features.iter().all(|&column| kinds[column] == Kind::Number { exact_in_f32: true });
        if exact { Precision::F32 } else { Precision::F64 }
    }
}
