//! The few calls of a pickle that are understood. All others are refused.

use crate::torch::fault::{Fault, shown};
use crate::torch::id::Id;
use crate::torch::pickle::stack::broken;
use crate::torch::tensor::{ElementKind, MOST_DIMENSIONS, StoredTensor};
use crate::torch::value::{Value, Values};

/// What stands for the call of a function or a class.
pub(super) fn call(values: &mut Values, callable: Id, arguments: Id) -> Result<Id, Fault> {
    let (Some((module, name)), Some(given)) = (values.class(callable), values.tuple(arguments)) else { return Err(broken()) };
    match (module, name, given) {
        ("collections", "OrderedDict", []) => values.push(Value::Dict(Vec::new())),
        ("builtins" | "__builtin__", "set" | "frozenset", &[list]) => Ok(list),
        ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state", &[data, ..]) => Ok(data),
        ("torch._utils", "_rebuild_tensor", &[storage, offset, shape, strides]) => {
            let tensor = tensor(values, [storage, offset, shape, strides], None, None)?;
            values.push(tensor)
        }
        ("torch._utils", "_rebuild_tensor_v2", &[storage, offset, shape, strides, _, _, ref metadata @ ..]) => {
            let tensor = tensor(values, [storage, offset, shape, strides], None, metadata.first().copied())?;
            values.push(tensor)
        }
        ("torch._utils", "_rebuild_tensor_v3", &[storage, offset, shape, strides, _, _, kind, ref metadata @ ..]) => {
            let tensor = tensor(values, [storage, offset, shape, strides], Some(kind), metadata.first().copied())?;
            values.push(tensor)
        }
        _ => Err(refused(values, callable)),
    }
}

/// What stands for an object of a class that is made without arguments, which sets nothing going.
pub(super) fn object(values: &mut Values, class: Id, arguments: &[Id]) -> Result<Id, Fault> {
    if values.class(class).is_none() {
        return Err(broken());
    }
    let is_empty = |&arguments: &Id| match values.get(arguments) {
        Value::Tuple(parts) => parts.is_empty(),
        Value::Dict(items) => items.is_empty(),
        _ => false,
    };
    if arguments.iter().all(is_empty) {
        values.push(Value::Object { class, state: None, items: Vec::new() })
    } else {
        Err(refused(values, class))
    }
}

fn refused(values: &Values, callable: Id) -> Fault {
    let (module, name) = values.class(callable).unwrap_or_default();
    // Before protocol 3 the module has its name of Python 2.
    let module = if module == "__builtin__" { "builtins" } else { module };
    Fault::Call(format!("{}.{}", shown(module), shown(name)))
}

/// The storage that a pickle names: ("storage", class, key, device, number of elements).
pub(super) fn storage(values: &mut Values, description: Id) -> Result<Id, Fault> {
    let Some(&[tag, class, key, _, elements, ..]) = values.tuple(description) else { return Err(broken()) };
    let elements = values.natural(elements).filter(|_| values.text(tag) == Some("storage") && values.text(key).is_some());
    let Some(elements) = elements else { return Err(broken()) };
    values.push(Value::Storage { class, key, elements })
}

/// A tensor over a storage.
fn tensor(values: &Values, [storage, offset, shape, strides]: [Id; 4], kind: Option<Id>, metadata: Option<Id>) -> Result<Value, Fault> {
    let Value::Storage { class, .. } = *values.get(storage) else { return Err(broken()) };
    let (_, name) = values.class(kind.unwrap_or(class)).ok_or_else(broken)?;
    let (shape, strides) = (naturals(values, shape)?, naturals(values, strides)?);
    if shape.len() != strides.len() {
        return Err(broken());
    }
    Ok(Value::Tensor(Box::new(StoredTensor {
        storage,
        kind: ElementKind::named(name),
        kind_name: kind.unwrap_or(class),
        offset: values.natural(offset).ok_or_else(broken)?,
        shape,
        strides,
        view: metadata.and_then(|metadata| view(values, metadata)),
    })))
}

fn naturals(values: &Values, tuple: Id) -> Result<Vec<u64>, Fault> {
    let numbers = values.tuple(tuple).ok_or_else(broken)?;
    if numbers.len() > MOST_DIMENSIONS {
        return Err(Fault::foreign(format!("it has a tensor of {} dimensions", numbers.len())));
    }
    numbers.iter().map(|&number| values.natural(number).ok_or_else(broken)).collect()
}

/// How a tensor reads its storage, if not as it is: `PyTorch` notes a negation and a complex conjugation that have not been carried out.
fn view(values: &Values, metadata: Id) -> Option<String> {
    /// `PyTorch` has two.
    const MOST_FLAGS: usize = 8;
    let flags = match values.get(metadata) {
        Value::None => return None,
        Value::Dict(flags) if flags.len() <= MOST_FLAGS => flags,
        _ => return Some("otherwise than as they are".to_owned()),
    };
    let (key, _) = flags.iter().find(|(_, flag)| !matches!(values.get(*flag), Value::Bool(false)))?;
    Some(match values.text(*key) {
        Some("neg") => "negated".to_owned(),
        Some("conj") => "conjugated".to_owned(),
        other => format!("with the mark {}", shown(other.unwrap_or("of a kind that is unknown"))),
    })
}
