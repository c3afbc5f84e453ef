//! An open checkpoint.

use std::collections::HashSet;
use std::path::Path;

use crate::torch::fault::{Fault, shown};
use crate::torch::id::Id;
use crate::torch::node::Node;
use crate::torch::pickle;
use crate::torch::tensor::StoredTensor;
use crate::torch::value::{Value, Values};
use crate::torch::zip::Zip;

/// The longest pickle that is read. A tail has some 500 bytes there.
const LONGEST_PICKLE: u64 = 16 << 20;

/// The longest note of the archive about itself.
const LONGEST_NOTE: u64 = 64;

/// The values of a checkpoint, and its archive, from which the numbers of tensors are read when they are asked for.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    zip: Zip,
    /// The folder of all members, with a slash behind it.
    folder: String,
    values: Values,
    root: Id,
}

/// The numbers of the tensors of a checkpoint.
#[derive(Debug)]
pub(crate) struct Storages<'a> {
    checkpoint: &'a Checkpoint,
    /// Members whose checksum was right.
    checked: HashSet<&'a str>,
    /// Their bytes.
    checked_bytes: u64,
}

impl Checkpoint {
    /// Reads everything but the numbers of tensors. What a file claims takes no memory, only what it holds.
    pub(crate) fn open(path: &Path) -> Result<Self, Fault> {
        let zip = Zip::open(path)?;
        let folder = folder(&zip)?;
        if let Some(order) = note(&zip, &format!("{folder}byteorder"))?.filter(|order| order != "little") {
            return Err(Fault::foreign(format!("its numbers have the byte order {}: save it on a little-endian machine", shown(&order))));
        }
        let name = format!("{folder}data.pkl");
        let member = zip.member(&name).ok_or_else(|| Fault::damaged("its pickle is missing"))?;
        let (values, root) = pickle::load(&zip.content(&name, member, LONGEST_PICKLE)?)?;
        Ok(Self { zip, folder, values, root })
    }

    /// The value that was saved.
    pub(crate) fn root(&self) -> Node<'_> {
        Node::new(&self.values, self.root)
    }

    /// Bytes of the file.
    pub(crate) fn length(&self) -> u64 {
        self.zip.length()
    }

    /// What reads the numbers of tensors.
    pub(crate) fn storages(&self) -> Storages<'_> {
        Storages { checkpoint: self, checked: HashSet::new(), checked_bytes: 0 }
    }
}

impl<'a> Storages<'a> {
    /// The elements of a tensor, row after row. `name` is for messages.
    ///
    /// Memory is taken for the elements alone, of which there are no more than in the file.
    pub(crate) fn read(&mut self, name: &str, tensor: &'a StoredTensor) -> Result<Vec<f32>, Fault> {
        let Checkpoint { zip, folder, values, .. } = self.checkpoint;
        let Value::Storage { key, elements, .. } = *values.get(tensor.storage) else {
            return Err(Fault::damaged(format!("tensor {name} has no storage")));
        };
        if let Some(view) = &tensor.view {
            return Err(Fault::foreign(format!(
                "tensor {name} reads its numbers {view}, which an import does not: save it after tensor.resolve_neg() and resolve_conj()"
            )));
        }
        let Some(kind) = tensor.kind else {
            let (_, found) = values.class(tensor.kind_name).unwrap_or_default();
            return Err(Fault::foreign(format!("tensor {name} is of the type {}, but weights are floating-point numbers", shown(found))));
        };
        let key = values.text(key).unwrap_or_default();
        let path = format!("{folder}data/{key}");
        let missing = || Fault::damaged(format!("tensor {name} needs the storage {}, which the file lacks", shown(key)));
        let member = zip.member(&path).ok_or_else(missing)?;
        let bytes = elements.checked_mul(kind.size());
        if bytes != Some(member.size) {
            let found = member.size;
            return Err(Fault::damaged(format!(
                "the storage {} of tensor {name} has {found} bytes, not those of {elements} elements",
                shown(key)
            )));
        }
        let Some(count @ 1..) = tensor.count() else {
            let fault = Fault::damaged(format!("the shape of tensor {name} is beyond any number"));
            return if tensor.count() == Some(0) { Ok(Vec::new()) } else { Err(fault) };
        };
        if count > elements || tensor.end().is_none_or(|end| end > elements) {
            return Err(Fault::damaged(format!("tensor {name} has more elements than its storage, which has {elements}")));
        }
        if !self.checked.contains(key) {
            // Members that lie one over another would be read as often.
            self.checked_bytes = self.checked_bytes.saturating_add(member.size);
            if self.checked_bytes > zip.length() {
                return Err(Fault::damaged("its storages have more bytes than the file"));
            }
            zip.check(&path, member)?;
            self.checked.insert(key);
        }
        tensor.read(kind, zip.file(), zip.start(&path, member)?, count)
    }
}

/// The folder of the pickle, which is that of all members.
fn folder(zip: &Zip) -> Result<String, Fault> {
    let folders = zip.names().filter_map(|name| name.strip_suffix("data.pkl")).filter(|folder| folder.is_empty() || folder.ends_with('/'));
    let Some(folder) = folders.min_by_key(|folder| (folder.len(), *folder)) else {
        return Err(Fault::foreign("it is a ZIP archive without the pickle of torch.save"));
    };
    if zip.member(&format!("{folder}constants.pkl")).is_some() {
        return Err(Fault::foreign("it is a program of TorchScript: save the weights of the model that it was made from"));
    }
    Ok(folder.to_owned())
}

/// The text of a short member, if the archive has it.
fn note(zip: &Zip, name: &str) -> Result<Option<String>, Fault> {
    let Some(member) = zip.member(name) else { return Ok(None) };
    Ok(Some(String::from_utf8_lossy(&zip.content(name, member, LONGEST_NOTE)?).trim().to_owned()))
}
