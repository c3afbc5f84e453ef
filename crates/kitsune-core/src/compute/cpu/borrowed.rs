//! The parameters of a model's parts, on the host.

use burn::tensor::backend::Backend;

use super::autoencoders::Autoencoders;
use super::block::Block;
use super::host_values::HostValues;
use super::nearest::Nearest;
use super::parameters::Parameters;
use crate::kinds::HeadInput;
use crate::model::ensemble::{Ensemble, HEAD_RANGE_FLOOR};
use crate::model::prototypes::Prototypes;
use crate::model::tied_autoencoder::{Settings, TiedAutoencoder};

/// A [`TiedAutoencoder`] whose parameters lie on the host.
#[derive(Debug)]
pub(crate) struct HostAutoencoders<'a> {
    settings: &'a Settings,
    shape: [usize; 3],
    /// Weight, hidden bias, visible bias.
    values: [HostValues; 3],
    columns: Columns<'a>,
}

/// The columns of a block that each cluster sees.
#[derive(Debug)]
enum Columns<'a> {
    Mapped(&'a [Vec<usize>]),
    /// One cluster, of all of them.
    All([Vec<usize>; 1]),
}

impl<'a> HostAutoencoders<'a> {
    /// Over the features of the map.
    pub(crate) fn tails<B: Backend>(ensemble: &'a Ensemble<B>) -> Option<Self> {
        Self::of(ensemble.tails(), Columns::Mapped(ensemble.feature_map().clusters()))
    }

    /// Over all columns: the head, or the body.
    pub(crate) fn single<B: Backend>(autoencoder: &'a TiedAutoencoder<B>) -> Option<Self> {
        Self::of(autoencoder, Columns::All([(0..autoencoder.sizes()[0]).collect()]))
    }

    fn of<B: Backend>(autoencoder: &'a TiedAutoencoder<B>, columns: Columns<'a>) -> Option<Self> {
        let weights = autoencoder.weights();
        let values = [HostValues::of(weights.weight)?, HostValues::of(weights.hidden_bias)?, HostValues::of(weights.visible_bias)?];
        Some(Self { settings: autoencoder.settings(), shape: autoencoder.dims(), values, columns })
    }

    pub(crate) fn view(&self) -> Autoencoders<'_> {
        let [weight, hidden_bias, visible_bias] = &self.values;
        Autoencoders {
            settings: self.settings,
            shape: self.shape,
            parameters: Parameters {
                weight: weight.as_slice(),
                hidden_bias: hidden_bias.as_slice(),
                visible_bias: visible_bias.as_slice(),
            },
            columns: match &self.columns {
                Columns::Mapped(columns) => columns,
                Columns::All(columns) => columns,
            },
        }
    }
}

/// [`Prototypes`] whose numbers lie on the host.
#[derive(Debug)]
pub(crate) struct HostPrototypes {
    centres: HostValues,
    squares: HostValues,
    middle: HostValues,
    count: usize,
}

impl HostPrototypes {
    pub(crate) fn of<B: Backend>(prototypes: &Prototypes<B>) -> Option<Self> {
        let [centres, squares, middle] = prototypes.tensors();
        let (centres, squares, middle) = (HostValues::of(centres)?, HostValues::of(squares)?, HostValues::of(middle)?);
        Some(Self { centres, squares, middle, count: prototypes.nearest() })
    }

    pub(crate) fn view(&self) -> Nearest<'_> {
        let Self { centres, squares, middle, count } = self;
        Nearest { centres: centres.as_slice(), squares: squares.as_slice(), middle: middle.as_slice(), count: *count }
    }
}

/// How the errors of the tails become what the head sees: less the minimum, over the width.
#[derive(Debug, Clone)]
pub(crate) struct HeadRange {
    /// Of each tail.
    pub(crate) minimum: Vec<f32>,
    pub(crate) maximum: Vec<f32>,
    input: HeadInput,
}

impl HeadRange {
    pub(crate) fn of<B: Backend>(ensemble: &Ensemble<B>) -> Option<Self> {
        let values = |tensor| Some(HostValues::of(tensor)?.as_slice().to_vec());
        let (minimum, maximum) = (values(ensemble.head_minimum.val())?, values(ensemble.head_maximum.val())?);
        Some(Self { minimum, maximum, input: ensemble.config().head_input })
    }

    /// Whether the head's input depends on it.
    pub(crate) fn counts(&self) -> bool {
        self.input == HeadInput::MinMax
    }

    /// Takes in the least and the greatest errors of some rows.
    pub(crate) fn widen(&mut self, [minimum, maximum]: &[Vec<f32>; 2]) {
        self.minimum.iter_mut().zip(minimum).for_each(|(seen, least)| *seen = seen.min(*least));
        self.maximum.iter_mut().zip(maximum).for_each(|(seen, most)| *seen = seen.max(*most));
    }

    /// What the head sees of the tails' errors.
    pub(crate) fn apply(&self, errors: &Block, into: &mut Block) {
        into.reshape(errors.columns(), errors.rows());
        for tail in 0..errors.columns() {
            let (minimum, width) = self.of_tail(tail);
            into.column_mut(tail).iter_mut().zip(errors.column(tail)).for_each(|(into, error)| *into = (error - minimum) / width);
        }
    }

    /// Minimum and width of a tail. Before any error was seen the range is empty, and errors stay as they are.
    fn of_tail(&self, tail: usize) -> (f32, f32) {
        let (minimum, width) = (self.minimum[tail], self.maximum[tail] - self.minimum[tail]);
        if !self.counts() || width < 0.0 { (0.0, 1.0) } else { (minimum, width.max(HEAD_RANGE_FLOOR as f32)) }
    }
}
