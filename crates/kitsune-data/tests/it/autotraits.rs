//! The auto traits of all public types.

use kitsune_data::{
    Batch, Error, FixedBatches, Flaw, Format, Header, Location, LocationError, Missing, OutputError, OutputFolder, Pass, PassProgress,
    Position, Records, RowPosition, SchemaError, Sink, Source, SourceOptions, TextError,
};

#[test]
fn everything_can_go_to_another_thread() {
    fn send<T: Send>() {}
    fn send_and_sync<T: Send + Sync>() {}
    send::<Pass>();
    send::<FixedBatches>();
    send::<Sink>();
    send_and_sync::<(Source, SourceOptions, Location, Batch, PassProgress, Records, OutputFolder)>();
    send_and_sync::<(Error, LocationError, TextError, SchemaError, OutputError, Position, RowPosition, Flaw, Format, Header, Missing)>();
}
