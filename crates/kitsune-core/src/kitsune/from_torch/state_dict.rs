//! The weights among the tensors of a checkpoint, by their names and shapes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::kitsune::from_torch::places::state_dicts;
use crate::torch::{Fault, Node, StoredTensor};

/// What `PyTorch` puts before all names of a module that it runs on several devices, or compiles.
const WRAPPERS: [&str; 2] = ["module.", "_orig_mod."];

/// The tensors of an autoencoder, by the last parts of their names.
const PARTS: [&str; 3] = ["w", "hidden_bias", "reconstruct_bias"];

/// The longest name that is looked at, and letters in all names and entries in all tables of a whole module.
const LONGEST_NAME: usize = 200;
const MOST_LETTERS: usize = 16 << 20;

/// How deep modules are inside each other at most.
const DEEPEST: usize = 8;

/// Values, padding included, that a model may have in any case, and for each byte of its file. Few small clusters beside a large one are padded to many
/// values.
const FREE_VALUES: u64 = 1 << 22;
const VALUES_PER_BYTE: u64 = 16;

/// Tensors by their names.
type Named<'a> = BTreeMap<Cow<'a, str>, &'a StoredTensor>;

/// The tensors of an autoencoder, whose shapes fit each other.
pub(super) struct StoredAutoencoder<'a> {
    pub(super) name: String,
    pub(super) weight: &'a StoredTensor,
    pub(super) hidden_bias: &'a StoredTensor,
    pub(super) visible_bias: &'a StoredTensor,
    pub(super) visible: usize,
    /// 0 where the original has no hidden unit.
    pub(super) hidden: usize,
}

/// The tensors of a Kitsune.
pub(super) struct StateDict<'a> {
    pub(super) tails: Vec<StoredAutoencoder<'a>>,
    pub(super) head: StoredAutoencoder<'a>,
}

impl<'a> StateDict<'a> {
    /// Finds the weights, and checks their names and shapes.
    pub(super) fn find(root: Node<'a>) -> Result<Self, Fault> {
        let mut others = None;
        for place in state_dicts(root) {
            let tensors = tensors(place)?;
            if tensors.keys().any(|name| owner(name).is_some()) {
                return Self::of(&tensors);
            }
            others = others.or(Some(tensors).filter(|tensors| !tensors.is_empty()));
        }
        let found = match others.as_ref().and_then(|others| Some((others.len(), others.first_key_value()?))) {
            Some((1, (name, tensor))) => format!("it holds the tensor {name} of the shape {:?}, but", tensor.shape()),
            Some((count, (name, tensor))) => format!("it holds {count} tensors, such as {name} of the shape {:?}, but", tensor.shape()),
            None => format!("it holds {}, and", root.described()),
        };
        Err(Fault::foreign(format!("{found} none of the tensors tails.0.w and head.w of a Kitsune")))
    }

    fn of(tensors: &Named<'a>) -> Result<Self, Fault> {
        // The head has no number, and comes first.
        let mut owners: BTreeMap<Option<usize>, [Option<&'a StoredTensor>; 3]> = BTreeMap::new();
        for (name, &tensor) in tensors {
            let Some((number, part)) = owner(name) else {
                return Err(Fault::foreign(format!("it has a tensor {name}, which no Kitsune has")));
            };
            owners.entry(number).or_default()[part] = Some(tensor);
        }
        let head = autoencoder("head".to_owned(), owners.remove(&None).unwrap_or_default())?;
        let mut tails = Vec::new();
        // At least one is looked for.
        while tails.is_empty() || !owners.is_empty() {
            let number = tails.len();
            tails.push(autoencoder(format!("tails.{number}"), owners.remove(&Some(number)).unwrap_or_default())?);
        }
        if head.visible != tails.len() {
            return Err(Fault::damaged(format!("it has {} tails, but a head over {}", tails.len(), head.visible)));
        }
        Ok(Self { tails, head })
    }

    /// Refuses shapes that would take far more memory than the file of `length` bytes, since shapes are no more than claims.
    pub(super) fn check_size(&self, length: u64) -> Result<(), Fault> {
        let largest = self.tails.iter().map(|tail| tail.visible as u64).max().unwrap_or(0);
        let clusters = self.tails.len() as u64;
        // As many values has what whitens residuals, which is the largest part of a model.
        let values = largest.checked_mul(largest).and_then(|values| values.checked_mul(clusters));
        if values.is_some_and(|values| values <= FREE_VALUES.saturating_add(length.saturating_mul(VALUES_PER_BYTE))) {
            return Ok(());
        }
        Err(Fault::damaged(format!("its {clusters} tails of up to {largest} features are far more than a file of its length holds")))
    }

    /// Tails and head.
    pub(super) fn autoencoders(&self) -> impl Iterator<Item = &StoredAutoencoder<'a>> {
        self.tails.iter().chain([&self.head])
    }
}

