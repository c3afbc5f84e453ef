//! The machine that runs pickles.

use crate::torch::bytes::Bytes;
use crate::torch::fault::{Fault, shown};
use crate::torch::id::Id;
use crate::torch::pickle::calls::{call, object, storage};
use crate::torch::pickle::opcodes as op;
use crate::torch::pickle::stack::{Stack, broken};
use crate::torch::value::{Pairs, Value, Values};

/// The newest protocol.
const NEWEST: u8 = 5;

/// Makes the values of a pickle, and returns the number of that which it stands for.
///
/// Its memory grows with the bytes of the pickle, whatever these say.
pub(in crate::torch) fn load(bytes: &[u8]) -> Result<(Values, Id), Fault> {
    let mut machine = Machine { bytes: Bytes::new(bytes), stack: Stack::default(), values: Values::default() };
    loop {
        let opcode = machine.bytes.u8()?;
        if opcode == op::STOP {
            let root = machine.stack.pop()?;
            return Ok((machine.values, root));
        }
        machine.step(opcode)?;
    }
}

struct Machine<'a> {
    bytes: Bytes<'a>,
    stack: Stack,
    values: Values,
}

impl Machine<'_> {
    fn step(&mut self, opcode: u8) -> Result<(), Fault> {
        match opcode {
            op::PROTO => match self.bytes.u8()? {
                0..=NEWEST => Ok(()),
                later => Err(Fault::foreign(format!("its pickle has the protocol {later}, but {NEWEST} is the newest that is known"))),
            },
            op::FRAME => self.bytes.take(8).map(|_| ()),
            op::MARK => {
                self.stack.mark();
                Ok(())
            }
            op::POP => self.stack.discard(),
            op::POP_MARK => self.stack.pop_to_mark().map(|_| ()),
            op::DUP => {
                let top = self.stack.top()?;
                self.stack.push(top);
                Ok(())
            }
            op::BIN_PUT => self.bytes.u8().and_then(|number| self.stack.put(number.into())),
            op::LONG_BIN_PUT => self.bytes.u32().and_then(|number| self.stack.put(number)),
            op::MEMOIZE => self.stack.memoize(),
            op::BIN_GET => self.bytes.u8().and_then(|number| self.stack.recall(number.into())),
            op::LONG_BIN_GET => self.bytes.u32().and_then(|number| self.stack.recall(number)),
            op::APPEND | op::APPENDS | op::ADD_ITEMS => self.append(opcode),
            op::SET_ITEM | op::SET_ITEMS => self.set(opcode),
            op::BUILD => self.build(),
            _ => {
                let value = self.made(opcode)?;
                self.stack.push(value);
                Ok(())
            }
        }
    }

    /// The value that an operation makes.
    fn made(&mut self, opcode: u8) -> Result<Id, Fault> {
        let value = match opcode {
            op::NONE => Value::None,
            op::NEW_TRUE => Value::Bool(true),
            op::NEW_FALSE => Value::Bool(false),
            op::BIN_FLOAT => Value::Float(f64::from_be_bytes(self.bytes.array()?)),
            op::BIN_INT | op::BIN_INT_1 | op::BIN_INT_2 | op::LONG_1 | op::LONG_4 => self.integer(opcode)?,
            op::SHORT_BIN_UNICODE | op::SHORT_BIN_STRING => self.bytes.u8().and_then(|length| self.text(length.into()))?,
            op::BIN_UNICODE | op::BIN_STRING => self.bytes.u32().and_then(|length| self.text(length.into()))?,
            op::BIN_UNICODE_8 => self.bytes.u64().and_then(|length| self.text(length))?,
            op::SHORT_BIN_BYTES => self.bytes.u8().and_then(|length| self.skipped(length.into()))?,
            op::BIN_BYTES => self.bytes.u32().and_then(|length| self.skipped(length.into()))?,
            op::BIN_BYTES_8 | op::BYTE_ARRAY_8 => self.bytes.u64().and_then(|length| self.skipped(length))?,
            op::EMPTY_TUPLE => Value::Tuple(Vec::new()),
            op::TUPLE => Value::Tuple(self.stack.pop_to_mark()?),
            op::TUPLE_1 => Value::Tuple(self.stack.pop_last::<1>()?.into()),
            op::TUPLE_2 => Value::Tuple(self.stack.pop_last::<2>()?.into()),
            op::TUPLE_3 => Value::Tuple(self.stack.pop_last::<3>()?.into()),
            op::EMPTY_LIST | op::EMPTY_SET => Value::List(Vec::new()),
            op::LIST | op::FROZEN_SET => Value::List(self.stack.pop_to_mark()?),
            op::EMPTY_DICT => Value::Dict(Vec::new()),
            op::DICT => Value::Dict(pairs(&self.stack.pop_to_mark()?)?),
            op::GLOBAL => self.global()?,
            op::STACK_GLOBAL => {
                let [module, name] = self.stack.pop_last()?;
                Value::Class { module, name }
            }
            op::REDUCE | op::NEW_OBJ | op::NEW_OBJ_EX | op::BIN_PERS_ID | op::INST | op::OBJ => return self.asked(opcode),
            other => return Err(Fault::damaged(format!("its pickle has the operation {other:#04x}, which torch.save does not write"))),
        };
        self.values.push(value)
    }

    /// The answer to an operation that would run something in Python.
    fn asked(&mut self, opcode: u8) -> Result<Id, Fault> {
        match opcode {
            op::REDUCE => {
                let [callable, arguments] = self.stack.pop_last()?;
                call(&mut self.values, callable, arguments)
            }
            op::NEW_OBJ => {
                let [class, arguments] = self.stack.pop_last()?;
                object(&mut self.values, class, &[arguments])
            }
            op::NEW_OBJ_EX => {
                let [class, arguments, named] = self.stack.pop_last()?;
                object(&mut self.values, class, &[arguments, named])
            }
            op::INST => {
                let names = [self.bytes.line()?, self.bytes.line()?].map(String::from_utf8_lossy);
                Err(Fault::Call(shown(&names.join("."))))
            }
            op::OBJ => {
                let class = self.stack.pop_to_mark()?.first().and_then(|&class| self.values.class(class));
                Err(Fault::Call(class.map_or_else(|| "something".to_owned(), |(module, name)| shown(&format!("{module}.{name}")))))
            }
            _ => {
                let description = self.stack.pop()?;
                storage(&mut self.values, description)
            }
        }
    }

    fn integer(&mut self, opcode: u8) -> Result<Value, Fault> {
        Ok(match opcode {
            op::BIN_INT => Value::Int(i32::from_le_bytes(self.bytes.array()?).into()),
            op::BIN_INT_1 => Value::Int(self.bytes.u8()?.into()),
            op::BIN_INT_2 => Value::Int(self.bytes.u16()?.into()),
            op::LONG_1 => {
                let length = self.bytes.u8()?;
                long(self.bytes.take(length.into())?)
            }
            _ => {
                let length = self.bytes.u32()?;
                long(self.bytes.take(length.into())?)
            }
        })
    }

    fn text(&mut self, length: u64) -> Result<Value, Fault> {
        Ok(Value::Text(String::from_utf8_lossy(self.bytes.take(length)?).into_owned()))
    }

    fn skipped(&mut self, length: u64) -> Result<Value, Fault> {
        self.bytes.take(length).map(|_| Value::Bytes)
    }

    fn global(&mut self) -> Result<Value, Fault> {
        let mut name = || {
            let line = String::from_utf8_lossy(self.bytes.line()?).into_owned();
            self.values.push(Value::Text(line))
        };
        Ok(Value::Class { module: name()?, name: name()? })
    }

    /// Appends values to a list.
    fn append(&mut self, opcode: u8) -> Result<(), Fault> {
        let values = if opcode == op::APPEND { vec![self.stack.pop()?] } else { self.stack.pop_to_mark()? };
        match self.values.get_mut(self.stack.top()?) {
            Value::List(list) => list.extend(values),
            _ => return Err(broken()),
        }
        Ok(())
    }

    /// Puts keys and values into a dictionary.
    fn set(&mut self, opcode: u8) -> Result<(), Fault> {
        let values = if opcode == op::SET_ITEM { self.stack.pop_last::<2>()?.into() } else { self.stack.pop_to_mark()? };
        match self.values.get_mut(self.stack.top()?) {
            Value::Dict(items) | Value::Object { items, .. } => items.extend(pairs(&values)?),
            _ => return Err(broken()),
        }
        Ok(())
    }

    /// Gives attributes to an object. Those of a dictionary are nothing that anybody asks for.
    fn build(&mut self) -> Result<(), Fault> {
        let attributes = self.stack.pop()?;
        match self.values.get_mut(self.stack.top()?) {
            Value::Object { state, .. } => *state = Some(attributes),
            Value::Dict(_) => {}
            _ => return Err(broken()),
        }
        Ok(())
    }
}

/// An integer of any length.
fn long(bytes: &[u8]) -> Value {
    let fill = if bytes.last().is_some_and(|last| last & 0x80 != 0) { 0xff } else { 0 };
    let mut number = [fill; 8];
    let Some(low) = number.get_mut(..bytes.len()) else { return Value::LargeInt };
    low.copy_from_slice(bytes);
    Value::Int(i64::from_le_bytes(number))
}

/// Keys and values that alternate.
fn pairs(values: &[Id]) -> Result<Pairs, Fault> {
    let (pairs, []) = values.as_chunks::<2>() else { return Err(broken()) };
    Ok(pairs.iter().map(|&[key, value]| (key, value)).collect())
}
