//! Host data inside a Burn module.

use std::marker::PhantomData;

use burn::module::{
    AutodiffModule, Content, Devices, HasAutodiffModule, Module, ModuleDisplay, ModuleDisplayDefault, ModuleMapper, ModuleVisitor,
};
use burn::record::{PrecisionSettings, Record};
use burn::tensor::backend::{AutodiffBackend, Backend};
use serde::{Serialize, de::DeserializeOwned};

/// A value without tensors that is cloned, moved and **recorded** with the module that holds it.
///
/// Burn leaves plain fields out of a record, so a model restored inside a user's module would silently keep its initial settings.
#[derive(Debug, Clone)]
pub struct Recorded<B: Backend, T> {
    value: T,
    backend: PhantomData<B>,
}

impl<B: Backend, T> Recorded<B, T> {
    pub(crate) fn new(value: T) -> Self {
        Self { value, backend: PhantomData }
    }

    /// The value.
    pub fn get(&self) -> &T {
        &self.value
    }
}

/// The record of a [`Recorded`].
#[derive(Debug, Clone)]
pub struct RecordedValue<T>(T);

impl<B: Backend, T: Serialize + DeserializeOwned + Clone + Send> Record<B> for RecordedValue<T> {
    type Item<S: PrecisionSettings> = T;

    fn into_item<S: PrecisionSettings>(self) -> T {
        self.0
    }

    fn from_item<S: PrecisionSettings>(item: T, _device: &B::Device) -> Self {
        Self(item)
    }
}

impl<B: Backend, T> Module<B> for Recorded<B, T>
where
    T: Serialize + DeserializeOwned + Clone + Send + std::fmt::Debug,
{
    type Record = RecordedValue<T>;

    fn collect_devices(&self, devices: Devices<B>) -> Devices<B> {
        devices
    }

    fn fork(self, _device: &B::Device) -> Self {
        self
    }

    fn to_device(self, _device: &B::Device) -> Self {
        self
    }

    fn visit<V: ModuleVisitor<B>>(&self, _visitor: &mut V) {}

    fn map<M: ModuleMapper<B>>(self, _mapper: &mut M) -> Self {
        self
    }

    fn load_record(self, record: Self::Record) -> Self {
        Self::new(record.0)
    }

    fn into_record(self) -> Self::Record {
        RecordedValue(self.value)
    }
}

impl<B: AutodiffBackend, T> AutodiffModule<B> for Recorded<B, T>
where
    T: Serialize + DeserializeOwned + Clone + Send + std::fmt::Debug,
{
    type InnerModule = Recorded<B::InnerBackend, T>;

    fn valid(&self) -> Self::InnerModule {
        Recorded::new(self.value.clone())
    }

    fn from_inner(module: Self::InnerModule) -> Self {
        Self::new(module.value)
    }
}

impl<B: AutodiffBackend, T> HasAutodiffModule<B> for Recorded<B::InnerBackend, T>
where
    T: Serialize + DeserializeOwned + Clone + Send + std::fmt::Debug,
{
    type TrainModule = Recorded<B, T>;
}

impl<B: Backend, T: std::fmt::Debug> ModuleDisplayDefault for Recorded<B, T> {
    fn content(&self, content: Content) -> Option<Content> {
        content.add_formatted(&format!("{:?}", self.value)).optional()
    }
}

impl<B: Backend, T: std::fmt::Debug> ModuleDisplay for Recorded<B, T> {}
