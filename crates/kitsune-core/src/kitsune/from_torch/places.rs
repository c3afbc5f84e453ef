//! Where in a checkpoint things are.

use crate::torch::Node;

/// The entries of a dictionary that may be a state dict. The original's is called `weights`.
const STATE_DICTS: [&str; 4] = ["weights", "state_dict", "model_state_dict", "model"];

/// What may be a state dict or a whole module: what was saved, or an entry of it.
pub(super) fn state_dicts(root: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    std::iter::once(root).chain(STATE_DICTS.into_iter().filter_map(move |name| root.get(name)))
}

/// What may have hyper-parameters and clusters: all of these, the configuration, and the feature mapper of each.
pub(super) fn descriptions(root: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let holders = root.get("config").into_iter().chain(state_dicts(root));
    holders.flat_map(|holder| [Some(holder), holder.get("feature_mapper")]).flatten()
}
