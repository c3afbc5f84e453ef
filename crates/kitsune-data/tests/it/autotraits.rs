use kitsune_data::{
    Batch, Error, FixedBatches, Flaw, Format, Header, Location, Missing, OutputFolder, Pass, PassProgress, Position, Records, RowPosition,
    Sink, Source, SourceOptions,
};

#[test]
fn everything_can_go_to_another_thread() {
    fn send<T: Send>() {}
    fn send_and_sync<T: Send + Sync>() {}
    send::<Pass>();
    send::<FixedBatches>();
    send::<Sink>();
    send_and_sync::<(Source, SourceOptions, Location, Batch, PassProgress, Records, OutputFolder)>();
    send_and_sync::<(Error, Position, RowPosition, Flaw, Format, Header, Missing)>();
}
