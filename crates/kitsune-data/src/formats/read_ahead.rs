//! A thread that reads one item ahead.

use std::ops::ControlFlow;
use std::sync::mpsc::sync_channel;
use std::thread;

use crate::error::Error;

/// Makes items on a thread of their own, one ahead of `take`, until there are no more or `take` breaks.
///
/// So the next item is read and decoded while the last one is converted. `make` must turn its own panics into errors.
pub(crate) fn read_ahead<T: Send>(
    mut make: impl FnMut() -> Result<Option<T>, Error> + Send,
    mut take: impl FnMut(T) -> Result<ControlFlow<()>, Error>,
) -> Result<(), Error> {
    thread::scope(|scope| {
        let (sender, receiver) = sync_channel(0);
        let maker = thread::Builder::new().name("kitsune-data-read".into()).spawn_scoped(scope, move || {
            while let Some(item) = make().transpose() {
                let failed = item.is_err();
                if sender.send(item).is_err() || failed {
                    break;
                }
            }
        });
        maker.map_err(Error::thread)?;
        // The loop owns the receiver. Dropping it stops the thread.
        for item in receiver {
            if take(item?)?.is_break() {
                break;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::SchemaError;

    #[test]
    fn items_come_in_order_until_the_first_error() {
        let mut next = 0;
        let mut seen = Vec::new();
        let make = || {
            next += 1;
            if next < 5 { Ok(Some(next)) } else { Err(SchemaError::NoLabel.into()) }
        };
        let result = read_ahead(make, |item| {
            seen.push(item);
            Ok(ControlFlow::Continue(()))
        });
        assert!(matches!(result, Err(Error::Schema(SchemaError::NoLabel))));
        assert_eq!(seen, [1, 2, 3, 4]);
    }

    #[test]
    fn whoever_takes_can_stop() {
        let mut next = 0;
        let make = || {
            next += 1;
            Ok(Some(next))
        };
        assert!(read_ahead(make, |item| Ok(if item == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })).is_ok());
        assert!(matches!(read_ahead(|| Ok(Some(1)), |_| Err(SchemaError::NoLabel.into())), Err(Error::Schema(SchemaError::NoLabel))));
    }
}
