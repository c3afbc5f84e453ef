//! The auto traits of all public types.

use burn_ndarray::NdArray;
use kitsune_data::{
    Batch, ColumnWatch, Condition, Error, Files, FixedBatches, Flaw, Format, Header, LabelKind, LabelKinds, Location, LocationError,
    Missing, NormalLabels, Notation, Note, OutputError, OutputFolder, Pass, PassProgress, Position, Reading, Records, RowPosition,
    SchemaError, Sink, Source, SourceLoader, SourceOptions, TextError, UnclearLabels, UnknownName,
};

#[test]
fn everything_can_go_to_another_thread() {
    fn send<T: Send>() {}
    fn send_and_sync<T: Send + Sync>() {}
    send::<Pass>();
    send::<FixedBatches>();
    send::<Sink>();
    send_and_sync::<(Source, SourceOptions, Location, Batch, PassProgress, ColumnWatch, Records, OutputFolder, SourceLoader<NdArray>)>();
    send_and_sync::<(Error, LocationError, TextError, SchemaError, OutputError, UnknownName)>();
    send_and_sync::<(Position, RowPosition, Files, Flaw, Format, Header, Missing, Notation, Note, Reading)>();
    send_and_sync::<(Condition, LabelKind, LabelKinds, NormalLabels, UnclearLabels)>();
}
