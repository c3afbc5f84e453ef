//! Threads that work one item ahead.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, Scope};

use crate::error::Error;

/// Makes items on a thread of their own, one ahead of `take`, until there are no more or `take` breaks.
///
/// So the next item is read and decoded while the last one is converted. `make` must turn its own panics into errors.
pub(crate) fn read_ahead<T: Send>(
    make: impl FnMut() -> Result<Option<T>, Error> + Send,
    take: impl FnMut(T) -> Result<ControlFlow<()>, Error>,
) -> Result<(), Error> {
    let ended = Ended::default();
    thread::scope(|scope| take_all(ahead(scope, &ended, "kitsune-data-read", make)?, &ended, take))
}

/// Makes items as [`read_ahead`] does, and converts each of them on one more thread, one ahead of `take`: whatever `convert` shares among threads goes on while
/// `take` has work for one only. `convert` must turn its own panics into errors, too.
pub(crate) fn convert_ahead<T: Send, U: Send>(
    make: impl FnMut() -> Result<Option<T>, Error> + Send,
    mut convert: impl FnMut(T) -> Result<U, Error> + Send,
    take: impl FnMut(U) -> Result<ControlFlow<()>, Error>,
) -> Result<(), Error> {
    let ended = Ended::default();
    thread::scope(|scope| {
        let made = ahead(scope, &ended, "kitsune-data-read", make)?;
        let converted = move || made.recv().ok().map(|item| item.and_then(&mut convert)).transpose();
        take_all(ahead(scope, &ended, "kitsune-data-convert", converted)?, &ended, take)
    })
}

/// Whether nobody takes items any more: no thread then waits for one more of an input that is still being written.
#[derive(Default)]
struct Ended(AtomicBool);

/// Says so when it is dropped.
struct Ends<'a>(&'a Ended);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

/// Starts a thread that makes items, each when the one before was received, until there are no more or one is an error, or nobody receives.
fn ahead<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    ended: &'scope Ended,
    name: &str,
    mut make: impl FnMut() -> Result<Option<T>, Error> + Send + 'scope,
) -> Result<Receiver<Result<T, Error>>, Error> {
    let (sender, receiver) = sync_channel(0);
    let maker = thread::Builder::new().name(name.into()).spawn_scoped(scope, move || {
        while !ended.0.load(Ordering::Relaxed) {
            let Some(item) = make().transpose() else { break };
            let failed = item.is_err();
            if sender.send(item).is_err() || failed {
                break;
            }
        }
    });
    maker.map_err(Error::thread)?;
    Ok(receiver)
}

/// Takes items until there are no more, one is an error, or `take` breaks. Then the receiver is dropped, which stops the thread that makes them.
fn take_all<T>(
    receiver: Receiver<Result<T, Error>>,
    ended: &Ended,
    mut take: impl FnMut(T) -> Result<ControlFlow<()>, Error>,
) -> Result<(), Error> {
    let _ends = Ends(ended);
    for item in receiver {
        if take(item?)?.is_break() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

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

    #[test]
    fn items_are_converted_in_order_until_the_first_error_of_either() {
        for (made, converted, expected) in [(5, 9, 4), (9, 3, 2), (9, 9, 6)] {
            let mut next = 0;
            let mut seen = Vec::new();
            let make = || {
                next += 1;
                if next < made { Ok(Some(next).filter(|&next| next < 7)) } else { Err(SchemaError::NoLabel.into()) }
            };
            let convert = |item| if item < converted { Ok(10 * item) } else { Err(SchemaError::NoLabel.into()) };
            let result = convert_ahead(make, convert, |item| {
                seen.push(item);
                Ok(ControlFlow::Continue(()))
            });
            assert_eq!(result.is_ok(), (made, converted) == (9, 9));
            assert_eq!(seen, (1..=expected).map(|item| 10 * item).collect::<Vec<_>>());
        }
        let mut seen = 0;
        let take = |item: i32| {
            seen += 1;
            Ok(if item == 1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        };
        assert!(convert_ahead(|| Ok(Some(1)), Ok, take).is_ok());
        assert_eq!(seen, 1);
    }

    #[test]
    fn an_input_that_is_still_written_is_asked_for_one_more_item_at_most_when_all_has_ended() {
        let (writer, input) = sync_channel(0);
        let writes = thread::spawn(move || (1..100).take_while(|&item| writer.send(item).is_ok()).last());
        let asked = AtomicUsize::new(0);
        let make = {
            let asked = &asked;
            move || {
                asked.fetch_add(1, Ordering::Relaxed);
                Ok(input.recv().ok())
            }
        };
        let result = convert_ahead(make, Ok, |item: i32| {
            if item < 3 {
                return Ok(ControlFlow::Continue(()));
            }
            // Until the threads have gone as far ahead as they can.
            thread::sleep(Duration::from_millis(50));
            Err(SchemaError::NoLabel.into())
        });
        assert!(result.is_err());
        writes.join().unwrap();
        // The third was taken, the fourth converted and the fifth read when all ended.
        assert!(asked.load(Ordering::Relaxed) <= 5, "{asked:?}");
    }
}
