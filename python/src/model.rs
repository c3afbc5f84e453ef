//! A trained model.

use std::path::PathBuf;

use kitsune_core::evaluation::Bootstrap;
use kitsune_core::kinds::ThresholdKind;
use kitsune_core::scoring::{AppliedThreshold, Reason};
use kitsune_core::{ScoreKind, ThresholdChoice};
use kitsune_data::input::feature_names;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict};

use crate::backend::{AnyModel, Task, check, dispatch, with_model};
use crate::calibration::Calibrate;
use crate::config::{choice, named, of_dict, to_dict};
use crate::evaluation::Measure;
use crate::failure::{Answer, guarded};
use crate::input::Input;
use crate::origin::Origin;
use crate::reasons::reasons;
use crate::scoring::scores;
use crate::training::Train;
use crate::watcher::Watcher;

/// A trained model, which never changes.
#[pyclass(frozen, module = "kitnet._kitnet")]
#[derive(Debug)]
pub(crate) struct Model {
    model: AnyModel,
    backend: String,
}

/// The strongest reasons for a row: feature, cluster, value, expected value, lowest and highest value of the training, and deviations.
type Reasons = Vec<(usize, Option<usize>, f64, f64, Option<f64>, Option<f64>, f32)>;

#[pymethods]
impl Model {
    /// Trains a model.
    #[staticmethod]
    fn train(
        py: Python<'_>,
        hyper_parameters: &Bound<'_, PyDict>,
        backend: String,
        input: &Input,
        initial: Option<&Self>,
        normal_only: bool,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        check(&backend)?;
        let config = of_dict(hyper_parameters)?;
        let model = guarded(py, || {
            let watcher = Watcher::new(progress);
            let train = Train { config: &config, input, initial: initial.map(|initial| &initial.model), normal_only, watcher: &watcher };
            on(&backend, train)
        })?;
        Ok(Self { model, backend })
    }

    /// Loads the model of a file.
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf, backend: String) -> PyResult<Self> {
        check(&backend)?;
        let model = guarded(py, || on(&backend, Origin::File(path)))?;
        Ok(Self { model, backend })
    }

    /// Loads a model from the bytes of a file.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, bytes: &[u8], backend: String) -> PyResult<Self> {
        check(&backend)?;
        let model = guarded(py, || on(&backend, Origin::Bytes(bytes)))?;
        Ok(Self { model, backend })
    }

    /// Makes a model of a checkpoint of the `PyTorch` original. `clusters` has the features of each tail, if the checkpoint lacks them.
    #[staticmethod]
    fn from_torch(py: Python<'_>, path: PathBuf, clusters: Option<&Bound<'_, PyAny>>, backend: String) -> PyResult<Self> {
        check(&backend)?;
        let clusters = clusters.map(|clusters| named("clusters", clusters)).transpose()?;
        let model = guarded(py, || on(&backend, Origin::Torch { path, clusters }))?;
        Ok(Self { model, backend })
    }

    /// The bytes of the file of the model.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = guarded(py, || Ok(with_model!(&self.model, model => model.to_bytes())?))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// Saves the model as a file.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        guarded(py, || Ok(with_model!(&self.model, model => model.save(path))?))
    }

    /// The scores of rows, as the bytes of float32.
    fn scores<'py>(&self, py: Python<'py>, input: &Input, score: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyByteArray>> {
        let kind = self.kind(score)?;
        let scores = guarded(py, || with_model!(&self.model, model => scores(model, input, kind, &Watcher::new(None))))?;
        PyByteArray::new_with(py, size_of_val(&*scores), |bytes| {
            bytes.as_chunks_mut().0.iter_mut().zip(&scores).for_each(|(bytes, score)| *bytes = score.to_ne_bytes());
            Ok(())
        })
    }

    /// The lowest score of an anomaly, and what is expected of normal rows.
    fn threshold(&self, score: Option<&Bound<'_, PyAny>>, threshold: Option<&Bound<'_, PyAny>>, alert_rate: Option<f64>) -> PyResult<f32> {
        let applied = self.applied(self.kind(score)?, chosen(threshold, alert_rate)?)?;
        Ok(applied.as_ref().map_or(f32::INFINITY, AppliedThreshold::value))
    }

    /// The strongest reasons for each row.
    fn reasons(&self, py: Python<'_>, input: &Input, count: usize) -> PyResult<Vec<Reasons>> {
        let found = guarded(py, || with_model!(&self.model, model => reasons(model, input, count, &Watcher::new(None))))?;
        let reason = |reason: Reason| {
            let Reason { feature, cluster, value, expected, lowest, highest, deviations, .. } = reason;
            (feature, cluster, value, expected, lowest, highest, deviations)
        };
        Ok(found.into_iter().map(|reasons| reasons.into_iter().map(reason).collect()).collect())
    }

    /// The model with the threshold of other normal rows.
    fn calibrated(
        &self,
        py: Python<'_>,
        input: &Input,
        threshold: Option<&Bound<'_, PyAny>>,
        alert_rate: Option<f64>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let threshold = threshold.map(|kind| choice::<ThresholdKind>("threshold", kind)).transpose()?;
        let model = guarded(py, || {
            let watcher = Watcher::new(progress);
            let calibrate = Calibrate { model: &self.model, input, threshold, alert_rate, watcher: &watcher };
            Ok(dispatch(&self.backend, calibrate).transpose()?.flatten())
        })?;
        Ok(Self { model: model.unwrap_or_else(|| self.model.clone()), backend: self.backend.clone() })
    }

    /// How well the scores find anomalies, as JSON. Without `labels` the rows have labels of their own.
    #[expect(clippy::too_many_arguments, reason = "Python calls it with a name for each")]
    fn evaluation(
        &self,
        py: Python<'_>,
        input: &Input,
        labels: Option<Vec<bool>>,
        score: Option<&Bound<'_, PyAny>>,
        threshold: Option<&Bound<'_, PyAny>>,
        alert_rate: Option<f64>,
        replicates: u32,
        seed: u64,
    ) -> PyResult<String> {
        let kind = self.kind(score)?;
        // Without a threshold there are figures, but none of verdicts.
        let applied = match chosen(threshold, alert_rate)? {
            ThresholdChoice::Model => self.applied(kind, ThresholdChoice::Model).ok().flatten(),
            chosen => self.applied(kind, chosen)?,
        };
        guarded(py, || {
            let bootstrap = Bootstrap::new(replicates).with_seed(seed);
            let measure = Measure { kind, threshold: applied, bootstrap, watcher: &Watcher::new(None) };
            let figures = with_model!(&self.model, model => match &labels {
                Some(labels) => measure.by_labels(model, input, labels),
                None => measure.by_label_column(model, input),
            })?;
            Ok(figures.to_string())
        })
    }

    /// The name of the backend.
    #[getter]
    fn backend(&self) -> &str {
        &self.backend
    }

    /// The number of features.
    #[getter]
    fn features(&self) -> usize {
        with_model!(&self.model, model => model.feature_map().features())
    }

    /// The names of the columns, if the training rows had names.
    #[getter]
    fn columns(&self) -> Option<Vec<String>> {
        with_model!(&self.model, model => model.columns().map(<[String]>::to_vec))
    }

    /// The names of the features, or the numbers of their columns.
    #[getter]
    fn feature_names(&self) -> Vec<String> {
        with_model!(&self.model, model => feature_names(model))
    }

    /// The features of each cluster.
    #[getter]
    fn clusters(&self) -> Vec<Vec<usize>> {
        with_model!(&self.model, model => model.feature_map().clusters().to_vec())
    }

    /// A summary of the training, as JSON.
    #[getter]
    fn summary(&self) -> Answer<String> {
        Ok(with_model!(&self.model, model => serde_json::to_string(model.summary()))?)
    }

    /// What the model remembers of how its rows were read, as JSON, if there is anything.
    #[getter]
    fn reading(&self) -> Option<String> {
        with_model!(&self.model, model => model.reading().map(ToString::to_string))
    }

    /// The hyper-parameters of the model by their names.
    #[getter]
    fn hyper_parameters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        with_model!(&self.model, model => to_dict(py, model.config()))
    }
}