/// The tensors of a state dict or of a whole module, without wrappers before their names.
fn tensors(place: Node<'_>) -> Result<Named<'_>, Fault> {
    let mut all = Vec::new();
    if place.get("_modules").is_some() {
        let mut letters = MOST_LETTERS;
        flatten(place, "", 0, &mut letters, &mut all)?;
    } else {
        // A later entry replaces an earlier one of its name, as in a dictionary.
        let entries: BTreeMap<_, _> = place.entries().filter(|(name, _)| name.len() <= LONGEST_NAME).collect();
        all.extend(entries.into_iter().filter_map(|(name, node)| Some((Cow::Borrowed(name), node.as_tensor()?))));
    }
    let mut named = Named::new();
    for (name, tensor) in all {
        let name = match name {
            Cow::Borrowed(name) => Cow::Borrowed(unwrapped(name)),
            Cow::Owned(name) => Cow::Owned(unwrapped(&name).to_owned()),
        };
        if named.contains_key(&name) {
            return Err(Fault::foreign(format!("it has two tensors {name}, one of them with module. or _orig_mod. before its name")));
        }
        named.insert(name, tensor);
    }
    Ok(named)
}

/// Adds the tensors of a module under the names that a state dict gives them.
fn flatten<'a>(
    module: Node<'a>,
    prefix: &str,
    depth: usize,
    letters: &mut usize,
    into: &mut Vec<(Cow<'a, str>, &'a StoredTensor)>,
) -> Result<(), Fault> {
    // A module that is referred to again and again is read as often, which may not cost more than many names do.
    let tables = ["_parameters", "_buffers", "_modules"].map(|table| module.get(table));
    let entries = tables.into_iter().flatten().chain([module]).map(|table| table.entries().count()).sum::<usize>();
    *letters = letters.checked_sub(entries).ok_or_else(too_deep)?;
    let mut named = |name: &str| {
        let full = format!("{prefix}{name}");
        match letters.checked_sub(full.len() + 1).filter(|_| full.len() <= LONGEST_NAME && depth <= DEEPEST) {
            Some(left) => *letters = left,
            None => return Err(too_deep()),
        }
        Ok(full)
    };
    for table in ["_parameters", "_buffers"] {
        for (name, node) in module.get(table).into_iter().flat_map(Node::entries) {
            if let Some(tensor) = node.as_tensor() {
                into.push((Cow::Owned(named(name)?), tensor));
            }
        }
    }
    let modules: Vec<_> = module.get("_modules").into_iter().flat_map(Node::entries).collect();
    let modules = modules.into_iter().map(|(name, node)| Ok((named(name)? + ".", node))).collect::<Result<Vec<_>, Fault>>()?;
    modules.into_iter().try_for_each(|(prefix, node)| flatten(node, &prefix, depth + 1, letters, into))
}

fn too_deep() -> Fault {
    Fault::foreign("it has modules inside of modules as no Kitsune has")
}

fn unwrapped(mut name: &str) -> &str {
    while let Some(inner) = WRAPPERS.iter().find_map(|wrapper| name.strip_prefix(wrapper)) {
        name = inner;
    }
    name
}

/// The number of the tail whose tensor this is, or `None` for the head, and the part that it is of it.
fn owner(name: &str) -> Option<(Option<usize>, usize)> {
    let part = |part: &str| PARTS.iter().position(|&known| known == part);
    if let Some(of_head) = name.strip_prefix("head.") {
        return Some((None, part(of_head)?));
    }
    let (number, of_tail) = name.strip_prefix("tails.")?.split_once('.')?;
    let parsed: usize = number.parse().ok()?;
    // Another way to write the number would be another tensor.
    (parsed.to_string() == number).then_some(())?;
    Some((Some(parsed), part(of_tail)?))
}

fn autoencoder(name: String, parts: [Option<&StoredTensor>; 3]) -> Result<StoredAutoencoder<'_>, Fault> {
    let missing = |part: usize| Fault::damaged(format!("tensor {name}.{} is missing", PARTS[part]));
    let [weight, hidden_bias, visible_bias] = parts;
    let weight = weight.ok_or_else(|| missing(0))?;
    let hidden_bias = hidden_bias.ok_or_else(|| missing(1))?;
    let visible_bias = visible_bias.ok_or_else(|| missing(2))?;
    let shapes = [weight, hidden_bias, visible_bias].map(StoredTensor::shape);
    match shapes {
        [&[visible, hidden], &[hidden_too], &[visible_too]]
            if [visible, hidden] == [visible_too, hidden_too] && visible > 0 && hidden <= visible =>
        {
            let [visible, hidden] = [visible, hidden].map(|units| usize::try_from(units).unwrap_or(usize::MAX));
            Ok(StoredAutoencoder { name, weight, hidden_bias, visible_bias, visible, hidden })
        }
        [w, of_hidden, of_visible] => Err(Fault::foreign(format!(
            "the shapes of {name}.w, {w:?}, its hidden_bias, {of_hidden:?}, and its reconstruct_bias, {of_visible:?}, are not those of an autoencoder"
        ))),
    }
}
