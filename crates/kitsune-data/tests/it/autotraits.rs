use kitsune_data::{
    At, Batch, Counts, Cut, Error, Flaw, Format, Header, Location, Missing, OutputFolder, Pass, Place, Records, Sink, Source, SourceOptions,
};

#[test]
fn everything_can_go_to_another_thread() {
    fn send<T: Send>() {}
    fn send_and_sync<T: Send + Sync>() {}
    send::<Pass>();
    send::<Cut>();
    send::<Sink>();
    send_and_sync::<(Source, SourceOptions, Location, Batch, Counts, Records, OutputFolder)>();
    send_and_sync::<(Error, Place, At, Flaw, Format, Header, Missing)>();
}