impl Model {
    pub(crate) fn new(model: AnyModel, backend: String) -> Self {
        Self { model, backend }
    }

    fn kind(&self, score: Option<&Bound<'_, PyAny>>) -> PyResult<ScoreKind> {
        match score {
            Some(score) => choice("score", score),
            None => Ok(with_model!(&self.model, model => model.config().score)),
        }
    }

    fn applied(&self, kind: ScoreKind, choice: ThresholdChoice) -> Answer<Option<AppliedThreshold>> {
        // These rows have no senders, by which scores could be pooled.
        if !matches!(choice, ThresholdChoice::Score(_)) && with_model!(&self.model, model => model.pool().is_some()) {
            let message =
                "the model's threshold is one for the scores of hosts: give threshold a number, or calibrate the model on ordinary rows";
            return Err(anyhow::anyhow!(message).into());
        }
        Ok(with_model!(&self.model, model => model.applied_threshold(kind, choice))?)
    }
}

/// The threshold that is wanted: a number, the name of a kind, or that of the model.
fn chosen(threshold: Option<&Bound<'_, PyAny>>, alert_rate: Option<f64>) -> PyResult<ThresholdChoice> {
    let Some(threshold) = threshold else {
        return Ok(alert_rate.map_or(ThresholdChoice::Model, |_| ThresholdChoice::Fit { kind: None, alert_rate }));
    };
    if let Ok(score) = threshold.extract::<f32>() {
        if alert_rate.is_some() {
            let message = "alert_rate goes with a threshold that is fitted, not with a number";
            return Err(pyo3::exceptions::PyTypeError::new_err(message));
        }
        return Ok(ThresholdChoice::Score(score));
    }
    Ok(ThresholdChoice::Fit { kind: Some(choice("threshold", threshold)?), alert_rate })
}

/// Runs a task that makes a model, on a backend that was checked.
pub(crate) fn on<T: Task<Output = Answer<AnyModel>>>(backend: &str, task: T) -> Answer<AnyModel> {
    dispatch(backend, task).unwrap_or_else(|| Err(anyhow::anyhow!("this build has no backend {backend:?}").into()))
}
