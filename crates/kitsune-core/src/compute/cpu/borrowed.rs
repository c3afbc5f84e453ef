//! Borrowed parameters of a model's parts, in host memory.

use burn::tensor::backend::Backend;

use super::autoencoders::Autoencoders;
use super::block::Block;
use super::host_values::HostValues;
use super::nearest::Nearest;
use super::neighbours::StoredRows;
use super::parameters::Parameters;
use crate::kinds::HeadInput;
use crate::model::ensemble::{Ensemble, HEAD_RANGE_FLOOR};
use crate::model::neighbours::Neighbours;
use crate::model::prototypes::Prototypes;
use crate::model::tied_autoencoder::{AutoencoderSettings, TiedAutoencoder};

/// A [`TiedAutoencoder`] whose parameters are in host memory.
#[derive(Debug)]
pub(crate) struct HostAutoencoders<'a> {
    settings: &'a AutoencoderSettings,
    shape: [usize; 3],
    /// Weight, hidden bias, visible bias.
    values: [HostValues; 3],
    columns: Columns<'a>,
}

/// The columns of a block that each cluster reads.
#[derive(Debug)]
enum Columns<'a> {
    Mapped(&'a [Vec<usize>]),
    /// One cluster of all columns.
    All([Vec<usize>; 1]),
}

impl<'a> HostAutoencoders<'a> {
    /// The tails, over the features of the map; `None` if their parameters are not in host memory.
    pub(crate) fn tails<B: Backend>(ensemble: &'a Ensemble<B>) -> Option<Self> {
        Self::of(ensemble.tails(), Columns::Mapped(ensemble.feature_map().clusters()))
    }

    /// The head or the body, over all columns; `None` if the parameters are not in host memory.
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

/// [`Prototypes`] whose values are in host memory.
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

/// [`Neighbours`] whose values are in host memory.
#[derive(Debug)]
pub(crate) struct HostNeighbours {
    rows: HostValues,
    middle: HostValues,
    spreads: HostValues,
    squares: HostValues,
    scale: f32,
    axes: Option<HostValues>,
    count: usize,
}

impl HostNeighbours {
    pub(crate) fn of<B: Backend>(neighbours: &Neighbours<B>) -> Option<Self> {
        let Neighbours { rows, middle, spreads, squares, scale, .. } = neighbours;
        Some(Self {
            rows: HostValues::of(rows.val())?,
            middle: HostValues::of(middle.val())?,
            spreads: HostValues::of(spreads.val())?,
            squares: HostValues::of(squares.val())?,
            scale: HostValues::of(scale.val())?.as_slice().first().copied()?,
            axes: match neighbours.projection() {
                Some(axes) => Some(HostValues::of(axes)?),
                None => None,
            },
            count: neighbours.nearest(),
        })
    }

    /// Fills the columns of the values, before those of the residuals.
    pub(crate) fn fill_values(&self, x: &Block, compared: &mut Block) {
        for feature in 0..x.columns() {
            compared.column_mut(feature).iter_mut().zip(x.column(feature)).for_each(|(to, from)| *to = from * self.scale);
        }
    }

    pub(crate) fn view(&self) -> StoredRows<'_> {
        StoredRows {
            rows: self.rows.as_slice(),
            middle: self.middle.as_slice(),
            spreads: self.spreads.as_slice(),
            squares: self.squares.as_slice(),
            axes: self.axes.as_ref().map(HostValues::as_slice),
            count: self.count,
        }
    }
}

/// The map from the tails' errors to the head's input: minus the minimum, divided by the width.
#[derive(Debug, Clone)]
pub(crate) struct HeadRange {
    /// Minimum error of each tail: `[clusters]`; the maximum has the same shape.
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

    /// Whether the head's input depends on the range.
    pub(crate) fn counts(&self) -> bool {
        self.input == HeadInput::MinMax
    }

    /// Widens the range by the minima and maxima of some rows' errors.
    pub(crate) fn widen(&mut self, [minimum, maximum]: &[Vec<f32>; 2]) {
        self.minimum.iter_mut().zip(minimum).for_each(|(seen, least)| *seen = seen.min(*least));
        self.maximum.iter_mut().zip(maximum).for_each(|(seen, most)| *seen = seen.max(*most));
    }

    /// Computes the head's input from the tails' errors.
    pub(crate) fn apply(&self, errors: &Block, into: &mut Block) {
        into.reshape(errors.columns(), errors.rows());
        for tail in 0..errors.columns() {
            let (minimum, width) = self.of_tail(tail);
            into.column_mut(tail).iter_mut().zip(errors.column(tail)).for_each(|(into, error)| *into = (error - minimum) / width);
        }
    }

    /// Minimum and width of a tail's range. Before any error was seen the range is empty, and the errors are not scaled.
    fn of_tail(&self, tail: usize) -> (f32, f32) {
        let (minimum, width) = (self.minimum[tail], self.maximum[tail] - self.minimum[tail]);
        if !self.counts() || width < 0.0 { (0.0, 1.0) } else { (minimum, width.max(HEAD_RANGE_FLOOR as f32)) }
    }
}
