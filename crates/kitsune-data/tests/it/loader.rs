//! Burn's data loader over a source.

use burn::data::dataloader::DataLoader;
use burn::tensor::Tensor;
use burn_ndarray::{NdArray, NdArrayDevice};
use kitsune_data::SourceLoader;

use crate::folder::{Folder, assert_says};

type B = NdArray;

fn values(batches: impl Iterator<Item = Tensor<B, 2>>) -> Vec<Vec<f32>> {
    batches.map(|batch| batch.into_data().to_vec().unwrap()).collect()
}

#[test]
fn batches_are_those_of_the_passes() {
    let folder = Folder::new().file("rows.csv", (0..10).map(|row| format!("{row}\n")).collect::<Vec<_>>().concat());
    let source = folder.open().with_shuffle(3);
    let loader = SourceLoader::<B>::new(source.clone(), 4, &NdArrayDevice::Cpu);
    assert_eq!(loader.num_items(), 0, "nobody knows yet");
    for epoch in 0..3 {
        let expected = source.pass(epoch).unwrap().cut(4).tensors::<B>(&NdArrayDevice::Cpu).map(Result::unwrap);
        assert_eq!(values(loader.iter()), values(expected), "epoch {epoch}");
        assert_eq!(loader.num_items(), 10);
    }
    let mut iterator = loader.to_device(&NdArrayDevice::Cpu);
    assert_eq!(iterator.num_items(), 10);
    let progress = |iterator: &std::sync::Arc<dyn DataLoader<B, Tensor<B, 2>>>| {
        let mut batches = iterator.iter();
        batches.next();
        (batches.progress().items_processed, batches.progress().items_total)
    };
    assert_eq!(progress(&iterator), (4, 10));
    iterator = iterator.slice(3, 9);
    assert_eq!((iterator.num_items(), progress(&iterator)), (6, (1, 6)));
}

#[test]
fn a_slice_has_the_rows_between_its_ends() {
    let folder = Folder::new().file("rows.csv", (0..10).map(|row| format!("{row}\n")).collect::<Vec<_>>().concat());
    let loader = SourceLoader::<B>::new(folder.open(), 4, &NdArrayDevice::Cpu);
    let slice = loader.slice(3, 9).slice(0, 4);
    assert_eq!(values(slice.iter()), [vec![3.0], vec![4.0, 5.0, 6.0]]);
}

#[test]
fn an_error_ends_the_batches_and_stays_to_be_taken() {
    let folder = Folder::new().file("rows.csv", "1\n2\nx\n4\n");
    let loader = SourceLoader::<B>::new(folder.open().select(["0"]).unwrap(), 1, &NdArrayDevice::Cpu);
    assert_eq!(values(loader.iter()).len(), 2);
    assert_says(&loader.take_error().unwrap().to_string(), &["rows.csv, line 3", "\"x\""]);
    assert!(loader.take_error().is_none());
    assert_eq!(loader.num_items(), 0);
}
