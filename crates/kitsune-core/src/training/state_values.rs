//! The values of an ensemble in training, for checkpoints.

use burn::module::Param;
use burn::tensor::{Tensor, TensorData, backend::Backend};

use crate::error::Error;
use crate::model::ensemble::Ensemble;
use crate::model::tied_autoencoder::{TiedAutoencoder, replace};

/// The values of weight, hidden bias and visible bias of tails, head and, if there is one, body, followed by minimum and maximum of the
/// head's input. f64 holds the values of any backend exactly.
pub(super) fn of<B: Backend>(ensemble: &Ensemble<B>) -> Vec<f64> {
    let mut values = Vec::new();
    ensemble.parts().flat_map(TiedAutoencoder::parameters).for_each(|param| append(&mut values, param));
    append(&mut values, &ensemble.head_minimum);
    append(&mut values, &ensemble.head_maximum);
    values
}

fn append<B: Backend, const D: usize>(values: &mut Vec<f64>, param: &Param<Tensor<B, D>>) {
    values.extend(param.val().into_data().iter::<f64>());
}

/// Puts the values of [`of`] into an ensemble of the same shapes.
///
/// # Errors
/// [`Error::Inconsistent`] for another number of values.
pub(super) fn put_into<B: Backend>(mut ensemble: Ensemble<B>, values: &[f64], device: &B::Device) -> Result<Ensemble<B>, Error> {
    let mut rest = Some(values);
    ensemble.parts_mut().flat_map(TiedAutoencoder::parameters_mut).for_each(|param| take(&mut rest, param, device));
    take(&mut rest, &mut ensemble.head_minimum, device);
    take(&mut rest, &mut ensemble.head_maximum, device);
    if let Some([]) = rest {
        return Ok(ensemble);
    }
    let reason = "it does not hold the parameters of this model".to_owned();
    Err(Error::Inconsistent { origin: Error::CHECKPOINT.to_owned(), reason })
}

/// Takes the next values for a parameter; without as many, `values` becomes `None`.
fn take<B: Backend, const D: usize>(values: &mut Option<&[f64]>, param: &mut Param<Tensor<B, D>>, device: &B::Device) {
    let shape = param.shape();
    *values = values.and_then(|values| values.split_at_checked(shape.num_elements())).map(|(own, rest)| {
        replace(param, Tensor::from_data(TensorData::new(own.to_vec(), shape), device));
        rest
    });
}
